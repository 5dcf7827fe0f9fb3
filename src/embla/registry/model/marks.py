"""Opt-out marks of one person and kind over time: disjoint stretches of days, in order. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from embla.registry.model.values import OptOut


def marked_from(marks: Sequence[OptOut], since: date) -> list[OptOut]:
    """The marks once the person is marked from `since` on: what comes later is covered, what touches joins."""
    earlier = [mark for mark in marks if mark.since < since]
    new = OptOut(marks[0].person, marks[0].kind, since)
    if earlier and (earlier[-1].until is None or earlier[-1].until >= since - timedelta(days=1)):
        new = replace(new, since=earlier.pop().since)
    return [*earlier, new]


def marked_until(marks: Sequence[OptOut], until: date) -> list[OptOut]:
    """The marks once nothing holds after `until`."""
    return [
        mark if mark.until is not None and mark.until <= until else replace(mark, until=until)
        for mark in marks
        if mark.since <= until
    ]
