"""Orders and stores, made from the recordings."""
