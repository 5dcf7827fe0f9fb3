"""The normal form: the same as bcftools norm, the same haplotype, and once is enough."""

import random
from pathlib import Path

import pysam.bcftools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import BadInput
from embla.genome import Variant
from embla.reference import Reference, normalise
from tests.reference.fastas import small_reference

# Repeats of one, two and three bases, and some that end at the contig's ends: where left-alignment has work to do.
CONTIGS = {
    "chr1": "A" * 12 + "CACACACACA" + "GATTACA" * 3 + "T" * 15 + "CAGCAGCAGCAGCAG" + "ACGTTGCA" + "G" * 10,
    "chr2": "TGTGTGTGTGTG" + "AAAA" + "CCCCCCCC" + "ATATATAT" + "GGG",
}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    return small_reference(tmp_path_factory.mktemp("fasta"), CONTIGS)


@st.composite
def variants(draw: st.DrawFn) -> Variant:
    """A variant whose REF is the reference's, padded at random on both sides."""
    contig = draw(st.sampled_from(sorted(CONTIGS)))
    bases = CONTIGS[contig]
    start = draw(st.integers(0, len(bases) - 1))
    end = draw(st.integers(start + 1, min(len(bases), start + 12)))
    ref = bases[start:end]
    alt = draw(
        st.one_of(
            st.text("ACGT", min_size=1, max_size=12),
            st.builds(lambda cut: ref[:cut] or ref[0], st.integers(1, len(ref))),
            st.builds(
                lambda at, more: ref[:at] + more + ref[at:], st.integers(0, len(ref)), st.text("ACG", max_size=6)
            ),
            st.builds(lambda at, times: ref[:at] + ref[at:] * times, st.integers(0, len(ref) - 1), st.integers(2, 3)),
        ).filter(lambda alt: alt != ref)
    )
    return Variant(contig, start + 1, ref, alt)


def haplotype(variant: Variant) -> str:
    bases = CONTIGS[variant.contig]
    start, end = variant.pos - 1, variant.pos - 1 + len(variant.ref)
    assert bases[start:end] == variant.ref
    return bases[:start] + variant.alt + bases[end:]


@given(variants())
def test_normalise__leaves_the_haplotype_as_it_is(reference: Reference, variant: Variant) -> None:
    result = normalise(variant, reference)

    assert haplotype(result.variant) == haplotype(variant)
    assert result.checked


@given(variants())
def test_normalise__twice_is_once(reference: Reference, variant: Variant) -> None:
    once = normalise(variant, reference)

    assert normalise(once.variant, reference) == once


@given(variants())
def test_normalise__gives_parsimonious_left_aligned_alleles(reference: Reference, variant: Variant) -> None:
    v = normalise(variant, reference).variant

    # Tan 2015, definitions 2 and 3: no shared last base unless one allele would be empty and cannot be moved left
    if v.ref[-1] == v.alt[-1]:
        assert v.pos == 1 and min(len(v.ref), len(v.alt)) == 1
    if v.ref[0] == v.alt[0]:
        assert min(len(v.ref), len(v.alt)) == 1


@given(variants(), variants())
def test_normalise__gives_equal_haplotypes_of_one_place_equal_forms(
    reference: Reference, one: Variant, other: Variant
) -> None:
    if one.contig == other.contig and haplotype(one) == haplotype(other):
        a, b = normalise(one, reference).variant, normalise(other, reference).variant
        # Equal haplotypes have one normal form when they change one stretch by insertion or deletion alone.
        if min(len(a.ref), len(a.alt)) == 1 and min(len(b.ref), len(b.alt)) == 1:
            assert a == b


