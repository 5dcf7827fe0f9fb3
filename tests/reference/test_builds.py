"""GRCh37 to GRCh38 by equivalences and chains, and rs numbers by tables."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from embla.errors import BadInput, NotFound
from embla.genome import Variant
from embla.reference import Resources, demo_reference_paths, resolve
from embla.reference.builds import Chain, Equivalences, Lifted, key_of
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
    assert chain.lift("chr21", 45_190_000, 45_190_010) == Lifted("chr21", 45_190_000 - SHIFT, 45_190_010 - SHIFT, 1)
    # on the - strand query positions count from the contig's end: 248,956,422 - 2,000 is the end of the first base
    assert chain.lift("chr1", 1000, 1001) == Lifted("chr1", 248_956_422 - 2_001, 248_956_422 - 2_000, -1)
    assert chain.lift("chr1", 1099, 1100) == Lifted("chr1", 248_956_422 - 2_100, 248_956_422 - 2_099, -1)


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
    ],
)
def test_what_is_no_chain_from_grch37_to_grch38__is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "some.chain"
    path.write_text(text)
    with pytest.raises(BadInput):
        Chain.open(path)


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
