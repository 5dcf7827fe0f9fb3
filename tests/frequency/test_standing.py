"""Who is counted live is read once, and anew as soon as something about people changed."""

from pathlib import Path

import pytest

from embla.frequency import live_answer, standing
from embla.genome import Variant
from tests.frequency.nation import Person, nation

SNV = Variant("chr1", 1500, "A", "G")


def test_live_answer__reads_people_once_and_sees_every_change_at_once(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    real = standing.counted_genomes
    monkeypatch.setattr(standing, "counted_genomes", lambda *a, **k: reads.append(1) or real(*a, **k))
    people = [Person(f"p{i}", calls=["chr1 1500 A G 0/1"]) for i in range(6)]
    with nation(tmp_path, *people, database_url=database_url) as n:

        def ask() -> int | None:
            return live_answer(n.house, n.clinician, n.case_of["p0"], SNV).headline.ac

        assert [ask(), ask(), ask()] == [6, 6, 6]
        assert len(reads) == 1
        n.opt_out("p1")
        assert [ask(), ask()] == [5, 5]
        n.remove("p2")
        assert ask() == 4
        n.add(Person("p9", calls=["chr1 1500 A G 1/1"]))
        assert ask() == 6
        n.compact()
        assert [ask(), ask()] == [6, 6]
        assert len(reads) == 5
