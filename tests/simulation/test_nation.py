"""What a nation must contain, and that the same seed gives the same bytes."""

from collections import Counter
from hashlib import sha256
from pathlib import Path

import pysam
import pytest

from embla.errors import BadInput, EmblaError, NotFound, Refused, UsageError
from embla.genome import GRCH38, Region, Variant
from embla.genotypes.reading import read_samples_tsv
from embla.reference import Reference, normalise
from embla.simulation import Nation, simulate
from embla.simulation.people import make_population, parse_karyotypes
from embla.simulation.sequence import parse_regions, seeded_bases
from tests.simulation.nations import SMALL, Line, lines, real, small, table, text_of


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    return small(tmp_path_factory.mktemp("nation") / "n", people=60, density=6_000)


@pytest.fixture(scope="module")
def everything(nation: Nation) -> list[tuple[dict[str, str], Line]]:
    rows = table(nation.samples)
    return [(row, line) for row in rows for line in lines(nation.folder / row["path"])]


def test_simulate__the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    first, again, other = (
        small(tmp_path / name, people=6, density=1_000, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )

    def files(nation: Nation) -> dict[str, bytes]:
        return {str(p.relative_to(nation.folder)): p.read_bytes() for p in nation.folder.rglob("*") if p.is_file()}

    assert files(first) == files(again)
    assert files(first).keys() == files(other).keys()
    assert all(
        files(first)[name] != files(other)[name] for name in files(first) if name.endswith((".vcf.gz", "truth.tsv"))
    )


def test_simulate__the_text_is_the_same_on_every_machine(tmp_path: Path) -> None:
    made = simulate(tmp_path / "n", seed=20, people=3, regions=(Region("chr22", 20_000_000, 20_020_000),))

    text = text_of(made.genomes[0]) + (made.folder / "truth.tsv").read_text()
    # A deliberate change of the simulator changes this; a new processor, Python or NumPy must not.
    assert sha256(text.encode()).hexdigest()[:16] == "646a1d9d83f1328b"


def test_seeded_bases__do_not_depend_on_the_window_they_are_cut_from() -> None:
    whole = seeded_bases(3, "chr21", 25_000_000, 25_200_000)

    assert (seeded_bases(3, "chr21", 25_100_123, 25_150_000) == whole[100_123:150_000]).all()
    assert (seeded_bases(4, "chr21", 25_000_000, 25_200_000) != whole).any()


def test_reference__has_true_lengths_and_bases_only_in_the_windows(nation: Nation) -> None:
    with pysam.FastaFile(str(nation.reference)) as fasta:
        assert dict(zip(fasta.references, fasta.lengths, strict=True)) == {
            name: GRCH38.contig(name).length for name in ("chr21", "chrX", "chrY", "chrM")
        }
        assert set(fasta.fetch("chr21", 25_799_900, 25_800_000)) == {"N"}
        assert set(fasta.fetch("chr21", 25_830_000, 25_830_100)) == {"N"}
        assert set(fasta.fetch("chr21", 25_800_000, 25_830_000)) == set("ACGT")
        assert fasta.fetch("chr21", 46_709_973) == "N" * 10
        assert fasta.fetch("chrM", 0, 16_569) == seeded_bases(7, "chrM", 0, 16_569).tobytes().decode()


def test_files__are_read_by_htslib_and_sorted(nation: Nation) -> None:
    for path in nation.genomes[::9]:
        with pysam.VariantFile(str(path)) as file:
            places = [(record.rid, record.pos) for record in file]
        assert places == sorted(places)
        assert len(places) > 100


def test_files__hold_every_awkward_thing_that_real_ones_hold(everything: list[tuple[dict[str, str], Line]]) -> None:
    seen: Counter[str] = Counter()
    for row, line in everything:
        gt, alts = line.values["GT"], real(line.alts)
        haploid = "/" not in gt and "|" not in gt
        kind = GRCH38.piece_at(line.contig, line.pos).kind
        for name, true in {
            "block <NON_REF>": line.alts == ["<NON_REF>"],
            "block <*>": line.alts == ["<*>"],
            "block .": line.alts == ["."],
            "star": "*" in line.alts and bool(alts),
            "star alone": "*" in line.alts and not alts,
            "several ALTs": len(alts) > 1,
            "MNP": any(len(alt) == len(line.ref) > 1 and alt[0] != line.ref[0] for alt in alts),
            "long allele": any(len(alt) + len(line.ref) > 14 for alt in alts),
            "half-call": gt in ("./1", "1/.", "./2"),
            "half-call of reference": gt in ("0/.", "./0"),
            "no-call": gt == "./." and bool(alts),
            "0/0 with an ALT": gt == "0/0" and bool(alts),
            "1/2": gt in ("1/2", "1|2", "2|1"),
            "phased": "|" in gt,
            "phase set": "PS" in line.values,
            "GATK phase": "PGT" in line.values,
            "haploid X": haploid and kind == "x" and bool(alts),
            "1/1 on one X": gt == "1/1" and kind == "x" and row["karyotype"] == "XY",
            "het on one X": gt == "0/1" and kind == "x" and row["karyotype"] == "XY",
            "lone 1 on an autosome": gt == "1" and kind == "autosome",
            "record in PAR": kind == "par_x" and bool(alts),
            "record in PAR of Y": kind == "par_y",
            "XX on Y": kind == "y" and row["karyotype"] == "XX",
            "FILTER failed": line.filter not in ("PASS", ".") and bool(alts),
            "FT failed": line.values.get("FT", "PASS") != "PASS",
            "FT passed": line.values.get("FT") == "PASS",
            "no DP": line.values.get("DP", line.values.get("DPI")) == "." and bool(alts),
            "no GQ": line.values.get("GQ", line.values.get("GQX")) == "." and bool(alts),
            "no AD": line.values.get("AD") == ".",
            "GQX": "GQX" in line.values,
            "DPI": "DPI" in line.values,
            "low block": line.values.get("MIN_DP", "99") in "123456789" and not alts,
            "DP over MIN_DP": not alts and int(line.values.get("DP", 0)) >= 10 > int(line.values.get("MIN_DP", 99)),
            "empty block called": not alts and gt == "0/0" and line.values.get("MIN_DP") == "0",
            "empty block not called": not alts and gt in ("./.", "."),
            "heteroplasmy": 0.1 < float(line.values.get("AF", "0").split(",")[0]) < 0.9 and kind == "m",
            "low heteroplasmy": 0 < float(line.values.get("AF", "0").split(",")[0]) < 0.1 and kind == "m",
            "chrM without AF": kind == "m" and bool(alts) and "AF" not in line.values,
        }.items():  # fmt: skip
            seen[name] += true
    assert [name for name, count in seen.items() if not count] == []


def test_files__leave_gaps_that_no_line_covers(nation: Nation) -> None:
    gaps = 0
    for path in nation.genomes[:12]:
        covered = 25_800_000
        for line in lines(path):
            if line.contig == "chr21":
                gaps += line.pos - 1 > covered
                covered = max(covered, int(line.info.get("END", line.pos + len(line.ref) - 1)))

    assert 3 < gaps < 60


def test_truth__lists_normal_forms_only(nation: Nation) -> None:
    assert nation.truth is not None
    reference = Reference.open(nation.reference)

    for row in table(nation.truth):
        key = Variant(row["contig"], int(row["pos"]), row["ref"], row["alt"])
        assert normalise(key, reference).variant == key


def test_files__write_some_indels_in_another_place_than_their_normal_form(
    nation: Nation, everything: list[tuple[dict[str, str], Line]]
) -> None:
    reference = Reference.open(nation.reference)
    moved = 0
    for _, line in everything:
        for alt in real(line.alts):
            written = Variant(line.contig, line.pos, line.ref, alt)
            moved += len(line.ref) != len(alt) and normalise(written, reference).variant.pos < line.pos

    assert moved > 20


def test_spectrum__most_sites_are_rare_and_some_are_common(nation: Nation) -> None:
    assert nation.truth is not None
    counts = [int(row["raw_ac"]) for row in table(nation.truth) if row["contig"] == "chr21" and int(row["raw_ac"])]

    singletons = sum(count == 1 for count in counts) / len(counts)
    assert 0.25 < singletons < 0.6
    assert sum(count > 30 for count in counts) > 20


def test_people__are_as_many_kinds_as_asked_and_have_no_number_like_a_civil_one() -> None:
    population = make_population(1, 300, None, None)

    kinds = Counter(person.karyotype for person in population.reported)
    assert set(kinds) == {"XX", "XY", "X0", "XXY", "XYY", "unknown"}
    assert len(population.reported) == 300
    assert abs(kinds["XX"] - kinds["XY"]) <= 2
    assert all(person.name == f"SYN{i:04d}" for i, person in enumerate(population.reported, 1))
    assert {person.role for person in population.reported} == {"proband", "mother", "father", "sibling"}
    assert make_population(1, 10, 0, parse_karyotypes("X0:1")).reported[9].karyotype == "X0"


def test_people__relatives_are_marked_so_that_the_rest_is_unrelated() -> None:
    people = make_population(5, 200, 20, None).people

    for person in people:
        family = [p for p in people if p.family == person.family and p.reported]
        unrelated = [p for p in family if not p.related]
        parents = {n for p in unrelated for n in (p.mother, p.father)}
        assert not parents & {p.number for p in unrelated}
        assert sum(p.mother >= 0 for p in unrelated) <= 1


def test_people__too_many_families_for_the_people_are_refused() -> None:
    with pytest.raises(UsageError, match="too few for 9 families"):
        make_population(1, 10, 9, None)


def test_samples__are_read_by_the_store(nation: Nation) -> None:
    specs = read_samples_tsv(nation.samples)

    assert len(specs) == 60
    assert {spec.callability for spec in specs} == {"gvcf"}
    assert set(specs[0].attributes) == {"region", "group", "family", "role", "related", "lab"}
    assert {spec.attributes["region"] for spec in specs} == {"1081", "1082", "1083", "1084", "1085"}


def test_trios__children_carry_what_a_parent_carries(tmp_path: Path) -> None:
    # One laboratory's family, read well: a child's allele that no parent has is one of a few new mutations or mishaps.
    made = small(
        tmp_path / "n", people=3, families=1, regions=(Region("chr22", 20_000_000, 20_200_000),), density=1_000
    )
    mother, father, child = (
        {(line.pos, line.ref, alt) for line in lines(path) for alt in real(line.alts)} for path in made.genomes
    )

    strange = child - mother - father
    assert len(child) > 150
    assert len(strange) < len(child) * 0.08


def test_sites__planted_variants_are_carried_about_as_often_as_asked(tmp_path: Path) -> None:
    reference = small(tmp_path / "seq", people=1, regions=SMALL[:1], truth=False).reference
    bases = Reference.open(reference).fetch("chr21", 25_810_000, 25_810_001)
    alt = "A" if bases != "A" else "C"
    sites = tmp_path / "sites.vcf"
    sites.write_text(
        f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n21\t25810001\t.\t{bases}\t{alt}\t.\t.\tAF=0.5\n"
    )

    made = small(tmp_path / "n", people=40, families=0, regions=SMALL[:1], reference=reference, sites=sites)

    assert made.truth is not None
    (row,) = [r for r in table(made.truth) if r["pos"] == "25810001" and r["alt"] == alt]
    assert 30 <= int(row["raw_ac"]) <= 40
    assert (made.planted, made.asked) == (1, 1)


def test_sites__a_ref_that_the_reference_does_not_have_is_refused(tmp_path: Path) -> None:
    reference = small(tmp_path / "seq", people=1, regions=SMALL[:1], truth=False).reference
    bases = Reference.open(reference).fetch("chr21", 25_810_000, 25_810_001)
    wrong = "A" if bases != "A" else "C"
    sites = tmp_path / "sites.vcf"
    sites.write_text(f"chr21\t25810001\t.\t{wrong}\t{bases}\n")

    with pytest.raises(BadInput, match="chr21:25810001"):
        small(tmp_path / "n", regions=SMALL[:1], reference=reference, sites=sites)
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"people": 0}, UsageError, "0 people"),
        ({"people": 10**9}, UsageError, "Ask for 1 to"),
        ({"format": "bam"}, UsageError, "Known: gvcf, vcf, joint"),
        ({"engine": "slim"}, UsageError, "Known: plain, msprime"),
        ({"callability": "assumed"}, UsageError, "gvcf goes with gvcf"),
        ({"format": "vcf", "callability": "gvcf"}, UsageError, "assumed or bed"),
        ({"regions": (Region("chr21", 46_709_983, 46_709_990),)}, UsageError, "beyond the end"),
        ({"regions": ()}, UsageError, "no sequence"),
        ({"sites": Path("/no/such/file.vcf")}, NotFound, "--sites"),
        ({"records": 5}, UsageError, "--records chooses"),
    ],
)
def test_simulate__what_cannot_be_made_is_refused_and_leaves_nothing(
    tmp_path: Path, given: dict[str, object], error: type[EmblaError], says: str
) -> None:
    with pytest.raises(error, match=says):
        small(tmp_path / "n", **given)
    assert list(tmp_path.iterdir()) == []


