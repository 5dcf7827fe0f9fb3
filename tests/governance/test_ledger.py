"""The ledger's rules: decisions first, the cap, counter-entries, postings, initiatives, carry-over, the programme."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import BadInput, Refused, UsageError
from embla.governance import Period, enter, load_history, view
from embla.governance.holding import unreported
from embla.governance.model.budget import carried
from embla.governance.model.initiatives import initiatives
from embla.governance.model.ledger import KINDS, Ledger, Line, parse, parse_moment
from embla.governance.model.refunds import Report, accounts, check_refund, check_reported, free_units, rate_on
from embla.governance.reading import refunds
from embla.governance.writing import enter_all
from embla.platform import OPERATOR, House
from tests.governance.decided import DECIDED, LINE, RATE


def refund(first: int, last: int, **more: Any) -> dict[str, Any]:
    amount = more.pop("amount", f"{5000 * (last - first + 1)}.00")
    return {"kind": "refund", "name": f"{first}", "day": "2026-04-01", "decision": "13/25", "period": "2026-Q1",
            "region": "1084", "unit": "genomes", "first": first, "last": last, "rate": "5000.00", "amount": amount,
            **more}  # fmt: skip


@pytest.mark.parametrize("kind", ["rate", "refund", "carry_over", "initiative_start", "programme", "key"])
def test_entry__that_pays_carries_over_or_starts_needs_a_decision(decided: House, kind: str) -> None:
    said: dict[str, dict[str, Any]] = {
        "rate": RATE, "refund": refund(1, 1),
        "carry_over": {"kind": "carry_over", "name": "c", "day": "2026-02-01", "from_year": 2025, "to_year": 2026,
                       "amount": "1.00"},
        "initiative_start": {"kind": "initiative_start", "name": "s", "day": "2026-02-01", "initiative": "5.1"},
        "programme": {"kind": "programme", "name": "G", "day": "2026-02-01", "letter": "G", "title": "HPC",
                      "year": 2026, "cost": "1.00", "priority": 1, "recommended": True},
        "key": {"kind": "key", "name": "k", "day": "2026-02-01", "weights": {"1084": "1"}, "explains": "x"},
    }  # fmt: skip

    with pytest.raises(Refused, match="needs a decision"):
        enter(decided, OPERATOR, said[kind] | {"decision": None})
    with pytest.raises(Refused, match="There is no decision 99/25"):
        enter(decided, OPERATOR, said[kind] | {"decision": "99/25"})
    with pytest.raises(Refused, match="after"):
        enter(decided, OPERATOR, said[kind] | {"decision": "13/25", "day": "2025-01-01"})


def test_decision__that_only_informs_carries_nothing(decided: House) -> None:
    enter(decided, OPERATOR, DECIDED | {"name": "11/25", "type": "O"})

    with pytest.raises(Refused, match="type O"):
        enter(decided, OPERATOR, RATE | {"decision": "11/25"})


def test_refund__of_genome_60000_is_paid_and_of_60001_is_not(decided: House) -> None:
    says = {name: value for name, value in refund(59_999, 60_000).items() if name not in ("kind", "name", "day")}
    line = Line(99, "refund", "last", date(2026, 4, 1), "13/25", says, False)
    check_refund(view(decided).ledger, line)
    check_reported(view(decided).ledger, line, Report(53_473, {"1084": 2}))

    with pytest.raises(Refused, match="60,001 is not"):
        enter(decided, OPERATOR, refund(60_001, 60_001))
    with pytest.raises(Refused, match="60,001 is not"):
        enter(decided, OPERATOR, refund(59_900, 60_001))


def test_refund__is_never_paid_twice_nor_beyond_the_grant_line(decided: House) -> None:
    enter(decided, OPERATOR, refund(1, 3))

    with pytest.raises(Refused, match="were paid by entry"):
        enter(decided, OPERATOR, refund(3, 4))
    with pytest.raises(Refused, match="are not"):
        enter(decided, OPERATOR, refund(4, 4, amount="6000.00"))
    with pytest.raises(Refused, match="is more than the 5000.00 that is left"):
        enter(decided, OPERATOR, refund(4, 5))
    assert enter(decided, OPERATOR, refund(4, 4)).number > 0


@pytest.mark.parametrize(
    ("first", "last", "report", "why"),
    [(11, 13, Report(10, {"1084": 2}), "3 more are too many"), (11, 11, Report(10, {"1084": None}), "may be told"),
     (11, 11, Report(10, {}), "may be told"), (9, 11, Report(10, {"1084": 9}), "two refunds"),
     (1, 1, Report(None, {"1084": 9}), "not known")],
)  # fmt: skip
def test_refund__is_held_against_what_the_region_reported(first: int, last: int, report: Report, why: str) -> None:
    def line(first: int, last: int, **more: Any) -> Line:
        says = {name: one for name, one in refund(first, last, **more).items() if name not in ("kind", "name", "day")}
        return Line(first, "refund", f"{first}", date(2026, 4, 1), "13/25", says, False)

    with pytest.raises(Refused, match=why):
        check_reported(Ledger([]), line(first, last), report)
    paid = Ledger([line(11, 12), line(13, 13, takes_back=12)])
    fits = Report(10, {"1084": 3})
    check_reported(paid, line(14, 14), fits)
    check_reported(paid, line(1, 10), fits)
    check_reported(paid, line(11, 12, takes_back=11), Report(None, {}))
    with pytest.raises(Refused, match="3 genomes to be paid for 2026-Q1; 2 are, and 2 more"):
        check_reported(paid, line(14, 15), fits)
    with pytest.raises(Refused, match="was paid by genomes"):
        check_reported(paid, line(14, 14, unit="equivalents"), fits)


def test_refund__beyond_every_report_is_refused_and_one_from_before_is_named(decided: House) -> None:
    for period in ("2026-Q1", " 2026-Q1 "):
        with pytest.raises(Refused, match="may be told"):
            enter(decided, OPERATOR, refund(53_474, 53_474, period=period))
    enter(decided, OPERATOR, refund(1, 2))
    seen = view(decided)
    late = Line(98, "refund", "x", date(2026, 4, 1), "13/25", refund(53_474, 53_475) | {"region": "1081"}, False)

    assert [(one.topic, one.said) for one in unreported(decided, seen)] == [
        ("refunds_published", "1084, 2026-Q1: 2 genomes paid"),
    ]
    found = unreported(decided, replace(seen, ledger=Ledger([late])))
    assert [(one.topic, one.counted) for one in found] == [("refunds_reported", "no number that may be told")]


def test_refund__is_corrected_by_an_entry_of_the_opposite_amount_once(decided: House) -> None:
    wrong = enter(decided, OPERATOR, refund(1, 3))
    back = refund(1, 3, takes_back=wrong.number, amount="-15000.00")

    with pytest.raises(Refused, match="repeats entry"):
        enter(decided, OPERATOR, back | {"amount": "-1.00"})
    enter(decided, OPERATOR, back)
    with pytest.raises(Refused, match="taken back before"):
        enter(decided, OPERATOR, back)
    told = refunds(decided, view(decided), Period.of("2026"))
    assert told.paid == 0 and told.rest == told.grant == Decimal(20_000)
    assert enter(decided, OPERATOR, refund(1, 3)).number > 0


def test_counter_entry__cannot_be_taken_back_for_then_units_would_be_paid_twice(decided: House) -> None:
    wrong = enter(decided, OPERATOR, refund(1, 1))
    back = enter(decided, OPERATOR, refund(1, 1, takes_back=wrong.number, amount="-5000.00"))

    with pytest.raises(Refused, match="takes a refund back itself"):
        enter(decided, OPERATOR, refund(1, 1, takes_back=back.number))


@pytest.mark.parametrize(
    ("more", "why"),
    [({"rate": "6000.00", "amount": "6000.00"}, "not the rate"), ({"unit": "equivalents"}, "not the rate"),
     ({"period": "2025-Q4"}, "not the rate"), ({"period": "2026"}, "of a quarter"), ({"period": "2026-q1"}, "quarter")],
)  # fmt: skip
def test_refund__is_of_a_quarter_at_its_decided_rate(decided: House, more: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        enter(decided, OPERATOR, refund(1, 1) | more)


def test_posting__is_taken_back_once_on_its_own_line(decided: House) -> None:
    enter(decided, OPERATOR, LINE | {"name": "Staff"})
    posting = {"kind": "posting", "name": "B1", "day": "2026-02-03", "year": 2026, "line": "HPC", "amount": "10.00",
               "reference": "B1"}  # fmt: skip
    wrong = enter(decided, OPERATOR, posting)
    back = posting | {"amount": "-10.00", "takes_back": wrong.number}

    with pytest.raises(Refused, match="no posting on 'Staff'"):
        enter(decided, OPERATOR, back | {"line": "Staff"})
    again = enter(decided, OPERATOR, back)
    with pytest.raises(Refused, match="taken back before"):
        enter(decided, OPERATOR, back | {"reference": "B2"})
    with pytest.raises(Refused, match="no posting"):
        enter(decided, OPERATOR, posting | {"takes_back": again.number})
    assert view(decided).budget(2026).spend == 0


@given(st.lists(st.integers(1, 40), unique=True), st.integers(0, 10), st.integers(0, 30))
def test_free_units__are_the_lowest_numbers_that_nobody_was_paid_for(paid: list[int], after: int, units: int) -> None:
    ranges = free_units([(n, n) for n in paid], after, units)

    lowest = [n for n in range(after + 1, 100) if n not in paid][:units]
    assert [n for first, last in ranges for n in range(first, last + 1)] == lowest


def test_budget__without_a_version_is_the_one_that_was_begun_last_whatever_its_name(decided: House) -> None:
    enter(decided, OPERATOR, LINE | {"version": "approved", "amount": "7.00"})
    enter(decided, OPERATOR, LINE | {"amount": "90.00"})

    told = view(decided).budget(2026)
    assert (told.version, told.budget, dict(told.versions)) == (
        "approved", Decimal(7), {"first": Decimal(90), "approved": Decimal(7)},
    )  # fmt: skip


def test_budget__of_an_earlier_version_does_not_borrow_what_is_undisposed_of_the_boards(decided: House) -> None:
    told = view(decided).budget(2025, "november_2023")

    assert told.parts["undisposed"] is None and view(decided).budget(2025, "board").parts["undisposed"] is not None


def test_rate__is_the_one_in_force_on_the_day_and_a_regions_own_before_all_others() -> None:
    def rate(number: int, day: str, amount: str, **says: Any) -> Line:
        told = {"region": "*", "unit": "genomes", "amount": amount} | says
        return Line(number, "rate", str(number), date.fromisoformat(day), "x", told, False)

    ledger = Ledger([rate(1, "2025-01-01", "10.00", until="2025-12-31"), rate(2, "2026-01-01", "20.00"),
                     rate(3, "2026-01-01", "30.00", region="1084")])  # fmt: skip

    def amount(region: str, day: str) -> str | None:
        found = rate_on(ledger, region, "genomes", date.fromisoformat(day))
        return None if found is None else str(found.says["amount"])

    assert (amount("1081", "2025-12-31"), amount("1081", "2026-01-01")) == ("10.00", "20.00")
    assert (amount("1084", "2026-06-01"), amount("1081", "2024-12-31")) == ("30.00", None)
    made = accounts(ledger, ["1081"], {"1081": 7}, {"1081": {"2026-Q1": 5}}, Period.of("2026-Q1"), "genomes")
    assert (made[0].amount, made[0].owed, made[0].paid_units) == (Decimal(100), Decimal(100), 5)


def test_refunds__of_a_year_in_which_the_rate_moves_are_the_sum_of_its_quarters() -> None:
    def rate(number: int, day: str, amount: str) -> Line:
        says = {"region": "*", "unit": "genomes", "amount": amount}
        return Line(number, "rate", str(number), date.fromisoformat(day), "x", says, False)

    ledger, due = Ledger([rate(1, "2026-02-01", "10.00"), rate(2, "2026-09-30", "20.00")]), {"2026-Q1": 3, "2026-Q3": 4}
    quarters = [accounts(ledger, ["1081"], {"1081": n}, {"1081": {name: n}}, Period.of(name), "genomes")[0]
                for name, n in due.items()]  # fmt: skip
    (year,) = accounts(ledger, ["1081"], {"1081": 7}, {"1081": due}, Period.of("2026"), "genomes")

    assert year.amount == sum(one.amount or 0 for one in quarters) == Decimal(110)
    assert (year.paid_units, year.rate, year.because) == (7, None, "the rate moved within the period")
    (early,) = accounts(ledger, ["1081"], {"1081": 7}, {"1081": {"2025-Q4": 7}}, Period.of("2025"), "genomes")
    assert early.amount is None and "no rate was decided" in early.because


def test_refunds__of_history_alone_say_why_amounts_are_not_known(house: House) -> None:
    load_history(house, OPERATOR)

    told = refunds(house, view(house), Period.of("2025")).to_json()
    assert (told["reported"], told["rest_units"], told["cap"]) == (53_473, 6_527, 60_000)
    assert all(one["amount"] is None and one["because"] for one in told["regions"].values())
    assert len(told["regions"]) == 5 and told["grant_line"] is None


@pytest.mark.parametrize(
    ("text", "name", "last"),
    [("2025", "2025", "2025-12-31"), ("2025-Q3", "2025-Q3", "2025-09-30"), ("2025-12", "2025-Q4", "2025-12-31"),
     ("2024-q1", "2024-Q1", "2024-03-31")],
)  # fmt: skip
def test_period__is_a_year_or_a_quarter(text: str, name: str, last: str) -> None:
    told = Period.of(text)

    assert (told.name, told.last.isoformat()) == (name, last)
    with pytest.raises(UsageError):
        Period.of(text.replace("2", "２"))


def test_programme__never_spends_more_than_is_undisposed(decided: House) -> None:
    enter(decided, OPERATOR, LINE | {"name": "Free", "part": "undisposed", "amount": "9300000.00"})
    item = {"kind": "programme", "name": "G", "day": "2026-01-02", "decision": "13/25", "letter": "G", "title": "HPC",
            "year": 2026, "cost": "9000000.00", "priority": 1, "recommended": True}  # fmt: skip
    enter(decided, OPERATOR, item)

    with pytest.raises(Refused, match="more than the 300000.00 that is undisposed"):
        enter(decided, OPERATOR, item | {"name": "A", "letter": "A", "cost": "300000.01"})
    enter(decided, OPERATOR, item | {"name": "A", "letter": "A", "cost": "300000.00"})
    enter(decided, OPERATOR, item | {"cost": "1000.00"})


def test_carry_over__is_of_what_is_left_and_no_more(decided: House) -> None:
    said = {"kind": "carry_over", "name": "c", "day": "2026-02-01", "decision": "13/25", "from_year": 2025,
            "to_year": 2026, "amount": "4000000.00"}  # fmt: skip
    enter(decided, OPERATOR, said)

    with pytest.raises(Refused, match="more than the 800000.00 that is left"):
        enter(decided, OPERATOR, said | {"name": "d", "amount": "800000.01"})


def test_carry_over__entered_twice_is_one_and_is_mended_under_its_name(decided: House) -> None:
    said = {"kind": "carry_over", "name": "c", "day": "2026-02-01", "decision": "13/25", "from_year": 2025,
            "to_year": 2026, "amount": "4000000.00"}  # fmt: skip
    for amount, left in (("4000000.00", 4_000_000), ("4000000.00", 4_000_000), ("4800000.00", 4_800_000), ("0.00", 0)):
        enter(decided, OPERATOR, said | {"amount": amount})
        assert carried(view(decided).ledger, 2026) == -carried(view(decided).ledger, 2025) == left

    for wrong in ({"amount": "-1.00"}, {"name": "new", "amount": "0.00"}, {"from_year": 2024, "to_year": 2025}):
        with pytest.raises(Refused):
            enter(decided, OPERATOR, said | wrong)


def test_initiative__starts_when_its_four_parts_are_filled_and_reports_after_that(decided: House) -> None:
    parts = {"budget": "2.9 in staff", "activities": "Plan", "governance": "Who", "evaluation": "How"}
    base = {"kind": "initiative", "name": "2.1", "day": "2026-01-02", "title": "Pharmacogenetics"}
    start = {"kind": "initiative_start", "name": "2.1", "day": "2026-01-03", "decision": "13/25", "initiative": "2.1"}
    report = {"kind": "initiative_report", "name": "2.1", "day": "2026-03-01", "initiative": "2.1", "spent": "1.00",
              "progress": "Begun", "effect": "None yet"}  # fmt: skip
    for part in parts:
        enter(decided, OPERATOR, base | {name: text for name, text in parts.items() if name != part})
        with pytest.raises(Refused, match=f"cannot start: {part} not filled"):
            enter(decided, OPERATOR, start)

    enter(decided, OPERATOR, base | parts)
    with pytest.raises(Refused, match="has not been started"):
        enter(decided, OPERATOR, report)
    enter_all(decided, OPERATOR, [start, report])
    (told,) = initiatives(view(decided).ledger)
    assert (told.spent, told.missing) == (Decimal(1), ()) and told.started is not None


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_entry__without_its_fields_or_with_a_strange_one_is_refused(kind: str) -> None:
    with pytest.raises(BadInput):
        parse(kind, {"strange": 1})
    with pytest.raises(BadInput):
        parse(kind, dict.fromkeys(KINDS[kind], 1.5))


@pytest.mark.parametrize("wrong", ["last night", "2026-01-31T12:00+02:00", "2026-02-30T00:00"])
def test_outage__of_no_time_is_refused_for_it_would_stand_in_the_way_of_every_figure(wrong: str) -> None:
    outage = {"from": "2026-01-31T12:00", "to": "2026-01-31T13:00", "planned": True, "cause": "power"}

    assert parse("outage", outage)["from"] == "2026-01-31T12:00:00"
    with pytest.raises(BadInput, match="outage, from"):
        parse("outage", outage | {"from": wrong})
    with pytest.raises(BadInput, match="turnaround, days"):
        parse("turnaround", {"month": "2026-01", "urgent": True, "days": {"²": 1}})


def test_entries__are_all_there_or_none(house: House) -> None:
    with pytest.raises(Refused, match="Entry 2"):
        enter_all(house, OPERATOR, [DECIDED, RATE | {"decision": "no"}])

    assert view(house).ledger.lines == ()


def test_budget__in_parts_adds_up_and_marks_demo_amounts(decided: House) -> None:
    for part, amount, demo in (("variable", "40.00", True), ("undisposed", "60.00", False)):
        enter(decided, OPERATOR, LINE | {"name": part, "part": part, "amount": amount, "demo": demo})
    enter(decided, OPERATOR, LINE | {"name": "sold", "side": "income", "amount": "7.00"})

    told = view(decided).budget(2026)
    assert told.parts == {"fixed": Decimal(100), "variable": Decimal(40), "undisposed": Decimal(60)}
    assert (told.budget, told.income, told.demo) == (Decimal(200), Decimal(7), True)
    with pytest.raises(Refused, match="0 or more"):
        enter(decided, OPERATOR, LINE | {"part": "undisposed", "amount": "-1.00"})


def test_moment__is_read_in_utc() -> None:
    assert parse_moment("2026-01-31T12:00") == datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(0)))
