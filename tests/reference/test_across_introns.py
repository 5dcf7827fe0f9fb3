"""c. and n. ranges with an intron between their ends: read where they say that the intron is meant."""

import pytest

from embla.errors import BadInput
from embla.reference import Resources, demo_reference_paths, read_any, resolve
from embla.reference.edits import reverse_complement

CSTB = "ENST00000291568.5"  # - strand: c.1_66, c.67_168 and from c.169 on; introns of 1,444 and 327 bases
JUNCTION = (43_774_758, 43_776_204)  # c.67 and c.66 with the intron between, 0-based half-open


@pytest.fixture(scope="module")
def loaded() -> Resources:
    paths = demo_reference_paths()
    return Resources.open(paths.fasta, paths.transcripts)


def changed(text: str, loaded: Resources, low: int, high: int) -> str:
    """What bases `low` to `high` become (0-based half-open), with three on either side."""
    variant = resolve(text, loaded).variant
    assert variant is not None and loaded.reference is not None, resolve(text, loaded).detail
    first, last = variant.pos - 1, variant.pos - 1 + len(variant.ref)
    assert low - 3 <= first and last <= high + 3
    return (
        loaded.reference.fetch("chr21", low - 3, first) + variant.alt + loaded.reference.fetch("chr21", last, high + 3)
    )


@pytest.mark.parametrize("edit", ["delinsTT", "del", "dup", "inv"])
@pytest.mark.parametrize("where", ["66_67", "60_75"])
def test_a_change_over_one_junction__is_no_variant_but_tells_the_one_with_the_intron(
    loaded: Resources, where: str, edit: str
) -> None:
    text = f"{CSTB}:c.{where}{edit}"

    found = resolve(text, loaded)

    assert (found.status, found.reason, found.variant) == ("failed", "spans_intron", None)
    assert "NC_000021.9:g." in found.detail and "with the intron between" in found.detail
    with_intron = resolve(f"NC_000021.9({CSTB}):c.{where}{edit}", loaded)
    assert found.candidates == (with_intron.variant,)
    assert with_intron.notes == ("1,444 bases of introns lie between its positions and are part of it.",)
    with pytest.raises(BadInput) as caught:
        read_any(text, loaded)
    assert caught.value.facts["reason"] == "choices" and f"NC_000021.9({CSTB}):c.{where}" in caught.value.mend


def test_spliced_bases_that_are_stated__leave_no_candidate(loaded: Resources) -> None:
    assert loaded.reference is not None
    low, high = JUNCTION
    bases = loaded.reference.fetch("chr21", low, low + 1) + loaded.reference.fetch("chr21", high - 1, high)
    spliced = reverse_complement(bases)

    for edit in (f"del{spliced}", "del2", f"{spliced}>TT", f"dup{spliced}"):
        found = resolve(f"{CSTB}:c.66_67{edit}", loaded)
        assert (found.reason, found.candidates) == ("spans_intron", ()), edit


def test_an_insertion_between_two_exons__has_two_places(loaded: Resources) -> None:
    found = resolve(f"{CSTB}:c.66_67insA", loaded)

    assert found.reason == "spans_intron"
    assert list(map(str, found.candidates)) == ["chr21-43774759-C-CT", "chr21-43776203-C-CT"]
    beside = {resolve(f"{CSTB}:c.{name}insA", loaded).variant for name in ("66_66+1", "67-1_67")}
    assert beside == set(found.candidates)
    # Neither does the chromosome beside it say which of them.
    assert resolve(f"NC_000021.9({CSTB}):c.66_67insA", loaded).reason == "spans_intron"
    assert resolve(f"{CSTB}:c.65_67insA", loaded).reason == "spans_intron"


def test_a_number_of_bases_that_counts_the_intron__says_that_it_is_meant(loaded: Resources) -> None:
    low, high = JUNCTION
    named = resolve(f"{CSTB}:c.66_67del{high - low}", loaded)

    assert named.variant == resolve(f"NC_000021.9:g.{low + 1}_{high}del", loaded).variant
    assert named.notes == ("1,444 bases of introns lie between its positions and are part of it.",)
    assert resolve(f"{CSTB}:c.66_67del{high - low - 1}", loaded).reason == "spans_intron"