def test_normalise__equals_bcftools_norm(reference: Reference, tmp_path: Path) -> None:
    rng = random.Random(20)
    asked: list[Variant] = []
    while len(asked) < 4000:
        contig = rng.choice(sorted(CONTIGS))
        bases = CONTIGS[contig]
        start = rng.randrange(len(bases))
        ref = bases[start : start + rng.choice((1, 1, 2, 3, 4, 6, 9))]
        at = rng.randrange(len(ref) + 1)
        unit = bases[start : start + rng.choice((1, 2, 3))]
        alt = rng.choice(
            (
                ref[:at],
                ref[at:],
                ref[:at] + unit + ref[at:],
                ref + unit * 2,
                "".join(rng.choices("ACGT", k=len(ref))),
                unit,
            )
        )
        if alt and alt != ref:
            asked.append(Variant(contig, start + 1, ref, alt))
    asked.sort(key=Variant.sort_key)
    lines = ["##fileformat=VCFv4.2", *(f"##contig=<ID={name},length={len(b)}>" for name, b in CONTIGS.items())]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    lines += [f"{v.contig}\t{v.pos}\tv{n}\t{v.ref}\t{v.alt}\t.\t.\t." for n, v in enumerate(asked)]
    vcf, out = tmp_path / "in.vcf", tmp_path / "out.vcf"
    vcf.write_text("\n".join(lines) + "\n")

    pysam.bcftools.norm("-f", str(reference.path), "-o", str(out), "-Ov", str(vcf), catch_stdout=False)

    compared = 0
    for line in out.read_text().splitlines():
        if not line.startswith("#"):
            contig, pos, name, ref, alt = line.split("\t")[:5]
            ours = normalise(asked[int(name[1:])], reference).variant
            assert (ours.contig, ours.pos, ours.ref, ours.alt) == (contig, int(pos), ref, alt), asked[int(name[1:])]
            compared += 1
    assert compared == len(asked)


@pytest.mark.parametrize(
    ("asked", "normal"),
    [
        (("chr1", 10, "AAA", "AA"), "chr1-1-AA-A"),
        (("chr1", 12, "ACA", "A"), "chr1-11-AAC-A"),
        (("chr1", 19, "CAC", "C"), "chr1-11-AAC-A"),
        (("chr1", 13, "CA", "CG"), "chr1-14-A-G"),
        (("chr1", 13, "CAC", "GAT"), "chr1-13-CAC-GAT"),
        (("1", 13, "ca", "gt"), "chr1-13-CA-GT"),
        (("chr2", 1, "TGT", "T"), "chr2-1-TGT-T"),
        (("chr2", 11, "TG", "TGTG"), "chr2-1-T-TGT"),
        (("chr2", 13, "A", "<DEL>"), "chr2-13-A-<DEL>"),
        (("chr2", 13, "AA", "*"), "chr2-13-AA-*"),
        (("chr2", 13, "A", "A[chr1:5["), "chr2-13-A-A[chr1:5["),
    ],
)  # fmt: skip
def test_normalise__by_hand(reference: Reference, asked: tuple[str, int, str, str], normal: str) -> None:
    result = normalise(Variant(*asked), reference)

    assert str(result.variant) == normal
    assert result.checked


def test_normalise__makes_one_key_of_two_spellings_of_a_deletion(tmp_path: Path) -> None:
    # T10 of the frequency traps: the same deletion as CAA>C at 5000 and AAA>A at 5002 of an A-run
    reference = small_reference(tmp_path, {"chr1": "G" * 4998 + "TC" + "A" * 20 + "G" * 50})

    one = normalise(Variant("chr1", 5000, "CAA", "C"), reference)
    other = normalise(Variant("chr1", 5002, "AAA", "A"), reference)

    assert one == other
    assert str(one.variant) == "chr1-5000-CAA-C"


def test_normalise__moves_across_many_windows(tmp_path: Path) -> None:
    reference = small_reference(tmp_path, {"chr1": "G" + "A" * 10_000 + "G"})

    result = normalise(Variant("chr1", 10_000, "AA", "A"), reference)

    assert str(result.variant) == "chr1-1-GA-G"


