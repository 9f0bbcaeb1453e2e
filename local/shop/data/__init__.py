"""Orders and store views, taken from the recordings."""
