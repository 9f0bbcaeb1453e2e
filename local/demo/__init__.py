"""`make run`: syncs local shops, or your own shop, and shows the result."""
