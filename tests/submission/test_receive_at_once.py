"""Many packages and many writers at once: each is counted once, by registers that stand at the commit."""

import threading
from pathlib import Path
from typing import Any

import pytest

from embla.errors import Conflict, NotPermitted
from embla.platform import House, verify_chain
from embla.submission import PackageRefused, receive, receive_many
from tests.submission.receiving import NORTH, count, module, rows
from tests.support.laboratory import SITE, START, make_single


def test_receive_many__mixes_good_and_bad_and_says_which(tmp_path: Path, house_on_both: House) -> None:
    house = house_on_both
    sites = [[("chr21", START + 100 + 10 * i, "A", "G", "0/1"), SITE] for i in range(6)]
    folders = [make_single(tmp_path / f"p{i}", f"N{i}", sites[i]) for i in range(6)]
    folders[2] = make_single(tmp_path / "bad", "N2", sites[2], case={"patient_group": "dreams"})
    folders.append(folders[0])
    folders.append(tmp_path / "nowhere")
    twin = make_single(tmp_path / "twin", "N7", sites[1])
    folders.append(twin)

    outcomes = dict(receive_many(house, NORTH, folders))

    refused = {place for place, outcome in outcomes.items() if isinstance(outcome, PackageRefused)}
    assert sorted(outcomes) == list(range(9)) and refused == {2, 7, 8}
    assert outcomes[6] == outcomes[0]
    assert [f.rule for f in outcomes[8].findings] == ["genome.duplicate"]  # type: ignore[union-attr]
    assert count(house) == (5, 10)
    manifests = {outcome.manifest_number for outcome in outcomes.values() if not isinstance(outcome, PackageRefused)}
    assert len(manifests) == 1
    with house.database.reading() as connection:
        verify_chain(connection)


def test_receive_many__a_correction_of_a_waiting_package_is_taken_in_order(tmp_path: Path, house: House) -> None:
    first = make_single(tmp_path / "a")
    second = make_single(
        tmp_path / "b", "N2", [(*SITE[:4], "1/1")], type="correction", corrects="N1", key="N1-p", case={"id": "N1-case"}
    )

    outcomes = list(receive_many(house, NORTH, [first, second]))

    assert [isinstance(outcome, PackageRefused) for _, outcome in outcomes] == [False, False]
    assert count(house) == (2, 2)


def test_receive_many__stops_at_what_is_not_permitted_and_keeps_what_was(tmp_path: Path, house: House) -> None:
    folders = [make_single(tmp_path / "a"), make_single(tmp_path / "b", "S1", [], laboratory="south")]
    given = []

    with pytest.raises(NotPermitted):
        for item in receive_many(house, NORTH, folders):
            given.append(item)

    assert len(given) == 1 and count(house) == (1, 2)


def test_receive__from_many_threads_counts_each_once(tmp_path: Path, house_on_both: House) -> None:
    house = house_on_both
    folders = [
        make_single(tmp_path / f"p{i}", f"N{i}", [SITE, ("chr21", START + 10 + i, "A", "G", "0/1")]) for i in range(8)
    ]
    accessions: list[str] = []
    errors: list[Exception] = []

    def run(own: list[Path]) -> None:
        try:
            for folder in own:
                accessions.extend(genome.accession for genome in receive(house, NORTH, folder).genomes)
        except Exception as error:
            errors.append(error)

    # Each package is sent by two threads at once.
    threads = [threading.Thread(target=run, args=(folders[i % 2 :: 2],)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert sorted(set(accessions)) == [f"EMBG{n:011d}" for n in range(1, 9)] and len(accessions) == 16
    assert count(house) == (8, 16)
    with house.database.reading() as connection:
        verify_chain(connection)


def test_receive__restages_when_the_pointer_moved_under_it(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that does not hold the store's lock (another machine) commits between staging and commit."""
    real, moved = module.stage, []

    def staged_then_overtaken(store: Any, planned: Any, base: Any) -> Any:
        mine = real(store, planned, base)
        if not moved:
            moved.append(True)
            monkeypatch.setattr(module, "stage", real)
            receive(house, NORTH, make_single(tmp_path / "fast", "F1", [SITE, ("chr21", START + 10, "A", "G", "0/1")]))
        return mine

    monkeypatch.setattr(module, "stage", staged_then_overtaken)
    slow = receive(house, NORTH, make_single(tmp_path / "slow", "S1", [SITE, ("chr21", START + 20, "A", "G", "0/1")]))

    assert moved and slow.genomes[0].accession == "EMBG00000000002"
    assert count(house) == (2, 4)


def test_receive__gives_up_after_some_tries_and_leaves_nothing(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise Conflict("moved")

    monkeypatch.setattr(module, "move_manifest", never)
    with pytest.raises(Conflict):
        receive(house, NORTH, make_single(tmp_path / "a"))

    assert rows(house, "genomes") == rows(house, "submissions") == rows(house, "events") == 0


def test_receive__refused_late_when_the_registers_change_between_check_and_commit(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = module.stage

    def then_the_laboratory_ends(*given: Any) -> Any:
        with house.database.transaction() as connection:
            connection.exec_driver_sql("UPDATE laboratories SET valid_to = '2020-01-01'")
        return real(*given)

    monkeypatch.setattr(module, "stage", then_the_laboratory_ends)
    with pytest.raises(PackageRefused) as told:
        receive(house, NORTH, make_single(tmp_path / "a"))

    assert [finding.rule for finding in told.value.findings] == ["laboratory.valid"]
    assert rows(house, "genomes") == 0
