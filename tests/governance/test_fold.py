"""The fold over the log: steps equal scratch, any day equals the registers, and no small number comes out of it."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import Broken
from embla.governance import enter, kpi_json, load_history, view
from embla.governance.checking import check_board
from embla.governance.model.alike import Bodies
from embla.governance.model.cells import breakdown, spans
from embla.governance.model.folding import Adds, Board, Entry, fold
from embla.governance.model.history import History, shipped
from embla.governance.model.kpis import own
from embla.governance.model.ledger import Ledger
from embla.governance.reading import View
from embla.governance.shown import at_cut
from embla.governance.standing import read_board
from embla.governance.tables import board_fold, board_ledger
from embla.platform import OPERATOR, House
from embla.platform.ledger.entry import canonical_body
from embla.registry import Laboratory, Region, reported, withdraw_person
from embla.submission import receive
from tests.submission.kinds import nonhuman, tumour
from tests.support.laboratory import make_single

OTHER = ("chr21", 5_030_700, "C", "T", "0/1")

FIRST = date(2026, 1, 1)


class Log:
    """A made-up log with the truth beside it: which samples are there on which day."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.bodies: dict[str, list[dict[str, Any]]] = {}
        self.there: dict[str, tuple[int, int | None, str]] = {}  # assay -> came, ended, laboratory
        self.day = 0

    def add(self, kind: str, subject: str, body: dict[str, Any]) -> int:
        number = len(self.entries) + 1
        self.entries.append((number, (FIRST + timedelta(days=self.day)).isoformat(), kind, subject, body))
        return number

    def accept(
        self, samples: Sequence[int | None], laboratory: str, ended: Sequence[str] = (), kind: str = "single"
    ) -> None:
        name = f"S{len(self.entries)}"
        told = [{"assay": f"{name}-{n}", "equivalents": value, "because": "x", "called": True}
                for n, value in enumerate(samples)]  # fmt: skip
        body = {
            "laboratory": laboratory, "source": "clinical", "kind": kind, "patient_group": "heart", "specimens": 0,
            "samples": told, "ended": self._ended(ended),
        }  # fmt: skip
        number = self.add("equivalents-counted", f"submission:{name}", body)
        self.bodies[name] = [body | {"event": number}]
        for one in told:
            self.there[one["assay"]] = (self.day, None, laboratory)

    def _ended(self, assays: Sequence[str]) -> list[dict[str, str]]:
        for assay in assays:
            came, _, laboratory = self.there[assay]
            self.there[assay] = (came, self.day, laboratory)
        return [{"submission": assay.partition("-")[0], "assay": assay} for assay in assays]

    def withdraw(self, assays: Sequence[str]) -> None:
        self.add("person-withdrawn", "person:P", {"assays": self._ended(assays)})

    def living(self) -> list[str]:
        return [assay for assay, (_, ended, _) in self.there.items() if ended is None]

    def lookup(self, submission: str) -> list[dict[str, Any]]:
        return self.bodies.get(submission, [])


@st.composite
def logs(draw: st.DrawFn) -> Log:
    log = Log()
    for _ in range(draw(st.integers(1, 14))):
        log.day += draw(st.integers(0, 3))
        step = draw(st.sampled_from(["accept", "accept", "correct", "withdraw", "cut", "refuse"]))
        living = log.living()
        some = draw(st.lists(st.sampled_from(living), unique=True, max_size=4)) if living else []
        if step == "cut":
            log.add("release-cut", f"release:{len(log.entries)}", {})
        elif step == "refuse":
            log.add("submission-refused", "submission:X", {})
        elif step == "withdraw" and some:
            log.withdraw(some)
        else:
            laboratory = draw(st.sampled_from(["north", "south", "capital"]))
            samples = draw(st.lists(st.sampled_from([1, 1, 1, 3, None]), min_size=1, max_size=9))
            log.accept(samples, laboratory, some if step == "correct" else ())
    return log


