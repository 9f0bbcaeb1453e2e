"""Checks that an address is public. The connected address itself is checked, so DNS rebinding has no effect."""

from __future__ import annotations

import ipaddress

# Embeds an IPv4 address and is routed to it (RFC 6052; AWS offers it).
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Python counts some of these as public, depending on its version: 6to4 and its relays, Teredo, IPv4-compatible and
# IPv4-translated (RFC 7915), the old site-local ones, documentation (RFC 9637), and segment identifiers (RFC 9602).
NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.88.99.0/24",
        "2001::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "::/96",
        "::ffff:0:0:0/96",
        "fec0::/10",
    )
)


def is_public(address: str) -> bool:
    """Returns False for loopback, private, link-local, shared, reserved and multicast addresses, also within IPv6."""
    judged = _reached(ipaddress.ip_address(address.partition("%")[0]))
    return judged.is_global and not judged.is_multicast and not any(judged in network for network in NEVER)


def _reached(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address
