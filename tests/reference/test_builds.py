"""GRCh37 to GRCh38 by equivalences and chains, and rs numbers by tables."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from embla.errors import BadInput, NotFound
from embla.genome import Variant
from embla.reference import Resources, demo_reference_paths, resolve
from embla.reference.builds import Chain, Equivalences, Lifted, key_of
from embla.reference.edits import reverse_complement
from embla.reference.resolved import Unplaced
from embla.reference.resources import RsNumbers

# Offsets of GRCh37 and GRCh38 in CSTB: 45,194,641 is 43,774,760, so blocks here are made from that difference.
SHIFT = 45_194_641 - 43_774_760
CHAIN = f"""chain 1000 chr21 48129895 + 45190000 45200010 chr21 46709983 + {45190000 - SHIFT} {45200005 - SHIFT} 1
4000 10 5
6000

chain 500 chr1 249250621 + 1000 1100 chr1 248956422 - 2000 2100 2
100
"""


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    path = tmp_path_factory.mktemp("chain") / "hg19ToHg38.over.chain.gz"
    path.write_bytes(gzip.compress(CHAIN.encode()))
    return Chain.open(path)


@pytest.fixture(scope="module")
def bare() -> Resources:
    paths = demo_reference_paths()
    return Resources.open(paths.fasta, paths.transcripts)


def test_lift__keeps_the_distance_inside_a_block_and_turns_on_the_other_strand(chain: Chain) -> None:
    assert chain.lift("chr21", 45_190_000, 45_190_010) == (Lifted("chr21", 45_190_000 - SHIFT, 45_190_010 - SHIFT, 1),)
    # on the - strand query positions count from the contig's end: 248,956,422 - 2,000 is the end of the first base
    assert chain.lift("chr1", 1000, 1001) == (Lifted("chr1", 248_956_422 - 2_001, 248_956_422 - 2_000, -1),)
    assert chain.lift("chr1", 1099, 1100) == (Lifted("chr1", 248_956_422 - 2_100, 248_956_422 - 2_099, -1),)


@pytest.mark.parametrize(
    ("start", "end"), [(45_193_995, 45_194_005), (45_194_002, 45_194_003), (1, 2), (45_200_010, 45_200_011)]
)
def test_lift__refuses_what_is_not_whole_in_one_block(chain: Chain, start: int, end: int) -> None:
    with pytest.raises(Unplaced) as caught:
        chain.lift("chr21", start, end)
    assert caught.value.reason == "lift_over_failed"


def test_names_of_grch37__come_through_a_chain_in_every_spelling(chain: Chain, bare: Resources) -> None:
    shifted = Chain({"chr21": [(45_190_000, 10_000, "chr21", 45_190_000 - SHIFT, 1)]})
    loaded = replace(bare, chain=shifted, known={}, named={})
    for text in (
        "NC_000021.8:g.45194641C>G",
        "NC_000021.8:45194640:C:G",
        "GRCh37:21-45194641-C-G",
        "hg19 chr21:45194641 C>G",
        "21-45194641-C-G (GRCh37)",
        "chr21:g.45194641C>G (hg19)",
    ):
        found = resolve(text, loaded)
        assert (str(found.variant), found.method) == ("chr21-43774760-C-G", "chain"), (text, found.detail)
    for text in (
        "NC_000021.8:g.45194161_45194162delGA",
        "NC_000021.8:g.45194165_45194166del",
        "GRCh37:21-45194160-GGA-G",
    ):
        assert str(resolve(text, loaded).variant) == "chr21-43774279-GGA-G"
    assert resolve("NC_000021.8:g.45194641T>G", loaded).status == "reference_mismatch"
    assert resolve("NC_000021.8:g.45194641C=", loaded).reason == "reference_allele"
    assert resolve("NC_000021.8:g.100A>G", loaded).reason == "lift_over_failed"
    assert resolve("NC_000021.8:g.99999999A>G", loaded).reason == "outside_contig"


def test_a_chain_on_the_other_strand__turns_the_alleles(bare: Resources) -> None:
    size = 10_000
    low = 43_770_000
    loaded = replace(bare, chain=Chain({"chr21": [(1_000_000, size, "chr21", low, -1)]}), known={}, named={})
    there = 1_000_000 + (low + size - 43_774_760)  # where base 43,774,760 lies, 0-based

    found = resolve(f"NC_000021.8:g.{there + 1}G>C", loaded)

    assert str(found.variant) == "chr21-43774760-C-G", found.detail


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello\n",
        "chain 1 chr21 46709983 + 0 10 chr21 46709983 + 0 10 1\n10\n",
        "chain 1 chr21 48129895 + 0 10 chr21 46709983\n10\n",
        "chain 1 chr21 48129895 + 0 10 chr21 46709983 + 0 10 1\nten\n",
        "chain 1 chr21 48129895 + 0 10 chr21 48129895 + 0 10 1\n10\n",  # back to GRCh37
        "chain 1 chr21 48129895 + 0 10 chr21 46709983 + 0 10 1\n9\n",  # ends before its end
        "chain 1 chr21 48129895 + 0 10 chr21 46709983 + 0 10 1\n11\n",
        "chain 1 chr21 48129895 + 0 10 chr21 46709983 + 0 12 1\n4 2 4\n",  # cut off
        "chain 1 chr21 48129895 + 0 10 chr21 46709983 + 0 10 1\n4 2\n4\n",
        "chain 1 chr21 48129895 + 0 10 chr21 46709983 + 0 10 1\n-4 2 2\n12\n",
        "chain 1 chr21 48129895 - 0 10 chr21 46709983 + 0 10 1\n10\n",
        "chain 1 chr21 48129895 + 48129890 48129900 chr21 46709983 + 0 10 1\n10\n",
        "chain 1 chr21 48129895 + 0 10 chr21 46709983 + 0 10 1\n10\n10\n",
    ],
)
def test_what_is_no_chain_from_grch37_to_grch38__is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "some.chain"
    path.write_text(text)
    with pytest.raises(BadInput):
        Chain.open(path)


UCSC = """\
##matrix=axtChain 16 91 -114 -31 -123
chain 21270171 chr21 48129895 + 9411193 9411493 chr21 46709983 + 5010000 5010310 7
100\t20\t0
80\t0\t30
100

