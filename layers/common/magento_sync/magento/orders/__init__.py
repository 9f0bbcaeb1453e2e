"""Reading orders from a shop."""
