"""Carriers and others are judged by the same evidence: what a caller does not write makes nobody like the reference."""

import json
from random import Random

import pytest

from embla.genome import GRCH38, Variant
from embla.genotypes import CohortStore, NewGenome, Policy, SampleSpec, read_packs

from .conftest import Nation, block, het, numbers, raw

WHOLE_M = "chrM\t0\t16569\n"


def bed(nation: Nation, text: str) -> str:
    (nation.folder / "kit.bed").write_text(text)
    return "bed:kit.bed"


def ref_call(gt: str = "0/0", cell: str = "61:15:11,3,0") -> list[str]:
    """A block of DeepVariant, and a candidate that it judged (google/deepvariant#582)."""
    return [
        "chr21 25000000 A <*> . END=25000099 GT:GQ:MIN_DP 0/0:50:15",
        f"chr21 25000100 G C,<*> RefCall . GT:GQ:DP:AD {gt}:{cell}",
    ]


def test_a_reference_call_of_deepvariant__is_a_genome_like_the_reference(nation: Nation) -> None:
    for i in range(9):
        nation.person(f"R{i}", ref_call())
    nation.person("C", [ref_call()[0], "chr21 25000100 G C,<*> PASS . GT:GQ:DP:AD 0/1:40:30:15,15,0"])
    nation.build()

    answer = nation.ask("chr21-25000100-G-C")
    assert numbers(answer) == raw(answer) == (1, 20, 1, 0, 0) and answer["nfail"] == 0
    assert numbers(nation.ask("chr21-25000100-G-T")) == (0, 20, 0, 0, 0)


@pytest.mark.parametrize(
    ("gt", "cell", "adj", "in_raw", "failed"),
    [
        ("0/0", "19:15:11,3,0", (0, 0), (0, 2), 0),  # not sure of itself
        ("0/0", "61:9:8,1,0", (0, 0), (0, 2), 0),
        ("./.", "61:15:11,3,0", (0, 0), (0, 0), 0),
        ("0/1", "61:30:15,15,0", (0, 0), (1, 2), 1),  # says what it denies: failed
        ("1/1", "61:30:0,30,0", (0, 0), (2, 2), 1),
        ("0/2", "61:30:15,0,15", (0, 0), (0, 2), 1),
    ],
)
def test_a_reference_call__must_be_sure_and_carry_nothing(
    nation: Nation, gt: str, cell: str, adj: tuple[int, int], in_raw: tuple[int, int], failed: int
) -> None:
    nation.person("P", ref_call(gt, cell))
    nation.build()

    answer = nation.ask("chr21-25000100-G-C")
    assert (numbers(answer)[:2], raw(answer)[:2], answer["nfail"]) == (adj, in_raw, failed)


@pytest.mark.parametrize("words", ["RefCall;LowQual", "refcall", "LowQual"])
def test_other_filters__fail_a_genome_like_the_reference_too(nation: Nation, words: str) -> None:
    first, second = ref_call()
    nation.person("P", [first, second.replace("RefCall", words)])
    nation.build()

    answer = nation.ask("chr21-25000100-G-C")
    assert (numbers(answer)[:2], raw(answer)[:2], answer["nfail"]) == ((0, 0), (0, 2), 1)


def mutect(pos: int, gt: str, ad: str, share: str, dp: int = 4000, flt: str = "PASS") -> str:
    return f"chrM {pos} A G {flt} . GT:AD:AF:DP:SB {gt}:{ad}:{share}:{dp}:1,1,1,1"


def test_mtdna__has_no_gq_and_is_judged_by_depth_and_filter(nation: Nation) -> None:
    kit = bed(nation, WHOLE_M)
    for i in range(6):
        nation.person(f"C{i}", [mutect(3243, "0/1", "2200,1800", "0.45")], callability=kit)
    for i in range(94):
        nation.person(f"R{i}", [mutect(8860, "1/1", "1,3999", "0.999")], callability=kit)
    nation.build()

    assert numbers(nation.ask("chrM-3243-A-G")) == (6, 100, 6, 0, 0)
    assert numbers(nation.ask("chrM-8860-A-G")) == (94, 100, 0, 94, 0)


