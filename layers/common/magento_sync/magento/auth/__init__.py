"""Credentials of a shop, and the authentication of requests."""
