"""Everything that speaks HTTP to a shop."""
