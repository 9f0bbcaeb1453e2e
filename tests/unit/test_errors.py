"""The tree of errors, and how callers of the API see one."""

from __future__ import annotations

import inspect

from magento_sync import errors
from magento_sync.api.http.errors import ApiError, bad_request, error_json
from magento_sync.api.http.field_errors import FieldError
from magento_sync.api.models.syncs import FieldErrorView
from magento_sync.errors import MagentoSyncError, OperatorError, ShopError, ShopNeedsPerson, ShopUnavailable

TYPES = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, MagentoSyncError)]


def test_the_tree_in_the_docstring_is_the_real_one() -> None:
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


def test_a_shops_words_are_made_fit_to_store() -> None:
    error = ShopNeedsPerson("NO_MATCHING_STORE", {"domains": "a\x00b\ud800", "status": 5})

    assert error.parameters == {"domains": "ab?", "status": 5}
    assert str(error) == "NO_MATCHING_STORE"


def test_one_shape_for_callers() -> None:
    error = ApiError(409, "ALREADY_RUNNING", {"fault": FieldErrorView(field="f", code="MISSING", message="m")})

    assert error_json(error, "en", "q-1") == {
        "error": {
            "code": "ALREADY_RUNNING",
            "message": "A sync of this website is already running.",
            "requestId": "q-1",
        },
        "fault": {"field": "f", "code": "MISSING", "message": "m"},
    }
    assert error_json(error, "nl", "q-1")["error"]["message"] == "Er loopt al een synchronisatie voor deze website."


def test_faults_are_told_by_field() -> None:
    error = bad_request(FieldError("websiteId", "MISSING"), FieldError("limit", "OUT_OF_RANGE"))

    told = error_json(error, "en", "q-1")["error"]

    assert (error.status, told["code"]) == (400, "BAD_REQUEST")
    assert [(fault["field"], fault["code"]) for fault in told["fields"]] == [
        ("websiteId", "MISSING"),
        ("limit", "OUT_OF_RANGE"),
    ]
