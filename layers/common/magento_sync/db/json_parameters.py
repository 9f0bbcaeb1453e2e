"""Parameters of queries that are sent as JSON.

Characters beyond ASCII stay as they are: a SQL_ASCII database refuses JSON's escapes of them.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from psycopg.types.json import Json, Jsonb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_dumps = partial(json.dumps, ensure_ascii=False)


def json_rows(rows: Sequence[Mapping[str, object]]) -> Json:
    """Returns rows for `json_to_recordset`. Dates and the like must be texts.

    psycopg needs a third of the processor's time that it needs for arrays of texts.
    """
    return Json(rows, _dumps)


def json_object(values: Mapping[str, object]) -> Jsonb:
    """Returns a value for a column of the type jsonb."""
    return Jsonb(dict(values), _dumps)
