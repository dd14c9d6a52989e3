"""A process that serves does not look through what was there from the start for garbage; what has ended is some."""

from __future__ import annotations

import gc
import subprocess
import sys

from graphql import GraphQLSchema

from demo.double import DoubleServer
from tests.support.bff import running, settings_for
from tests.support.doubles import DoubleOf
from tests.support.waiting import PATIENCE

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
    told = subprocess.run([sys.executable, "-c", _SERVED], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert told.stdout.split() == ["True"], "modules and the schema are collected again and again"


async def test_an_application_that_has_ended_leaves_nothing(double: DoubleOf) -> None:
    """A schema is 28,000 objects: with those of all that had ended, garbage was looked for for seconds."""

    def schemas() -> set[int]:
        gc.collect()
        return {id(one) for one in gc.get_objects() if type(one) is GraphQLSchema}

    async def one(odoo: DoubleServer) -> None:
        async with running(settings_for(odoo.url), odoo) as bff:
            await bff.ready()
            assert (await bff.query("{ products(pageSize: 1) { products { name } } }")).data
            assert schemas() > before

    before = schemas()
    await one(double("14.0"))
    assert schemas() <= before
