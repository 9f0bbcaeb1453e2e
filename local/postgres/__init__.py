"""A PostgreSQL server from a package's binaries."""
