"""Cannot be initialised."""

from __future__ import annotations

raise RuntimeError("no configuration")
