"""A process that serves does not look through what was there from the start for garbage."""

from __future__ import annotations

import subprocess
import sys

_SERVED = """
import gc, os, uvicorn
from server.serve import announcing

async def app(scope, receive, send): ...

def listening(address):
    there = len(gc.get_objects())
    print(gc.get_freeze_count() > 10 * there, flush=True)
    os._exit(0)

before = gc.get_freeze_count()
assert before == 0
announcing(uvicorn.Config(app, port=0, lifespan="off", log_level="critical"), listening).run()
"""


def test_what_was_there_from_the_start_is_not_looked_through() -> None:
    told = subprocess.run([sys.executable, "-c", _SERVED], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.split() == ["True"], "modules and the schema are collected again and again"
