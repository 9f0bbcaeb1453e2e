"""Rows as one parameter of a query."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from psycopg.types.json import Json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def json_rows(rows: Sequence[Mapping[str, object]]) -> Json:
    """Returns rows for `json_to_recordset`, which takes a third of the time that arrays of texts take.

    Dates and the like must be texts. Characters beyond ASCII stay as they are: a SQL_ASCII database refuses JSON's
    escapes of them.
    """
    return Json(rows, partial(json.dumps, ensure_ascii=False))
