"""What a genome's calls have, and on which contigs it counts in raw alone for it (docs/decisions/0059)."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from embla.genotypes import Policy, pack_digest
from embla.genotypes.model import codes
from embla.genotypes.model.raw_alone import Lack, by_lack, in_raw_alone, is_in_raw_alone
from embla.genotypes.reading import ReadPack

from .conftest import LENGTHS, read, vcf
from .said import entries

Write = Callable[..., Path]
One = Callable[..., ReadPack]

CARRIED = "chr1 1000 A G PASS . GT:DP:AD 0/1:30:15,15"
PLAIN = "chr2 1000 A G LowQual . GT:DP:GQ 0/0:30:60"
BLOCK = "chr1 {} A <NON_REF> . END={} GT:GQ:MIN_DP 0/0:60:30"
DECLARED = [f'##FORMAT=<ID={key},Number=1,Type=Integer,Description="x">' for key in ("GT", "DP", "AD")]


def kit(folder: Path, *contigs: str) -> Path:
    path = folder / "kit.bed"
    path.write_text("".join(f"{contig}\t500\t1500\n" for contig in contigs))
    return path


def full(found: ReadPack, contig: str) -> bool:
    """Does some place of the contig count in adj?"""
    calls = found.pack.contigs[contig]
    whole = int((calls.run_end - calls.run_start).sum()) == LENGTHS[contig]
    return not whole or bool((calls.run_state % 3 != codes.NOTHING).any())


def test_contigs_on_which_nothing_is_carried__wait_for_the_others_in_any_order(write: Write, tmp_path: Path) -> None:
    bed = kit(tmp_path, "chr1", "chr2", "chr3", "chrM")
    digests = set()
    for records in ([CARRIED, PLAIN], [PLAIN, CARRIED]):
        (found,) = read(write(vcf(records)), karyotype="XX", callability="bed", bed=bed)
        assert found.report.raw_alone == dict.fromkeys(("chr1", "chr2", "chr3"), Lack("calls", ("GQ",)))
        assert [full(found, contig) for contig in ("chr1", "chr2", "chr3", "chrM")] == [False, False, False, True]
        digests.add(pack_digest(found.pack))
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ([], None),
        (DECLARED[:1], ("GQ", "DP")),
        (DECLARED, ("GQ",)),
        ([*DECLARED, '##FORMAT=<Number=1,ID=GQ,Type=Integer,Description="x">'], None),
        ([*DECLARED, "##FORMAT=<ID=GQX>"], None),
        ([*DECLARED, '##FORMAT=<Description="ID=GQ",ID=XQ>'], ("GQ",)),
        (['##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="x">'], None),
    ],
)
def test_a_file_that_carries_nothing__is_judged_by_its_header(
    write: Write, tmp_path: Path, header: list[str], missing: tuple[str, ...] | None
) -> None:
    bed = kit(tmp_path, "chr1", "chrM")
    (found,) = read(write(vcf([], header=header)), karyotype="XX", callability="bed", bed=bed)

    wanted = {"chr1": Lack("header", missing)} if missing else {}
    if missing and "DP" in missing:
        wanted["chrM"] = Lack("header", ("DP",))
    assert found.report.raw_alone == wanted
    assert full(found, "chr1") == (missing is None) and full(found, "chrM") == ("chrM" not in wanted)


@pytest.mark.parametrize(
    ("records", "lack"),
    [
        ([BLOCK.format(900, 999), CARRIED], Lack("calls", ("GQ",))),
        ([BLOCK.format(900, 999), "chr1 1000 A G PASS . GT 0/1"], Lack("calls", ("GQ", "DP"))),
        (["chr1 900 A . . END=999 GT 0/0", CARRIED.replace("DP", "GQ")], Lack("calls", ("DP",))),
        (["chr1 900 A . . END=999 GT 0/0", "chr1 1000 A G . . GT:GQ:DP 0/1:60:30"], Lack("reference", ("GQ", "DP"))),
        # Without blocks, records of 0/0 say where the genome is like the reference.
        (["chr1 900 A G . . GT:DP 0/0:30", "chr1 1000 A G . . GT:GQ:DP 0/1:60:30"], Lack("reference", ("GQ",))),
        ([BLOCK.format(800, 899), "chr1 900 A G . . GT:DP 0/0:30", "chr1 1000 A G . . GT:GQ:DP 0/1:60:30"], None),
        # No-calls, and what failed, say nothing.
        (["chr1 900 A . . END=999 GT ./.", "chr1 1000 A G . . GT:GQ:DP 0/1:60:30"], None),
        (["chr1 900 A . LowQual END=999 GT:DP 0/0:30", "chr1 1000 A G . . GT:GQ:DP 0/1:60:30"], None),
        ([BLOCK.format(900, 999), CARRIED.replace("PASS", "LowQual")], None),
        # A number that is no number is none.
        ([BLOCK.format(900, 999), "chr1 1000 A G . . GT:GQ:DP 0/1:x:30"], Lack("calls", ("GQ",))),
    ],
)
def test_what_none_has__is_lacking(one: One, records: list[str], lack: Lack | None) -> None:
    found = one(*records)

    assert found.report.raw_alone == ({"chr1": lack} if lack else {})
    assert one(*records, policy=Policy(version=1)).report.raw_alone == {}
    assert one(*records, callability="assumed").report.raw_alone == {}


def test_adj_in_raw_alone__is_nowhere_and_what_said_that_alone_is_gone(one: One) -> None:
    records = [
        BLOCK.format(900, 999),
        "chr1 1000 A G . . GT:GQ:DP 0/0:60:30",
        "chr1 1000 A T . . GT:GQ:DP 0/1:9:30",
        "chr1 1002 C T . . GT:GQ:DP 0/1:60:30",
    ]
    found = one(*records)
    calls = found.pack.contigs["chr1"]
    assert entries(found)["1000A>G"] == ("none", "adj+2") and not is_in_raw_alone(calls, LENGTHS["chr1"])

    bare = in_raw_alone(calls, LENGTHS["chr1"])

    assert is_in_raw_alone(bare, LENGTHS["chr1"]) and len(bare.key) == len(calls.key) - 1
    assert not (bare.entry & codes.ADJ).any() and {codes.d_adj(int(entry)) for entry in bare.entry} == {0}
    assert bare.records is calls.records
    again = in_raw_alone(bare, LENGTHS["chr1"])
    assert np.array_equal(again.run_end, bare.run_end) and np.array_equal(again.entry, bare.entry)


def test_runs_in_raw_alone__are_those_of_the_raw_levels(one: One) -> None:
    calls = one(BLOCK.format(900, 999)).pack.contigs["chr1"]
    rng = random.Random(4)
    for _ in range(200):
        length = 30
        states = [rng.choice((0, 3, 4, 6, 8)) for _ in range(length)]
        runs = [(i, i + 1, state) for i, state in enumerate(states) if state != codes.STATE_FULL]
        columns = dict(zip(("run_start", "run_end"), np.array([run[:2] for run in runs], np.uint32).T, strict=True))
        made = in_raw_alone(
            type(calls)(**{**vars(calls), **columns, "run_state": np.array([r[2] for r in runs], np.uint8)}), length
        )

        painted = np.full(length, 99)
        for start, end, state in zip(made.run_start, made.run_end, made.run_state, strict=True):
            assert (painted[start:end] == 99).all() and end > start
            painted[start:end] = state
        assert painted.tolist() == [state // 3 * 3 for state in states]
        assert (np.diff(made.run_state.astype(int)) != 0).all()  # none is in two


def test_reasons__are_told_with_their_contigs_in_the_order_of_the_assembly() -> None:
    calls, blocks = Lack("calls", ("GQ", "DP")), Lack("reference", ("GQ",))
    raw_alone = dict.fromkeys(("chrX", "chr3", "chr1", "chr2", "chr10", "chr9"), calls) | {"chr4": blocks}

    (first, second) = [lack.told(contigs) for lack, contigs in by_lack(raw_alone)]

    assert first[0] == (
        "No call that carries something has GQ and DP on chr1-chr3, chr9, chr10, chrX: the genome counts in raw alone "
        "there."
    )
    assert second[0].startswith("Calls have GQ on chr4, and what says")
