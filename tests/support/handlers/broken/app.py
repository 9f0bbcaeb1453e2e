"""Fails when it is imported."""

from __future__ import annotations

raise RuntimeError("no configuration")
