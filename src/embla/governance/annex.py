"""The year's annex as a tagged PDF: budget in parts, versions, 60,000, refunds. The extra `pdf` brings typst.

Everything that comes from data enters typst as JSON and is shown as text, so nothing in the ledger can steer the paper.
"""

import json
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from embla.governance.model.refunds import Period
from embla.governance.reading import kpi_json, refunds, region_names, view
from embla.governance.shown import at_cut
from embla.governance.words import annex_words
from embla.optional import require

if TYPE_CHECKING:
    from embla.platform import House

# PDF/UA-1: tagged, with a title and a language, so that a screen reader reads its tables.
STANDARD: Final = "ua-1"


def annex_data(house: "House", year: int, language: str, *, shown: bool = False) -> dict[str, Any]:
    """What the paper tells, as plain values. `shown`: for somebody at a page, so as of the last cut."""
    seen = view(house)
    as_of = min(date(year, 12, 31), seen.today)
    if shown:
        seen = at_cut(seen, as_of)
    budget = seen.budget(year)
    lines = [
        {
            "name": one.name, "part": one.says["part"], "side": one.says["side"], "amount": one.says["amount"],
            "explains": one.says.get("explains_da" if language == "da" else "explains", one.says["explains"]),
            "demo": one.demo,
        } for one in budget.lines
    ]  # fmt: skip
    return {
        "year": year, "language": language, "words": annex_words(language), "made": seen.today.isoformat(),
        "kpi": kpi_json(seen, as_of), "budget": budget.to_json(), "lines": lines,
        "refunds": refunds(house, seen, Period.of(str(year))).to_json(), "names": region_names(house, language),
        "demo": bool(house.settings.demo or budget.demo),
    }  # fmt: skip


def make_annex(data: dict[str, Any], made: datetime) -> bytes:
    """The PDF; the same data at the same time gives the same bytes."""
    return typeset("annex.typ", data, made)


def typeset(template: str, data: dict[str, Any], made: datetime) -> bytes:
    """A paper of this room from its template; all that varies is in the data."""
    typst = require("typst", doing="Writing PDF", extra="pdf")
    with TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "data.json").write_text(json.dumps(data, ensure_ascii=False), "utf-8")
        source = files("embla.governance").joinpath(f"templates/{template}").read_text("utf-8")
        (path / template).write_text(source, "utf-8")
        compiled: bytes = typst.compile(
            str(path / template),
            format="pdf",
            pdf_standards=[STANDARD],
            root=folder,
            timestamp=int(made.timestamp()),
        )
    return compiled
