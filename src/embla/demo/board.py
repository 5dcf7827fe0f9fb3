"""What the board sees in the demo: the published series, the meetings as they were held, and made-up money, marked so.

Totals of 2025 are those of the board's minutes; their lines were not published, so the lines are invented.
"""

from typing import Any, Final

from embla.governance import enter_all, load_history
from embla.platform import OPERATOR, House

_BOARD: Final = "national board"
_LINES: Final = (
    ("Operation of the HPC", "fixed", "cost", "38000000.00", "Machines, power and hall.", "Maskiner, strøm og hal."),
    ("Staff of the genome database", "fixed", "cost", "24000000.00", "People who run and build it.",
     "De mennesker, der driver og bygger den."),
    ("Licences and security", "fixed", "cost", "9200000.00", "Programs and audits.", "Programmer og audit."),
    ("Growth of storage", "variable", "cost", "7000000.00", "More genomes take more room.",
     "Flere genomer fylder mere."),
    ("Support of users", "variable", "cost", "4200000.00", "Help for departments and researchers.",
     "Hjælp til afdelinger og forskere."),
    ("Risk pool of the move", "variable", "risk_pool", "4800000.00", "In case the move of the HPC became dearer.",
     "Hvis flytningen af HPC blev dyrere."),
    ("Not disposed of", "undisposed", "cost", "2800000.00", "Free for what the board decides.",
     "Frit til det, bestyrelsen beslutter."),
)  # fmt: skip
_PROGRAMME: Final = (
    ("G", "HPC capacity", "5000000.00", 1), ("F", "The national genome database", "2000000.00", 2),
    ("A", "Process for new patient groups", "1000000.00", 3), ("H", "A Danish pangenome graph", "800000.00", 4),
)  # fmt: skip
_PEOPLE: Final = {"1081": 600_000, "1082": 1_400_000, "1083": 1_200_000, "1084": 1_900_000, "1085": 900_000}
_FOUR: Final = {
    "budget": "Staff for one year, and a part of the IT.", "activities": "Three steps, each with who does it.",
    "governance": "The center runs it; all regions are in the group.", "evaluation": "Measured twice a year.",
}  # fmt: skip


def fill_board(house: House) -> int:
    """Load the history and enter the demo's ledger; returns how many entries that were."""
    load_history(house, OPERATOR)
    today = house.clock().date().isoformat()
    return len(
        enter_all(house, OPERATOR, [*_meetings(), *_decisions(), *_money(), *_work(), *_groups(), *_operation(today)])
    )


def _entry(kind: str, name: str, day: str, **says: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, "day": day, **says}


def _meetings() -> list[dict[str, Any]]:
    """As the minutes of 4 November 2025 and the mandate have them; posts, no names."""
    posts = (("Ministry of health (shared chair)", True), ("Director of a region (shared chair)", True),
             ("Director of a region", True), ("Director of the genome center", True), ("Danish Regions", True),
             ("Observer from the universities", False))  # fmt: skip
    days = ("2025-05-07", "2025-11-04", "2025-12-12", "2026-03-10", "2026-06-02", "2026-09-08", "2026-12-09")
    return [
        _entry("forum", _BOARD, "2025-05-07", title="National board for the operation of the genome database"),
        _entry("forum", "expert council", "2025-05-07", title="Expert council for genomic medicine"),
        _entry("forum", "research", "2025-06-17", title="Working group for research"),
        *(_entry("member", f"member {n}", "2025-05-07", forum=_BOARD, post=post, votes=votes)
          for n, (post, votes) in enumerate(posts, start=1)),
        *(_entry("meeting", f"meeting {n}", day, forum=_BOARD) for n, day in enumerate(days, start=1)),
    ]  # fmt: skip


def _decisions() -> list[dict[str, Any]]:
    """Items 9/25 and 11/25 to 13/25 are in the minutes; the last is made up so that demo money has one to stand on."""
    return [
        _entry("decision", "9/25", "2025-10-24", forum=_BOARD, type="B", item="9/25",
               title="Plan for the genome initiatives of the strategy 2025-2027 (written procedure)"),
        _entry("decision", "11/25", "2025-11-04", forum=_BOARD, type="O", item="11/25",
               title="Status of the genome initiatives"),
        _entry("decision", "12/25", "2025-11-04", forum=_BOARD, type="D", item="12/25",
               title="Draft of the work programme 2026-2028"),
        _entry("decision", "13/25", "2025-11-04", forum=_BOARD, type="O", item="13/25",
               title="Status of the economy 2025-2028", annex="Annex 1 (not published)"),
        _entry("decision", "demo 1", "2025-12-12", forum=_BOARD, type="B", item="demo 1", demo=True,
               title="Made up for the demo: rates, the programme's money and what is carried over"),
    ]  # fmt: skip


