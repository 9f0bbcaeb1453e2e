"""The state machine of a run: claim, lease, cancel, recovery, dispatch."""