def test_a_range_with_a_whole_exon__is_read_from_end_to_end_and_counts_its_introns(loaded: Resources) -> None:
    found = resolve(f"{CSTB}:c.60_200del", loaded)

    assert found.notes == ("1,771 bases of introns lie between its positions and are part of it.",)
    low, high = 43_774_298, 43_776_210
    assert loaded.reference is not None
    around = loaded.reference.fetch("chr21", low - 3, low) + loaded.reference.fetch("chr21", high, high + 3)
    assert changed(f"{CSTB}:c.60_200del", loaded, low, high) == around
    assert resolve(f"{CSTB}:c.60_200delinsA", loaded).reason == "spans_intron"
    # An exon of its own has no intron between its ends.
    assert resolve(f"{CSTB}:c.67_168del", loaded).notes == ()


def test_a_range_with_exons_that_is_too_long__offers_the_event(loaded: Resources) -> None:
    found = resolve("ENST00000352957.8:c.100_700del", loaded)

    assert (found.status, found.reason) == ("failed", "too_long")
    assert list(map(str, found.candidates)) == ["chr21-25597302-T-<DEL>-25606629"]
    with_chromosome = resolve("NC_000021.9(ENST00000352957.8):c.100_700del", loaded)
    assert (with_chromosome.reason, with_chromosome.candidates) == ("too_long", found.candidates)
    one_junction = resolve("ENST00000400094.5:c.-8_-7del", loaded)  # an intron of 4,532 bases, and 507 before it
    assert (one_junction.reason, len(one_junction.candidates)) == ("spans_intron", 1)
    with pytest.raises(BadInput) as caught:
        read_any("ENST00000352957.8:c.100_700del", loaded)
    assert caught.value.facts["reason"] == "choices"


def test_positions_in_introns__are_read_as_ever(loaded: Resources) -> None:
    for text in ("c.66+1_67-1del", "c.66_67-1del", "c.60_67-10del", "c.66+5_75del"):
        assert resolve(f"{CSTB}:{text}", loaded).status == "resolved", text
    for text in ("c.(66+1_67-1)_(168+1_169-1)del", "c.66_67del?"):
        assert resolve(f"{CSTB}:{text}", loaded).reason in ("uncertain_position", "unsupported")


@pytest.mark.parametrize("dash", ["\u2013", "\u2014", " \u2013 ", "\u2012"])
def test_a_long_dash__is_read_where_it_can_mean_one_thing(loaded: Resources, dash: str) -> None:
    one = resolve(f"{CSTB}:c.70{dash}72del", loaded)

    assert one.variant == resolve(f"{CSTB}:c.70_72del", loaded).variant
    assert one.notes == ("The dash was read so: c.70_72del.",)
    back = resolve(f"{CSTB}:c.67{dash}1del", loaded)  # a range would run backwards
    assert back.variant == resolve(f"{CSTB}:c.67-1del", loaded).variant
    both = resolve(f"{CSTB}:c.67{dash}68del", loaded)
    assert (both.status, both.reason) == ("ambiguous", "several_alleles")
    assert set(both.candidates) == {resolve(f"{CSTB}:c.{text}", loaded).variant for text in ("67_68del", "67-68del")}
    assert resolve(f"{CSTB}:c.66{dash}67del", loaded).reason == "spans_intron"
    assert str(resolve(f"NC_000021.9:g.43774280{dash}43774281del", loaded).variant) == "chr21-43774279-GGA-G"


def test_a_minus__stays_one(loaded: Resources) -> None:
    expected = resolve(f"{CSTB}:c.67-68del", loaded).variant
    assert expected is not None
    for minus in ("-", "\u2212", "\u2010", "\u2011"):
        assert resolve(f"{CSTB}:c.67{minus}68del", loaded).variant == expected
    for dash in ("\u2013", "\u2014"):
        assert str(resolve(f"{CSTB}:c.67{dash}1G>C", loaded).variant) == "chr21-43774760-C-G"


@pytest.mark.parametrize("where", ["-33_-2", "-8_-7", "-33_5"])
def test_positions_before_the_start__have_no_offset(loaded: Resources, where: str) -> None:
    # ENST00000400094.5: an intron lies between c.-8 and c.-7.
    found = resolve(f"ENST00000400094.5:c.{where}delinsTT", loaded)

    assert found.reason in ("spans_intron", "too_long") and found.variant is None
    assert resolve("ENST00000400094.5:c.-8_-7del", loaded).reason == "spans_intron"
