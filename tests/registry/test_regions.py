"""Regions follow each other: which one a day falls into, and which ones an account may ask about."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.platform import Actor, House
from embla.policy import About
from embla.registry import Region, days_in_region, region_on, regions, regions_of, registry_facts

BEFORE, AFTER = date(2026, 12, 31), date(2027, 1, 1)
DAYS = [date(2026, 1, 1) + timedelta(days=30 * n) for n in range(24)]


@st.composite
def successions(draw: st.DrawFn) -> list[Region]:
    """Regions of which some end and lead to a later one, as mergers and renamings do."""
    number = draw(st.integers(1, 5))
    made = []
    for place in range(number):
        later = draw(st.none() | st.sampled_from(range(place + 1, number))) if place + 1 < number else None
        end = draw(st.sampled_from(DAYS)) if later is not None else None
        begun = draw(st.sampled_from([date(2007, 1, 1), *DAYS]))
        made.append(Region(str(place), "", "", begun, end, None if later is None else str(later)))
    return made


@given(successions(), st.sampled_from(DAYS), st.integers(-1, 1))
def test_days_in_region__are_the_days_on_which_the_region_is_called_so(
    known: list[Region], near: date, step: int
) -> None:
    day = near + timedelta(days=step)
    for one in known:
        for asked in known:
            days = days_in_region(known, one.code, asked.code)
            held = days is not None and days[0] <= day and (days[1] is None or day <= days[1])
            assert held == (region_on(known, one.code, day) == asked.code)


@given(successions(), st.sampled_from(DAYS))
def test_regions_of__never_reach_a_region_that_neither_follows_nor_was_followed(known: list[Region], day: date) -> None:
    for one in known:
        mine = regions_of(known, one.code, day)
        for code in mine:
            assert any(
                region_on(known, start, later) == end
                for start, end in ((one.code, code), (code, one.code))
                for later in [date(2000, 1, 1), *(d + timedelta(days=n) for d in DAYS for n in (0, 1))]
            )


@pytest.mark.parametrize(
    ("account", "day", "mine"),
    [
        ("1084", BEFORE, ("1084",)),
        ("1084", AFTER, ("1084", "1086")),
        ("1085", AFTER, ("1085", "1086")),
        ("1086", BEFORE, ()),
        ("1086", AFTER, ("1084", "1085", "1086")),
        ("1081", AFTER, ("1081",)),
        ("9999", AFTER, ()),
    ],
)
def test_regions_of__an_account_keeps_its_own_and_gets_what_came_in_its_place(
    house: House, account: str, day: date, mine: tuple[str, ...]
) -> None:
    with house.database.reading() as connection:
        assert regions_of(regions(connection), account, day) == mine


@pytest.mark.parametrize(
    ("region", "about", "holds"),
    [
        ("1084", About(region="1084"), True),
        ("1084", About(laboratory="capital"), True),
        ("1084", About(laboratory="capital", region="1084"), True),
        ("1084", About(laboratory="zealand"), False),
        ("1084", About(laboratory="zealand", region="1084"), False),
        ("1084", About(region="1085"), False),
        ("1084", About(region="1086"), False),
        ("1084", About(), False),
        ("1084", About(laboratory="nobody"), False),
        (None, About(region="1084"), False),
        (None, About(laboratory="capital"), False),
    ],
)
def test_own_region__is_the_accounts_on_this_day_and_nothing_else(
    house: House, region: str | None, about: About, holds: bool
) -> None:
    actor = Actor("c", frozenset({"coordinator"}), region=region)

    with house.database.reading() as connection:
        facts = registry_facts(connection, actor, about, house.clock())

    assert facts["own_region"] is holds