def test_mtdna__depth_and_filter_stay_and_a_gq_that_is_there_is_asked(nation: Nation) -> None:
    kit = bed(nation, WHOLE_M)
    nation.person("DEEP", [mutect(8860, "0/1", "0,5", "1.0", 5)], callability=kit)
    nation.person("SHALLOW", [mutect(8860, "0/1", "0,4", "1.0", 4)], callability=kit)
    nation.person("FAILED", [mutect(8860, "0/1", "0,50", "1.0", 50, "weak_evidence")], callability=kit)
    nation.person("UNSURE", ["chrM 8860 A G PASS . GT:GQ:DP:AF 0/1:19:50:1.0"], callability=kit)
    nation.person("SURE", ["chrM 8860 A G PASS . GT:GQ:DP:AF 0/1:20:50:1.0"], callability=kit)
    nation.person("BLOCK", ["chrM 1 A <NON_REF> . END=16569 GT:DP:MIN_DP 0/0:50:50"])
    nation.person("DRY", ["chrM 1 A <NON_REF> . END=16569 GT:DP:MIN_DP 0/0:4:4"])
    nation.person("LOW", ["chrM 1 A <NON_REF> . END=16569 GT:GQ:DP:MIN_DP 0/0:3:50:50"])
    nation.build()

    answer = nation.ask("chrM-8860-A-G")
    assert (numbers(answer)[:2], raw(answer)[:2], answer["nfail"]) == ((2, 3), (5, 8), 1)


def test_a_store_of_earlier_rules__is_read_and_takes_no_more_until_its_files_are_read_anew(nation: Nation) -> None:
    nation.person("C", [ref_call()[0], "chr21 25000100 G C,<*> PASS . GT:GQ:DP:AD 0/1:40:30:15,15,0"])
    nation.person("R", ref_call())
    nation.create()
    about = nation.store / "store.json"
    said = json.loads(about.read_text())
    said["policy"]["version"] = 1
    about.write_text(json.dumps(said))
    earlier = Policy.version
    try:
        Policy.version = 1  # the program that made it
        assert nation.report() == 0, nation.err
    finally:
        Policy.version = earlier
    answer = nation.ask("chr21-25000100-G-C")
    assert (numbers(answer)[:2], answer["nfail"]) == ((1, 2), 1)

    nation.person("LATE", [block("chr21", 25_000_000, 25_000_200)])
    assert nation.report() == 1 and "version 1 of the rules, this program adds by version 3" in nation.err
    assert "embla store rebuild STORE NEW --samples TABLE" in nation.err
    assert nation.ask("chr21-25000100-G-C") == answer

    nation.rows.pop()
    table = nation.folder / "samples.tsv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join(line for line in lines if not line.startswith("LATE")) + "\n")
    new = nation.folder / "new"
    assert nation.run("store", "rebuild", nation.store, new, "--samples", table) == 0, nation.err
    assert CohortStore.open(new).policy == Policy()
    nation.store = new
    answer = nation.ask("chr21-25000100-G-C")
    assert (numbers(answer)[:2], answer["nfail"]) == ((1, 4), 0)
    assert nation.run("store", "verify", new, "--recount") == 0, nation.err
    assert nation.run("store", "rebuild", new, nation.folder / "again", "--samples", table) == 2


PANEL = "chr21\t25585600\t25585900\nchr1\t5000000\t5000100\n"
FREEBAYES = "chr21 {} {} {} . . GT:DP:AD:RO:QR:AO:QA 0/1:40:20,20:20:740:20:735"
CARRIED, OTHER = FREEBAYES.format(25_585_733, "C", "T"), FREEBAYES.format(25_585_700, "T", "G")
ASKED = "chr21-25585733-C-T"


def without(nation: Nation, *keys: str) -> None:
    """No header of a file declares these."""
    for path in nation.folder.glob("*.vcf"):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not any(f"##FORMAT=<ID={key}," in line for key in keys)))