chain 1270171 chr21 48129895 + 9412000 9412250 chr21 46709983 - 41000000 41000245 12
50\t10\t5
190

chain 12701 chr21 48129895 + 9412200 9412230 chr22 50818468 + 11000000 11000030 40
30

chain 900 chr21 48129895 + 9413000 9413050 chr21_KI270872v1_alt 82692 + 100 150 55
50

chain 880 chr21_gl000210_random 27682 + 0 50 chr21 46709983 + 6000000 6000050 56
50

chain 800 chrM 16571 + 0 100 chrM 16569 + 0 100 57
100

"""


def plain_map(text: str) -> dict[int, list[tuple[str, int, int]]]:
    """Base of chr21 in GRCh37 -> (contig, base, strand) in GRCh38 of each chain, base by base, 0-based."""
    found: dict[int, list[tuple[str, int, int]]] = {}
    for part in text.split("chain ")[1:]:
        head, *lines = part.strip().splitlines()
        words = head.split()
        at, there = int(words[4]), int(words[9])
        for line in lines:
            size, gap, gap_there = [*map(int, line.split()), 0, 0][:3]
            for step in range(size):
                if words[1] == "chr21" and "_" not in words[6]:
                    place = there + step
                    turned = words[8] == "-"
                    row = (words[6], int(words[7]) - 1 - place if turned else place, -1 if turned else 1)
                    found.setdefault(at + step, []).append(row)
            at, there = at + size + gap, there + size + gap_there
    return found


def test_a_chain_of_ucscs_form__with_gaps_on_both_sides_turned_and_doubled_equals_the_map_of_each_base(
    tmp_path: Path,
) -> None:
    path = tmp_path / "hg19ToHg38.over.chain"
    path.write_text(UCSC)
    chain, truth = Chain.open(path), plain_map(UCSC)

    for base in [*range(9_411_180, 9_411_500), *range(9_411_990, 9_412_260), *range(9_412_995, 9_413_060)]:
        expected = {Lifted(contig, place, place + 1, strand) for contig, place, strand in truth.get(base, ())}
        try:
            found = set(chain.lift("chr21", base, base + 1))
        except Unplaced as error:
            assert error.reason == "lift_over_failed"
            found = set()
        assert found == expected, base
    # Two bases with a gap between them, on either side, are no place; nor is what lies in a chain by a part.
    for start, end in ((9_411_292, 9_411_294), (9_411_392, 9_411_394), (9_412_049, 9_412_051), (9_412_195, 9_412_205)):
        with pytest.raises(Unplaced) as caught:
            chain.lift("chr21", start, end)
        assert caught.value.reason == "lift_over_failed"


def test_a_place_that_chains_give_twice__is_ambiguous_with_what_fits_and_never_guessed(
    tmp_path: Path, bare: Resources
) -> None:
    there, before, size = 43_774_760 - 1, 45_194_641 - 1, 100
    one = f"chain 9 chr21 48129895 + {before} {before + size} chr21 46709983 + {there} {there + size} 1\n{size}\n"
    path = tmp_path / "twice.chain"
    assert bare.reference is not None
    bases = bare.reference.fetch("chr21", there, there + 40)
    other = next(shift for shift in range(1, 40) if bases[shift] == "C")
    for shift in (0, 1, other):  # the second chain leads to the same, beside it to another base, and to a C again
        low = there + shift
        path.write_text(
            one + f"chain 8 chr21 48129895 + {before} {before + size} chr21 46709983 + {low} {low + size} 2\n{size}\n"
        )
        loaded = replace(bare, chain=Chain.open(path), known={}, named={})
        found = resolve("NC_000021.8:g.45194641C>G", loaded)
        fits = tuple(Variant("chr21", low + 1, "C", "G") for low in (there, low) if bases[low - there] == "C")
        if shift == 0:
            assert (found.status, found.variant) == ("resolved", fits[0])
        else:
            assert (found.status, found.reason, found.candidates) == ("ambiguous", "several_alleles", fits), shift
    assert bases[1] != "C" and len(fits) == 2


def test_an_equivalence__ignores_bases_that_a_name_only_repeats(tmp_path: Path) -> None:
    assert key_of("NC_000021.8:g.45194161_45194162delGA") == key_of("NC_000021.8:g.45194161_45194162del")
    assert key_of("NC_000021.8:g.1_2delGAinsTC") == key_of("NC_000021.8:g.1_2delinsTC")
    assert key_of("NC_000021.8:g.1_2insGA") != key_of("NC_000021.8:g.1_2insGC")
    table = tmp_path / "pairs.tsv"
    table.write_text("#NC_000021.8:g.1A>C\tNC_000021.9:g.2A>C\nNC_000021.8:g.5dupC NC_000021.9:g.7dupC NM_1.1:c.1A>C\n")
    pairs = Equivalences.open(table)
    assert pairs.of("NC_000021.8:g.5dup") == ("NC_000021.9:g.7dupC",)
    assert pairs.of("NC_000021.8:g.1A>C") == () and len(pairs) == 1


def test_equivalences_that_disagree__are_ambiguous(tmp_path: Path, bare: Resources) -> None:
    table = tmp_path / "pairs.tsv"
    table.write_text(
        "NC_000021.8:g.1C>G NC_000021.9:g.43774760C>G\nNC_000021.8:g.1C>G NC_000021.9:g.43774760C>T\n"
        "NC_000021.8:g.2C>G NC_000021.9:g.43774760C>G\nNC_000021.8:g.2C>G NC_000021.9:43774759:C:G\n"
    )
    loaded = replace(bare, equivalences=Equivalences.open(table), known={}, named={})

    assert resolve("NC_000021.8:g.1C>G", loaded).status == "ambiguous"
    assert len(resolve("NC_000021.8:g.1C>G", loaded).candidates) == 2
    assert str(resolve("NC_000021.8:g.2C>G", loaded).variant) == "chr21-43774760-C-G"
    assert resolve("NC_000021.8:g.3C>G", loaded).reason == "no_equivalence_loaded"


def test_rs_numbers__come_from_a_vcf_or_a_table(tmp_path: Path, bare: Resources) -> None:
    sites = Path(__file__).parent.parent / "data" / "grch38" / "hg00096_chr21_132sites.vcf"
    loaded = replace(bare, rs_numbers=RsNumbers.open(sites), known={}, named={})
    assert str(resolve("rs142513484", loaded).variant) == "chr21-25585733-C-T"
    assert resolve("rs1", loaded).reason == "rsid_not_loaded"

    table = tmp_path / "rs.tsv.gz"
    table.write_bytes(
        gzip.compress(b"rs\tvariant\nrs7\tchr21-43774760-C-G\nrs7\tchr21-43774760-C-T\nrs8\t21-43774279-GGA-G\n")
    )
    loaded = replace(bare, rs_numbers=RsNumbers.open(table), known={}, named={})
    assert resolve("RS8", loaded).variant == Variant("chr21", 43_774_279, "GGA", "G")
    assert (resolve("rs7", loaded).status, len(resolve("rs7", loaded).candidates)) == ("ambiguous", 2)


def test_files_that_are_not_there_or_cut__are_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Equivalences.open(tmp_path / "none.tsv")
    cut = tmp_path / "cut.tsv.gz"
    cut.write_bytes(gzip.compress(b"NC_000021.8:g.1C>G NC_000021.9:g.2C>G\n" * 1000)[:60])
    with pytest.raises(BadInput):
        Equivalences.open(cut)


def refusals(loaded: Resources, texts: tuple[str, ...]) -> dict[str, str]:
    """The reasons why texts come to no allele."""
    found = {text: resolve(text, loaded) for text in texts}
    assert {one.variant for one in found.values()} == {None}
    return {text: one.reason for text, one in found.items()}


STATED_RIGHT = (
    "NC_000021.8:g.45194161_45194162delGA", "NC_000021.8:g.45194161_45194162del", "NC_000021.8:45194160:GA:",
    "NC_000021.8:g.45194161_45194162del2", "GRCh37:21-45194160-GGA-G", "GRCh37 chr21\t45194160\t.\tGGA\tG",
)  # fmt: skip
STATED_WRONG = {
    "NC_000021.8:g.45194161_45194162delTT": "reference_mismatch",
    "NC_000021.8:g.45194161_45194162delGAGAGAG": "unreadable",
    "NC_000021.8:g.45194161_45194162del5": "unreadable",
    "NC_000021.8:45194160:TT:": "reference_mismatch",
    "GRCh37:21-45194160-CTT-C": "reference_mismatch",
    "GRCh37:21-45194160-CGA-C": "reference_mismatch",  # the base before
    "GRCh37:21-45194640-AC-AG": "reference_mismatch",  # the same, of a substitution
    "GRCh37:21-45194640-CCG-CGG": "reference_mismatch",  # the base behind
}


def test_an_equivalence__is_not_read_past_the_bases_that_a_text_states(bare: Resources) -> None:
    loaded = replace(bare, equivalences=Equivalences.open(demo_reference_paths().equivalences), known={}, named={})

    for text in STATED_RIGHT:
        found = resolve(text, loaded)
        assert (str(found.variant), found.method) == ("chr21-43774279-GGA-G", "equivalence"), (text, found.detail)
    assert str(resolve("GRCh37:21-45194640-CCT-CGT", loaded).variant) == "chr21-43774760-C-G"
    assert refusals(loaded, tuple(STATED_WRONG)) == STATED_WRONG


def test_a_chain__is_not_read_past_them_either(bare: Resources) -> None:
    chain = Chain({"chr21": [(45_190_000, 10_000, "chr21", 45_190_000 - SHIFT, 1)]})
    loaded = replace(bare, chain=chain, known={}, named={})

    for text in STATED_RIGHT:
        assert str(resolve(text, loaded).variant) == "chr21-43774279-GGA-G", text
    assert refusals(loaded, tuple(STATED_WRONG)) == STATED_WRONG
    assert str(resolve("GRCh37:21-45194160-G-GGA", loaded).variant) == "chr21-43774279-G-GGA"
    assert resolve("GRCh37:21-45194160-C-CGA", loaded).reason == "reference_mismatch"


def test_equivalences_of_every_change__compare_what_is_stated_on_either_strand(tmp_path: Path, bare: Resources) -> None:
    # GRCh38 has CCTGCTAGAG at 43,774,759; the second column of the last two reads the other strand.
    table = tmp_path / "pairs.tsv"
    table.write_text(
        "NC_000021.8:g.1000_1001dup NC_000021.9:g.43774760_43774761dup\n"
        "NC_000021.8:g.2000_2001insA NC_000021.9:g.43774760_43774761insA\n"
        "NC_000021.8:g.3000_3001inv NC_000021.9:g.43774760_43774761inv\n"
        "NC_000021.8:g.4000_4001delinsAC NC_000021.9:g.43774760_43774761delinsAC\n"
        "NC_000021.8:g.5000_5001delinsTT NC_000021.9:g.43774760_43774761delinsAA\n"
        "NC_000021.8:g.6000_6001del NC_000021.9:g.43774760del\n"
    )
    assert bare.reference is not None
    there = bare.reference.fetch("chr21", 43_774_758, 43_774_762)
    before, old, after = there[0], there[1:3], there[3]
    turned, behind = reverse_complement(old), reverse_complement(before)
    loaded = replace(bare, equivalences=Equivalences.open(table), known={}, named={})
    assert len({before, *old, after, turned[0]}) > 2 and old not in ("TT", turned)

    right = (
        f"NC_000021.8:g.1000_1001dup{old}", f"GRCh37:21-2000-{old[0]}-{old[0]}A", f"NC_000021.8:g.3000_3001inv{old}",
        f"NC_000021.8:g.4000_4001del{old}insAC", f"GRCh37:21-4000-{old}-AC",
        f"GRCh37:21-3999-{before}{old}{after}-{before}AC{after}", f"NC_000021.8:g.5000_5001del{turned}insTT",
        f"GRCh37:21-5000-{turned}-TT", f"GRCh37:21-5000-{turned}{behind}-TT{behind}",
        "NC_000021.8:g.6000_6001del",
    )  # fmt: skip
    assert {text: resolve(text, loaded).detail for text in right} == dict.fromkeys(right, "")
    other = {"A": "C", "C": "G", "G": "T", "T": "A"}
    assert refusals(loaded, (
        "NC_000021.8:g.1000_1001dupTT", f"GRCh37:21-2000-{other[old[0]]}-{other[old[0]]}A",
        "NC_000021.8:g.3000_3001invTT", "NC_000021.8:g.4000_4001delTTinsAC", "GRCh37:21-4000-TT-AC",
        f"NC_000021.8:g.5000_5001del{old}insTT", f"GRCh37:21-5000-{old}-TT",
    ))  # fmt: skip
    assert refusals(loaded, ("NC_000021.8:g.6000_6001delTT",)) == {"NC_000021.8:g.6000_6001delTT": "names_disagree"}


def test_alleles_of_grch37__are_no_candidates_here(bare: Resources) -> None:
    chain = Chain({"chr21": [(45_190_000, 10_000, "chr21", 45_190_000 - SHIFT, 1)]})
    loaded = replace(bare, chain=chain, known={}, named={})

    for text in ("GRCh37:21-45194641-C-G,T", "GRCh37 chr21\t45194640\t45194641\tC\tG"):
        found = resolve(text, loaded)
        assert (found.status, found.candidates) == ("ambiguous", ()), text


def test_what_stands_beside_a_contig_of_grch37__must_lie_where_it_comes_to(bare: Resources) -> None:
    loaded = replace(bare, equivalences=Equivalences.open(demo_reference_paths().equivalences), known={}, named={})

    assert str(resolve("NC_000021.8(CSTB):g.45194641C>G", loaded).variant) == "chr21-43774760-C-G"
    assert resolve("NC_000021.8(MRPL39):g.45194641C>G", loaded).reason == "names_disagree"
    assert resolve("NC_000021.8(chr22):g.45194641C>G", loaded).reason == "names_disagree"
