"""The concordance report as a page and as PDF/UA, for a hospital's validation of its own samples."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from embla.errors import UsageError
from embla.pgx.loading import release
from embla.platform import tagged_pdf, translator


def write_report(rows: Sequence[Mapping[str, Any]], out: Path, *, language: str) -> None:
    """Write the rows of `comparing.compare_folder`; what is written follows from the file's name."""
    if out.suffix not in (".html", ".pdf"):
        raise UsageError(f"{out.name} is neither a page nor a PDF.", mend="Let the name end in .html or .pdf.")
    told, templates = _told(rows, language), files("embla.pgx").joinpath("templates")
    if out.suffix == ".html":
        pages = Environment(autoescape=True, undefined=StrictUndefined, loader=PackageLoader("embla.pgx"))
        out.write_text(pages.get_template("concordance.html").render(**told) + "\n", encoding="utf-8")
        return
    out.write_bytes(tagged_pdf(templates.joinpath("concordance.typ").read_bytes(), told))


def _told(rows: Sequence[Mapping[str, Any]], language: str) -> dict[str, Any]:
    _ = translator(language).gettext
    keys = ("n", "exact", "contains", "no_call", "wrong")
    total = {"gene": _("All genes")} | {key: sum(row[key] for row in rows) for key in keys}
    return {
        "language": language,
        "release": _("Definitions %(release)s") % {"release": release().id},
        "words": {
            "title": _("Pharmacogenetics: calls against a truth table"),
            "how": _("Notation is brought into one form first; only pairs that both sides define are counted. Exact: "
                     "the first candidate is the truth. Contained: the truth is among the candidates. No call: none."),
            "columns": [_("Gene"), "n", _("Exact"), _("Contained"), _("No call"), _("Wrong")],
            "differ": _("Samples whose candidates do not hold the truth"),
            "none": _("None."),
        },
        "rows": [{"gene": row["gene"]} | {key: str(row[key]) for key in keys} for row in (*rows, total)],
        "wrong": [{"gene": row["gene"], "samples": ", ".join(row["samples"])} for row in rows if row["samples"]],
    }  # fmt: skip
