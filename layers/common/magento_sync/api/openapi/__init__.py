"""The OpenAPI description of each operation."""