@given(logs(), st.data())
@settings(max_examples=25)
def test_fold__in_steps_with_keeping_between_them_equals_from_scratch(log: Log, data: st.DataObject) -> None:
    scratch = fold(Board(), log.entries, log.lookup)

    at = data.draw(st.integers(0, len(log.entries)))
    kept = json.loads(json.dumps(fold(Board(), log.entries[:at], log.lookup).to_json()))
    stepped = fold(Board.of(kept), log.entries[at:], log.lookup)

    assert stepped.to_json() == scratch.to_json()
    assert all(n >= 0 for n in scratch.cells.values())


@given(logs())
@settings(max_examples=25)
def test_fold__of_entries_told_apart_only_by_their_assays_equals_one_by_one(log: Log) -> None:
    bodies = Bodies()
    texts = [(number, day, kind, subject, bodies(kind, canonical_body(body)))
             for number, day, kind, subject, body in log.entries]  # fmt: skip

    assert fold(Board(), texts, log.lookup).to_json() == fold(Board(), log.entries, log.lookup).to_json()


@pytest.mark.parametrize("name", ['"assay":"x"', '"ended":[]', '\\"assay":"', 'x"assay":"A","ended":[]'])
def test_bodies__words_of_the_form_within_a_text_are_text(name: str) -> None:
    def body(group: str, ended: list[dict[str, str]]) -> dict[str, Any]:
        sample = {"assay": "A1", "equivalents": 1, "because": name, "called": True}
        return {"patient_group": group, "samples": [sample], "ended": ended}

    bodies, ended = Bodies(), [{"submission": "S", "assay": name}]
    plain, other = (bodies("equivalents-counted", canonical_body(body(one, []))) for one in (name, name + "2"))

    assert isinstance(plain, Adds) and isinstance(other, Adds)
    assert plain.cells[0][0][2] == name and other.cells[0][0][2] == name + "2"
    assert bodies("equivalents-counted", canonical_body(body(name, ended))) == body(name, ended)
    assert bodies("equivalents-counted", canonical_body(body(name, []) | {"samples": []})) is not plain


@given(logs(), st.integers(0, 45))
@settings(max_examples=25)
def test_fold__of_any_day_equals_a_count_of_what_was_there(log: Log, days: int) -> None:
    here = own(fold(Board(), log.entries, log.lookup), FIRST + timedelta(days=days))

    there = [assay for assay, (came, ended, _) in log.there.items() if came <= days and (ended is None or ended > days)]
    values = {one["assay"]: one["equivalents"] for bodies in log.bodies.values() for one in bodies[0]["samples"]}
    assert here.samples == here.genomes == len(there)
    assert here.equivalents == sum(values[assay] or 0 for assay in there)
    assert here.not_computable == sum(values[assay] is None for assay in there)


@given(logs())
@settings(max_examples=30)
def test_breakdown__of_any_two_days_tells_no_small_number_even_to_who_knows_each_days_total(log: Log) -> None:
    """A reader subtracts any two days' cells, and sums of them, also from the total of that time."""
    board, k = fold(Board(), log.entries, log.lookup), 5
    days = sorted({FIRST + timedelta(days=n) for n in range(log.day + 2)})
    told = {day: breakdown(board, "region", day, below=k) for day in days}
    for first, last in combinations([None, *days], 2):
        assert last is not None
        now, before = told[last], None if first is None else told[first]
        steps = [
            (n or 0) - ((before.cells.get(name) or 0) if before is not None else 0) for name, n in now.cells.items()
        ]
        whole = now.total - (before.total if before is not None else 0)
        for n in range(1, len(steps) + 1):
            for some in combinations(steps, n):
                assert not 0 < sum(some) < k
                assert not 0 < whole - sum(some) < k


@given(logs())
@settings(max_examples=20)
def test_spans__join_a_time_that_brought_too_few_to_the_next(log: Log) -> None:
    board = fold(Board(), log.entries, log.lookup)

    joined = [cut for span in spans(board, date(2027, 1, 1), 5) for cut in span]
    assert joined == list(range(len(joined))) and len(board.cuts) - len(joined) >= 0


