"""What `make run` shows: local shops or somebody's own, synced for real, and the result."""
