"""What data say about the parameters: features, predictions of published results, likelihood, inference, posterior."""
