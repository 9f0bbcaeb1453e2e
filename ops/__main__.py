"""`python -m ops …`: one command for the operator."""

from __future__ import annotations

from ops.cli import main

if __name__ == "__main__":
    main()
