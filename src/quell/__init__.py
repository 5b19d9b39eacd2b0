"""quell: the open laboratory for ketamine in anxiety disorders."""

__version__ = "0.1.0"