def test_simulate__a_folder_with_something_in_it_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(Refused, match="not an empty folder"):
        small(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_simulate__an_interruption_leaves_nothing_behind(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small(tmp_path / "n", progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_simulate__an_empty_folder_is_used(tmp_path: Path) -> None:
    assert small(tmp_path, people=1).samples.exists()


def test_records__one_person_gets_exactly_as_many_as_asked(tmp_path: Path) -> None:
    made = simulate(tmp_path / "n", people=1, records=3_000, format="vcf")

    assert sum(1 for _ in lines(made.genomes[0])) == made.records == 3_000
    assert "BaseQRankSum=" in text_of(made.genomes[0])


def test_records__a_gvcf_has_about_five_lines_for_each_as_real_ones_do(tmp_path: Path) -> None:
    made = simulate(tmp_path / "n", people=1, records=1_000, format="gvcf", truth=False)

    assert made.truth is None
    total = sum(1 for _ in lines(made.genomes[0]))
    assert 4_000 < total < 7_000


def test_msprime__gives_a_nation_with_linkage(tmp_path: Path) -> None:
    pytest.importorskip("msprime", reason="the extra [sim] is not installed: pip install 'embla[sim]'")

    made = small(tmp_path / "n", engine="msprime", people=20, regions=(Region("chr22", 20_000_000, 20_100_000),))

    assert made.truth is not None
    counts = [int(row["raw_ac"]) for row in table(made.truth)]
    assert len(counts) > 300
    assert max(counts) > 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chr21:25,000,001-26,000,000", [Region("chr21", 25_000_000, 26_000_000)]),
        ("21:11-20,X:1-5", [Region("chr21", 10, 20), Region("chrX", 0, 5)]),
        ("chr21:11-20;chrM", [Region("chr21", 10, 20), Region("chrM", 0, 16_569)]),
    ],
)
def test_parse_regions__takes_commas_in_numbers_and_between_regions(text: str, expected: list[Region]) -> None:
    assert list(parse_regions(text)) == expected


@pytest.mark.parametrize("text", ["", "chr21:5", "chr21:20-10", "chr21:0-10", "nonsense:1-2", "chr21:1-2:3"])
def test_parse_regions__refuses_what_is_no_region(text: str) -> None:
    with pytest.raises(EmblaError):
        parse_regions(text)


def test_default_regions__touch_every_rule_of_ploidy() -> None:
    from embla.simulation.sequence import DEFAULT_REGIONS

    kinds = {
        piece.kind
        for region in (*DEFAULT_REGIONS, *SMALL)
        for piece in GRCH38.pieces(region.contig)
        if piece.start < region.end and region.start < piece.end
    }
    assert kinds == {"autosome", "par_x", "x", "par_y", "y", "m"}
