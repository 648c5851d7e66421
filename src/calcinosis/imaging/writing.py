"""Files written whole or not at all: a temporary file beside the target, then one rename."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path


def write_atomic(path: Path, fill: Callable[[Path], None]) -> Path:
    """Let `fill` write a temporary file with the ending of `path`, then put it in its place.

    Whatever stood at `path` stays as it was when `fill` fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    ending = "".join(path.suffixes[-2:])
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-", suffix=ending)
    os.close(handle)
    temporary = Path(name)
    try:
        fill(temporary)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def write_text(path: Path, text: str) -> Path:
    """Write UTF-8 text, whole or not at all."""
    return write_atomic(path, lambda temporary: _put(temporary, text.encode()))


def write_bytes(path: Path, data: bytes) -> Path:
    """Write bytes, whole or not at all."""
    return write_atomic(path, lambda temporary: _put(temporary, data))


def _put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def software_version() -> str:
    """The installed version of this package, as every file states it."""
    return version("calcinosis")