def test_breakdown__moves_only_when_a_release_is_cut() -> None:
    log = Log()
    log.accept([1] * 9, "north")
    log.add("release-cut", "release:2026.1", {})
    log.day = 1
    log.accept([1], "north")

    board = fold(Board(), log.entries, log.lookup)
    for day in (FIRST, FIRST + timedelta(days=1)):
        told = breakdown(board, "region", day, below=5)
        assert (told.cells, told.total, told.hidden, told.release) == ({"north": 9}, 9, 0, "2026.1")


def test_equivalents__of_10_germline_4_tumours_and_3_rna_are_25_and_unknown_depth_is_none() -> None:
    log = Log()
    log.accept([1] * 10, "north")
    log.accept([3] * 4 + [1] * 3, "north")
    log.accept([None], "north")

    here = own(fold(Board(), log.entries, log.lookup), FIRST)
    assert (here.samples, here.equivalents, here.not_computable) == (18, 25, 1)


@pytest.fixture
def busy(tmp_path: Path, house_on_both: House) -> Iterator[House]:
    """A home with a genome, a tumour with RNA, a correction, material that is not human, and somebody who left."""
    house = house_on_both
    first = receive(house, OPERATOR, make_single(tmp_path / "a", sample={"mean_depth": 30.0}))
    receive(house, OPERATOR, tumour(tmp_path / "t", normal=True, rna=True, depth=90.0))
    receive(house, OPERATOR, nonhuman(tmp_path / "x"))
    correction = make_single(tmp_path / "b", "N2", [OTHER], key="N1-p", case={"id": "N1-case"}, type="correction",
                             corrects="N1", sample={"id": "N1-p-B", "assay": "exome"})  # fmt: skip
    receive(house, OPERATOR, correction)
    withdraw_person(house, OPERATOR, first.genomes[0].person)
    yield house


def test_fold__over_a_real_log_equals_the_registers(busy: House) -> None:
    with busy.database.reading() as connection:
        board, _ = read_board(connection)
        now = reported(connection, busy.clock())

    here = own(board, busy.clock().date())
    assert (here.samples, here.genomes, here.equivalents) == (now.total, now.genomes, now.equivalents)
    assert (here.not_computable, here.specimens) == (now.not_computable, now.specimens)
    assert here.samples == 3 and here.equivalents == 5


def test_kept_figures__that_somebody_changed_are_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embla.governance.standing._WORTH_KEEPING", 1)
    load_history(house, OPERATOR)
    view(house)
    assert check_board(house)["events"] >= 188

    with house.database.transaction() as connection:
        told = json.loads(connection.execute(board_fold.select()).one().state)
        told["history"].popitem()
        connection.execute(board_fold.update().values(state=json.dumps(told)))
    with pytest.raises(Broken, match="differ from the log's in 'history'"):
        check_board(house)


def test_ledger__entry_changed_behind_the_log_is_found(house: House) -> None:
    enter(house, OPERATOR, {"kind": "grant_line", "name": "refunds", "day": "2026-01-01", "title": "t", "amount": "1"})
    with house.database.transaction() as connection:
        connection.execute(board_ledger.update().values(body=json.dumps({"title": "t", "amount": "2.00"})))

    with pytest.raises(Broken, match="Ledger entry 1 is not what the log says"):
        check_board(house)


def test_history__loaded_twice_is_there_once_and_marked(house: House) -> None:
    assert load_history(house, OPERATOR).loaded == 188
    assert load_history(house, OPERATOR).loaded == 0

    told = kpi_json(view(house), date(2023, 12, 31))
    assert told["genomes"] == 23_897 and told["genomes_by_source"]["clinical"] == 18_449
    assert len(told["events"]["genomes_by_source"]) == 3 and told["reasons"]["genome_equivalents"]


def test_correction__of_what_a_release_told_is_not_reported_a_second_time() -> None:
    log = Log()
    log.accept([1] * 20, "north")
    log.add("release-cut", "release:1", {})
    first = log.living()
    log.accept([1] * 8, "north", first[:8])
    again = [assay for assay in log.living() if assay not in first]
    log.accept([1] * 8, "north", again)  # corrected once more before the next release
    log.accept([1] * 6, "south")
    log.withdraw(log.living()[-7:-6])
    log.add("release-cut", "release:2", {})
    log.accept([1] * 7, "north", [assay for assay in log.living() if assay not in first][:7])
    log.add("release-cut", "release:3", {})

    board = fold(Board(), log.entries, log.lookup)
    told = breakdown(board, "region", FIRST, below=5)
    assert (told.cells, told.total, own(board, FIRST).samples) == ({"north": 20, "south": 6}, 26, 25)


