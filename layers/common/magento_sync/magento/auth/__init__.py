"""How a shop knows who sends a request."""
