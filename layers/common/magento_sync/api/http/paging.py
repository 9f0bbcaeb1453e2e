"""What callers of lists may ask for."""

import re
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

LARGEST_PAGE = 100
LONGEST_CURSOR = 1000
WHOLE_NUMBER = re.compile(r"-?[0-9]+")


def _whole(text: object) -> object:
    """By itself pydantic takes ` 5`, `5.0` and `1_0` for numbers."""
    if isinstance(text, str) and not WHOLE_NUMBER.fullmatch(text):
        raise PydanticCustomError("int_parsing", "no whole number")
    return text


Limit = Annotated[
    int,
    Field(ge=1, le=LARGEST_PAGE),
    BeforeValidator(_whole),
    Query(description="How many at most."),
]
Cursor = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=LONGEST_CURSOR,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="The `nextCursor` of the page before, with the same filters.",
    ),
]
