"""Needs a package that the development environment has, and Lambda has not."""

from __future__ import annotations

import flask


def handler(_: object, __: object) -> str:
    return str(flask)
