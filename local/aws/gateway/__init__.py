"""API Gateway's HTTP API in front of the functions."""
