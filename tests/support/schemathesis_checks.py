"""A check and a hook of ours, for schemathesis in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import schemathesis

if TYPE_CHECKING:
    from typing import Any

    from schemathesis import Case, CheckContext, HookContext
    from schemathesis.core.transport import Response

REFUSALS = {401, 404}


@schemathesis.check
def undeclared_methods_reach_nothing(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """API Gateway answers 404 for a method without a route; `unsupported_method` would have it say 405."""
    declared = {method.upper() for method in case.operation.schema[case.operation.path]}
    if str(response.request.method) not in declared:
        assert response.status_code in REFUSALS, f"{response.request.method} is answered {response.status_code}"
        assert response.json().keys() == {"message"}


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """A cursor is good with the filters that it was given for, which no schema can say."""
    belongs = case.operation.definition.raw.get("x-cursor-belongs-to")
    query: Any = case.query
    if belongs and "cursor" in query and case.meta and case.meta.generation.mode.is_positive:
        case.query = {**belongs, **{name: query[name] for name in ("cursor", "limit") if name in query}}
