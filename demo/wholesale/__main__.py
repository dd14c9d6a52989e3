"""``python -m demo.wholesale --version 19.0 --products 18000 --pricelists 130``: what it makes, and at what cost."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

from demo.wholesale import VERSIONS, generate


def peak_memory() -> int:
    """KiB. Not ``ru_maxrss`` where there is something better: on Linux it begins with that of the parent process."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.wholesale", description=__doc__)
    parser.add_argument("--version", choices=VERSIONS, default=VERSIONS[-1])
    parser.add_argument("--products", type=int, default=300)
    parser.add_argument("--pricelists", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    started = time.perf_counter()
    dataset = generate(asked.version, products=asked.products, pricelists=asked.pricelists, seed=asked.seed)
    seconds = time.perf_counter() - started
    peak = peak_memory() / 1024
    lines = [f"{model:34}{len(table):>10,}" for model, table in sorted(dataset.tables.items())]
    lines.append(f"generated in {seconds:.1f} s, peak memory {peak:.0f} MiB")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
