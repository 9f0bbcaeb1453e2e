"""A PostgreSQL server for local use and tests."""
