"""What of repeats is told to everybody: names that enough people's files give, sizes that enough people have."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pysam
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from embla.app import create_app
from embla.cli import run
from embla.frequency import cut_release, hand_over
from embla.frequency.live import live_structural
from embla.frequency.structural import open_structural
from embla.platform import OPERATOR, House
from embla.platform.migrations.versions import v0029_names_of_repeats as cleaning
from embla.registry import Partner, add_agreement
from embla.structural import bars_of, tables
from embla.structural.model.repeats import Histogram, Size, is_locus_name
from tests.structural.nation import REPEAT, report
from tests.structural.test_counting import CASE, DOCTOR, PLACE
from tests.web.clients import client_of

NUMBER = "AndersenJens-0101901234"
BELOW = 3


def _histogram(sizes: dict[int, int]) -> Histogram:
    """Of alleles by size, each of another person."""
    bars = tuple(Size(size, n, n, 0, 0) for size, n in sorted(sizes.items()))
    return Histogram(bars, sum(sizes.values()), 2 * sum(sizes.values()), 0)


def _ends(sizes: dict[int, int], below: int) -> list[tuple[int | None, int | None, int]]:
    bars = bars_of("chr1", 1, _histogram(sizes), "m", below) or ()
    return [(bar.low, bar.high, bar.count.ac or 0) for bar in bars]


def test_bars__an_end_that_few_have_is_open() -> None:
    assert _ends({9: 13, 10: 17, 11: 8, 12: 13, 45: 1}, 5) == [(9, 9, 13), (10, 10, 17), (11, 11, 8), (12, None, 14)]
    assert _ends({0: 1, 9: 9, 12: 9}, 5) == [(None, 9, 10), (12, 12, 9)]
    assert _ends({3: 4, 9: 4, 40: 4}, 5) == [(None, None, 12)]
    # Between two bars, too, no size of few people is an end.
    assert _ends({9: 9, 14: 4, 20: 3, 24: 4, 31: 9}, 5) == [(9, 9, 9), (10, 30, 11), (31, 31, 9)]
    assert _ends({9: 4, 12: 4, 14: 4, 20: 4, 24: 4, 31: 4}, 5) == [(None, 17, 12), (18, None, 12)]
    assert _ends({9: 1, 45: 1}, 1) == [(9, 9, 1), (45, 45, 1)]


@given(st.dictionaries(st.integers(0, 60), st.integers(1, 12), min_size=1, max_size=12), st.integers(2, 6))
def test_bars__every_end_is_a_size_of_enough_people_or_says_nothing_of_who_has_it(
    sizes: dict[int, int], below: int
) -> None:  # fmt: skip
    bars = _ends(sizes, below)

    def inside(size: int, low: int | None, high: int | None) -> bool:
        return (low is None or low <= size) and (high is None or size <= high)

    for low, high, ac in bars:
        assert ac == sum(n for size, n in sizes.items() if inside(size, low, high))
    if bars:
        assert sum(ac for _, _, ac in bars) == sum(sizes.values())
        first, last = bars[0][0], bars[-1][1]
        assert first is None or sizes[first] >= below
        assert last is None or sizes[last] >= below
    # A size of few people that ends a bar could as well be one that nobody has: the bars would be the same without it.
    for (_, high, _), (low, _, _) in zip(bars, bars[1:], strict=False):
        assert high is not None and low is not None and high < low
        if sizes.get(high, 0) < below and sizes.get(low, 0) < below:
            assert low == high + 1


def test_names__are_words_of_a_catalogue() -> None:
    for name in "HTT C9orf72 ATXN8OS HTT_CCG FXN_A NOTCH2NLC SCA27B_FGF14 D21S11 TOY1".split():
        assert is_locus_name(name), name
    for name in (NUMBER, "P010190-1234", "A0101901234", "JENS-A0101-B90", "Hansen_Jens.1985", "Hansen", "A", "HTT\n"):
        assert not is_locus_name(name), name


def _record(name: str, ident: str = ".", own: str = "0/1:11/16:.") -> str:
    return REPEAT.replace(" . C ", f" {ident} C ").replace("TOY1", name).format(own=own)


@pytest.fixture
def made(house: House, tmp_path: Path) -> Iterator[tuple[House, Any, httpx.Client]]:
    """Twelve people: 4 files call it TOY2, 3 TOY1, 2 AARE by VARID, 1 AAAB by its ID, 1 a person's number; 1 has 45."""
    small = replace(house, settings=replace(house.settings, suppress_below=BELOW, release_step=BELOW))
    names = ["TOY2"] * 4 + ["TOY1"] * 3 + ["AARE"] * 2 + [".", NUMBER, "."]
    acks = [
        report(small, tmp_path, n, repeats=[_record(name, "AAAB" if n == 9 else ".",
                                                    "0/1:11/45:." if n == 0 else "0/1:11/16:.")], **CASE)
        for n, name in enumerate(names)
    ]  # fmt: skip
    cut_release(small, OPERATOR)
    with client_of(create_app(small.settings, small)) as client:
        yield small, acks, client


