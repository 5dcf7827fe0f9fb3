"""A laboratory's console: what waits for it, sent = accepted = counted by name, quality by version of the pipeline."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from embla.errors import Unavailable
from embla.platform import OPERATOR, House, append_event, events_saying, number_before
from embla.platform.tables import events
from embla.registry import counted_genomes, withdraw_person
from embla.submission import PackageRefused, list_submissions, receive
from embla.submission.console import drift, reconciled, rejected, standing
from embla.submission.model.console import versions_of
from embla.submission.model.promises import CutOff, Decided, Kept, Taken, kept
from embla.submission.promises import promises_kept
from embla.submission.tables import submissions
from tests.submission.kinds import person2, sample2, write_package
from tests.submission.test_http import make_app, make_token
from tests.support.laboratory import START, change_manifest, make_single, make_trio


def refused(house: House, folder: Path) -> PackageRefused:
    with pytest.raises(PackageRefused) as told:
        receive(house, OPERATOR, folder)
    return told.value


def at(n: int) -> tuple[str, int, str, str, str]:
    return ("chr21", START + 11 * n, "A", "G", "0/1")


def test_standing__counts_what_needs_the_laboratory_once_and_not_once_it_is_mended(
    tmp_path: Path, house: House
) -> None:
    receive(house, OPERATOR, make_single(tmp_path / "a", "A", [at(1)]))
    for n in (1, 2):  # twice refused, in two versions, is one package to mend
        refused(house, make_single(tmp_path / f"b{n}", "B", [at(2)], case={"patient_group": f"dreams{n}"}))
    refused(house, make_single(tmp_path / "c", "C", [at(3)], case={"patient_group": "dreams"}))
    receive(house, OPERATOR, make_single(tmp_path / "c2", "C", [at(3)]))
    refused(house, make_single(tmp_path / "s", "S", [at(4)], laboratory="south", case={"patient_group": "dreams"}))

    with house.database.reading() as connection:
        stands = standing(connection, "north")
        waiting = [one.package for one in rejected(connection, "north")]

    assert (stands.accepted, stands.need, stands.mended, stands.tested) == (2, 1, 1, 0)
    assert waiting == ["B", "B"]


def test_refused__a_manifest_that_breaks_the_schema_is_in_the_list_without_its_text(
    tmp_path: Path, house: House
) -> None:
    folder = make_single(tmp_path / "a", "BAD", [at(1)])
    change_manifest(folder, patient_name="Somebody Real", type="nonsense")

    refused(house, folder)
    refused(house, folder)

    with house.database.reading() as connection:
        (one,) = list_submissions(connection, laboratory="north").items
        text = json.dumps(one.to_json()) + "".join(map(str, house_rows(connection)))
    assert (one.package, one.state, one.attempts) == ("BAD", "refused", 2)
    assert {finding.rule for finding in one.findings} >= {"schema.unknown", "schema.value"}
    assert "Somebody" not in text


def house_rows(connection) -> list[object]:  # type: ignore[no-untyped-def]
    from sqlalchemy import select

    from embla.submission.tables import submissions

    return [row.manifest for row in connection.execute(select(submissions))]


def test_refused__over_http_at_the_door_is_in_the_list_too(tmp_path: Path, house: House) -> None:
    from fastapi.testclient import TestClient

    folder = make_single(tmp_path / "a", "LATE", [at(1)], case={"opened": "2030-01-01"})
    broken = change_manifest(make_single(tmp_path / "b", "ODD", [at(2)]), nonsense=1)
    headers = {"Authorization": f"Bearer {make_token(house)}"}
    with TestClient(make_app(house), headers=headers) as client:
        codes = [client.post("/api/submissions", content=(f / "manifest.json").read_bytes()).status_code
                 for f in (folder, broken)]  # fmt: skip
        client.post("/api/submissions", content=(folder / "manifest.json").read_bytes(), headers={"Authorization": "x"})
        items = client.get("/api/submissions").json()["items"]

    assert codes == [422, 422]
    assert [(item["package"], item["state"], item["attempts"]) for item in items] == [
        ("ODD", "refused", 1), ("LATE", "refused", 1),
    ]  # fmt: skip


def test_reconciled__names_every_difference_and_each_row_adds_up(tmp_path: Path, house: House) -> None:
    receive(house, OPERATOR, make_single(tmp_path / "a", "A", [at(1)]))
    receive(
        house, OPERATOR,
        make_single(tmp_path / "a2", "A2", [at(1), at(9)], type="correction", corrects="A", key="A-p",
                    case={"id": "A-case"}),
    )  # fmt: skip
    trio = receive(house, OPERATOR, make_trio(tmp_path / "t", "T"))
    withdraw_person(house, OPERATOR, trio.genomes[0].person)
    cancer = sample2("C-T", origin="tumour", tissue="tumour", tumour_cells=60)
    receive(house, OPERATOR, write_package(tmp_path / "c", "C", "tumour", [person2("c", "index", cancer)]))
    exome = make_single(tmp_path / "e", "E", [at(20)], sample={"assay": "exome", "id": "A-exome"}, key="A-p")
    receive(house, OPERATOR, exome)
    refused(house, make_single(tmp_path / "b", "B", [at(30)], case={"patient_group": "dreams"}))

    with house.database.reading() as connection:
        (month,) = reconciled(connection, "north")
        people = counted_genomes(connection, on=house.clock().date())

    assert month.fates["counted"] == len(people)  # the nation's own rule
    assert (month.sent, month.accepted, month.waiting, month.mended) == (6, 5, 1, 0)
    assert dict(month.fates) == {
        "counted": 3, "replaced": 1, "withdrawn": 1, "not_germline": 1, "other_counts": 1,
    }  # fmt: skip
    assert (month.acknowledged, month.genomes, month.counted, month.unexplained) == (7, 7, 3, 0)


def test_drift__is_measured_from_what_was_accepted(tmp_path: Path, house: House) -> None:
    for n in range(3):
        version = "4.2" if n < 2 else "4.3"
        receive(
            house, OPERATOR,
            make_single(tmp_path / f"{n}", f"D{n}", [at(n)], sample={"pipeline": {"name": "gatk", "version": version}}),
        )  # fmt: skip

    with house.database.reading() as connection:
        old, new = drift(connection, "north")

    assert (old.name, old.genomes, new.name, new.genomes) == ("gatk 4.2", 2, "gatk 4.3", 1)
    assert old.measures["depth"].median == pytest.approx(30)


@dataclass(frozen=True)
class One:
    pipeline: str
    version: str
    depth: float | None
    covered_20x: float | None = None
    q30: float | None = None
    het_hom: float | None = None
    het_balance: float | None = None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.floats(0, 100)), max_size=40))
def test_versions__medians_are_those_of_a_plain_sort(rows: list[tuple[str, float | None]]) -> None:
    found = versions_of([One("p", version, depth) for version, depth in rows])

    assert [one.version for one in found] == list(dict.fromkeys(version for version, _ in rows))
    for one in found:
        values = sorted(depth for version, depth in rows if version == one.version and depth is not None)
        assert one.genomes == sum(version == one.version for version, _ in rows)
        assert ("depth" in one.measures) == bool(values)
        if values:
            half = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
            assert one.measures["depth"].median == pytest.approx(half)
            assert one.measures["depth"].low <= one.measures["depth"].median <= one.measures["depth"].high


@pytest.mark.parametrize(
    ("second", "n", "drifts"), [(34.0, 5, True), (32.9, 5, False), (26.9, 5, True), (60.0, 4, False)]
)
def test_versions__differ_beyond_a_tenth_and_with_enough_genomes(second: float, n: int, drifts: bool) -> None:
    rows = [One("p", "1", 30.0)] * 5 + [One("other", "9", 90.0)] * 5 + [One("p", "2", second)] * n

    assert versions_of(rows)[-1].measures["depth"].drifts is drifts
    assert not any(one.measures["depth"].drifts for one in versions_of(rows)[:-1])


def test_kept__equals_what_was_done_to_each_package_by_a_plain_count() -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    taken = [Taken(n, f"S{n}", f"h{n}", day + timedelta(days=n // 2), (f"G{n}", f"K{n}")) for n in range(1, 6)]
    cut = [CutOff(1, "h3", day), CutOff(2, "h3", day), CutOff(9, "h4", day), CutOff(10, "other", day)]
    known = {f"{kind}{n}" for kind in "GK" for n in range(1, 6)} - {"K2"}

    found = kept(day.date(), taken, cut, known, {"S1": 1.0, "S2": 2.0, "S3": 3.0, "S4": 4.0, "S9": 10.0})

    assert (found.packages, found.genomes, found.entries) == (5, 10, (1, 5))
    assert (found.missing, found.silent) == (("S5", "K2"), ("S9",))
    # h3 was taken after it was cut off, h4 before, and the other never.
    assert (found.cut_off, found.resumed, found.open_) == (3, 1, 2)
    assert found.busiest == (date(2026, 3, 3), 2) and found.median == 3.0 and 3.0 < (found.p95 or 0) <= 10.0
    none = kept(day.date(), [], [], [], {})
    assert (none.packages, none.median, none.busiest, none.entries) == (0, None, None, None)
    assert json.dumps(found.to_json()) and json.dumps(none.to_json())


def test_kept__a_package_cut_off_is_done_with_when_its_id_is_taken_or_refused_later() -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    later, earlier = day + timedelta(hours=1), day - timedelta(hours=1)
    names = ("other-hash", "refused", "mended", "before", "twice", "never")
    cut = [CutOff(number, f"{name}-1", day, name) for number, name in enumerate(names, 1)]
    cut += [CutOff(8, "twice-2", later, "twice"), CutOff(9, "old-1", day), CutOff(10, "old-2", day)]
    decided = [
        Decided("other-hash", "other-hash-2", later, taken=True),
        Decided("refused", "refused-1", later, taken=False),
        Decided("mended", "mended-1", later, taken=False),
        Decided("mended", "mended-2", later, taken=True),
        Decided("before", "before-1", earlier, taken=False),
        Decided("twice", "twice-3", day, taken=False),  # between its two cuts
        Decided("old", "old-2", day, taken=False),  # of an entry without an id, by its hash
        Decided("", "nameless", later, taken=True),
    ]

    found = kept(day.date(), [], cut, [], {}, decided)

    # Taken: other-hash, mended. Refused: refused, old-2. Waiting: before, twice, never, old-1.
    assert (found.cut_off, found.resumed, found.refused, found.open_) == (8, 2, 2, 4)
    assert found.to_json()["refused"] == 2


@pytest.mark.parametrize("mended", [True, False])
def test_promises__a_package_that_was_cut_off_and_comes_under_another_hash_does_not_wait(
    tmp_path: Path, house_on_both: House, monkeypatch: pytest.MonkeyPatch, mended: bool
) -> None:
    house = house_on_both
    receiving = import_module("embla.submission.receive")

    def no_room(*args: object, **named: object) -> None:
        raise Unavailable("no room")

    with monkeypatch.context() as full:
        full.setattr(receiving, "keep_files", no_room)
        with pytest.raises(Unavailable):
            receive(house, OPERATOR, make_single(tmp_path / "a", "A", [at(1)]))

    if mended:
        receive(house, OPERATOR, make_single(tmp_path / "again", "A", [at(1), at(2)]))
    else:
        with pytest.raises(PackageRefused):
            receive(house, OPERATOR, make_single(tmp_path / "wrong", "A", [at(1)], case={"patient_group": "dreams"}))

    with house.database.reading() as connection:
        found = promises_kept(connection, "north", house.clock())
    assert (found.cut_off, found.resumed, found.refused, found.open_) == (1, int(mended), int(not mended), 0)


def test_promises__of_a_laboratory_among_many_others_acknowledgements_are_all_counted(house_on_both: House) -> None:
    house, now = house_on_both, house_on_both.clock()
    old = now - timedelta(days=31)
    said = [("north", old), *[("south", now)] * 60, ("north", now), *[("NORTH", now)] * 3, *[("south", now)] * 50]
    with house.database.transaction() as connection:
        before = number_before(connection, now - timedelta(days=40))
        for number, (laboratory, moment) in enumerate(said):
            body = {"laboratory": laboratory, "package_hash": f"h{number}", "note": {"laboratory": "north"}}
            append_event(
                connection, at=moment, actor="t", kind="submission-accepted", subject=f"submission:S{number}", body=body
            )

    with house.database.reading() as connection:
        found = promises_kept(connection, "north", now)
        halved = number_before(connection, now)
        told = [e[0] for e in events_saying(connection, 0, "submission-accepted", "laboratory", "north")]
    assert (found.packages, found.missing) == (1, ("S61",))
    assert promises_of(house, "south").packages == 110
    assert before == 0 and len(told) == 2 and halved + 61 == told[1]


def promises_of(house: House, laboratory: str) -> Kept:
    with house.database.reading() as connection:
        return promises_kept(connection, laboratory, house.clock())


def test_promises__beyond_forty_thousand_acknowledgements_of_others_are_right(house: House) -> None:
    now = house.clock()
    day = now - timedelta(days=29)
    with house.database.transaction() as connection:
        first = append_event(
            connection, at=day, actor="t", kind="submission-accepted", subject="submission:S",
            body={"laboratory": "north", "package_hash": "h"},
        )  # fmt: skip
        # The chain is not what is asked here: rows are written as they are, for speed.
        rows = [
            {"number": first.number + n, "at": day, "actor": "t", "kind": "submission-accepted", "version": 1,
             "subject": f"submission:O{n}", "body": '{"genomes":[],"laboratory":"south"}', "previous": "", "hash": ""}
            for n in range(1, 41_001)
        ]  # fmt: skip
        connection.execute(insert(events), rows)

    found = promises_of(house, "north")

    assert (found.packages, found.missing, found.entries) == (1, ("S",), (first.number, first.number))


def test_promises__of_a_laboratory_are_its_own_and_hold_after_a_correction_a_withdrawal_and_a_full_disk(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(house, OPERATOR, make_single(tmp_path / "s", "S", [at(9)], laboratory="south"))
    told = receive(house, OPERATOR, make_single(tmp_path / "a", "A", [at(1)]))
    again = make_single(tmp_path / "a2", "A2", [at(2)], type="correction", corrects="A")
    receive(house, OPERATOR, again)
    gone = receive(house, OPERATOR, make_single(tmp_path / "b", "B", [at(3)]))
    withdraw_person(house, OPERATOR, gone.genomes[0].person)
    full = make_single(tmp_path / "c", "C", [at(4)])
    receiving = import_module("embla.submission.receive")  # the face has a function of this name
    real = receiving.keep_files

    def no_room(*args: object, **named: object) -> None:
        raise Unavailable("no room")

    monkeypatch.setattr(receiving, "keep_files", no_room)
    for _ in range(2):
        with pytest.raises(Unavailable):
            receive(house, OPERATOR, full)

    def kept_now(laboratory: str = "north") -> Kept:
        with house.database.reading() as connection:
            return promises_kept(connection, laboratory, house.clock())

    before = kept_now()
    assert (before.packages, before.genomes, before.missing, before.silent) == (3, 3, (), ())
    assert (before.cut_off, before.resumed, before.open_) == (1, 0, 1)
    monkeypatch.setattr(receiving, "keep_files", real)
    receive(house, OPERATOR, full)
    after = kept_now()
    assert (after.packages, after.cut_off, after.resumed, after.open_) == (4, 1, 1, 0)
    assert after.median is not None and kept_now("south").packages == 1
    with house.database.transaction() as connection:  # as if a row were lost
        connection.execute(update(submissions).where(submissions.c.id == told.submission).values(state="refused"))
    assert kept_now().missing == (told.submission,)
    house.clock.at += timedelta(days=40)  # type: ignore[attr-defined]
    assert kept_now().packages == 0


def test_promises__what_fails_once_a_package_was_taken_cuts_nothing_off(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiving = import_module("embla.submission.receive")

    def no_room(*args: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as full:
        full.setattr(receiving, "note_state", no_room)
        with pytest.raises(OSError, match="no room"):
            receive(house, OPERATOR, make_single(tmp_path / "a", "A", [at(1)]))
    receive(house, OPERATOR, tmp_path / "a")

    with house.database.reading() as connection:
        found = promises_kept(connection, "north", house.clock())
    assert (found.packages, found.cut_off, found.open_, found.missing, found.silent) == (1, 0, 0, (), ())
