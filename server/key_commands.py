"""``headless-odoo keys``: the keys that sign the shop's own tokens."""

from __future__ import annotations

import time
from pathlib import Path

import structlog

from identity.keys import KeyFileError, KeyRing, OwnAlgorithm, SigningKey
from identity.keys_directory import KeyDirectory
from server.saying import refused, say


def rotate_keys(directory: Path, algorithm: OwnAlgorithm, *, keep: float, lead: float) -> int:
    """``keys rotate``: a new key signs from now on, or in ``lead`` seconds. Returns the exit code."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))  # what is printed says it all
    try:
        made = KeyDirectory(directory).rotate(algorithm, keep=keep, lead=lead)
    except (KeyFileError, OSError) as error:
        return refused(error)
    say(f"{made.kid} ({made.algorithm}) signs from {_moment(made.begins)}; older keys verify for {keep:g} s after")
    return 0


def show_keys(directory: Path) -> int:
    """``keys show``: ids, kinds and times; nothing of the keys themselves. Returns the exit code."""
    try:
        ring = KeyDirectory(directory).ring()
    except (KeyFileError, OSError) as error:
        return refused(error)
    now = time.time()
    signing = ring.signing(now)
    for key in sorted(ring.by_kid.values(), key=lambda one: -one.begins):
        say(f"{key.kid}  {key.algorithm}  {_state(key, signing, ring, now)}")
    if not ring.by_kid:
        say("no keys")
    return 0


def _state(key: SigningKey, signing: SigningKey | None, ring: KeyRing, now: float) -> str:
    ends = "" if key.ends is None else f", until {_moment(key.ends)}"
    if key not in ring.published(now):
        return f"ended {_moment(key.ends or 0.0)}"
    if key is signing:
        return f"signs since {_moment(key.begins)}{ends}"
    return f"signs from {_moment(key.begins)}{ends}" if key.begins > now else f"verifies{ends}"


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(seconds))
