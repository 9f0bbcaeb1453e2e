"""Programs that do the same job, run by the interpreter of `.venv-bench`; they import nothing of this project."""
