"""The rules of anomaly: each by its example on both sides of its line, and the fold stopped and resumed anywhere."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.oversight.model.anomalies import Alert, Rules, Watch, shipped_rules
from embla.oversight.model.looks import About, Look, look_of
from embla.platform import Event

RULES = shipped_rules()
NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


def looks(n: int, *, at: datetime = NOON, every: float = 1, sort: Any = "read", **values: Any) -> list[Look]:
    """`n` looks of ann at persons P0, P1, ..., some minutes apart; `values` may be functions of the number."""
    made = []
    for i in range(n):
        own = {"person": f"P{i}"} | {name: v(i) if callable(v) else v for name, v in values.items()}
        made.append(Look(i + 1, at + timedelta(minutes=every * i), "ann", sort, **own))
    return made


def raised(found: list[Alert]) -> set[str]:
    return {alert.rule for alert in found}


@pytest.mark.parametrize(
    ("rule", "over", "under"),
    [
        ("bulk", looks(20), looks(19)),
        ("bulk", looks(20), looks(20, every=4)),
        ("bulk", looks(20), looks(20, person="P1")),
        ("bulk_day", looks(60, every=20), looks(59, every=20)),
        ("night", looks(3, at=NOON + timedelta(hours=12)), looks(2, at=NOON + timedelta(hours=12))),
        ("night", looks(3, at=NOON + timedelta(hours=12)), looks(3)),
        ("same_region", looks(5, beside_cases=True, region="1081"), looks(5, region="1081")),
        (
            "same_region",
            looks(5, beside_cases=True, region="1081"),
            looks(5, beside_cases=True, region=lambda i: f"108{i}"),
        ),
        ("same_family", looks(2, sort="glass", beside_cases=True, family="F"), looks(2, family="F")),
        ("colleagues_cases", looks(3, sort="refused", case=lambda i: f"C{i}"), looks(3, sort="refused", case="C")),
        ("refusals", looks(5, sort="refused", person=None), looks(4, sort="refused", person=None)),
        ("glass_burst", looks(3, sort="glass", every=60), looks(3, sort="glass", every=800)),
        (
            "two_addresses",
            looks(2, sort="sign_in", person=None, address=lambda i: f"10.0.{i}"),
            looks(2, sort="sign_in", person=None, address="10.0.0"),
        ),
    ],
)
def test_rule__speaks_over_its_line_and_not_under_it(rule: str, over: list[Look], under: list[Look]) -> None:
    assert rule in raised(Watch(RULES).see(over))
    assert rule not in raised(Watch(RULES).see(under))


def test_night__goes_by_the_wall_clock_in_summer_and_winter() -> None:
    # Copenhagen: UTC+1 in winter, UTC+2 in summer.
    assert RULES.is_night(datetime(2026, 1, 1, 21, 30, tzinfo=UTC))
    assert not RULES.is_night(datetime(2026, 1, 1, 20, 30, tzinfo=UTC))
    assert RULES.is_night(datetime(2026, 7, 1, 20, 30, tzinfo=UTC))
    assert not RULES.is_night(datetime(2026, 7, 1, 4, 30, tzinfo=UTC))


def test_bulk_read_at_night__raises_both() -> None:
    assert {"bulk", "night"} <= raised(Watch(RULES).see(looks(25, at=NOON + timedelta(hours=12))))


def test_accounts__are_watched_apart() -> None:
    mixed = [replace(look, actor=f"a{look.number % 2}") for look in looks(30)]

    assert "bulk" not in raised(Watch(RULES).see(mixed))


def test_alert__grows_while_it_goes_on_and_another_begins_after_a_pause() -> None:
    again = [replace(look, number=look.number + 100) for look in looks(20, at=NOON + timedelta(hours=5))]
    watch = Watch(RULES)
    first = [a for a in watch.see(looks(30)) if a.rule == "bulk"]
    second = [a for a in watch.see(again) if a.rule == "bulk"]

    assert [(a.count, a.evidence[0], a.evidence[-1]) for a in first] == [(30, 1, 30)]
    assert len(second) == 1 and second[0].id != first[0].id and second[0].evidence[0] == 101


def test_evidence__is_bounded_and_the_count_is_not() -> None:
    (bulk,) = [a for a in Watch(RULES).see(looks(500, every=0.1)) if a.rule == "bulk"]

    assert (len(bulk.evidence), bulk.count) == (200, 500)


def event(kind: str, subject: str = "person:P1", **body: Any) -> Event:
    return Event(7, NOON, "ann", kind, subject, 1, body, "", "")


def test_look__is_made_of_person_reads_refusals_and_broken_glass_only() -> None:
    about = About(("P1",), "1081", "F1")
    read = look_of(event("access-granted", action="read_calls", rule="read_calls.clinician"), about, RULES.reads)
    glass = look_of(event("access-granted", action="read_calls", rule="read_calls.break_glass"), about, RULES.reads)

    assert read is not None and (read.sort, read.person, read.beside_cases) == ("read", "P1", False)
    assert glass is not None and glass.beside_cases
    assert look_of(event("glass-broken"), about, RULES.reads).sort == "glass"  # type: ignore[union-attr]
    assert look_of(event("access-refused", action="submit"), About(), RULES.reads).sort == "refused"  # type: ignore[union-attr]
    assert look_of(event("access-granted", action="cut_release"), about, RULES.reads) is None
    assert look_of(event("submission-accepted"), about, RULES.reads) is None
    assert look_of(event("signed-in"), About(), RULES.reads) is None


LOOKS = st.lists(
    st.builds(
        lambda gap, actor, sort, person, case, region, family, beside: (
            gap, actor, sort, person, case, region, family, beside,
        ),
        st.sampled_from([0, 1, 7, 61, 500, 2000]),
        st.sampled_from(["ann", "bob"]),
        st.sampled_from(["read", "refused", "glass"]),
        st.sampled_from(["P1", "P2", "P3", "P4", None]),
        st.sampled_from(["C1", "C2", "C3", None]),
        st.sampled_from(["1081", None]),
        st.sampled_from(["F1", "F2", None]),
        st.booleans(),
    ),
    max_size=60,
)  # fmt: skip


def made(drawn: list[Any]) -> list[Look]:
    at, found = NOON, []
    for number, (gap, *values) in enumerate(drawn, 1):
        at += timedelta(minutes=gap)
        actor, sort, person, case, region, family, beside = values
        found.append(Look(number, at, actor, sort, person, case, region, family, beside_cases=beside))
    return found


def low() -> Rules:
    """The shipped rules with lines that a short list crosses."""
    return replace(RULES, rules=tuple(replace(rule, least=min(rule.least, 3)) for rule in RULES.rules))


@given(LOOKS, st.data())
def test_fold__stopped_anywhere_gives_the_same_alerts(drawn: list[Any], data: st.DataObject) -> None:
    whole = made(drawn)
    at_once = {alert.id: alert for alert in Watch(low()).see(whole)}

    parts: dict[str, Alert] = {}
    state: Any = {}
    start = 0
    while start < len(whole):
        end = data.draw(st.integers(start + 1, len(whole)))
        watch = Watch(low(), json.loads(json.dumps(state)))
        parts |= {alert.id: alert for alert in watch.see(whole[start:end])}
        watch.pruned(whole[end - 1].at)
        state, start = watch.state(), end
    assert parts == at_once


@given(LOOKS)
def test_first_alert_of_a_rule__comes_where_ten_plain_lines_say(drawn: list[Any]) -> None:
    whole = made(drawn)
    alerts = Watch(low()).see(whole)
    for rule in low().rules:
        first = None
        for i, look in enumerate(whole):
            near = [
                x for x in whole[: i + 1]
                if x.actor == look.actor and x.sort in rule.of and getattr(x, rule.distinct) is not None
                and (not rule.within or getattr(x, rule.within) == getattr(look, rule.within) is not None)
                and (not rule.at_night or low().is_night(x.at)) and (not rule.beside_cases or x.beside_cases)
                and x.at >= look.at - timedelta(minutes=rule.minutes)
            ]  # fmt: skip
            if look in near and len({getattr(x, rule.distinct) for x in near}) >= rule.least:
                first = look.number
                break
        own = sorted((a for a in alerts if a.rule == rule.name), key=lambda a: a.at)
        assert bool(own) == (first is not None)
        if first is not None:
            assert first in {n for a in own for n in a.evidence}


def test_alert__says_no_more_than_ids_and_counts() -> None:
    fields = set(Alert.__dataclass_fields__)

    assert fields == {"id", "rule", "version", "actor", "at", "last_at", "evidence", "count"}
