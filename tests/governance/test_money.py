"""Division by a key, amounts, calendar months."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import BadInput, Refused
from embla.governance.model.forecast import after_months, forecast, months_between
from embla.governance.model.keys import parse_key
from embla.governance.model.money import parse_amount, split, told

WEIGHTS = st.lists(st.decimals(0, 10**6, places=3), min_size=1, max_size=12).filter(any)
# Total state grant by region in 2012 (parliament answer): a historical key, in public.
KEY = {"1084": "27985.3", "1085": "13591.5", "1083": "18986.1", "1082": "18905.1", "1081": "9247.5"}


@given(st.decimals(-(10**12), 10**12, places=2), WEIGHTS)
def test_split__adds_up_to_the_oere_and_nobody_is_an_oere_from_the_exact_share(
    amount: Decimal, weights: list[Decimal]
) -> None:
    parts = split(amount, {str(n): weight for n, weight in enumerate(weights)})

    assert sum(parts.values()) == amount
    for part, weight in zip(parts.values(), weights, strict=True):
        assert abs(part - amount * weight / sum(weights)) < Decimal("0.01")
        assert part == part.quantize(Decimal("0.01")) and (weight or not part)


@given(st.integers(0, 10**9), WEIGHTS)
def test_split__equals_the_slow_twin(oere: int, weights: list[Decimal]) -> None:
    key = {str(n): weight for n, weight in enumerate(weights)}

    whole = sum(weights)
    exact = [Decimal(oere) * weight for weight in weights]
    parts = [int(share // whole) for share in exact]
    rests = [share % whole for share in exact]
    while sum(parts) < oere:
        most = max(range(len(rests)), key=lambda n: (rests[n], -n))
        parts[most] += 1
        rests[most] = Decimal(-1)
    assert [int(part * 100) for part in split(Decimal(oere) / 100, key).values()] == parts


def test_split__of_6_6_million_by_the_historical_key() -> None:
    parts = split(Decimal(6_600_000), {name: Decimal(weight) for name, weight in KEY.items()})

    assert told(sum(parts.values(), Decimal(0))) == "6600000.00"
    assert [round(part / 1_000_000, 3) for part in parts.values()] == [
        Decimal(n) for n in ("2.082", "1.011", "1.412", "1.406", "0.688")
    ]


def test_split__of_a_return_gives_back_the_opposite() -> None:
    key = {name: Decimal(weight) for name, weight in KEY.items()}

    assert split(Decimal("-100.01"), key) == {name: -part for name, part in split(Decimal("100.01"), key).items()}


@pytest.mark.parametrize("weights", [{"a": "0", "b": "0"}, {"a": "1", "b": "-1"}])
def test_split__by_weights_that_say_nothing_is_refused(weights: dict[str, str]) -> None:
    with pytest.raises(Refused):
        split(Decimal(1), {name: Decimal(weight) for name, weight in weights.items()})


@pytest.mark.parametrize("text", ["", "1,5", "1e3", "NaN", "Infinity", "0.001", "9" * 41, "1_000", "--1", "٣", "1.2.3"])
def test_amount__that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_amount(text)


@pytest.mark.parametrize(
    "text", ["", "weight\tregion\n", "region\tweight\n", "region\tweight\na\n", "region\tweight\na\t1\na\t2\n",
             "region\tweight\na\t-1\n", "region\tweight\na\tx\n"],
)  # fmt: skip
def test_key__that_is_none_is_refused(text: str) -> None:
    with pytest.raises((Refused, BadInput)):
        parse_key(text)


def test_key__of_a_spreadsheet_with_its_mark_and_line_ends_is_read() -> None:
    assert parse_key("\ufeffregion\tweight\r\n1084\t1.5\r\n\r\n1081\t0\r\n") == {
        "1084": Decimal("1.5"),
        "1081": Decimal(0),
    }


@pytest.mark.parametrize(
    ("start", "months", "day"),
    [("2023-12-31", "25", "2026-01-31"), ("2025-09-30", "5", "2026-02-28"), ("2024-01-31", "1", "2024-02-29"),
     ("2024-02-29", "12", "2025-02-28"), ("2025-09-30", "4.5", "2026-02-14"), ("2025-03-10", "0", "2025-03-10")],
)  # fmt: skip
def test_months__are_calendar_months_and_the_end_of_one_stays_the_end(start: str, months: str, day: str) -> None:
    assert after_months(date.fromisoformat(start), Decimal(months)).isoformat() == day


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(0, 4000))
def test_months__between_two_days_lead_back_to_the_second(first: date, days: int) -> None:
    last = first + timedelta(days=days)

    assert abs((after_months(first, months_between(first, last)) - last).days) <= 1


@given(st.integers(0, 10**5), st.integers(0, 10**5), st.decimals(1, 5000, places=1), st.integers(0, 36))
def test_forecast__gives_the_first_day_on_which_the_count_is_there(
    target: int, at: int, pace: Decimal, extra_months: int
) -> None:
    told = forecast(target, date(2025, 9, 30), at, pace, extra=Decimal(100 * extra_months), extra_months=extra_months)

    if told.months is not None:
        quick = min(told.months, extra_months)
        assert abs(at + told.months * pace + quick * 100 - max(at, target)) < 1
        assert told.range[0] is not None and told.reached == told.range[0] == told.range[1]


def test_forecast__at_no_pace_never_gets_there() -> None:
    told = forecast(10, date(2025, 1, 1), 5, Decimal(0)).to_json()

    assert (told["months"], told["reached"], told["range"]) == (None, None, [None, None])
    assert forecast(5, date(2025, 1, 1), 5, Decimal(0)).reached == date(2025, 1, 1)


def test_files__of_the_published_series_have_a_page_each() -> None:
    from embla.governance.model.history import shipped

    assert all(one.source and one.place for one in shipped())
    assert len({one.subject for one in shipped()}) == len(shipped())
