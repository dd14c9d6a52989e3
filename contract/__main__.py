"""``python -m contract check|record``: compare the golden answers with what the doubles answer, or record them anew."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from contract.cases import CASES, Case
from contract.client import Answer
from contract.doubles import VERSIONS, clock, running_double
from contract.golden import EXPECTED, ask, difference, path_of, render
from contract.shop import open_shop

Answers = dict[str, dict[str, Answer]]  # case -> version -> answer


async def answers_of(cases: Sequence[Case]) -> Answers:
    """What every version answers."""
    found: Answers = {case.name: {} for case in cases}
    for version in VERSIONS:
        with running_double(version) as running:
            async with open_shop(running.target, clock=clock) as shop:
                for case in cases:
                    found[case.name][version] = await ask(shop, case)
    return found


def disagreements(found: Answers) -> list[str]:
    """One text for each case that the versions answer differently."""
    first, *others = VERSIONS
    return [
        f"{name}: {first} and {other} differ {difference(answers[first].body, answers[other].body)}"
        for name, answers in found.items()
        for other in others
        if answers[first] != answers[other]
    ]


def main() -> int:
    """0 when all versions and the recorded answers agree (``record``: when they agree and are written)."""
    parser = argparse.ArgumentParser(prog="python -m contract", description=__doc__)
    parser.add_argument("action", choices=("check", "record"))
    parser.add_argument("cases", nargs="*", help="names of cases; all without any")
    arguments = parser.parse_args()
    wanted = [case for case in CASES if not arguments.cases or case.name in arguments.cases]
    found = asyncio.run(answers_of(wanted))
    differing = disagreements(found)
    for text in differing:
        _say(text)
    changed = [case for case in wanted if _changed(case, found[case.name][VERSIONS[0]])]
    orphans = sorted(set(EXPECTED.glob("*.json")) - {path_of(case) for case in CASES})
    for case in changed:
        _say(f"{'writing' if arguments.action == 'record' else 'changed'}: {case.name}")
    if arguments.action == "record" and not differing:
        for case in changed:
            path_of(case).write_text(render(case, found[case.name][VERSIONS[0]]), encoding="utf-8")
        for orphan in orphans:
            _say(f"removing: {orphan.stem}")
            orphan.unlink()
        changed, orphans = [], []
    _say(f"{len(wanted)} cases x {len(VERSIONS)} versions; {len(differing)} differ, {len(changed)} not as recorded")
    return 1 if differing or changed or orphans else 0


def _changed(case: Case, answer: Answer) -> bool:
    path = path_of(case)
    return not path.exists() or path.read_text(encoding="utf-8") != render(case, answer)


def _say(text: str) -> None:
    print(text)  # noqa: T201  # a command's output


if __name__ == "__main__":
    sys.exit(main())
