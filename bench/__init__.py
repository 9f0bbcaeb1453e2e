"""`make bench`: measures the sync beside the programs that do the same job, and writes `RESULTS.md`."""