def test_normalise__handles_an_allele_longer_than_its_repeat(tmp_path: Path) -> None:
    unit = "ACGTTGCATC" * 30
    reference = small_reference(tmp_path, {"chr1": "T" * 50 + "G" + unit * 5 + "CC"})

    result = normalise(Variant("chr1", 51 + 4 * 300, unit[-1] + unit, unit[-1]), reference)

    assert str(result.variant.place) == "chr1:51"
    assert result.variant.ref == "G" + unit


def test_normalise__refuses_another_ref_and_says_what_is_there(reference: Reference) -> None:
    with pytest.raises(BadInput) as caught:
        normalise(Variant("chr1", 13, "CAT", "C"), reference)

    text = str(caught.value)
    assert text.startswith("chr1:13: the reference (GRCh38) has CAC here, not CAT.")
    assert "GRCh37" in text
    assert caught.value.facts["reason"] == "reference"


def test_normalise__names_the_other_strand_where_that_explains_it(reference: Reference) -> None:
    with pytest.raises(BadInput, match="reverse complement"):
        normalise(Variant("chr1", 13, "G", "T"), reference)


def test_normalise__says_where_a_long_ref_differs(reference: Reference) -> None:
    ref = list(CONTIGS["chr1"][:60])
    ref[33] = "A" if ref[33] != "A" else "C"

    with pytest.raises(BadInput, match="at base 34"):
        normalise(Variant("chr1", 1, "".join(ref), "A"), reference)


@pytest.mark.parametrize(
    ("known", "asked", "normal"),
    [
        # N and IUPAC letters are unchecked, never a mismatch, and nothing moves into them
        ("GGGGNNNNTTTTA", (9, "TT", "T"), "chr1-9-TT-T"),
        ("GGGGNNNNTTTTA", (11, "TT", "T"), "chr1-9-TT-T"),
        ("GGGGNNNNTTTTA", (8, "GT", "G"), "chr1-8-GT-G"),
        ("GGGGNNNNTTTTA", (5, "ACGT", "A"), "chr1-5-ACGT-A"),
        ("GGGGRTTTA", (5, "A", "C"), "chr1-5-A-C"),
        ("GGGGRTTTA", (8, "T", "TT"), "chr1-6-T-TT"),
    ],
)
def test_normalise__stops_at_bases_the_reference_does_not_give(
    tmp_path: Path, known: str, asked: tuple[int, str, str], normal: str
) -> None:
    result = normalise(Variant("chr1", *asked), small_reference(tmp_path, {"chr1": known}))

    assert str(result.variant) == normal
    touches_unknown = any(base not in "ACGT" for base in known[asked[0] - 1 : asked[0] - 1 + len(asked[1])])
    assert result.checked is not touches_unknown


@pytest.mark.parametrize("has_reference", [True, False])
def test_normalise__trims_where_nothing_is_known(reference: Reference, has_reference: bool) -> None:
    result = normalise(Variant("chr7", 100, "CATG", "CAG"), reference if has_reference else None)

    assert str(result.variant) == "chr7-101-AT-A"
    assert not result.checked


def test_normalise__takes_a_ref_of_n_as_unchecked(reference: Reference) -> None:
    assert not normalise(Variant("chr1", 13, "N", "T"), reference).checked


@pytest.mark.parametrize(
    "variant",
    [
        Variant("chr1", 13, "C", "c"), Variant("chr1", 0, "C", "A"), Variant("chr1", -5, "C", "A"),
        Variant("chr1", 13, "", "A"), Variant("chr1", 13, "-", "A"), Variant("chrM", 16_569, "GA", "G"),
        Variant("chr1", 2**40, "A", "C"),
    ],
)  # fmt: skip
def test_normalise__refuses_what_is_no_variant(reference: Reference, variant: Variant) -> None:
    with pytest.raises(BadInput):
        normalise(variant, reference)
