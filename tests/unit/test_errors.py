"""The tree of errors, and the API's error body."""

from __future__ import annotations

import inspect

from magento_sync import errors
from magento_sync.api.http.errors import ApiError, bad_request, error_body
from magento_sync.api.http.field_errors import FieldError
from magento_sync.api.models.errors import FieldErrorView
from magento_sync.errors import MagentoSyncError, OperatorError, ShopError, ShopNeedsPerson, ShopUnavailable

TYPES = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, MagentoSyncError)]


def test_the_tree_in_the_docstring_matches_the_classes() -> None:
    lines = [line.partition("── ") for line in inspect.cleandoc(errors.__doc__ or "").splitlines()]
    branches = [(len(before), rest.split(" ")[0]) for before, found, rest in lines if found]
    drawn, above = [], [(0, "MagentoSyncError")]
    for depth, name in branches:
        while above[-1][0] >= depth:
            above.pop()
        drawn.append((name, above[-1][1]))
        above.append((depth, name))

    assert sorted(drawn) == sorted(
        (one.__name__, one.__mro__[1].__name__) for one in TYPES if one is not MagentoSyncError
    )


def test_branches_do_not_overlap() -> None:
    assert not issubclass(ShopError, OperatorError)
    assert not issubclass(ShopUnavailable, ShopNeedsPerson)


def test_text_from_a_shop_is_made_storable() -> None:
    error = ShopNeedsPerson("NO_MATCHING_STORE", {"domains": "a\x00b\ud800", "status": 5})

    assert error.parameters == {"domains": "ab?", "status": 5}
    assert str(error) == "NO_MATCHING_STORE"


def test_an_error_body_has_the_error_and_related_objects() -> None:
    error = ApiError(409, "ALREADY_RUNNING", {"related": FieldErrorView(field="f", code="MISSING", message="m")})

    assert error_body(error, "en", "q-1") == {
        "error": {
            "code": "ALREADY_RUNNING",
            "message": "A sync of this website is already running.",
            "requestId": "q-1",
        },
        "related": {"field": "f", "code": "MISSING", "message": "m"},
    }
    assert error_body(error, "nl", "q-1")["error"]["message"] == "Er loopt al een synchronisatie voor deze website."


def test_an_invalid_request_lists_its_field_errors() -> None:
    error = bad_request(
        FieldError("websiteId", "MISSING"), FieldError("limit", "OUT_OF_RANGE", {"least": 1, "most": 100})
    )

    content = error_body(error, "en", "q-1")["error"]

    assert (error.status, content["code"]) == (400, "BAD_REQUEST")
    assert [(field["field"], field["code"]) for field in content["fields"]] == [
        ("websiteId", "MISSING"),
        ("limit", "OUT_OF_RANGE"),
    ]