def test_release__has_names_that_enough_files_give_the_most_frequent_first(
    made: tuple[House, Any, httpx.Client], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:  # fmt: skip
    house, acks, client = made

    (repeat,) = open_structural(house, PLACE).repeats
    live = live_structural(house, DOCTOR, acks[0].case, PLACE)
    with house.database.reading() as connection:
        kept = " ".join(connection.execute(select(tables.published.c.told)).scalars())

    assert (repeat.name, repeat.names) == ("TOY2", ("TOY2", "TOY1"))
    assert live.repeats[0].names == ("TOY2", "TOY1")
    strict = replace(house, settings=replace(house.settings, suppress_below=4))
    assert open_structural(strict, PLACE).repeats[0].names == ("TOY2",)
    assert "TOY2" in kept and not any(word in kept for word in ("AARE", "AAAB", "Andersen", "01901234"))

    # The end of the last bar is one person's: open on page, drawing, JSON, terminal and file.
    told = client.get(f"/api/structural/{PLACE}").json()["repeats"][0]
    assert (told["name"], told["names"]) == ("TOY2", ["TOY2", "TOY1"])
    assert [(bar["low"], bar["high"], bar["ac"]) for bar in told["histogram"]] == [(11, 11, 12), (16, None, 12)]
    page = client.get("/region/chr21-5030001-5040000").text
    danish = client.get("/region/chr21-5030001-5040000", headers={"Accept-Language": "da"}).text
    assert page.count("16 or more") == 2 and danish.count("16 eller flere") == 2
    monkeypatch.setenv("EMBLA_HOME", str(house.home))
    assert run(["frequency", "structural", str(PLACE)]) == 0
    assert "11:12 16+:12" in capsys.readouterr().out
    day = house.clock().date()
    add_agreement(house, OPERATOR, Partner("vendor", "V", "DK"), flow="files", reference="1", drafted=day, signed=day)
    hand_over(house, OPERATOR, "vendor", tmp_path / "s.vcf.gz", structural=True)
    with pysam.VariantFile(str(tmp_path / "s.vcf.gz")) as file:
        (row,) = list(file)
    assert (row.id, row.info["RUC"], row.info["CIRUC"]) == ("TOY2", (11.0, 16.0), (0.0, 0.0, 0.0, None))


def test_release_of_before__has_no_names_and_the_migration_takes_them_away(
    made: tuple[House, Any, httpx.Client],
) -> None:
    house, _, _ = made
    own = tables.published
    with house.database.transaction() as connection:
        told = json.loads(connection.execute(select(own.c.told)).scalar_one())
        told["names"] = [NUMBER, "TOY1"]
        del told["named"]
        connection.execute(update(own).values(told=json.dumps(told), names=f" {NUMBER} TOY1 "))

    (before,) = open_structural(house, PLACE).repeats
    with house.database.transaction() as connection, Operations.context(MigrationContext.configure(connection)):
        cleaning.upgrade()
    (after,) = open_structural(house, PLACE).repeats
    with house.database.reading() as connection:
        row = connection.execute(select(own.c.names, own.c.told)).one()

    assert before == after and after.names == () and after.name == "chr21-5031000-5031032-AGC"
    assert row.names == "" and NUMBER not in row.told and after.bars is not None


def test_file__without_any_genotype_makes_nobody_one_of_those_for_whom_repeats_were_called(
    house: House, tmp_path: Path
) -> None:
    called, dots = (
        report(house, tmp_path, n, repeats=[_record("TOY1", own=own)], **CASE)
        for n, own in enumerate(("0/1:11/16:.", "./.:./.:."))
    )

    with house.database.reading() as connection:
        kept = connection.execute(select(tables.sets.c.accession).where(tables.sets.c.kind == "str")).scalars().all()
    (shown,) = [one for one in live_structural(house, DOCTOR, called.case, PLACE).kinds if one.kind == "str"]
    assert kept == [called.genomes[0].accession] and shown.people == 1
    assert [one for one in dots.genomes[0].skipped if "1 record of repeats without a genotype" in one]
