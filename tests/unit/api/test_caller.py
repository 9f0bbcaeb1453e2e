"""The websites that a caller may access, by the claim `websites` of their token."""

from __future__ import annotations

import pytest

from magento_sync.api.http.caller import Caller


@pytest.mark.parametrize(
    ("claims", "websites"),
    [
        ({}, None),
        ({"sub": "somebody"}, None),
        ({"websites": "a"}, {"a"}),
        ({"websites": "a b"}, {"a", "b"}),
        ({"websites": "[a b]"}, {"a", "b"}),
        ({"websites": " [a] "}, {"a"}),
        ({"websites": ""}, set()),
        ({"websites": "[]"}, set()),
        ({"websites": None}, set()),
        ({"websites": 7}, set()),
        ({"websites": ["a"]}, set()),
        ({"websites": "a,b"}, {"a,b"}),
        ({"websites": "*"}, {"*"}),
        ({"websites": "a b\x00 \ud800"}, {"a"}),
    ],
)
def test_a_claim_limits_the_caller_and_an_unreadable_one_allows_no_website(
    claims: dict[str, object], websites: set[str] | None
) -> None:
    assert Caller.of({"authorizer": {"jwt": {"claims": claims}}}).websites == websites


@pytest.mark.parametrize("context", [{}, {"authorizer": None}, {"authorizer": {"iam": {"userArn": "arn"}}}])
def test_an_aws_principal_may_access_all_websites(context: dict[str, object]) -> None:
    assert Caller.of(context).websites is None
