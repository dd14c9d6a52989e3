"""Signing keys in a directory, a file each: written by the command line, noticed by running processes."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

from identity.keys import KeyFileError, KeyRing, OwnAlgorithm, SigningKey, generate, read_key, ring_of

log = structlog.get_logger(__name__)

_SUFFIX: Final = ".jwk.json"
_LOCK: Final = ".lock"
#: (name, modified, bytes, mode) of each file
_Seen = tuple[tuple[str, int, int, int], ...]


class KeyDirectory:
    """The keys below ``path``. Files that others than their owner may read are refused."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._seen: _Seen | None = None
        self._complained: str | None = None
        self._ring = KeyRing(())

    def ring(self) -> KeyRing:
        """The keys as they are now; files are read again only when one has changed. Raises `KeyFileError`.

        Keys that were good stay in force when what is found later cannot be used.
        """
        try:
            seen = self._look()
            if seen != self._seen:
                self._ring = KeyRing(_read(self._path / name) for name, *_ in seen)
        except (KeyFileError, OSError) as error:
            if self._seen is None:
                raise KeyFileError(str(error)) from error
            if str(error) != self._complained:
                log.warning("signing_keys.unusable", reason=str(error))
            self._complained = str(error)
            return self._ring
        self._seen, self._complained = seen, None
        return self._ring

    def rotate(self, algorithm: OwnAlgorithm = "EdDSA", *, keep: float = 600.0, lead: float = 0.0) -> SigningKey:
        """Make a key that signs from now on, or in ``lead`` seconds; the first key of all signs at once.

        The others stay published for ``keep`` seconds after that: longer than the last token they sign will live.
        What has ended before is deleted.
        """
        with self._locked():
            self._seen = None
            now = self._clock()
            keys = self.ring().published(now)
            begins = now + lead if any(key.begins <= now for key in keys) else now
            for key in keys:
                if key.ends is None:
                    ending = SigningKey(key.kid, key.algorithm, key.key, key.begins, begins + keep)
                    self._write(ending)
            for gone in set(self.ring().by_kid) - {key.kid for key in keys}:
                self._file(gone).unlink()
            made = generate(algorithm, begins)
            self._write(made)
        log.info("signing_keys.rotated", kid=made.kid, algorithm=algorithm, begins=begins, kept=len(keys))
        return made

    def remove(self, kid: str) -> None:
        """Withdraw a key at once, with every token it has signed. Raises `KeyFileError` if there is none."""
        with self._locked():
            self._seen = None
            if kid not in self.ring().by_kid:
                raise KeyFileError(f"no key {kid!r}")
            self._file(kid).unlink()
        log.warning("signing_keys.removed", kid=kid)

    def _look(self) -> _Seen:
        if not self._path.is_dir():
            raise KeyFileError(f"no directory {self._path}")
        found = []
        with os.scandir(self._path) as entries:
            for entry in entries:
                if entry.name.endswith(_SUFFIX):
                    stat = entry.stat()
                    found.append((entry.name, stat.st_mtime_ns, stat.st_size, stat.st_mode))
        return tuple(sorted(found))

    def _file(self, kid: str) -> Path:
        for name, *_ in self._look():
            if _read(self._path / name).kid == kid:
                return self._path / name
        # ids are thumbprints, which are fit for file names; those of keys made elsewhere need not be
        if not kid.replace("-", "").replace("_", "").isalnum():
            raise KeyFileError("the key's id is no name for a file")
        return self._path / f"{kid}{_SUFFIX}"

    def _write(self, key: SigningKey) -> None:
        file = self._file(key.kid)
        draft = file.with_name(f".{file.name}.new")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(key.stored(), stream)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One change at a time; the directory is made if there is none."""
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._path / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def ring_from_file(path: Path) -> KeyRing:
    """The keys of a secret file: a JWK set. Raises `KeyFileError`."""
    _check_mode(path)
    return ring_of(path.read_bytes())


def _read(path: Path) -> SigningKey:
    _check_mode(path)
    try:
        return read_key(json.loads(path.read_bytes()))
    except ValueError:
        raise KeyFileError(f"{path.name}: not JSON") from None
    except KeyFileError as error:
        raise KeyFileError(f"{path.name}: {error}") from None


def _check_mode(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise KeyFileError(f"{path.name}: {error.strerror}") from None
    if mode & 0o077:
        raise KeyFileError(f"{path.name}: others may read it (mode {mode & 0o777:04o}); make it 0600")
