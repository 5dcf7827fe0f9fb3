"""Files of many samples, BCF, and the thirteen real gVCFs."""

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pysam
import pytest

from embla.errors import BadInput, UsageError
from embla.genome import GRCH38
from embla.genotypes import Policy, warm
from embla.genotypes.reading import SampleSpec, read_packs, settle, specs_for
from embla.genotypes.reading.resolve import Opened
from tests.support.plain_reader import plain_packs

from . import messy
from .conftest import read, vcf
from .same import assert_same, assert_same_pack

Write = Callable[..., Path]
REAL = sorted((Path(__file__).parents[2] / "data" / "gvcf").glob("*.g.vcf.gz"))


def test_a_joint_file__reads_as_its_columns_alone(tmp_path: Path) -> None:
    for seed in range(12):
        rng = random.Random(seed)
        maker = messy.Messy(rng, samples=6)
        text = maker.text(40)
        joint = messy.write(tmp_path / "joint.vcf", text, rng)
        head, *body = [line for line in text.splitlines() if line]
        found = {one.spec.name: one.pack for one in read(joint, karyotype="XY")}
        for place, name in enumerate(maker.samples):
            cut = [
                line if line.startswith("##") else "\t".join([*line.split("\t")[:9], line.split("\t")[9 + place]])
                for line in [head, *body]
            ]
            alone = tmp_path / "alone.vcf"
            alone.write_text("\n".join(cut) + "\n")

            assert_same_pack(found[name], read(alone, karyotype="XY")[0].pack)


def test_packs__come_in_the_order_of_the_specs_and_each_sample_may_be_asked_by_its_column(write: Write) -> None:
    call = "PASS . GT:DP:GQ"
    joint = write(vcf([f"chr1 1000 A G {call} 0/1:30:60 1/1:30:60"], samples=("P", "Q")))
    specs = [SampleSpec("one", joint, column="Q"), SampleSpec("two", joint, column="P"), SampleSpec("Q", joint)]

    found = list(read_packs(specs, assembly=GRCH38, reference=None, policy=Policy()))

    assert [one.spec.name for one in found] == ["one", "two", "Q"]
    assert [one.pack.contigs["chr1"].records.gt.tolist() for one in found] == [[[1, 1]], [[0, 1]], [[1, 1]]]
    assert_same_pack(found[0].pack, found[2].pack)


def test_many_plain_references_far_before_what_a_person_carries__are_brought_into_order(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of the other's alleles that stand there twice also P's 0/0 is looked at, after all that P carries.
    form = "GT:DP:GQ"
    lines = [f"chr1 {1000 + 10 * (i // 2)} A G PASS . {form} 0/0:5:60 0/1:30:60" for i in range(80)]
    lines += [f"chr1 {5000 + 10 * i} C T PASS . {form} 0/1:30:60 0/0:30:60" for i in range(300)]
    path = write(vcf(lines, samples=("P", "Q")))
    sorted_again: list[bool] = []
    resolve = settle.resolve

    def watched(opened: Opened, *rest: object) -> object:
        sorted_again.append(opened.unordered)
        return resolve(opened, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(settle, "resolve", watched)
    specs = [SampleSpec(name, path) for name in ("P", "Q")]

    fast = list(read_packs(specs, assembly=GRCH38, reference=None, policy=Policy()))

    assert sorted_again == [True, False]
    for one, two in zip(fast, plain_packs(specs, assembly=GRCH38, reference=None, policy=Policy()), strict=True):
        assert_same(one, two)


def test_samples_that_are_not_there__are_refused_with_the_line_of_the_names(write: Write) -> None:
    path = write(vcf([], samples=("P",)))

    with pytest.raises(BadInput) as caught:
        list(read_packs([SampleSpec("Z", path)], assembly=GRCH38, reference=None, policy=Policy()))
    assert caught.value.line == 3 and "Z" not in caught.value.message
    with pytest.raises(UsageError):
        list(read_packs([SampleSpec("P", path)] * 2, assembly=GRCH38, reference=None, policy=Policy()))
    for wrong in (SampleSpec("P", path, "XZ"), SampleSpec("P", path, "XX", "maybe")):  # type: ignore[arg-type]
        with pytest.raises(UsageError):
            list(read_packs([wrong], assembly=GRCH38, reference=None, policy=Policy()))


@pytest.mark.parametrize("kind", ["wb", "wu"])
def test_bcf__reads_as_the_vcf_it_came_from(kind: str, tmp_path: Path) -> None:
    text = vcf(
        [
            "chr1 1000 A G PASS DP=3 GT:DP:GQ:AD 0/1:30:60:15,15 ./.:1:2:3,4",
            "chr1 1005 ACGTACGTACGTACGTACGT A q10 . GT:DP:GQ:AD 0|1:30:60:15,15 1/1:9:60:0,9",
            "chr1 1500 A <NON_REF> PASS END=1600 GT:DP:GQ 0/0:30:60 0/0:5:60",
        ],
        samples=("P", "Q"),
        header=[
            '##FILTER=<ID=q10,Description="x">',
            '##INFO=<ID=DP,Number=1,Type=Integer,Description="x">',
            '##INFO=<ID=END,Number=1,Type=Integer,Description="x">',
            '##FORMAT=<ID=GT,Number=1,Type=String,Description="x">',
            '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="x">',
            '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="x">',
            '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="x">',
        ],
    )
    plain, packed = tmp_path / "x.vcf", tmp_path / "called_anything.dat"
    plain.write_text(text)
    with pysam.VariantFile(str(plain)) as source, pysam.VariantFile(str(packed), kind, header=source.header) as target:
        for record in source:
            target.write(record)

    assert [spec.name for spec in specs_for([packed])] == ["P", "Q"]
    for one, two in zip(read(packed), read(plain), strict=True):
        assert_same_pack(one.pack, two.pack)

    if kind == "wb":
        packed.write_bytes(packed.read_bytes()[:-40])
        with pytest.raises(BadInput, match="truncated"):
            read(packed)


def test_real_gvcfs__have_every_line_and_call_that_pysam_sees(tmp_path: Path) -> None:
    assert len(REAL) == 13
    for path in REAL:
        (found,) = read(path, karyotype="XX")
        calls: dict[tuple[str, int], int] = {}
        lines = blocks = 0
        plain = tmp_path / "plain.vcf"
        plain.write_bytes(gzip.decompress(path.read_bytes()))
        with pysam.VariantFile(str(plain)) as source:
            for record in source:
                lines += 1
                real = [a for a, alt in enumerate(record.alts or (), 1) if not alt.startswith("<")]
                blocks += not real
                if any(a in real for a in record.samples[0]["GT"] if a):
                    calls[record.contig, record.pos] = len([a for a in set(record.samples[0]["GT"]) if a in real])
        report = found.report.files[str(path)]
        kept = {(name, pos): 1 for name, contig in found.pack.contigs.items() for pos in contig.records.pos.tolist()}

        assert (report.records, report.blocks) == (lines, blocks)
        assert found.report.calls == len(calls) and set(calls) <= set(kept)
        assert found.pack.callability == "gvcf"


@pytest.mark.parametrize("processes", [1, 2])
def test_warm__compiles_without_a_file_and_says_how_long_each_part_took(processes: int) -> None:
    heard: list[tuple[str, float]] = []

    warm(lambda part, seconds: heard.append((part, seconds)), processes=processes)

    assert sorted(part for part, _ in heard) == [
        "annotating",
        "counting",
        "reading files",
        "settling calls",
        "writing packs and planes",
    ]
    assert all(seconds >= 0 for _, seconds in heard)
