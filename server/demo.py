"""``headless-odoo demo``: the API over an Odoo double in a process of its own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

from server.serve import serve
from server.settings import Settings

_DATABASE, _USER, _SECRET = "shop", "admin", "admin"  # of the double, which holds nothing of worth


def run_demo(*, port: int, version: str, products: int, pricelists: int) -> int:
    """Serve until interrupted, then end the double. Returns the exit code."""
    with _double(version, products, pricelists) as url:
        if url is None:
            return 1
        settings = Settings.model_validate(
            {
                "port": port,
                "odoo_url": url,
                "odoo_db": _DATABASE,
                "odoo_user": _USER,
                "odoo_password": _SECRET,
                "log_format": "console",
                "log_level": "warning",
            }
        )
        serve(settings, hint=f" (Odoo {version}, {products} products, {pricelists} pricelists)")
    return 0


@contextlib.contextmanager
def _double(version: str, products: int, pricelists: int) -> Iterator[str | None]:
    """The address of a running double; None when it could not start (it has said why)."""
    arguments = ["--version", version, "--products", str(products), "--pricelists", str(pricelists)]
    # a process of its own, as a real Odoo is; it ends when its standard input does, should we be killed
    with subprocess.Popen(  # noqa: S603  # our own module
        [sys.executable, "-m", "demo", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101  # asked for above
        try:
            yield process.stdout.readline().strip() or None
        finally:
            process.terminate()
