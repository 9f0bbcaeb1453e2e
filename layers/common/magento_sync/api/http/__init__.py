"""Requests and errors of the HTTP API."""
