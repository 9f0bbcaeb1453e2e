"""A shop may have public addresses only."""

from __future__ import annotations

import pytest

from magento_sync.magento.http.public_addresses import is_public


@pytest.mark.parametrize(
    "peer",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        # addresses that hold an IPv4 address
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::10.0.0.1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "2001:0:7f00:1::",
        "::ffff:0:127.0.0.1",
        "::ffff:0:8.8.8.8",
        # addresses that nobody may have
        "192.88.99.1",
        "3fff::1",
        "5f00::1",
    ],
)
def test_private_addresses_are_refused(peer: str) -> None:
    assert not is_public(peer)


@pytest.mark.parametrize(
    "peer", ["8.8.8.8", "2001:4860:4860::8888", "2a02:1668::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_public_addresses_are_accepted(peer: str) -> None:
    assert is_public(peer)
