"""Types of single fields: pydantic checks them, and the OpenAPI document describes them."""

from typing import Annotated

from pydantic import Field

WEBSITE_ID = "cdemomokkenexample0000000"
"""An example, which `make run` has."""
NO_NUL = r"^[^\x00]*$"
"""PostgreSQL cannot store NUL in text."""
EMAIL = r"^ *[^\s\x00-\x20\x7f-\x9f\ufeff]*@[^\s\x00-\x20\x7f-\x9f\ufeff]* *$"
"""As in an order: an `@` and no white space. Control characters are rejected, because a person can correct them."""

Id = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
Text = Annotated[str, Field(max_length=500, pattern=NO_NUL)]
Email = Annotated[str, Field(min_length=1, max_length=254, pattern=EMAIL)]  # RFC 5321 allows 254
DateTimeInput = Annotated[str, Field(min_length=1, max_length=40, json_schema_extra={"format": "date-time"})]
Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