def test_a_caller_without_gq__counts_carriers_and_others_of_a_bed_in_raw_alone(nation: Nation) -> None:
    kit = bed(nation, PANEL)
    for i in range(20):
        nation.person(f"P{i}", [CARRIED if i < 8 else OTHER], callability=kit)
    nation.build()

    (told,) = [line for line in nation.err.splitlines() if "raw alone" in line]
    assert told.startswith("20 of 20 genomes: No call that carries something has GQ on chr1, chr21: ")
    assert told.count(" (genome ") == 3 and "P2.vcf (genome 3), ..." in told and "P3.vcf" not in told
    answer = nation.ask(ASKED)
    assert numbers(answer) == (0, 0, 0, 0, 0) and raw(answer) == (8, 40, 8, 0, 0)
    assert answer["status"] == "not_callable" and answer["nfail"] == 0
    # Where nobody carries anything the same people are judged by what they carry elsewhere.
    assert numbers(nation.ask("chr1:5000050"))[:2] == (0, 0) and raw(nation.ask("chr1:5000050"))[:2] == (0, 40)
    assert nation.run("store", "verify", nation.store, "--recount") == 0, nation.err


def test_a_small_panel_in_which_most_carry_nothing__is_judged_by_what_its_files_declare(nation: Nation) -> None:
    kit = bed(nation, PANEL)
    for i in range(20):
        nation.person(f"P{i}", [CARRIED] if i < 8 else [], callability=kit)
    without(nation, "GQ")
    nation.build()
    told = nation.err

    answer = nation.ask(ASKED)
    assert numbers(answer)[:2] == (0, 0) and raw(answer)[:2] == (8, 40)
    assert "The genome carries nothing, and the file declares no GQ: it counts in raw alone on chr1, chr21." in told


def test_a_header__that_declares_gq_leaves_a_panel_that_found_nothing_as_it_is(nation: Nation) -> None:
    kit = bed(nation, PANEL)
    nation.person("EMPTY", [], callability=kit)
    nation.person("FOUND", [het("chr21", 25_585_733, "C", "T")], callability=kit)
    nation.build()
    told = nation.err

    assert numbers(nation.ask(ASKED))[:2] == (1, 4) and "raw alone" not in told


def test_depth__that_no_call_has_is_the_same(nation: Nation) -> None:
    kit = bed(nation, PANEL)
    for i in range(5):
        nation.person(f"P{i}", ["chr21 25585733 C T . . GT:GQ 0/1:60"] if i < 2 else [OTHER], callability=kit)
    nation.person("GOOD", [het("chr21", 25_585_733, "C", "T")], callability=kit)
    nation.create()
    table(nation)
    assert nation.run("store", "add", nation.store, "--samples", nation.folder / "samples.tsv", "--json") == 0

    said = json.loads(nation.out)
    told = [(one["sample"], one["contigs"], one["of"], one["missing"]) for one in said["raw_alone"]]
    assert told == [
        *((f"P{i}", ["chr1", "chr21"], "calls", ["DP"] if i < 2 else ["GQ"]) for i in range(5)),
    ]
    notes = [line for line in said["said"] if "raw alone" in line]
    assert "No call that carries something has DP on chr1, chr21: the genome counts in raw alone there." in notes[0]
    assert "P0.vcf (genome 1 of this add)" in notes[0] and "bcftools call -a GQ" in notes[0] and len(notes) == 5
    gathered = [line for line in nation.err.splitlines() if "raw alone" in line]
    assert [line.split(" genomes: ")[0] for line in gathered] == ["2 of 6", "3 of 6"]
    assert "has DP" in gathered[0] and "P0.vcf (genome 1)" in gathered[0] and "P1.vcf (genome 2)" in gathered[0]
    assert "..." not in gathered[0] and "has GQ" in gathered[1]
    answer = nation.ask(ASKED)
    assert numbers(answer)[:2] == (1, 2) and raw(answer)[:2] == (3, 12)


def bcftools(carrier: bool) -> list[str]:
    """`bcftools call -g -a GQ`: of its blocks none has a GQ."""
    if not carrier:
        return ["chr21 25585000 A . . END=25588000;MinDP=31 GT:DP 0/0:31"]
    return [
        "chr21 25585000 A . . END=25585732;MinDP=31 GT:DP 0/0:31",
        "chr21 25585733 C T . DP=30 GT:PL:DP:AD:GQ 0/1:90,0,80:30:14,16:99",
        "chr21 25585734 A . . END=25588000;MinDP=31 GT:DP 0/0:31",
    ]


