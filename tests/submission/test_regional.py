"""A regional coordinator's numbers: exact, of the own region only, and with nothing of a case in them."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from embla import cli
from embla.errors import NotFound, NotPermitted, UsageError
from embla.platform import OPERATOR, Actor, House, create_account, find_account, newest_events
from embla.submission.model.regional import Share, Tally, broken_rules, summed
from embla.submission.regional import region_report
from embla.submission.tables import submissions

SECRET = "01-secret-case"
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
LAST_MOMENT = NEW_YEAR - timedelta(microseconds=1)
Row = tuple[str, datetime, str, tuple[str, ...]]


def coordinator(region: str | None) -> Actor:
    return Actor("coordinator", frozenset({"coordinator"}), region=region)


def keep(house: House, rows: Iterable[Row]) -> None:
    """Submissions as rows: laboratory, when received, state ("corrected": accepted and replaced), rules broken."""
    made = []
    for place, (laboratory, at, state, rules) in enumerate(rows):
        findings = [
            {"rule": rule, "file": f"{SECRET}.vcf.gz", "line": 0, "found": SECRET, "mend": "", "severity": "error"}
            for rule in rules
        ]
        made.append({
            "id": f"S{place:016d}", "package_hash": str(place), "laboratory": laboratory, "package": SECRET,
            "kind": "single", "case": SECRET, "patient_group": "heart", "actor": "operator", "attempts": 1,
            "state": "refused" if state == "refused" else "accepted", "received_at": at, "decided_at": at,
            "genomes": 0 if state == "refused" else 3, "findings": json.dumps(findings), "manifest": "{}",
            "corrected_by": "S" + "0" * 16 if state == "corrected" else None, "acknowledgement": None,
        })  # fmt: skip
    with house.database.transaction() as connection:
        for row in made:
            connection.execute(insert(submissions).values(**row))


AUTUMN = datetime(2026, 10, 9, 8, tzinfo=UTC)
ROWS: list[Row] = [
    ("capital", AUTUMN, "accepted", ()),
    ("capital", AUTUMN + timedelta(days=40), "corrected", ()),
    ("capital", LAST_MOMENT, "refused", ("files.size", "files.size", "group.known")),
    ("capital", NEW_YEAR, "refused", ("files.size",)),
    ("zealand", LAST_MOMENT, "accepted", ()),
    ("zealand", NEW_YEAR, "accepted", ()),
    ("north", AUTUMN, "refused", ("calls.empty",)),
]


def test_report__counts_by_laboratory_month_and_rule_and_merges_regions_on_their_day(house_on_both: House) -> None:
    house = house_on_both
    keep(house, ROWS)
    house.clock.at = NEW_YEAR + timedelta(days=3)  # type: ignore[attr-defined]

    old = region_report(house, coordinator("1084"), "1084").to_json()
    new = region_report(house, coordinator("1084"), "1086").to_json()

    assert old["laboratories"] == [
        {"laboratory": "capital", "name": "Genome Laboratory Capital", "since": None, "until": "2026-12-31",
         "packages": 3, "accepted": 2, "corrected": 1, "refused": 1, "genomes": 6}
    ]  # fmt: skip
    assert [(m["month"], m["accepted"], m["refused"]) for m in old["months"]] == [
        ("2026-12", 0, 1), ("2026-11", 1, 0), ("2026-10", 1, 0),
    ]  # fmt: skip
    assert old["refusals"] == [{"rule": "files.size", "packages": 1}, {"rule": "group.known", "packages": 1}]
    assert [(one["laboratory"], one["since"], one["packages"]) for one in new["laboratories"]] == [
        ("capital", "2027-01-01", 1), ("zealand", "2027-01-01", 1),
    ]  # fmt: skip
    assert (new["total"]["packages"], new["total"]["genomes"]) == (2, 3)
    assert SECRET not in str(old) + str(new)


def test_report__of_a_region_without_a_package_has_its_laboratories_at_zero(house: House) -> None:
    found = region_report(house, coordinator("1083"), "1083")

    assert [share.laboratory for share, _ in found.laboratories] == ["south"]
    assert (found.total.packages, found.months, found.rules) == (0, (), ())


@pytest.mark.parametrize(
    ("actor", "code", "day", "allowed"),
    [
        (coordinator("1084"), "1084", LAST_MOMENT, True),
        (coordinator("1084"), "1085", LAST_MOMENT, False),
        (coordinator("1084"), "1086", LAST_MOMENT, False),
        (coordinator("1084"), "1084", NEW_YEAR, True),
        (coordinator("1084"), "1086", NEW_YEAR, True),
        (coordinator("1084"), "1085", NEW_YEAR, False),
        (coordinator("1086"), "1085", NEW_YEAR, True),
        (coordinator("1086"), "1086", LAST_MOMENT, False),
        (coordinator("1081"), "1086", NEW_YEAR, False),
        (coordinator(None), "1084", LAST_MOMENT, False),
        (coordinator("1084"), "9999", LAST_MOMENT, False),
        (Actor("lab", frozenset({"lab"}), "capital"), "1084", LAST_MOMENT, False),
        (Actor("admin", frozenset({"admin"}), region="1084"), "1084", LAST_MOMENT, False),
    ],
)
def test_report__is_given_for_the_own_region_before_and_after_a_merger_and_for_no_other(
    house: House, actor: Actor, code: str, day: datetime, allowed: bool
) -> None:
    house.clock.at = day - timedelta(milliseconds=2)  # type: ignore[attr-defined]
    if day == NEW_YEAR:
        house.clock.at = day  # type: ignore[attr-defined]
    if allowed:
        assert region_report(house, actor, code).code == code
        return

    with pytest.raises(NotPermitted) as told:
        region_report(house, actor, code)

    wanted = "own_region" if actor.has("coordinator") else "role"
    assert told.value.rule == f"see_region_submissions.coordinator.{wanted}"
    with house.database.reading() as connection:
        refused = newest_events(connection, limit=1).items[0]
    assert (refused.kind, refused.subject) == ("access-refused", f"region:{code}")


def test_report__of_a_region_that_never_was_is_not_found_by_who_may_ask(house: House) -> None:
    with pytest.raises(NotFound):
        region_report(house, OPERATOR, "9999")


tallies = st.lists(
    st.builds(
        lambda lab, month, state, n: Tally(
            lab, month, state != "refused", state == "corrected", n, 2 * n * (state != "refused")
        ),
        st.sampled_from("ab"), st.sampled_from(["2026-01", "2026-02"]),
        st.sampled_from(["accepted", "corrected", "refused"]), st.integers(1, 9),
    )
)  # fmt: skip


@given(tallies)
def test_summed__laboratories_and_months_add_up_to_the_same(given_: list[Tally]) -> None:
    shares = [Share(name, name, None, None) for name in "ab"]

    by_laboratory, by_month = summed(shares, given_)

    for one in (by_laboratory, by_month):
        assert sum(c.packages for c in one.values()) == sum(t.packages for t in given_)
        assert sum(c.genomes for c in one.values()) == sum(t.genomes for t in given_)
        assert all(c.corrected <= c.accepted for c in one.values())
    assert set(by_laboratory) == {"a", "b"} and list(by_month) == sorted(by_month, reverse=True)


def test_broken_rules__counts_packages_not_findings() -> None:
    assert broken_rules([["b", "b", "a"], ["b"], ["c"]]) == (("b", 2), ("a", 1), ("c", 1))


def test_account__of_a_coordinator_has_a_region_and_nobody_else_has(house: House) -> None:
    said = {"display": "C", "by": OPERATOR, "at": house.clock()}
    with house.database.transaction() as connection:
        create_account(connection, "one", roles=["coordinator"], region="1084", **said)
        for roles, region in ((["coordinator"], None), (["admin"], "1084"), (["coordinator"], "a b"), (["lab"], None)):
            with pytest.raises(UsageError):
                create_account(connection, "two", roles=roles, region=region, **said)
        with pytest.raises(UsageError, match="other roles"):
            create_account(connection, "one", roles=["coordinator"], region="1085", **said)
        found = find_account(connection, "one")

    assert found is not None and found.actor == Actor("one", frozenset({"coordinator"}), region="1084")


def test_command__shows_a_region_as_lines_and_as_json(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(house, ROWS)
    monkeypatch.setenv("EMBLA_HOME", str(house.home))
    monkeypatch.setenv("EMBLA_DEMO", "1")

    assert cli.run(["submission", "region", "1084", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert cli.run(["submission", "region", "1084"]) == 0
    shown = capsys.readouterr()
    assert cli.run(["submission", "region", "9999"]) == 1

    assert told["total"]["packages"] == 3 and "not public" in told["note"] and "not public" in shown.err
    lines = [line.split("\t") for line in shown.out.splitlines()]
    assert ["capital", "3", "2", "1", "1", "6"] in lines and ["files.size", "1"] in lines


def test_command__opens_a_coordinators_account(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBLA_HOME", str(house.home))

    assert cli.run(["home", "add-account", "east", "--role", "coordinator", "--region", "1084"]) == 0
    assert cli.run(["home", "add-account", "west", "--role", "coordinator"]) == 2
    capsys.readouterr()
    assert cli.run(["home", "accounts", "--json"]) == 0

    (account,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert account == {"name": "east", "roles": ["coordinator"], "laboratory": None, "region": "1084"}
