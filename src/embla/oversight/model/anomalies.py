"""Rules of anomaly over the log, as data with a version, and the fold that applies them. Pure.

A rule looks at some sorts of looks of one account (and, with `within`, of one region or family), and speaks when
`least` different values of `distinct` fall into `minutes`. The first look over the line raises an alert; those that
follow, each no further than the window from the last, are its further evidence. The fold can stop after any event and
go on from its state: the alerts are the same as from the first event on.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

from embla.oversight.model.looks import Look

MOST_EVIDENCE: Final = 200


@dataclass(frozen=True)
class Rule:
    """One rule. `at_night`, `beside_cases`: only such looks; `within`: counted apart for each value of this."""

    name: str
    of: frozenset[str]
    distinct: str
    least: int
    minutes: int
    text: str
    at_night: bool = False
    beside_cases: bool = False
    within: str | None = None


@dataclass(frozen=True)
class Rules:
    """All of them, with their version; `reads` are the actions that count as looking at a person."""

    version: str
    timezone: str
    night_from: int
    night_to: int
    reads: frozenset[str]
    rules: tuple[Rule, ...]

    def is_night(self, at: datetime) -> bool:
        """By the clock on the wall of the nation, summer time too."""
        hour = at.astimezone(ZoneInfo(self.timezone)).hour
        if self.night_from > self.night_to:
            return hour >= self.night_from or hour < self.night_to
        return self.night_from <= hour < self.night_to

    def text_of(self, name: str) -> str:
        """What a rule says in a sentence; its name, where it is of another version."""
        return next((rule.text for rule in self.rules if rule.name == name), name)


@dataclass(frozen=True)
class Alert:
    """`evidence`: numbers of log entries, the first 200; `count`: of all of them; `at`: when the line was crossed."""

    id: str
    rule: str
    version: str
    actor: str
    at: datetime
    last_at: datetime
    evidence: tuple[int, ...]
    count: int


def made_rules(told: Mapping[str, Any]) -> Rules:
    """Rules from their data."""
    rules = tuple(Rule(**{**item, "of": frozenset(item["of"])}) for item in told["rules"])
    night = told["night"]
    return Rules(told["version"], told["timezone"], night["from"], night["to"], frozenset(told["reads"]), rules)


@cache
def shipped_rules() -> Rules:
    """The rules of `data/anomaly_rules.json`."""
    return made_rules(json.loads(files("embla.oversight").joinpath("data/anomaly_rules.json").read_text("utf-8")))


class Watch:
    """The fold. `see` takes looks in the order of the log and gives each alert that is new or has grown."""

    def __init__(self, rules: Rules, state: Mapping[str, Any] | None = None) -> None:
        self.rules = rules
        # rule and key -> what lies in the window, and the alert that runs
        self._windows: dict[str, dict[str, Any]] = {key: dict(value) for key, value in (state or {}).items()}

    def see(self, looks: Iterable[Look]) -> list[Alert]:
        """Alerts by id, as they stand after these looks."""
        changed: dict[str, Alert] = {}
        for look in looks:
            for rule in self.rules.rules:
                alert = self._apply(rule, look)
                if alert is not None:
                    changed[alert.id] = alert
        return list(changed.values())

    def state(self) -> dict[str, Any]:
        """What to go on from, as plain values."""
        return self._windows

    def pruned(self, at: datetime) -> None:
        """Let go of windows that ended before `at`; what they hold cannot matter any more."""
        minutes = {rule.name: rule.minutes for rule in self.rules.rules}
        for key in list(self._windows):
            span = timedelta(minutes=minutes.get(key.split("|", 1)[0], 0))
            if datetime.fromisoformat(self._windows[key]["last"]) + span < at:
                del self._windows[key]

    def _apply(self, rule: Rule, look: Look) -> Alert | None:
        value = getattr(look, rule.distinct)
        group = getattr(look, rule.within) if rule.within else ""
        if look.sort not in rule.of or value is None or group is None:
            return None
        if (rule.at_night and not self.rules.is_night(look.at)) or (rule.beside_cases and not look.beside_cases):
            return None
        key = "|".join((rule.name, look.actor, str(group)))
        window = self._windows.setdefault(key, {"seen": [], "alert": None, "last": look.at.isoformat()})
        oldest = look.at - timedelta(minutes=rule.minutes)
        if datetime.fromisoformat(window["last"]) < oldest:
            window["alert"] = None
        window["seen"] = [one for one in window["seen"] if datetime.fromisoformat(one[0]) >= oldest]
        window["seen"].append([look.at.isoformat(), look.number, value])
        window["last"] = look.at.isoformat()
        if window["alert"] is not None:
            running = _alert(window["alert"])
            evidence = (*running.evidence, look.number)[:MOST_EVIDENCE]
            grown = replace(running, evidence=evidence, count=running.count + 1, last_at=look.at)
        elif len({one[2] for one in window["seen"]}) >= rule.least:
            numbers = tuple(one[1] for one in window["seen"])
            name = sha256(f"{self.rules.version}|{key}|{look.number}".encode()).hexdigest()[:16].upper()
            grown = Alert(
                "A" + name, rule.name, self.rules.version, look.actor, look.at, look.at, numbers[:MOST_EVIDENCE],
                len(numbers),
            )  # fmt: skip
        else:
            return None
        window["alert"] = _plain(grown)
        # A window that has spoken needs only to know how far it reaches.
        window["seen"] = window["seen"][-1:]
        return grown


def _plain(alert: Alert) -> dict[str, Any]:
    return asdict(alert) | {
        "at": alert.at.isoformat(), "last_at": alert.last_at.isoformat(), "evidence": list(alert.evidence),
    }  # fmt: skip


def _alert(told: Mapping[str, Any]) -> Alert:
    return Alert(
        **{
            **told,
            "at": datetime.fromisoformat(told["at"]),
            "last_at": datetime.fromisoformat(told["last_at"]),
            "evidence": tuple(told["evidence"]),
        }
    )
