"""Newer definitions are taken up by profiles and passports; more places are kept; tables of releases stay apart."""

import json
import shutil
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import BadInput, NotPermitted, Refused
from embla.genotypes.reading.keeping import MORE, kept_places
from embla.operations.backup import home_files
from embla.pgx import loading
from embla.pgx.adopting import adopt, release_of
from embla.pgx.giving import profiles_for
from embla.pgx.model.shares import shares, steady
from embla.pgx.nation import adopt_and_recall, recall
from embla.pgx.passports import issue
from embla.platform import OPERATOR, House, parse_envelope
from tests.pgx.conftest import DOCTOR


def newer(folder: Path, name: str = "2099-01-01-00-00") -> Path:
    """The carried release under another id, as ClinPGx would give the next one: as a folder."""
    path = folder / "definitions"
    carried = Path(loading.__file__).parent / "data" / f"{loading.release().id}.zip"
    with zipfile.ZipFile(carried) as archive:
        archive.extractall(path)
    for file in path.rglob("*_translation.json"):
        told = json.loads(file.read_text("utf-8"))
        file.write_text(json.dumps(told | {"version": name}), "utf-8")
    return path


def test_recall__with_newer_definitions_is_what_profiles_and_passports_stand_on(
    house: House, case: str, tmp_path: Path
) -> None:
    recall(house, OPERATOR)
    with pytest.raises(NotPermitted):
        adopt_and_recall(house, DOCTOR, newer(tmp_path))

    made = adopt_and_recall(house, OPERATOR, tmp_path / "definitions")
    shutil.rmtree(tmp_path / "definitions")

    assert made.release == release_of(house).id == "2099-01-01-00-00"
    (profile,) = profiles_for(house, DOCTOR, case)
    assert profile.release.id == made.release and len(profile.calls) == 20
    said = parse_envelope(issue(house, DOCTOR, case, unchecked=True).document).says
    assert said["definition_release"] == made.release
    assert recall(house, OPERATOR).genomes == 0


def test_release__older_than_the_carried_one_is_not_gone_back_to(house: House, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is not newer"):
        adopt_and_recall(house, OPERATOR, newer(tmp_path, "2001-01-01-00-00"))

    assert release_of(house).id == loading.release().id
    assert not list(house.home.glob("definitions/*"))


def test_release__that_was_adopted_is_in_a_backup_and_adopting_it_again_changes_nothing(
    house: House, tmp_path: Path
) -> None:
    folder = newer(tmp_path)
    first, second = adopt(house, folder), adopt(house, folder)
    packed = house.home / "definitions" / f"{first.id}.zip"

    assert first.digest == second.digest == release_of(house).digest == adopt(house, packed).digest
    assert f"definitions/{first.id}.zip" in home_files(house.home)
    changed = next(folder.rglob("*_translation.json"))
    changed.write_text(changed.read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(Refused, match="is not newer"):
        adopt(house, folder)


def test_release__under_a_name_that_is_no_moment_is_refused(house: House, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no name of a release"):
        adopt(house, newer(tmp_path, "../../etc"))

    assert not list(house.home.glob("definitions/*"))


def test_places__of_a_file_are_kept_beside_the_carried_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carried = {name: len(one.starts) for name, one in kept_places().items()}
    more = tmp_path / "more.bed"
    more.write_text("# newer definitions\nchr21\t99\t100\tNEW\n21\t100\t110\tNEW\nchr1\t97078986\t97078987\tDPYD\n")
    monkeypatch.setenv(MORE, str(more))

    told = kept_places()
    assert [(int(a), int(b)) for a, b in zip(told["chr21"].starts, told["chr21"].ends, strict=True)] == [(100, 110)]
    assert {name: len(one.starts) for name, one in told.items() if name != "chr21"} == carried
    for wrong in ("chr1\t10\t10\n", "chr1\tten\t20\n", "chr1\n"):
        path = tmp_path / f"{abs(hash(wrong))}.bed"
        path.write_text(wrong)
        monkeypatch.setenv(MORE, str(path))
        with pytest.raises(BadInput, match="no line of a BED"):
            kept_places()
    monkeypatch.setenv(MORE, str(tmp_path / "missing.bed"))
    with pytest.raises(BadInput, match="cannot be read"):
        kept_places()


def test_steady__keeps_the_table_before_where_the_difference_tells_of_few() -> None:
    def told(normal: int, poor: int, release: str) -> object:
        people = [("north", "NM")] * normal + [("north", "PM")] * poor
        found = shares(people, below=5)
        return None if found is None else found | {"release": release}

    first = told(50, 10, "1")
    assert steady(None, first, below=5) == first
    assert steady(first, told(51, 10, "2"), below=5) == first  # type: ignore[arg-type]
    assert steady(first, told(50, 12, "2"), below=5) == first  # type: ignore[arg-type]
    many = told(60, 15, "2")
    assert steady(first, many, below=5) == many  # type: ignore[arg-type]


def test_steady__compares_what_both_tables_show_and_never_loses_what_readers_keep() -> None:
    def told(people: int, parts: dict[str, int | None], release: str) -> dict[str, Any]:
        return {"people": people, "parts": parts, "regions": None, "release": release}

    # PM and RM together grew by two: shown now, they were all that was hidden then.
    first = told(100, {"NM": 90, "PM": None, "RM": None}, "1")
    assert steady(first, told(112, {"NM": 100, "PM": 5, "RM": 7}, "2"), below=5) == first
    # Withheld once, the third release would be compared with nothing, and the first is still known.
    kept = steady(first, None, below=5)
    assert kept == first and steady(kept, told(101, {"NM": 91, "PM": None, "RM": None}, "3"), below=5) == first


PARTS = ("NM", "PM", "RM", "UM")


@settings(max_examples=60, deadline=None)
@given(
    first=st.lists(st.sampled_from(PARTS), min_size=5, max_size=60),
    more=st.lists(st.sampled_from(PARTS), max_size=20),
)
def test_steady__lets_nobody_work_out_few_newcomers_of_a_part_or_of_what_it_leaves(
    first: list[str], more: list[str]
) -> None:
    before = shares([("north", part) for part in first], below=5)
    now = steady(before, shares([("north", part) for part in first + more], below=5), below=5)
    if before is None or now is before or now == before:
        return
    shown = [{name for name, n in (one["parts"] or {}).items() if n is not None} for one in (before, now)]
    both = shown[0] & shown[1]
    came = Counter(more)
    for n in (len(more), *(came[part] for part in both), len(more) - sum(came[part] for part in both)):
        assert n == 0 or n >= 5
