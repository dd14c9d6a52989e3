"""Where a request came from, and whose word is taken for it."""

from __future__ import annotations

import pytest

from identity.clients import client_address, throttled_as, trusted_networks

TRUSTED = trusted_networks(["127.0.0.1", "10.0.0.0/8", "::1", ""])
SHOP, PROXY, CLIENT, OTHER = "10.0.0.5", "10.0.0.9", "203.0.113.7", "198.51.100.9"


@pytest.mark.parametrize(
    ("peer", "headers", "client"),
    [
        (CLIENT, [], CLIENT),
        # who is not trusted is not believed
        (CLIENT, [("X-Forwarded-For", OTHER), ("REAL-IP", OTHER)], CLIENT),
        # the storefront's server tells who it asks for
        (SHOP, [("REAL-IP", CLIENT)], CLIENT),
        (SHOP, [("REAL-IP", "")], None),
        (SHOP, [("REAL-IP", "127.0.0.1")], None),
        (SHOP, [], None),
        # a proxy tells whom it heard; what that one said stands before
        (PROXY, [("X-Forwarded-For", CLIENT)], CLIENT),
        (PROXY, [("X-Forwarded-For", f"{OTHER}, {CLIENT}")], CLIENT),
        (PROXY, [("X-Forwarded-For", OTHER), ("x-forwarded-for", CLIENT)], CLIENT),
        (PROXY, [("X-Forwarded-For", f"{CLIENT}, {PROXY}")], CLIENT),
        # a client cannot pass off another address behind a proxy
        (PROXY, [("REAL-IP", OTHER), ("X-Forwarded-For", CLIENT)], CLIENT),
        # the storefront's server behind a proxy
        (PROXY, [("REAL-IP", CLIENT), ("X-Forwarded-For", SHOP)], CLIENT),
        (PROXY, [("X-Forwarded-For", f"{CLIENT}, unknown")], None),
        (PROXY, [("X-Forwarded-For", f"rubbish, {CLIENT}")], CLIENT),
        (PROXY, [("X-Forwarded-For", f"{CLIENT}:4711")], CLIENT),
        (PROXY, [("X-Forwarded-For", '"[2001:db8::7]:4711"')], "2001:db8::7"),
        (PROXY, [("X-Forwarded-For", "2001:db8::7")], "2001:db8::7"),
        ("::ffff:10.0.0.9", [("X-Forwarded-For", f"::ffff:{CLIENT}")], CLIENT),
        ("fe80::1%eth0", [], "fe80::1"),
        ("::1", [("REAL-IP", CLIENT)], CLIENT),
        (None, [("X-Forwarded-For", CLIENT)], None),
        ("", [("X-Forwarded-For", CLIENT)], None),
    ],
)
def test_the_client(peer: str | None, headers: list[tuple[str, str]], client: str | None) -> None:
    found = client_address(peer, headers, TRUSTED)
    assert (None if found is None else str(found)) == client


def test_without_trusted_proxies_the_peer_is_the_client() -> None:
    assert str(client_address(PROXY, [("X-Forwarded-For", CLIENT)], ())) == PROXY


@pytest.mark.parametrize(
    ("address", "counted"),
    [(CLIENT, CLIENT), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64")],
)
def test_tries_are_counted_by_what_one_customer_has(address: str, counted: str) -> None:
    assert throttled_as(client_address(address, [], ())) == counted
    assert throttled_as(None) is None


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="proxy"):
        trusted_networks(["proxy.example"])
