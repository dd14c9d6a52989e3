"""The generated shop behind a double of each version: what the golden answers are about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final, NamedTuple

from pydantic import SecretStr

from contract.shop import Target
from demo.double import Double, DoubleServer
from demo.wholesale import generate
from demo.wholesale.draws import REFERENCE_TIME

VERSIONS: Final = ("10.0", "14.0", "19.0")
#: transports by version, the usual one first
TRANSPORTS: Final = {
    "10.0": ("jsonrpc", "xmlrpc"),
    "14.0": ("jsonrpc", "xmlrpc"),
    "19.0": ("json2", "jsonrpc", "xmlrpc"),
}
PRODUCTS: Final = 300
PRICELISTS: Final = 12
_LOGIN: Final = "admin"


class Running(NamedTuple):
    """A double that is served."""

    double: Double
    target: Target


def clock() -> datetime:
    """The moment at which the generated shop is seen."""
    return REFERENCE_TIME


@contextmanager
def running_double(
    version: str, *, products: int = PRODUCTS, pricelists: int = PRICELISTS, transport: str = "auto"
) -> Iterator[Running]:
    """Serve the generated shop as this version of Odoo."""
    dataset = generate(version, products=products, pricelists=pricelists)
    keys = {login: key for key, login in dataset.api_keys.items()}
    double = Double(dataset, clock=lambda: clock().replace(tzinfo=None))
    with DoubleServer(double) as server:
        secret = SecretStr(keys.get(_LOGIN) or dataset.passwords[_LOGIN])
        yield Running(double, Target(server.url, dataset.database, _LOGIN, secret, transport))
