"""The bodies of error responses."""

from pydantic import Field

from magento_sync.api.http.errors import ErrorCode
from magento_sync.api.http.field_errors import FieldErrorCode
from magento_sync.api.models.base import ResponseModel


class FieldErrorView(ResponseModel):
    """One invalid field of the request."""

    field: str = Field(
        description="The field's name in the body or the query, a header's name, or `body` for the body as a whole."
    )
    code: FieldErrorCode
    message: str


class ErrorView(ResponseModel):
    """What went wrong."""

    code: ErrorCode = Field(description="Stable.")
    message: str = Field(description="The sentence to show.")
    request_id: str = Field(description="Identifies the request in the logs.")
    fields: list[FieldErrorView] = Field(default_factory=list, description="Only with `BAD_REQUEST`.")


class ErrorResponse(ResponseModel):
    """An error."""

    error: ErrorView


class GatewayMessage(ResponseModel):
    """A response of API Gateway itself; no function is involved."""

    message: str