def test_cell__that_was_hidden_once_and_empty_later_is_none_and_not_0() -> None:
    log = Log()
    log.accept([1] * 9, "north")
    log.accept([1] * 2, "south")
    log.accept([1] * 30, "capital")
    log.add("release-cut", "release:1", {})
    log.accept([1] * 6, "capital")
    log.add("release-cut", "release:2", {})

    told = breakdown(fold(Board(), log.entries, log.lookup), "region", FIRST, below=5)
    assert told.cells == {"north": None, "south": None, "capital": 36}
    assert (told.partial, told.hidden, told.total) == ({"north", "south"}, 11, 47)


def shown(log: Log, history: History, day: date) -> View:
    """The view of the board's pages on a day, of a nation whose two eastern regions become one in 2027."""
    last = date(2026, 12, 31)
    regions = [Region("1084", "", "", FIRST, last, "1086"), Region("1085", "", "", FIRST, last, "1086"),
               Region("1083", "", "", FIRST), Region("1086", "", "", date(2027, 1, 1))]  # fmt: skip
    codes = {"capital": "1084", "zealand": "1085", "south": "1083"}
    laboratories = {name: Laboratory(name, name, code, "", FIRST, None) for name, code in codes.items()}
    board = fold(Board(), log.entries, log.lookup)
    return at_cut(View(board, history, Ledger(()), laboratories, regions, day, 5), day)


@pytest.mark.parametrize("history", [History(()), History(shipped())], ids=["", "published"])
def test_equivalents__of_pages_tell_no_few_tumours_neither_in_the_sum_nor_in_its_reason(history: History) -> None:
    log = Log()
    log.accept([1] * 20 + [3] * 2, "north")
    log.add("release-cut", "release:1", {})

    told = kpi_json(shown(log, history, FIRST), FIRST)
    assert told["genome_equivalents"] is None and "26" not in told["reasons"]["genome_equivalents"]


@pytest.mark.parametrize(("ended", "sum_"), [("S0-0", 69), ("S0-20", None)])
def test_equivalents__of_pages_do_not_tell_that_one_who_left_was_a_tumour(ended: str, sum_: int | None) -> None:
    log = Log()
    log.accept([1] * 20 + [3] * 10, "north")
    log.add("release-cut", "release:1", {})
    log.day = 1
    log.withdraw([ended])
    log.accept([1] * 20, "north")
    log.add("release-cut", "release:2", {})

    days = [FIRST, FIRST + timedelta(days=1)]
    assert [kpi_json(shown(log, History(()), day), day)["genome_equivalents"] for day in days] == [50, sum_]


def test_equivalents__of_pages_do_not_tell_a_kind_that_is_hidden() -> None:
    log = Log()
    log.accept([1] * 100, "north")
    log.accept([1] * 3, "north", kind="rna")
    log.accept([3] * 20, "north", kind="tumour")
    log.add("release-cut", "release:1", {})

    told = kpi_json(shown(log, History(()), FIRST), FIRST)
    assert told["breakdown"]["kind"]["cells"] == {"rna": None, "single": 100, "tumour": None}
    assert told["genome_equivalents"] is None and "equivalents" not in told["breakdown"]


def test_regions__that_become_one_do_not_tell_of_the_smaller_by_the_difference() -> None:
    log = Log()
    log.accept([1] * 100, "capital")
    log.accept([1] * 3, "zealand")
    log.accept([1] * 7, "south")
    log.add("release-cut", "release:1", {})

    before, after = date(2026, 12, 31), date(2027, 1, 1)
    cells = shown(log, History(()), before).breakdown("region", before).cells
    assert cells == {"1083": None, "1084": 100, "1085": None}
    assert shown(log, History(()), after).breakdown("region", after).cells == cells
