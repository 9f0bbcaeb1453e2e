"""The HTTP API: what each route does."""
