"""The app's database: all SQL, and nothing else."""
