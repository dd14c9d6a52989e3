"""``python -m demo``: an Odoo double with the generated wholesale shop. Prints how to reach it, and serves."""

from __future__ import annotations

import argparse
import json
import sys

from demo.dataset import Dataset
from demo.double import Double, DoubleServer
from demo.wholesale import VERSIONS, generate

_LOGIN = "bff"  # the shop's user for services


def main() -> int:
    """Serve until standard input ends or the process is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="An Odoo double with a wholesale shop.")
    parser.add_argument("--version", default=VERSIONS[-1], choices=VERSIONS)
    parser.add_argument("--products", type=int, default=300)
    parser.add_argument("--pricelists", type=int, default=12)
    parser.add_argument("--port", type=int, default=0, help="0 for any free one")
    arguments = parser.parse_args()
    try:
        dataset = generate(arguments.version, products=arguments.products, pricelists=arguments.pricelists)
        with DoubleServer(Double(dataset), port=arguments.port) as server:
            # the address for people, then everything for programs
            print(server.url, json.dumps(_access(dataset, server.url)), sep="\n", flush=True)  # noqa: T201
            sys.stdin.buffer.read()
    except KeyboardInterrupt:
        pass
    return 0


def _access(dataset: Dataset, url: str) -> dict[str, str]:
    """Address, database and login; the secret is an API key where the version has them (JSON-2 wants one)."""
    keys = {login: key for key, login in dataset.api_keys.items()}
    secret = keys.get(_LOGIN) or dataset.passwords[_LOGIN]
    return {"url": url, "db": dataset.database, "user": _LOGIN, "secret": secret}


if __name__ == "__main__":
    sys.exit(main())
