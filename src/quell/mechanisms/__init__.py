"""What the treatments do in a brain: one file a mechanism; they meet only as named signals, wired in ``assembly``."""
