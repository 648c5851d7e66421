"""Write what is generated in README.md and docs/: real output, counts, the command line's own help.

A block stands between `<!-- generated: NAME -->` and `<!-- end -->`; what stands there by hand is lost.
Blocks `measured: ...` hold figures of real runs and are not touched here.

Run: python tools/generate_docs.py            writes
     python tools/generate_docs.py --check    exits 1 when anything would change
     python tools/generate_docs.py --picture  also makes docs/pictures/consultation.png (needs Chromium)
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Console

from calcinosis import Consultation, consult
from calcinosis.cli import cli
from calcinosis.knowledge import load
from calcinosis.presentation.page import page
from calcinosis.presentation.terminal import print_consultation

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = "examples/systemic-sclerosis-overlap.json"
AS_OF = "2026-01-01"
PICTURE = ROOT / "docs/pictures/consultation.png"
CHROMIUM = Path("/usr/bin/chromium")
OUTPUT_WIDTH, OUTPUT_LINES = 92, 25
_BLOCK = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
# The knowledge version changes with every file of it; the output shown does not depend on it.
_VERSION = re.compile(r"knowledge \S* ?\([0-9a-f]{6}\)")


def example() -> Consultation:
    """The consultation that README and picture show."""
    return consult(ROOT / EXAMPLE, AS_OF)


def output() -> str:
    """The first lines that `calcinosis consult` prints."""
    written = io.StringIO()
    console = Console(file=written, width=OUTPUT_WIDTH, highlight=False, force_terminal=False, no_color=True)
    print_consultation(example(), console=console)
    lines = [line.rstrip() for line in written.getvalue().splitlines()]
    shown = [_VERSION.sub("knowledge 2026.11 (…)", line) for line in lines[:OUTPUT_LINES]]
    return "\n".join(["```", *shown, "…", "```"])


def counts() -> str:
    """How much the knowledge base holds."""
    held = load().contents
    diseases = held.differential.diseases.values()
    rows = [
        ("findings of the vocabulary", len(held.findings)),
        ("analytes with units and reference ranges", len(held.analytes)),
        ("causes", len(held.causes)),
        ("subtypes and named forms", len(held.subtypes) + len(held.forms)),
        ("red flags", len(held.urgent)),
        ("investigations", len(held.investigations)),
        ("diseases of the differential", len(diseases)),
        ("frequencies of findings in diseases", sum(len(disease.cells) for disease in diseases)),
        ("questions on which sources disagree", len(held.disagreements)),
        ("codes of terminologies", len(held.codes)),
        ("publications", len(held.sources)),
        ("of them known by title or summary only", sum(_unread(one) for one in held.sources.values())),
    ]
    table = [f"| {name} | {count:,} |" for name, count in rows]
    return "\n".join(["| what | number |", "|---|---:|", *table])


def _unread(entry: dict[str, object]) -> bool:
    custom = entry.get("custom")
    return isinstance(custom, dict) and custom.get("read") == "no"


def command_line() -> str:
    """Every verb with its own help."""
    return "\n\n".join(_helped(cli, "calcinosis"))


def _helped(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[str]:
    """The help of a command and of every one below it, in the context that a call makes."""
    context = command.make_context(
        name, [], parent, resilient_parsing=True, max_content_width=OUTPUT_WIDTH, terminal_width=OUTPUT_WIDTH
    )
    yield f"## `{context.command_path}`\n\n```\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for verb in command.list_commands(context):
            inner = command.get_command(context, verb)
            if inner is not None:
                yield from _helped(inner, verb, context)


BLOCKS: dict[str, Callable[[], str]] = {
    "output": output,
    "counts": counts,
    "command-line": command_line,
}


def regenerated(text: str) -> str:
    """`text` with every generated block made anew."""
    return _BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found['name']]()}\n{found[3]}", text)


def pages() -> list[Path]:
    """The files that hold generated blocks."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path for path in found if path.is_file() and _BLOCK.search(path.read_text(encoding="utf-8"))]


def stale() -> list[Path]:
    """The files that regenerating would change."""
    return [path for path in pages() if regenerated(held := path.read_text(encoding="utf-8")) != held]


def picture() -> None:
    """A screenshot of the example's page, 1280 wide."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "consultation.html"
        taken = Path(folder) / "consultation.png"
        written.write_text(page(example(), Path(EXAMPLE).name), encoding="utf-8")
        command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += ["--window-size=1280,1500", f"--screenshot={taken}", written.as_uri()]
        subprocess.run(command, check=True, capture_output=True)
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        _reduced(taken)
        shutil.move(taken, PICTURE)


def _reduced(taken: Path) -> None:
    """Fewer colours: a page of text needs no more, and the file stays small."""
    from PIL import Image

    with Image.open(taken) as shown:
        shown.convert("RGB").quantize(64).save(taken, optimize=True)


def main() -> int:
    """Write, check, or write with the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--picture", action="store_true")
    given = parser.parse_args()
    if given.check:
        for path in stale():
            print(f"{path.relative_to(ROOT)} is not what the program says today; run make docs")
        return 1 if stale() else 0
    for path in pages():
        path.write_text(regenerated(path.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"written: {path.relative_to(ROOT)}")
    if given.picture:
        picture()
        print(f"written: {PICTURE.relative_to(ROOT)}, {PICTURE.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