def test_blocks_without_gq_beside_calls_with_it__count_in_raw_alone(nation: Nation) -> None:
    for i in range(5):
        nation.person(f"P{i}", bcftools(i == 0))
    nation.build()
    told = nation.err

    answer = nation.ask(ASKED)
    assert numbers(answer) == (0, 0, 0, 0, 0) and raw(answer) == (1, 10, 1, 0, 0)
    assert "Calls have GQ on chr21, and what says that the genome is like the reference has none" in told


@pytest.mark.parametrize(
    ("block_cell", "call_cell", "wanted"),
    [
        ("GT:DP:GQ 0/0:31:60", "GT:DP:GQ:AD 0/1:30:60:15,15", (1, 2)),
        ("GT:DP:GQ 0/0:31:60", "GT:DP:AD 0/1:30:15,15", (0, 0)),  # the reverse
        ("GT:GQ 0/0:60", "GT:DP:GQ:AD 0/1:30:60:15,15", (0, 0)),
        ("GT:GQ:MIN_DP 0/0:60:30", "GT:GQ:AD 0/1:60:15,15", (0, 0)),
        ("GT:GQX:MIN_DP 0/0:60:30", "GT:GQ:DPI:AD 0/1:60:30:15,15", (1, 2)),
    ],
)
@pytest.mark.parametrize("how", ["gvcf", "bed"])
def test_either_side__that_lacks_what_the_other_has_takes_both_out(
    nation: Nation, block_cell: str, call_cell: str, wanted: tuple[int, int], how: str
) -> None:
    records = [
        f"chr21 25585700 A <NON_REF> . END=25585732 {block_cell}",
        f"chr21 25585733 C T . . {call_cell}",
    ]
    nation.person("P", records, callability=bed(nation, PANEL) if how == "bed" else how)
    nation.build()

    assert numbers(nation.ask(ASKED))[:2] == wanted and raw(nation.ask(ASKED))[:2] == (1, 2)
    assert numbers(nation.ask("chr21:25585710"))[:2] == (0, wanted[1])


def test_one_call_with_gq__is_enough_and_calls_that_failed_do_not_decide(nation: Nation) -> None:
    kit = bed(nation, PANEL)
    nation.person("SOME", [OTHER, het("chr21", 25_585_733, "C", "T")], callability=kit)
    nation.person("FAILED", [CARRIED.replace(" . . ", " LowQual . ")], callability=kit)
    nation.person("ASSUMED", [CARRIED], callability="assumed")
    nation.build()
    told = nation.err

    answer = nation.ask(ASKED)
    assert (numbers(answer)[:2], raw(answer)[:2], answer["nfail"]) == ((1, 2), (3, 6), 1)
    assert numbers(nation.ask("chr21:25585800"))[:2] == (0, 4) and "raw alone" not in told


def test_contigs__are_judged_each_by_its_own_calls(nation: Nation) -> None:
    kit = bed(nation, PANEL)
    nation.person("P", [het("chr1", 5_000_050, "A", "G"), CARRIED], callability=kit)
    nation.build()
    told = nation.err

    assert numbers(nation.ask("chr1-5000050-A-G"))[:2] == (1, 2) and numbers(nation.ask("chr1:5000060"))[:2] == (0, 2)
    assert numbers(nation.ask(ASKED))[:2] == numbers(nation.ask("chr21:25585800"))[:2] == (0, 0)
    assert "has GQ on chr21: the genome" in told


