"""What was added, given back and added again counts the same, at every key and every place; 0001 on what is kept."""

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.genome import GRCH38
from embla.genotypes import Pack, Policy
from embla.genotypes.files.packfile import PackFile, encode_pack
from embla.genotypes.giving_back import write_genome
from embla.genotypes.reading import ReadPack, SampleSpec, read_packs
from embla.reference import Reference
from tests.genotypes.reading import messy

from .said import entries, states

POLICY = Policy()
Bases = tuple[Reference, dict[str, str]]


def again(pack: Pack, folder: Path, reference: Reference | None = None) -> ReadPack:
    """The genome given back, with its BED, and read as what it was."""
    _, blob = encode_pack(pack)
    with blob:
        file = PackFile(b"".join(blob.chunks()), "pack")
    vcf, bed = folder / "back.vcf", folder / "back.bed"
    write_genome(file, "P", vcf, policy=POLICY, reference=reference, bed=bed)
    spec = SampleSpec("P", vcf, pack.karyotype, pack.callability, bed if pack.callability == "bed" else None)
    (found,) = read_packs([spec], assembly=GRCH38, reference=reference, policy=POLICY)
    return found


def counts(pack: Pack) -> dict[str, Any]:
    """By contig what a count is made of: entries with their heteroplasmies, and runs. A contig of which nothing is said
    but what its callability says by itself is none."""
    found = {}
    for name, calls in pack.contigs.items():
        shares = calls.heteroplasmy.tolist() or [0] * len(calls.key)
        own = dict(zip(calls.key.tolist(), zip(calls.entry.tolist(), shares, strict=True), strict=True))
        runs = list(zip(calls.run_start.tolist(), calls.run_end.tolist(), calls.run_state.tolist(), strict=True))
        silent = [] if pack.callability == "assumed" else [(0, GRCH38.contig(name).length, 0)]
        if own or runs != silent:
            found[name] = own, runs
    return found


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32))
def test_a_messy_genome_given_back_and_added_again__counts_the_same(seed: int, repeated: Bases) -> None:
    rng = random.Random(seed)
    reference, bases = repeated if rng.random() < 0.5 else (None, {})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        maker = messy.Messy(rng, bases, samples=rng.choice((1, 1, 2, 3)))
        path = messy.write(folder / "x.vcf", maker.text(25), rng)
        bed = folder / "kit.bed"
        bed.write_text("chr1\t10\t200\n1\t150\t300\nchrM\t0\t300\nchrX\t9990\t10020\nchr2\t50\t260\n")
        specs = messy.specs(rng, path, maker.samples, bed)
        for one in read_packs(specs, assembly=GRCH38, reference=reference, policy=POLICY):
            if one.pack.callability == "bed" and one.report.conflicts:
                continue  # the BED written back has no bases of keys in conflict, so that their REF is called again
            assert counts(again(one.pack, folder, reference).pack) == counts(one.pack), one.spec


G = "GT:DP:GQ"


@pytest.mark.parametrize(
    ("records", "kept"),
    [
        # One key twice, and no record of it alone: a conflict.
        ([f"chr1 1000 A G PASS . {G} 0/1:30:60", f"chr1 1000 A G,T PASS . {G} 0/0:30:60"], 2),
        # The last word under a deletion: what a no-call or a weak 0/0 there says, not what the deletion does.
        ([f"chr1 1000 ACGT A PASS . {G} 0/1:30:60", f"chr1 1002 G T PASS . {G} 0/0:2:3"], 2),
        ([f"chr1 1000 ACGT A PASS . {G} ./.:0:0", f"chr1 1002 G T PASS . {G} 0/0:30:60"], 2),
        # As well called as what it lies under: said already.
        ([f"chr1 1000 ACGT A PASS . {G} 0/1:30:60", f"chr1 1002 G T PASS . {G} 0/0:30:60"], 1),
        # Alone: its run says it.
        ([f"chr1 1000 A G PASS . {G} 0/0:2:3", f"chr1 1100 A G PASS . {G} 0/0:30:60"], 0),
        # A call that failed its own filter, beside one that did not.
        ([f"chr1 1000 A G PASS . {G}:FT 0/1:30:60:low", f"chr1 1000 A G,T PASS . {G} 0/1:30:60"], 2),
        ([f"chr1 1000 A G low . {G} 0/1:30:60", f"chr1 1000 AC GC,A PASS . {G} 0/1:30:60"], 2),
    ],
)
@pytest.mark.parametrize("callability", ["gvcf", "assumed", "bed"])
def test_a_plain_call__is_kept_where_it_would_be_missed(
    one: Callable[..., ReadPack],
    write: Callable[..., Path],
    tmp_path: Path,
    records: list[str],
    kept: int,
    callability: str,
) -> None:
    bed = write("chr1\t900\t1200\n", "kit.bed") if callability == "bed" else None
    found = one(*records, callability=callability, bed=bed)

    calls = found.pack.contigs.get("chr1")
    if callability == "assumed" and "0/0:2:3" in records[-1]:
        kept = 1  # how well it is called is not asked
    assert (len(calls.records.pos) if calls else 0) == kept
    assert counts(again(found.pack, tmp_path).pack) == counts(found.pack)


def test_a_weak_reference_call_inside_a_bed__is_not_called_when_it_comes_back(
    one: Callable[..., ReadPack], write: Callable[..., Path], tmp_path: Path
) -> None:
    bed = write("chr1\t900\t1200\n", "kit.bed")
    found = one(f"chr1 1010 C T PASS . {G} 0/0:2:3", callability="bed", bed=bed)
    back = again(found.pack, tmp_path)

    assert entries(found) == entries(back) == {}
    assert states(found) == states(back) == [(1010, 1010, "fn")]
    assert "\t<NON_REF>\t.\t.\tEND=1010\t" in (tmp_path / "back.vcf").read_text()
    assert (tmp_path / "back.bed").read_text() == "chr1\t900\t1200\n"
