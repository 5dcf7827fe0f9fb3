"""The message catalogues: `python tools/messages.py` collects what Embla says and writes the .po and .mo files anew;
`python tools/messages.py --check` only looks, and exits 1 naming what is missing, wrong or out of date.

Three sources: `gettext(...)` and its kin in Python, `{{ _(...) }}` and `{% trans %}` in templates, and the help of each
command. The English text is the id, so English needs no catalogue. Translations already there are kept.
"""

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from embla import cli
from embla.platform import DOMAIN, LANGUAGES, LOCALE
from embla.platform.helptext import TYPERS, commands, texts
from embla.policy.retold import sentences

SOURCE = Path(cli.__file__).parent
# `N_` marks a message that is translated later, where its language is known.
KEYWORDS: dict[str, Any] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "say": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
TEMPLATES = {".html", ".txt", ".xml", ".svg", ".jinja"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*(?:![rsa])?(?::[^{}]*)?\}")


def found() -> Catalog:
    """Every message there is, in the order of its text."""
    catalog = Catalog(domain=DOMAIN, charset="utf-8", fuzzy=False)
    for path in sorted(SOURCE.rglob("*")):
        method = _method(path)
        if method is None:
            continue
        options = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"} if method == "jinja2" else {}
        with path.open("rb") as file:
            for _, message, comments, context in extract(method, file, KEYWORDS, ("Translators:",), options):
                catalog.add(message, auto_comments=comments, context=context)
    for command in commands(cli.build(everything=True)):
        for item, name in texts(command):
            catalog.add(getattr(item, name))
    for text in sentences():
        catalog.add(text)
    for text in (*TYPERS, *(room.help for room in cli.ROOMS if room.exists)):
        catalog.add(text)
    return catalog


def current(language: str) -> Catalog:
    """The catalogue of a language as it should be: every message found, with the translation it already has."""
    path = _po(language)
    old = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)
    new = Catalog(
        locale=language,
        domain=DOMAIN,
        project="Embla",
        charset="utf-8",
        header_comment=f"# What Embla says, in {language}. Written anew by `make messages`; translate here.",
        fuzzy=False,
    )
    for message in found():
        if not message.id:
            continue
        known = old.get(message.id, message.context)
        new.add(
            message.id,
            known.string if known is not None else None,
            auto_comments=message.auto_comments,
            flags=message.flags - {"fuzzy"},
            context=message.context,
        )
    return new


def faults(catalog: Catalog) -> Iterator[str]:
    """What is wrong with each message: no translation, or placeholders that differ from the English ones."""
    for message in catalog:
        if not message.id:
            continue
        english = message.id if isinstance(message.id, tuple) else (message.id,)
        theirs = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if not all(theirs):
            yield f"not translated: {english[0]!r}"
        elif any(_placeholders(text) != _placeholders(english[-1]) for text in theirs[-1:]):
            yield f"placeholders differ: {english[-1]!r} and {theirs[-1]!r}"


def as_po(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalog, width=120, no_location=True, omit_header=False, sort_output=True, ignore_obsolete=True)
    # A date would make two equal catalogues differ.
    return re.sub(rb'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|'
                  rb'Report-Msgid-Bugs-To):[^\n]*\n', b"", out.getvalue(), flags=re.MULTILINE)  # fmt: skip


def as_mo(po: bytes, language: str) -> bytes:
    out = io.BytesIO()
    catalog = read_po(io.BytesIO(po), locale=language)
    # Babel writes today's date into the header otherwise, and the same texts would compile anew every minute.
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    write_mo(out, catalog)
    return out.getvalue()


def main(check: bool) -> int:
    wrong = []
    for language in LANGUAGES:
        if language == "en":
            continue
        catalog = current(language)
        po, path = as_po(catalog), _po(language)
        wrong += [f"{path.name} ({language}): {fault}" for fault in faults(catalog)]
        for target, content in ((path, po), (path.with_suffix(".mo"), as_mo(po, language))):
            if target.exists() and target.read_bytes() == content:
                continue
            if check:
                wrong.append(f"{target.name} ({language}): out of date; run `make messages`")
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"messages: {len(found())} in {len(LANGUAGES)} languages, {len(wrong)} faults")
    return 1 if wrong and check else 0


def _method(path: Path) -> str | None:
    if path.suffix == ".py":
        return "python"
    return "jinja2" if path.suffix in TEMPLATES and "templates" in path.parts else None


def _po(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def _placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