@pytest.mark.parametrize("shape", ["freebayes", "bcftools", "empty", "mixed", "bed and blocks"])
def test_a_genome_in_raw_alone__is_given_back_and_added_again_with_the_same_numbers(nation: Nation, shape: str) -> None:
    kit = bed(nation, PANEL)
    records, callability = {
        "freebayes": ([CARRIED], kit),
        "bcftools": (bcftools(True), "gvcf"),
        "empty": ([], kit),
        "mixed": ([het("chr1", 5_000_050, "A", "G"), CARRIED], kit),
        "bed and blocks": (bcftools(True), kit),
    }[shape]
    nation.person("P", records, callability=callability)
    nation.person("GOOD", [het("chr21", 25_585_733, "C", "T")], callability=kit)
    if shape == "empty":
        without(nation, "GQ")
    nation.build()
    asked = [ASKED, "chr21:25585800", "chr1-5000050-A-G", "chr1:5000060"]
    before = [(numbers(nation.ask(one)), raw(nation.ask(one))) for one in asked]

    back, called = nation.folder / "back.vcf", nation.folder / "back.bed"
    assert nation.run("store", "genome", nation.store, "P", "--out", back, "--bed", called) == 0, nation.err
    assert nation.run("store", "remove", nation.store, "P", "--yes", "P") == 0, nation.err
    nation.rows = [
        {
            "sample": "P",
            "path": back.name,
            "karyotype": "XX",
            "callability": f"bed:{called}" if kit == callability else "gvcf",
        }
    ]
    assert nation.report() == 0, nation.err

    assert [(numbers(nation.ask(one)), raw(nation.ask(one))) for one in asked] == before
    for words in (("compact",), ("verify", "--recount"), ("rebuild", nation.folder / "new")):
        assert nation.run("store", words[0], nation.store, *words[1:]) == 0, nation.err
    nation.store = nation.folder / "new"
    assert [(numbers(nation.ask(one)), raw(nation.ask(one))) for one in asked] == before
    assert nation.run("store", "verify", nation.store, "--recount") == 0, nation.err


def test_a_joint_file__judges_each_of_its_people(nation: Nation) -> None:
    samples = ["A", "B", "C"]
    nation.vcf(
        "joint",
        [
            "chr21 25585733 C T . . GT:DP:GQ 0/1:30:. 0/0:30:60 0/1:30:60",
            "chr21 25585740 C T . . GT:DP:GQ 0/0:30:60 0/1:30:60 0/0:30:60",
        ],
        samples=samples,
    )
    nation.rows = [{"sample": s, "path": "joint.vcf", "karyotype": "XX", "callability": "gvcf"} for s in samples]
    nation.build()

    assert numbers(nation.ask(ASKED))[:2] == (1, 4) and raw(nation.ask(ASKED))[:2] == (2, 6)


def table(nation: Nation) -> None:
    columns = ("sample", "path", "karyotype", "callability")
    rows = ["\t".join(columns), *("\t".join(row[column] for column in columns) for row in nation.rows)]
    (nation.folder / "samples.tsv").write_text("\n".join(rows) + "\n")


def test_counts_by_two_policies_beside_each_other__list_the_variants_of_the_one_person_they_treat_otherwise(
    nation: Nation,
) -> None:
    """Why a home is not read anew by one command, docs/decisions/0059: two releases would say this of somebody."""
    kit = bed(nation, "chr21\t24999999\t25010000\n")
    places = range(25_000_100, 25_004_100, 100)
    rng = Random(7)
    carried = {f"P{i}": sorted(rng.sample(places, 8)) for i in range(12)}
    for name, own in carried.items():
        keys, values = ("GT:DP:GQ", "0/1:30:60") if name != "P11" else ("GT:DP", "0/1:30")
        nation.person(name, [f"chr21 {pos} A G PASS . {keys} {values}" for pos in own], callability=kit)

    told = {}
    for version in (1, 2):
        policy = Policy(version=version)
        store = CohortStore.create(nation.folder / f"by{version}", "GRCh38", None, policy, False)
        files = {name: nation.folder / f"{name}.vcf" for name in carried}
        specs = [SampleSpec(name, path, "XX", "bed", nation.folder / "kit.bed") for name, path in files.items()]
        read = read_packs(specs, assembly=GRCH38, reference=None, policy=policy)
        news = [NewGenome(one.spec.name, one.pack) for one in read]
        with store.writing():
            store.publish(store.stage_add(news))
        view = store.view()
        told[version] = {pos: view.count(Variant("chr21", pos, "A", "G"))[0] for pos in places}

    fell = {pos for pos in places if told[1][pos].an - told[2][pos].an == 2}
    assert all(told[1][pos].ac == told[2][pos].ac for pos in places)
    assert set(places) - fell == set(carried["P11"])
