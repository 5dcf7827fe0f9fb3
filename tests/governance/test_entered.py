"""Figures from what is entered, and money by equivalents: each from the entries alone, or None with a reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from embla.errors import BadInput, Refused
from embla.governance import Period, enter, kpi_json, load_history, paying, view
from embla.governance.model.cells import NAMED, Breakdown, breakdown
from embla.governance.model.entered import co_financing, entered_figures
from embla.governance.model.folding import Board, fold
from embla.governance.model.history import History, shipped
from embla.governance.model.kpis import Figure
from embla.governance.model.ledger import Ledger, Line
from embla.governance.reading import refunds
from embla.governance.shown import at_cut
from embla.governance.writing import enter_all
from embla.platform import OPERATOR, House, events_since
from tests.governance.test_fold import FIRST, Log

TODAY = date(2026, 11, 27)
REGIONS = Breakdown(
    "region", {"1081": 60, "1082": None, "1083": 9}, frozenset(["1082", "1083"]), 9, 78, "2026.1", TODAY
)
NOBODY = Breakdown("region", {}, frozenset(), 0, 0, None, None)
Entry = dict[str, Any]
NOTHING = History(())


def ledger(*entries: Entry) -> Ledger:
    """Entries as the ledger keeps them: {kind, name, day, decision, and what they say}."""
    own = ("kind", "name", "day", "decision")
    return Ledger(
        Line(n, one["kind"], one.get("name", "x"), date.fromisoformat(one.get("day", "2026-01-01")),
             one.get("decision"), {name: said for name, said in one.items() if name not in own}, False, n)
        for n, one in enumerate(entries, start=1)
    )  # fmt: skip


GROUPS = {"heart": 370, "kidney": None, "skin": 12}


def told(*entries: Entry, regions: Breakdown = REGIONS, history: History = NOTHING) -> dict[str, Figure]:
    return entered_figures(ledger(*entries), history, regions, GROUPS, TODAY, below=5)


def test_implementation__is_observed_of_expected_by_group_in_the_year_and_none_where_either_is_not_known() -> None:
    def expects(group: str, equivalents: int, year: int = TODAY.year) -> Entry:
        return {"kind": "expected_equivalents", "name": group, "group": group, "year": year, "equivalents": equivalents}

    some = told(expects("heart", 1_000), expects("kidney", 100), expects("skin", 0), expects("liver", 50))

    assert some["implementation_percent"].value == {"heart": 37.0}
    assert "nobody entered" in told(expects("heart", 1_000, TODAY.year - 1))["implementation_percent"].because


def test_inhabitants__give_a_rate_with_its_interval_year_and_source_where_the_whole_count_is_shown() -> None:
    one = {"kind": "inhabitants", "region": "1081", "year": 2025, "people": 600_000, "source": "the statistics office"}
    more = [{**one, "year": 2027, "people": 1}, {**one, "region": "1082"}, {**one, "region": "1083"}]

    found = told(one, *more)["genomes_per_100000"]
    # Garwood's interval of 60 is 45.8 to 77.2.
    assert found.value == {"1081": {"value": 10.0, "low": 7.6, "high": 12.9, "people": 600_000, "year": 2025,
                                    "source": "the statistics office", "demo": False}}  # fmt: skip
    assert found.events == (1,)
    assert "entered" in told()["genomes_per_100000"].because
    assert "release" in told(one, regions=NOBODY)["genomes_per_100000"].because


def test_yield__is_of_the_newest_year_and_leaves_out_groups_with_few_of_either() -> None:
    def answers(group: str, year: int, n: int, positive: int) -> Entry:
        return {"kind": "yields", "name": f"{group} {year}", "group": group, "year": year, "answers": n,
                "positive": positive}  # fmt: skip

    some = [answers("heart", 2026, 100, 30), answers("kidney", 2026, 50, 15), answers("skin", 2026, 40, 2)]
    assert told(*some, answers("heart", 2025, 10, 9))["diagnostic_yield_percent"].value == 30.0
    assert "too few" in told(some[2])["diagnostic_yield_percent"].because
    nothing = told(history=History(shipped()))["diagnostic_yield_percent"]
    assert nothing.value is None and "25" in nothing.because


def test_storage__is_full_on_the_day_that_its_own_growth_says() -> None:
    def measured(day: str, used: int) -> Entry:
        return {"kind": "storage", "name": "files", "day": day, "used_gb": used, "size_gb": 2_200}

    assert told(measured("2026-01-01", 1_000), measured("2026-10-31", 2_000))["storage_full_on"].value == {
        "files": "2026-12-31"  # 100 GB a month and 200 left
    }
    for some in ((), (measured("2026-01-01", 1_000),), (measured("2026-01-01", 9), measured("2026-06-01", 9))):
        found = told(*some)["storage_full_on"]
        assert found.value is None and found.because


KEY = {"kind": "key", "name": "k", "decision": "B", "weights": {"1081": "1", "1082": "2"}, "explains": "made up"}


def test_co_financing__that_was_not_needed_goes_back_by_the_key_to_the_oere() -> None:
    settled = {"kind": "co_financing", "year": 2025, "frame": "45000000.00", "cost": "38000000.01", "key": "k"}

    found = co_financing(ledger(KEY, settled | {"decision": "B"}), 2025)
    assert found is not None and found.amount == Decimal("6999999.99") == sum(found.parts.values())
    assert found.parts == {"1081": Decimal("2333333.33"), "1082": Decimal("4666666.66")}
    assert told(KEY, settled)["co_financing_returned"].value == {"1081": "2333333.33", "1082": "4666666.66"}
    assert told()["co_financing_returned"].because


DECISION = {"kind": "decision", "name": "B", "day": "2025-12-12", "forum": "board", "type": "B", "item": "1",
            "title": "Decided"}  # fmt: skip


def test_co_financing__needs_a_decision_and_a_key_in_force(house: House) -> None:
    settled = {"kind": "co_financing", "name": "2025", "day": "2026-02-01", "year": 2025, "frame": "45.00",
               "cost": "5.00", "key": "k"}  # fmt: skip

    with pytest.raises(Refused, match="needs a decision"):
        enter(house, OPERATOR, settled)
    with pytest.raises(Refused, match="No key"):
        enter_all(house, OPERATOR, [DECISION, settled | {"decision": "B"}])
    enter_all(house, OPERATOR, [DECISION, KEY | {"day": "2026-01-01"}, settled | {"decision": "B"}])
    assert kpi_json(view(house), TODAY)["co_financing_returned"] == {"1081": "13.33", "1082": "26.67"}


def account(name: str, amount: str, act: str = "act 1") -> Entry:
    return {"kind": "appropriation", "name": name, "day": "2025-10-09", "act": act, "account": name, "amount": amount,
            "explains": "What it is for."}  # fmt: skip


def test_journal__that_does_not_net_to_zero_is_refused_whole(house: House) -> None:
    parts = [account("16.11.16", "0.20"), account("16.55.07", "17.00"), account("16.11.79", "-17.20")]

    for wrong in (parts[:2], [*parts, account("16.35.01", "0.01")], [*parts, account("other", "1.00", "act 2")]):
        with pytest.raises(Refused, match="does not net to zero"):
            enter_all(house, OPERATOR, wrong)
    with pytest.raises(Refused, match="does not net to zero: 0.20"):
        enter(house, OPERATOR, parts[0])
    assert not view(house).ledger.lines
    enter_all(house, OPERATOR, parts)
    # A mistake is mended by entering both sides again.
    enter_all(house, OPERATOR, [account("16.11.16", "0.30"), account("16.11.79", "-17.30")])
    assert len(view(house).ledger.lines) == 5


def test_dry_run__asks_every_rule_and_leaves_nothing_in_ledger_and_log(house: House) -> None:
    assert [line.kind for line in enter_all(house, OPERATOR, [DECISION], dry_run=True)] == ["decision"]

    with house.database.reading() as connection:
        # That somebody was let in to write is an entry; what was tried is none.
        assert not list(events_since(connection, 0, kinds=("board-entry-made",)))
    assert not view(house).ledger.lines
    with pytest.raises(Refused):
        enter_all(house, OPERATOR, [account("16.11.16", "0.20")], dry_run=True)


Shown = Callable[[Log], House]


@pytest.fixture
def with_log(house: House, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """The house as if this made-up log were its own, after the quarter it is of."""

    def put(log: Log) -> House:
        board = fold(Board(), log.entries, log.lookup)
        seen = replace(view(house), board=board, today=date(2026, 4, 2), laboratories={}, below=5)
        for module in ("paying", "shown", "reading", "holding"):
            monkeypatch.setattr(
                f"embla.governance.{module}.view",
                lambda home: replace(seen, ledger=real(home).ledger, history=real(home).history),
            )
        monkeypatch.setattr(type(seen), "region_of", lambda self, laboratory, on: laboratory)
        return house

    real = view
    return put


def tumours() -> Log:
    log = Log()
    log.accept([1] * 20, "1081")
    log.accept([3] * 10, "1081", kind="tumour")
    log.accept([1] * 30, "1082")
    log.accept([1] * 10, "1083")
    log.accept([3] * 2, "1083", kind="tumour")
    log.add("release-cut", "release:1", {})
    return log


def test_refunds__by_equivalents_are_told_where_no_few_tumours_follow_from_them(with_log: Shown) -> None:
    house = with_log(tumours())

    found = refunds(house, paying.view(house), Period.of("2026-Q1"), "equivalents")
    units = {one.region: one.units for one in found.accounts}
    # Ten of 1083 and sixteen equivalents would say: two tumours.
    genomes = paying.view(house).breakdown("region", TODAY).cells
    assert genomes == {"1081": 30, "1082": 30, "1083": 12}
    assert units["1083"] is None


def test_refunds__by_equivalents_pay_up_to_equivalent_60000_by_the_decided_opening(
    with_log: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    log.accept([3] * 10, "1081", kind="tumour")
    log.accept([1] * 10, "1082")
    log.add("release-cut", "release:1", {})
    house = with_log(log)
    rate = {"kind": "rate", "name": "r", "day": "2026-01-01", "decision": "B", "region": "*", "unit": "equivalents",
            "amount": "100.00"}  # fmt: skip
    opening = {"kind": "opening", "name": "o", "day": "2026-01-01", "decision": "B", "unit": "equivalents",
               "count": 59_969, "explains": "made up"}  # fmt: skip
    enter_all(house, OPERATOR, [DECISION, rate, opening])
    arrived = [(FIRST, "1081", 3)] * 10 + [(FIRST, "1082", 1)] * 10
    monkeypatch.setattr("embla.governance.reading.ordered_arrivals", lambda connection, after: iter(arrived))

    found = refunds(house, paying.view(house), Period.of("2026-Q1"), "equivalents")
    by_region = {one.region: (one.units, one.paid_units) for one in found.accounts}
    assert by_region["1081"] == (30, 30) and by_region["1082"] == (10, 1)  # 59,969 + 30 + 1 = 60,000
    done = paying.pay(house, OPERATOR, "2026-Q1", "B", "equivalents", dry_run=False)
    assert [(one["region"], one["first"], one["last"]) for one in done.entries] == [
        ("1081", 59_970, 59_999), ("1082", 60_000, 60_000),
    ]  # fmt: skip


def test_refund__in_one_batch_with_the_opening_before_it_is_held_against_that_and_no_other_order(
    with_log: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    log.accept([1] * 10, "1082")
    log.add("release-cut", "release:1", {})
    house = with_log(log)
    # Published samples, of whose equivalents nothing is known.
    load_history(house, OPERATOR)
    monkeypatch.setattr("embla.governance.reading.ordered_arrivals", lambda *_: iter([(FIRST, "1082", 1)] * 10))
    head = {"day": "2026-01-01", "decision": "B", "unit": "equivalents"}
    rate = head | {"kind": "rate", "name": "r", "region": "*", "amount": "100.00"}
    opening = head | {"kind": "opening", "name": "o", "count": 50_000, "explains": "made up"}
    refund = head | {"kind": "refund", "name": "f", "day": "2026-04-02", "period": "2026-Q1", "region": "1082",
                     "rate": "100.00", "first": 50_001, "last": 50_010, "amount": "1000.00"}  # fmt: skip
    too_many = refund | {"last": 50_011, "amount": "1100.00"}

    for wrong in ([refund, opening], [opening, too_many], [opening | {"count": -1}, refund]):
        with pytest.raises((Refused, BadInput)):
            enter_all(house, OPERATOR, [DECISION, rate, *wrong])
    assert len(enter_all(house, OPERATOR, [DECISION, rate, opening, refund])) == 4


def test_tables__of_a_release_tell_no_cell_of_two_people_by_what_they_have_in_common() -> None:
    log = Log()
    log.accept([1] * 9, "1081")
    log.accept([3] * 8, "1082", kind="tumour")
    log.accept([1] * 2, "1082", kind="tumour")
    log.add("release-cut", "release:1", {})
    board = fold(Board(), log.entries, log.lookup)

    tables = {name: breakdown(board, name, TODAY, below=5).cells for name in NAMED}
    assert tables["region"] == {"1081": 9, "1082": 10} and tables["kind"] == {"single": 9, "tumour": 10}
    # Ten tumour samples less eight of weight 3 are the two normal ones.
    assert tables["equivalents"] == {"1": None, "3": None}


def test_equivalents__by_region_are_not_known_on_the_published_samples_without_an_opening(with_log: Shown) -> None:
    house = with_log(tumours())
    load_history(house, OPERATOR)

    found = refunds(house, at_cut(paying.view(house), TODAY), Period.of("2026-Q1"), "equivalents")
    assert found.reported is None and "opening" in found.reasons["reported"]
    assert all(one.units is None for one in found.accounts)
