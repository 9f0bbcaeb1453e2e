"""What callers may put into single fields, checked by pydantic and told in the OpenAPI document."""

from typing import Annotated
from urllib.parse import unquote

from pydantic import BeforeValidator, Field

NO_NUL = r"^[^\x00]+$"
"""PostgreSQL refuses it in text."""
LONGEST_ID = 200

Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=NO_NUL)]
EncodedId = Annotated[Id, BeforeValidator(unquote)]
"""In a path. API Gateway may have decoded it; our ids have nothing in them that decoding twice would change."""
Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
