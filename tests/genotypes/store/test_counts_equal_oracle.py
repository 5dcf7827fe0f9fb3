"""Whatever happens to the store, its numbers are those of the ten-line oracle."""

import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

import hypothesis.strategies as st
import pytest
from hypothesis import Phase, given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from embla.errors import NameTaken
from embla.genome import Place, Region, Variant
from embla.genotypes import CohortStore, NewGenome
from embla.storage import Folder
from tests.support.nations import ALL_KEYS, PLACES, persons
from tests.support.packs import Person, make_pack
from tests.support.plain_counts import as_plain, plain_an, plain_count

NO_EXPLAIN = tuple(phase for phase in Phase if phase is not Phase.explain)


class Crash(BaseException):
    """The process dies here."""


class FaultyFolder(Folder):
    """Dies at the k-th change, and stays dead."""

    left = 10**9

    def _step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Crash

    def put(self, name, data):
        self._step()
        return super().put(name, data)

    def delete(self, name):
        self._step()
        return super().delete(name)

    def swap(self, name, expected, new):
        self._step()
        return super().swap(name, expected, new)


def check(store: CohortStore, people: dict[str, Person], which: list = ALL_KEYS) -> None:
    view = store.view()
    assert sorted(view.names) == sorted(people)
    everybody = view.cohort()
    for key in which:
        count = view.count(Variant(*key), everybody)[0]
        expected = plain_count(people.values(), key)
        carriers = expected.pop("carriers")
        assert as_plain(count) == expected, key
        assert count.ac <= count.an and count.raw.ac <= count.raw.an
        assert len(view.carriers(Variant(*key))) == carriers
    for contig, places in PLACES.items():
        listed = {(c.contig, c.pos, c.ref, c.alt): as_plain(c) for c in view.count(Region(contig, 0, places[-1]))}
        expected_rows = {key: plain_count(people.values(), key) for key in ALL_KEYS if key[0] == contig}
        assert listed == {
            key: {k: v for k, v in row.items() if k != "carriers"}
            for key, row in expected_rows.items()
            if row["carriers"]
        }
        for pos in places:
            answer = view.count(Place(contig, pos))
            if answer[0].alt is None:
                assert (answer[0].an, answer[0].raw.an) == plain_an(people.values(), contig, pos)


pytestmark = pytest.mark.usefixtures("short_hashes")


class StoreMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.path = Path(mkdtemp(prefix="embla-machine-"))
        self.people: dict[str, Person] = {}
        self.gone: dict[str, Person] = {}
        self.serial = 0

    @initialize()
    def create(self) -> None:
        self.store = CohortStore.create(self.path / "s")

    def teardown(self) -> None:
        shutil.rmtree(self.path)

    def name(self) -> str:
        self.serial += 1
        return f"P{self.serial}"

    @rule(new=st.lists(persons(), min_size=1, max_size=4))
    def add(self, new: list[Person]) -> None:
        named = {self.name(): person for person in new}
        staged = self.store.add(NewGenome(n, make_pack(p)) for n, p in named.items())
        assert list(staged.added) == list(named)
        self.people |= named

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def add_again_changes_nothing(self, data) -> None:
        name = data.draw(st.sampled_from(sorted(self.people)))
        before = self.store.current()
        staged = self.store.add([NewGenome(name, make_pack(self.people[name]))])
        assert staged.unchanged == (name,) and self.store.current() == before

    @precondition(lambda self: self.people)
    @rule(data=st.data(), other=persons(), fresh=persons())
    def other_content_is_refused_whole(self, data, other: Person, fresh: Person) -> None:
        name = data.draw(st.sampled_from(sorted(self.people)))
        if make_pack_digest(other) == make_pack_digest(self.people[name]):
            return
        before = sorted(self.store.folder.list())
        with pytest.raises(NameTaken):
            self.store.add([NewGenome(self.name(), make_pack(fresh)), NewGenome(name, make_pack(other))])
        assert sorted(self.store.folder.list()) == before

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def remove(self, data) -> None:
        names = data.draw(st.lists(st.sampled_from(sorted(self.people)), min_size=1, max_size=3, unique=True))
        self.store.remove(names)
        for name in names:
            self.gone[name] = self.people.pop(name)

    @precondition(lambda self: self.gone)
    @rule(data=st.data())
    def add_back(self, data) -> None:
        name = data.draw(st.sampled_from(sorted(self.gone)))
        self.people[name] = self.gone.pop(name)
        self.store.add([NewGenome(name, make_pack(self.people[name]))])

    @rule()
    def compact(self) -> None:
        self.store.compact()
        view = self.store.view()
        assert view.content.removed == 0 and len(view.segments) <= 1
        self.store = CohortStore.open(self.path / "s")

    @rule()
    def merge_full_tiers(self) -> None:
        self.store.compact(full=False)

    @rule()
    def reopen(self) -> None:
        self.store = CohortStore.open(self.path / "s")

    @rule(k=st.integers(0, 6), new=persons(), how=st.sampled_from(("add", "remove", "compact", "tidy")))
    def crash(self, k: int, new: Person, how: str) -> None:
        folder = FaultyFolder(self.path / "s")
        dying = CohortStore.open(folder)
        before = dying.current()
        folder.left = k
        name, victim = self.name(), next(iter(self.people), None)
        lived = False
        with suppress(Crash):
            if how == "add":
                dying.add([NewGenome(name, make_pack(new))])
            elif how == "remove" and victim:
                dying.remove([victim])
            elif how == "compact":
                dying.compact()
            else:
                dying.tidy()
            lived = True
        self.store = CohortStore.open(self.path / "s")
        # The pointer decides: whoever died before it moved did nothing, and after it (a removed genome's key is ended
        # then) everything.
        if self.store.current() == before:
            assert not (lived and (how == "add" or (how == "remove" and victim)))
            return
        assert how in ("add", "compact") or (how == "remove" and victim)
        if how == "add":
            self.people[name] = new
        elif how == "remove" and victim:
            self.gone[victim] = self.people.pop(victim)

    @invariant()
    def equal(self) -> None:
        if hasattr(self, "store"):
            check(self.store, self.people)


