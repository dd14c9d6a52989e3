"""``python -m demo``: an Odoo double with the generated wholesale shop. Prints its address and serves."""

from __future__ import annotations

import argparse
import sys

from demo.double import Double, DoubleServer
from demo.wholesale import generate


def main() -> int:
    """Serve until standard input ends or the process is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="An Odoo double with a wholesale shop.")
    parser.add_argument("--version", default="19.0", choices=("10.0", "14.0", "19.0"))
    parser.add_argument("--products", type=int, default=300)
    parser.add_argument("--pricelists", type=int, default=12)
    parser.add_argument("--port", type=int, default=0, help="0 for any free one")
    arguments = parser.parse_args()
    dataset = generate(arguments.version, products=arguments.products, pricelists=arguments.pricelists)
    with DoubleServer(Double(dataset), port=arguments.port) as server:
        print(server.url, flush=True)  # noqa: T201
        try:
            sys.stdin.buffer.read()
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
