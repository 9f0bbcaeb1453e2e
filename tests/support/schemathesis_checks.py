"""Our own check and hook for schemathesis, which runs in its own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import schemathesis

if TYPE_CHECKING:
    from typing import Any

    from schemathesis import Case, CheckContext, HookContext
    from schemathesis.core.transport import Response

REJECTED = {401, 404}


@schemathesis.check
def undeclared_methods_reach_no_function(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """API Gateway returns 404 for a method without a route; schemathesis' own `unsupported_method` expects 405."""
    declared = {method.upper() for method in case.operation.schema[case.operation.path]}
    if str(response.request.method) not in declared:
        assert response.status_code in REJECTED, f"{response.request.method} returned {response.status_code}"
        assert response.json().keys() == {"message"}


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Sends a cursor only with its own filters, which no schema can describe."""
    filters = case.operation.definition.raw.get("x-cursor-filters")
    query: Any = case.query
    if filters is not None and "cursor" in query and case.meta and case.meta.generation.mode.is_positive:
        case.query = {**filters, **{name: query[name] for name in ("cursor", "limit") if name in query}}
