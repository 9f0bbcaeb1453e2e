"""Reads requests of the HTTP API and writes its responses."""
