"""The generated pages, docs/cli.md, docs/settings.md and docs/house.svg: `python tools/reference.py` writes them,
`python tools/reference.py --check` only compares and exits 1."""

import sys
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import typer

from embla import cli
from embla.platform import Settings

sys.path.insert(0, str(Path(__file__).parent))
import picture

DOCS = Path(__file__).parents[1] / "docs"


def commands_page() -> str:
    """Every command's help, as a terminal of 100 columns shows it."""
    parts = [
        "# Commands\n",
        "Written by `make docs` from the help of each command; do not edit. Every command answers on standard output\n"
        "and tells its progress, warnings and errors on standard error. `--json` gives JSON Lines. Exit codes:\n"
        "0 done, 1 refused or not equal, 2 wrong use.\n",
    ]
    for words, command, context in _walk(cli.build(everything=True), ("embla",), None):
        level = "##" if len(words) <= 2 else "###"
        text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
        parts.append(f"{level} {' '.join(words)}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def settings_page() -> str:
    """Every field of Settings as one row."""
    rows = []
    for item in fields(Settings):
        default = "the user's data folder, `embla`" if item.default is MISSING else _shown(item.default)
        rows.append(f"| `{item.name}` | `EMBLA_{item.name.upper()}` | {default} | {item.metadata['meaning']} |")
    return (
        "# Settings\n\n"
        "Written by `make docs` from `embla.platform.Settings`; do not edit. A setting comes from its default, then\n"
        "from `settings.toml` in the home, then from the environment, then from an option of the command; the last\n"
        "one wins. An unknown name in the file is an error, an unknown `EMBLA_...` variable a warning.\n"
        "`embla settings` shows what is in force.\n\n"
        "| in settings.toml | in the environment | default | meaning |\n| --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n\n`EMBLA_DEBUG=1` is no setting: it shows where in the code a defect happened, with the error's own text, "
        "and is meant for\na machine without real persons on it. `EMBLA_TEST_...` variables are read by tests only.\n"
    )


def main(check: bool) -> int:
    stale = []
    for name, text in (("cli.md", commands_page()), ("settings.md", settings_page()), ("house.svg", picture.draw())):
        path = DOCS / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if check:
            stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"docs/{name} is out of date; run `make docs`", file=sys.stderr)
    return 1 if stale else 0


def _walk(command: Any, words: tuple[str, ...], above: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    context = typer.Context(
        command, info_name=words[-1], parent=above, terminal_width=100, max_content_width=100, color=False
    )
    yield words, command, context
    for word, child in getattr(command, "commands", {}).items():
        yield from _walk(child, (*words, word), context)


def _shown(default: object) -> str:
    if default in (None, ""):
        return "empty"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
