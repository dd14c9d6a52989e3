"""Where a request came from: what proxies say is believed of proxies alone that are trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

#: an address of IPv6 stands for its network of this size: one customer has all of it
_PREFIX_V6: Final = 64


def trusted_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """``127.0.0.1``, ``10.0.0.0/8``, ``::1`` … Raises ValueError for what is neither address nor network."""
    return tuple(ip_network(text.strip(), strict=False) for text in texts if text.strip())


def client_address(peer: str | None, headers: Iterable[tuple[str, str]], trusted: Sequence[Network]) -> Address | None:
    """Who is at the far end; None where trusted proxies do not tell, or the peer has no address (a Unix socket).

    ``peer``: who opened the connection. ``headers``: all of them, in order (of Starlette: ``request.headers.items()``;
    a header that comes twice counts twice). If the peer is trusted, so is what it appended to ``X-Forwarded-For``: of
    its addresses, from the last to the first, the first that is not trusted itself is the client's. If there is none,
    a trusted server speaks for a client of its own, whom it names in ``REAL-IP``.
    """
    own = _address(peer or "")
    if own is None or not _is_trusted(own, trusted):
        return own
    pairs = [(name.lower(), value) for name, value in headers]
    chain = [part for name, value in pairs if name == "x-forwarded-for" for part in value.split(",")]
    for part in reversed(chain):
        address = _address(part)
        if address is None:
            return None  # whoever wrote this is trusted, but what stands before it was told to them
        if not _is_trusted(address, trusted):
            return address
    told = [address for name, value in pairs if name == "real-ip" and (address := _address(value)) is not None]
    return next((address for address in told if not _is_trusted(address, trusted)), None)


def throttled_as(address: Address | None) -> str | None:
    """What tries are counted by: the address, of IPv6 its network; None counts by nothing."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _PREFIX_V6), strict=False))
    return None if address is None else str(address)


def _is_trusted(address: Address, trusted: Iterable[Network]) -> bool:
    return any(address in network for network in trusted)


def _address(text: str) -> Address | None:
    for candidate in _forms(text.strip().strip('"')):
        try:
            address = ip_address(candidate)
        except ValueError:
            continue
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            return address.ipv4_mapped
        return address
    return None


def _forms(text: str) -> Iterator[str]:
    """As it is, and without port, brackets and zone."""
    yield text.partition("%")[0]
    if text.startswith("["):
        yield text[1:].partition("]")[0].partition("%")[0]
    elif text.count(":") == 1:
        yield text.partition(":")[0]
