"""One record of the command line, read and consulted; and one file written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calcinosis.errors import UnreadableRecord

if TYPE_CHECKING:
    from calcinosis.consultation import Consultation


def consulted(name: str, as_of: str | None) -> Consultation:
    """The consultation on the record NAME; `-` is stdin.

    Raises:
        UnreadableRecord: no such file, a folder, or no record.
    """
    from calcinosis.pathway import consult

    return consult(source(name), as_of)


def source(name: str) -> Path | bytes:
    """The record NAME as a path, or the bytes of stdin for `-`.

    Raises:
        UnreadableRecord: no such file, or a folder.
    """
    if name == "-":
        return sys.stdin.buffer.read()
    path = Path(name)
    if not path.exists():
        raise UnreadableRecord("there is no such file", where=name, remedy="Give a path, or - for stdin.")
    if path.is_dir():
        raise UnreadableRecord("is a folder", where=name, expected="a file", remedy="Name a file in it.")
    return path


def day(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    """A click callback: a date, or a complaint that names the option."""
    from datetime import datetime

    if text is None:
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no date; expected YYYY-MM-DD") from error
    return text


def written(path: Path, held: bytes) -> None:
    """Write a file and say so on stderr.

    Raises:
        click.UsageError: it cannot be written.
    """
    try:
        path.write_bytes(held)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror}") from error
    click.echo(f"written: {path}", err=True)


def figure(path: Path, svg: str) -> None:
    """Write a figure as the ending of `path` says.

    Raises:
        click.UsageError: the ending is neither .svg nor .png.
    """
    ending = path.suffix.lower()
    if ending == ".svg":
        written(path, svg.encode())
    elif ending == ".png":
        from calcinosis.presentation.report.typesetting import png

        written(path, png(svg))
    else:
        raise click.UsageError(f"{path} ends in neither .svg nor .png")
