"""The base classes of all bodies. Field names are camelCase in JSON."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class RequestModel(BaseModel):
    """A request's body. Unknown fields and values of another type are rejected."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True)


class ResponseModel(BaseModel):
    """A response's body."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)
