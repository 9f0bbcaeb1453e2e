"""What the HTTP API answers."""
