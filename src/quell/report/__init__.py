"""Results on paper: one self-contained page written from summary.json alone."""
