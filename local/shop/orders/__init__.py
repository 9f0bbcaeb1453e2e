"""The shop's orders, and the search criteria that select them."""
