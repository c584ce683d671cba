"""Models that score."""
