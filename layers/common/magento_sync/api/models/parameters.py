"""The parameters of routes: in the path, in the query, and in headers."""

import re
from typing import Annotated, Literal
from urllib.parse import unquote

from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from magento_sync.api.models.field_types import NO_NUL, Id
from magento_sync.db.website_list import State

MIN_LIMIT = 1
MAX_LIMIT = 100
WHOLE_NUMBER = re.compile(r"-?[0-9]+")


def _limit(text: object) -> object:
    """Rejects what pydantic would accept as a number (` 5`, `5.0`, `1_0`), and names both bounds, not only one."""
    if isinstance(text, str):
        if not WHOLE_NUMBER.fullmatch(text):
            raise PydanticCustomError("int_parsing", "not a whole number")
        # The length is checked first: int() raises for very long numbers.
        if len(text) > len("1000") or not MIN_LIMIT <= int(text) <= MAX_LIMIT:
            raise PydanticCustomError("out_of_range", "out of range", {"least": MIN_LIMIT, "most": MAX_LIMIT})
    return text


WebsiteId = Annotated[Id, Query(alias="websiteId", description="The website's id in the app's table `Website`.")]
# API Gateway may have decoded the id; decoding twice is harmless, because our ids have no percent sign.
RunId = Annotated[Id, BeforeValidator(unquote), Path(alias="runId", description="The run's id.")]
Limit = Annotated[
    int,
    Field(ge=MIN_LIMIT, le=MAX_LIMIT),
    BeforeValidator(_limit),
    Query(description="The maximum number of items in a page."),
]
Cursor = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=2000,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="The `nextCursor` of the previous page, with the same filters.",
    ),
]
Prefer = Annotated[
    str | None,
    Header(description="`wait=N` (seconds, at most 25) or `respond-async` (RFC 7240). Other preferences are ignored."),
]
WebsiteFilter = Annotated[Id | None, Query(alias="websiteId", description="Only customers of this website.")]
StatusFilter = Annotated[
    str | None,
    Query(
        min_length=1, max_length=100, pattern=NO_NUL, description="Only customers with this status, such as `PENDING`."
    ),
]
SearchText = Annotated[
    str | None,
    Query(
        max_length=200,
        pattern=NO_NUL,
        description="Only customers with this text in their name or e-mail, in any case.",
    ),
]
StateFilter = Annotated[State | None, Query(description="Only websites in this state.")]
DomainText = Annotated[
    str | None,
    Query(max_length=200, pattern=NO_NUL, description="Only websites with this text in their domain, in any case."),
]
WebsiteSort = Annotated[
    Literal["domain", "failing"],
    Query(description="`domain`: by domain. `failing`: the failing ones first, then the others, each by domain."),
]
