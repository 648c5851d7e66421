"""Files written whole or not at all: a temporary file beside the target, then one rename."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from calcinosis.errors import UnwritableOutput


def write_atomic(path: Path, fill: Callable[[Path], None]) -> Path:
    """Let `fill` write a temporary file with the ending of `path`, then put it in its place.

    Whatever stood at `path` stays as it was when `fill` fails.

    Raises:
        UnwritableOutput: no permission, no room, or a file where a folder is needed.
    """
    try:
        return _write_atomic(path, fill)
    except OSError as error:
        if error.errno is None:
            raise
        raise _unwritable(path, error) from error


def check_writable(folder: Path) -> None:
    """Try to write into a folder, before long work whose result would have no place; leaves nothing.

    Raises:
        UnwritableOutput: no permission, no room, or a file where a folder is needed.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder, prefix=".writing-"):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        for one in missing:
            with suppress(OSError):
                one.rmdir()


def _unwritable(path: Path, error: OSError) -> UnwritableOutput:
    return UnwritableOutput(
        f"cannot be written ({error.strerror or type(error).__name__})",
        where=str(path),
        remedy="Give a folder that you may write to, on a disk with room.",
    )


def _write_atomic(path: Path, fill: Callable[[Path], None]) -> Path:
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