def make_pack_digest(person: Person) -> str:
    from embla.genotypes.files.packdigest import pack_digest

    return pack_digest(make_pack(person))


StoreMachine.TestCase.settings = settings(max_examples=10, stateful_step_count=8, deadline=None, phases=NO_EXPLAIN)
TestStore = StoreMachine.TestCase


class PlanesMachine(StoreMachine):
    """The same with every segment in bit planes."""


PlanesMachine.TestCase.settings = settings(StoreMachine.TestCase.settings, max_examples=7)
TestStoreInPlanes = pytest.mark.usefixtures("in_planes")(PlanesMachine.TestCase)


@given(people=st.lists(persons(), min_size=1, max_size=6), data=st.data())
@settings(max_examples=20, deadline=None, phases=NO_EXPLAIN)
def test_cohorts__exclusions_and_groups_equal_the_oracle_over_those_people(people: list[Person], data) -> None:
    folder = Path(mkdtemp(prefix="embla-cohort-"))
    try:
        store = CohortStore.create(folder / "s")
        named = {f"P{i}": person for i, person in enumerate(people)}
        region = {name: data.draw(st.sampled_from(("1081", "1082", ""))) for name in named}
        for name, person in named.items():
            store.add([NewGenome(name, make_pack(person), {"region": region[name]})])
        out = data.draw(st.lists(st.sampled_from(sorted(named)), max_size=2, unique=True))
        view = store.view()
        mask = view.cohort('region != "1082"', exclude=out)
        inside = [p for name, p in named.items() if region[name] != "1082" and name not in out]
        keys_asked = {call.key for person in people for call in person.calls} | {("chr1", 65_536, "A", "C")}
        for key in sorted(keys_asked):
            expected = plain_count(inside, key)
            expected.pop("carriers")
            assert as_plain(view.count(Variant(*key), mask)[0]) == expected
            whole = view.count(Variant(*key), by="region")[0]
            for name in ("ac", "an", "nhet", "nhomalt", "nhemi", "nfail"):
                assert sum(getattr(cell, name) for cell in whole.groups.values()) == getattr(whole, name)
            for value, cell in whole.groups.items():
                group = [p for name, p in named.items() if (region[name] or "unknown") == value]
                assert as_plain(cell) == {k: v for k, v in plain_count(group, key).items() if k != "carriers"}
    finally:
        shutil.rmtree(folder)
