"""Needs a package that is in the development environment only."""

from __future__ import annotations

import flask


def handler(_: object, __: object) -> str:
    return str(flask)
