"""The whole system on one machine: database, shops, Lambda, HTTP API, schedule; no Docker, no account."""
