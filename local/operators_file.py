"""The file that tells the operators' commands (`python -m ops … --local`) where the local stack is."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@contextmanager
def operators_file(file: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """Keeps the file while the stack runs."""
    file.write_text(json.dumps(variables, indent=2), "utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