def _money() -> list[dict[str, Any]]:
    lines = [
        _entry("budget_line", name, "2025-06-25", demo=True, year=year, version="demo", part=part, side=side,
               amount="9300000.00" if (year, part) == (2026, "undisposed") else amount, explains=en, explains_da=da)
        for year in (2025, 2026) for name, part, side, amount, en, da in _LINES
    ]  # fmt: skip
    return [
        *lines,
        _entry("expected", "risk pool 2025", "2025-11-04", demo=True, year=2025, version="demo",
               line="Risk pool of the move", amount="0.00"),
        _entry("grant_line", "refunds", "2025-12-12", demo=True, title="Refunds up to 60,000", amount="32635000.00"),
        _entry("rate", "demo rate", "2025-12-12", decision="demo 1", demo=True, region="*", unit="genomes",
               amount="5000.00"),
        _entry("key", "demo key", "2025-12-12", decision="demo 1", demo=True, explains="Made up for the demo.",
               weights={"1081": "10", "1082": "21", "1083": "21", "1084": "32", "1085": "16"}),
        _entry("co_financing", "2025", "2026-02-01", decision="demo 1", demo=True, year=2025, frame="45000000.00",
               cost="42600000.00", key="demo key"),
        _entry("carry_over", "2025 to 2026", "2026-02-01", decision="demo 1", demo=True, from_year=2025, to_year=2026,
               amount="2000000.00"),
    ]  # fmt: skip


def _work() -> list[dict[str, Any]]:
    titles = {"2.1": "Pharmacogenetic methods", "5.1": "Frequency database",
              "5.2": "Infrastructure for effective use of genome data"}  # fmt: skip
    planned = {"2.1": "2900000.00", "5.1": "460000.00", "5.2": "1800000.00"}
    return [
        *(_entry("initiative", name, "2025-10-24", title=title, planned=planned[name],
                 **(_FOUR if name == "5.1" else {"budget": _FOUR["budget"]})) for name, title in titles.items()),
        _entry("initiative_start", "start of 5.1", "2025-11-01", decision="9/25", initiative="5.1"),
        _entry("initiative_report", "5.1 first", "2026-03-10", demo=True, initiative="5.1", spent="210000.00",
               progress="The first release is out.", effect="Doctors look up a variant in a second."),
        *(_entry("programme", letter, "2025-12-12", decision="demo 1", demo=True, letter=letter, title=title, year=2026,
                 cost=cost, priority=priority, recommended=True) for letter, title, cost, priority in _PROGRAMME),
    ]  # fmt: skip


def _groups() -> list[dict[str, Any]]:
    """Lives of patient groups: one that was measured, one that runs, one sent back once, one that is only proposed."""
    lives = {
        "neurogenetics": ("proposed", "assessed", "approved", "running", "evaluated"),
        "heart": ("proposed", "assessed", "approved", "running"),
        "kidney": ("proposed", "assessed", "proposed", "assessed"),
        "demo-new-group": ("proposed",),
    }
    days = ("2025-11-10", "2025-11-28", "2025-12-12", "2026-01-12", "2026-02-20")
    why = {("kidney", 2): "Made up for the demo: the network sent its estimate anew."}
    return [
        _entry("group_step", group, day, demo=True, state=state, by="expert council" if n < 2 else _BOARD,
               **({"decision": "demo 1"} if state == "approved" else {}),
               **({"reason": why[group, n]} if (group, n) in why else {}))
        for group, states in lives.items() for n, (state, day) in enumerate(zip(states, days, strict=False))
    ]  # fmt: skip


def _operation(today: str) -> list[dict[str, Any]]:
    year = today[:4]
    return [
        _entry("outage", "power", today, demo=True, **{"from": f"{year}-01-10T06:00", "to": f"{year}-01-10T16:00"},
               planned=True, cause="power"),
        _entry("outage", "network", today, demo=True, **{"from": f"{year}-01-21T12:00", "to": f"{year}-01-21T15:00"},
               planned=False, cause="network"),
        *(_entry("inhabitants", f"inhabitants {region}", today, demo=True, region=region, year=int(year),
                 people=people, source="rounded for the demo") for region, people in _PEOPLE.items()),
        _entry("storage", "files as sent", f"{year}-01-01", demo=True, used_gb=410_000, size_gb=1_000_000),
        _entry("storage", "files as sent", today, demo=True, used_gb=470_000, size_gb=1_000_000),
        _entry("yields", "neurogenetics", today, demo=True, group="neurogenetics", year=int(year), answers=80,
               positive=26),
        _entry("turnaround", "plain", today, demo=True, month=f"{year}-01", urgent=False,
               days={"8": 400, "11": 700, "13": 260, "19": 100}),
        _entry("turnaround", "urgent", today, demo=True, month=f"{year}-01", urgent=True,
               days={"4": 60, "6": 30, "9": 8}),
        _entry("turnaround", "neurogenetics", today, demo=True, month=f"{year}-01", urgent=False, group="neurogenetics",
               days={"9": 40, "12": 22, "21": 9}),
        _entry("expected_equivalents", "neurogenetics", today, demo=True, group="neurogenetics", year=int(year),
               equivalents=60),
        _entry("report", "neurogenetics literature", today, demo=True, group="neurogenetics", element="literature",
               text="Whole genomes find a diagnosis 1.2 times as often as exomes (annual report 2023, p. 22)."),
    ]  # fmt: skip
