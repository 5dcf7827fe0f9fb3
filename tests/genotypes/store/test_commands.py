"""`embla store ...` as somebody types it: answers, acknowledgements, exit codes, refusals."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from embla.cli import run
from embla.genotypes import CohortStore, NewGenome
from embla.genotypes.files.columns import unsqueeze
from tests.support.packs import Call, Person, make_pack

HEAD = """##fileformat=VCFv4.2
##INFO=<ID=END,Number=1,Type=Integer,Description="End">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">
##FORMAT=<ID=FT,Number=1,Type=String,Description="Filter">
##FORMAT=<ID=AF,Number=A,Type=Float,Description="Share">
##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set">
"""


class Shell:
    """Runs commands in a folder and keeps what they said."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys, self.store = folder, capsys, folder / "store"
        self.out = self.err = ""

    def __call__(self, *words: object, code: int = 0) -> list[dict]:
        self.capsys.readouterr()
        found = run(["store", *map(str, words)])
        caught = self.capsys.readouterr()
        self.out, self.err = caught.out, caught.err
        assert found == code, (found, self.out, self.err)
        assert "Traceback" not in self.err
        return [json.loads(line) for line in self.out.splitlines()] if "--json" in words else []

    def vcf(self, name: str, *records: str) -> Path:
        lines = ["\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".split() + [name])]
        lines += ["\t".join(record.split()) for record in records]
        path = self.folder / f"{name}.vcf"
        path.write_text(HEAD + "\n".join(lines) + "\n")
        return path

    def table(self, *rows: str) -> Path:
        path = self.folder / "samples.tsv"
        path.write_text("\n".join("\t".join(row.split()) for row in rows) + "\n")
        return path


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, capsys)


def block(contig: str, start: int, end: int, values: str = "0/0:30:60") -> str:
    return f"{contig} {start} . N <NON_REF> . . END={end} GT:DP:GQ {values}"


@pytest.fixture
def nation(shell: Shell) -> Shell:
    """Three people, made and added."""
    shell.vcf("A", "chr1 1000 . A G 50 PASS . GT:DP:GQ:AD 0/1:30:60:15,15", block("chr1", 1001, 1100))
    shell.vcf("B", block("chr1", 900, 1100), "chr2 500 . C T 50 PASS . GT:DP:GQ 1/1:30:60")
    shell.vcf("C", "chr1 1000 . A G 50 LowQual . GT:DP:GQ 1/1:30:60")
    shell("create", shell.store)
    shell(
        "add",
        shell.store,
        "--samples",
        shell.table(
            "sample path karyotype callability region related",
            "A A.vcf XX gvcf 1081 true",
            "B B.vcf XY gvcf 1084 false",
            "C C.vcf XX assumed 1081 false",
        ),
    )
    return shell


def test_add__acknowledges_and_the_same_again_changes_nothing(nation: Shell) -> None:
    (again,) = nation("add", nation.store, "--samples", nation.folder / "samples.tsv", "--json")

    assert again["added"] == [] and again["unchanged"] == ["A", "B", "C"]
    assert nation("stats", nation.store, "--json")[0]["genomes"] == 3


def test_add__needs_files_or_a_table_and_not_both(nation: Shell) -> None:
    nation("add", nation.store, code=2)
    nation("add", nation.store, nation.folder / "A.vcf", "--samples", nation.folder / "samples.tsv", code=2)


def test_add__a_taken_name_names_file_and_changes_nothing(nation: Shell) -> None:
    before = nation("stats", nation.store, "--json")
    nation.vcf("A", "chr1 2000 . A G 50 PASS . GT:DP:GQ 0/1:30:60")

    nation("add", nation.store, nation.folder / "A.vcf", code=1)

    assert "A.vcf" in nation.err and len(nation.err.splitlines()) <= 8
    assert nation("stats", nation.store, "--json") == before


def test_count__people_read_columns_and_programs_read_json(nation: Shell) -> None:
    nation("count", nation.store, "chr1-1000-A-G", "chr1:950")
    assert "observed" in nation.out and "absent" in nation.out

    one, two = nation("count", nation.store, "chr1-1000-A-G", "chr1:950", "--json")

    keys = "contig pos ref alt status ac an af nhet nhomalt nhemi nfail faf95 faf99 af_upper95 raw policy manifest"
    assert list(one)[:18] == keys.split()
    assert (one["ac"], one["an"], one["raw"]["ac"], one["raw"]["an"], one["nfail"]) == (1, 4, 3, 6, 1)
    assert (two["ref"], two["alt"], two["ac"], two["an"]) == (None, None, 0, 2)


def test_count__of_a_cohort_without_some_by_an_attribute(nation: Shell) -> None:
    (one,) = nation("count", nation.store, "chr1-1000-A-G", "--cohort", 'region == "1081"', "--json")
    assert (one["ac"], one["an"]) == (1, 2)
    (one,) = nation("count", nation.store, "chr1-1000-A-G", "--exclude", "A,C", "--json")
    assert (one["ac"], one["an"]) == (0, 2)
    (one,) = nation("count", nation.store, "chr1-1000-A-G", "--by", "region", "--json")
    assert {k: (v["ac"], v["an"]) for k, v in one["groups"].items()} == {"1081": (1, 2), "1084": (0, 2)}
    assert one["grpmax"]["group"] == "1081"
    (one,) = nation("count", nation.store, "chr1-1000-A-G", "--by", "region", "--grpmax-without", "1081", "--json")
    assert one["grpmax"] is None
    nation("count", nation.store, "chr1-1000-A-G", "--exclude", "NOBODY", code=1)
    nation("count", nation.store, "chr1-1000-A-G", "--by", "nosuch", code=2)
    nation("count", nation.store, "chr1-1000-A-G", "--cohort", "nosuch", code=2)


def test_count__says_which_normal_form_it_answers(nation: Shell) -> None:
    (one,) = nation("count", nation.store, "NC_000001.11:g.1000A>G", "--json")
    assert (one["contig"], one["pos"], one["ac"]) == ("chr1", 1000, 1) and one["notes"]
    (one,) = nation("count", nation.store, "chr1-999-NAC-NGC", "--json")
    assert (one["pos"], one["ref"], one["alt"], one["ac"]) == (1000, "A", "G", 1)
    assert any("chr1-999-NAC-NGC" in note for note in one["notes"])


@pytest.mark.parametrize("query", ["chr1-1000-A-<DEL>", "chr1_KI270706v1_random-100-A-G", "HLA-A*01:01:01:01:5"])
def test_count__of_what_is_not_held_is_not_loaded(nation: Shell, query: str) -> None:
    if query.startswith("HLA"):
        nation("count", nation.store, query, "--json", code=1)
        return
    (one,) = nation("count", nation.store, query, "--json")
    assert (one["status"], one["af"]) == ("not_loaded", None)


@pytest.mark.parametrize("query", ["chr99:5", "nonsense", "chr1:0", "chr1:999999999", "chr1-5-A-A", "-5"])
def test_count__of_nonsense_is_refused_in_a_sentence(nation: Shell, query: str) -> None:
    nation("count", nation.store, "--", query, code=1)
    assert 0 < len(nation.err.splitlines()) <= 8


def test_carriers__are_named_with_what_their_call_is(nation: Shell) -> None:
    people = nation("carriers", nation.store, "chr1-1000-A-G", "--json")

    assert [(p["sample"], p["genotype"], p["adj"], p["failed"]) for p in people] == [
        ("A", "het", True, False),
        ("C", "hom", False, True),
    ]
    nation("carriers", nation.store, "chr1:1000", code=2)


def names_in(store: Path) -> bytes:
    """Everything on the disk, and everything inside it that was compressed."""
    found = []
    for path in store.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        found += [path.name.encode(), data]
        at = -1
        while (at := data.find(b"\x28\xb5\x2f\xfd", at + 1)) >= 0:
            try:
                found.append(unsqueeze(data[at:]))
            except Exception:
                continue
    return b"\n".join(found)


def test_t22__after_compact_no_byte_of_the_store_names_the_removed(shell: Shell) -> None:
    shell.vcf("ONLYCARRIER", "chr1 1000 . A G 50 PASS . GT:DP:GQ 0/1:30:60", block("chr1", 1001, 1100))
    shell.vcf("B", block("chr1", 900, 1100))
    shell("create", shell.store)
    shell("add", shell.store, shell.folder / "ONLYCARRIER.vcf", shell.folder / "B.vcf")
    assert b"ONLYCARRIER" in names_in(shell.store)
    packs = {path.name for path in (shell.store / "packs").iterdir()}

    shell("remove", shell.store, "ONLYCARRIER", "--yes", "ONLYCARRIER")
    assert shell("count", shell.store, "chr1:900-1100", "--json") == []
    assert shell("stats", shell.store, "--json")[0]["removed"] == 1
    shell("compact", shell.store)

    assert b"ONLYCARRIER" not in names_in(shell.store) and b"\nB\n" in names_in(shell.store)
    assert len({path.name for path in (shell.store / "packs").iterdir()}) == len(packs) - 1
    (one,) = shell("count", shell.store, "chr1-1000-A-G", "--json")
    assert (one["status"], one["an"]) == ("absent", 2)
    shell("remove", shell.store, "ONLYCARRIER", code=1)
    shell("verify", shell.store, "--recount")


RECORDS = (
    block("chr1", 900, 999), "chr1 1000 . A G,<NON_REF> 50 PASS . GT:DP:GQ:AD:PS 0|1:30:60:15,15,0:1000",
    block("chr1", 1001, 1050, "0/0:2:3"), block("chr1", 1051, 1100, "./.:0:0"),
    "chr1 1200 . A G,T 50 PASS . GT:DP:GQ:AD 1/2:30:60:0,15,15", "chr1 1300 . ACGT A 50 LowQual . GT:DP:GQ 0/1:30:60",
    "chr1 1302 . G C 50 PASS . GT:DP:GQ:FT 1/1:30:60:bad", "chr1 1400 . A G 50 . . GT:DP:GQ ./1:30:60",
    "chr1 1500 . A ACGTACGTACGTACGTACGT 50 PASS . GT:DP:GQ 0/1:30:60", "chr1 1600 . AC GT 50 PASS . GT:DP:GQ 0/1:30:60",
    "chr1 1700 . A G,* 50 PASS . GT:DP:GQ 1/2:30:60", "chr1 1800 . A G 50 PASS . GT:DP:GQ 0/1:4:60",
    block("chr1", 1900, 1950, "0/.:30:60"),
    "chrX 20000 . A G 50 PASS . GT:DP:GQ 0/1:30:60", "chrX 5000000 . A G 50 PASS . GT:DP:GQ 1:30:60",
    "chrX 5000100 . A G 50 PASS . GT:DP:GQ 0/1:30:60", block("chrX", 5000200, 5000300, "0:7:60"),
    "chrY 5000000 . A G 50 PASS . GT:DP:GQ 1/1:30:60", "chrM 3243 . A G 50 PASS . GT:DP:GQ:AF 0/1:300:60:0.437",
    "chrM 3300 . A G 50 PASS . GT:DP:GQ:AF 0/1:300:60:0.07", block("chrM", 4000, 5000),
)  # fmt: skip


@pytest.mark.parametrize(
    ("karyotype", "callability"),
    [("XY", "gvcf"), ("XX", "gvcf"), ("XY", "assumed"), ("unknown", "gvcf"), ("X0", "gvcf")],
)
def test_genome__comes_back_and_counts_the_same_in_another_store(
    shell: Shell, karyotype: str, callability: str
) -> None:
    shell.vcf("P", *RECORDS)
    shell("create", shell.store)
    shell(
        "add",
        shell.store,
        "--samples",
        shell.table("sample path karyotype callability", f"P P.vcf {karyotype} {callability}"),
    )
    (said,) = shell("genome", shell.store, "P", "-o", shell.folder / "back.vcf.gz", "--json")
    other = shell.folder / "other"
    shell("create", other)
    shell(
        "add",
        other,
        "--samples",
        shell.table("sample path karyotype callability", f"P back.vcf.gz {karyotype} {callability}"),
    )

    regions = ["chr1:1-2000", "chrX:1-6000000", "chrY:1-6000000", "chrM:1-6000"]
    places = [f"chr1:{pos}" for pos in (899, 900, 950, 1000, 1020, 1070, 1100, 1199, 1301, 1302, 1303, 1920)]
    places += ["chrX:20000", "chrX:5000250", "chrX:5000100", "chrM:3300", "chrM:4500", "chrM:5001", "chr3:5"]
    strip = [
        [
            {k: v for k, v in c.items() if k not in ("manifest", "policy")}
            for c in shell("count", store, *regions, *places, "--json")
        ]
        for store in (shell.store, other)
    ]

    assert strip[0] == strip[1]
    assert gzip.decompress((shell.folder / "back.vcf.gz").read_bytes()).startswith(b"##fileformat=VCFv4.3")
    assert said["records"] >= 12
    assert said["blocks"] == 2 if callability == "assumed" else said["blocks"] > 2  # hers: those that called nothing


def test_genome__of_a_bed_sample_says_so_and_can_write_the_bed(shell: Shell) -> None:
    shell.vcf("P", "chr1 1000 . A G 50 PASS . GT:DP:GQ 0/1:30:60")
    (shell.folder / "kit.bed").write_text("chr1\t900\t1100\n")
    shell("create", shell.store)
    shell("add", shell.store, "--samples", shell.table("sample path karyotype callability", "P P.vcf XX bed:kit.bed"))

    shell("genome", shell.store, "P", "-o", shell.folder / "back.vcf")
    assert "BED" in shell.err
    shell("genome", shell.store, "P", "-o", shell.folder / "back.vcf", "--bed", shell.folder / "back.bed")

    assert (shell.folder / "back.bed").read_text() == "chr1\t900\t1100\n"
    shell("genome", shell.store, "NOBODY", "-o", shell.folder / "x.vcf", code=1)
    assert not (shell.folder / "x.vcf").exists()
    shell("genome", shell.store, "P", "-o", shell.folder / "no" / "folder.vcf", code=1)


def test_genome__with_a_half_call_in_its_bed_counts_the_same_by_the_bed_that_is_written(shell: Shell) -> None:
    shell.vcf("P", "chr1 1000 . A G 50 PASS . GT:DP:GQ ./1:30:60", "chr1 1010 . C T 50 PASS . GT:DP:GQ ./.:30:60")
    (shell.folder / "kit.bed").write_text("chr1\t900\t1100\n")
    row = "sample path karyotype callability"
    shell("create", shell.store)
    shell("add", shell.store, "--samples", shell.table(row, "P P.vcf XX bed:kit.bed"))

    shell("genome", shell.store, "P", "-o", shell.folder / "back.vcf", "--bed", shell.folder / "back.bed")
    shell("create", shell.folder / "other")
    shell("add", shell.folder / "other", "--samples", shell.table(row, "P back.vcf XX bed:back.bed"))

    assert (shell.folder / "back.bed").read_text() == "chr1\t900\t1009\nchr1\t1010\t1100\n"
    ask = ["chr1:1-2000", "chr1:1000", "chr1:1010", "--json"]
    before, after = shell("count", shell.store, *ask), shell("count", shell.folder / "other", *ask)
    assert [c["raw"]["an"] for c in before] == [1, 1, 0], before
    assert [{**c, "manifest": ""} for c in before] == [{**c, "manifest": ""} for c in after]


def test_rebuild__gives_equal_numbers_and_attributes(nation: Shell) -> None:
    nation("remove", nation.store, "B", "--yes", "B")
    nation("rebuild", nation.store, nation.folder / "new")

    ask = ["chr1:1-2000", "chr1:950", "--by", "region", "--json"]
    old, new = nation("count", nation.store, *ask), nation("count", nation.folder / "new", *ask)

    assert [{k: v for k, v in c.items() if k != "manifest"} for c in old] == [
        {k: v for k, v in c.items() if k != "manifest"} for c in new
    ]
    nation("verify", nation.folder / "new", "--recount")
    nation("rebuild", nation.store, nation.folder / "new", code=1)


REPORTED = ("sample path karyotype callability region", "P P.vcf XY gvcf 1084", "Q Q.vcf XX bed:kit.bed 1085")


def reported(shell: Shell, *, store: Path | None = None, table: tuple[str, ...] = REPORTED) -> Path:
    """Two people with files, and the table that names them."""
    shell.vcf("P", *RECORDS)
    shell.vcf("Q", "chr1 1000 . A G 50 PASS . GT:DP:GQ 0/1:30:25", "chr1 1050 . C T 50 PASS . GT:DP:GQ ./1:30:60")
    (shell.folder / "kit.bed").write_text("chr1\t900\t1100\n")
    return shell.table(*table)


@pytest.mark.parametrize(
    "choices",
    [
        ("min_gq=30",),
        ("min_dp=31", "min_dp_haploid=31"),
        ("mnp_components=false", "spanning_deletion_in_an=false"),
        ("min_allele_balance_percent=60",),
        ("min_heteroplasmy_percent=5", "homoplasmy_percent=40"),
    ],
)
def test_rebuild__under_another_policy_counts_as_if_all_were_added_under_it(
    shell: Shell, choices: tuple[str, ...]
) -> None:
    table = reported(shell)
    shell("create", shell.store)
    shell("add", shell.store, "--samples", table)
    given = [word for choice in choices for word in ("--policy", choice)]
    expected = shell.folder / "expected"
    shell("create", expected, *given)
    shell("add", expected, "--samples", table)

    shell("rebuild", shell.store, shell.folder / "new", *given, "--samples", table)

    ask = ["chr1:1-2000", "chrX:1-6000000", "chrM:1-6000", "chr1:950", "chr1:1020", "chr1:1050", "chr1:1920", "--json"]
    wanted, found = shell("count", expected, *ask), shell("count", shell.folder / "new", *ask)
    drop = ("manifest",)
    assert [{k: v for k, v in c.items() if k not in drop} for c in found] == [
        {k: v for k, v in c.items() if k not in drop} for c in wanted
    ]
    before = shell("count", shell.store, *ask)
    assert [c["policy"] for c in before] != [c["policy"] for c in found]
    assert [(c["ac"], c["an"]) for c in before] != [(c["ac"], c["an"]) for c in found]
    shell("verify", shell.folder / "new", "--recount")


def test_rebuild__under_another_policy_wants_the_files_and_no_others(shell: Shell) -> None:
    table = reported(shell)
    shell("create", shell.store)
    shell("add", shell.store, "--samples", table)
    new, choice = shell.folder / "new", ("--policy", "min_gq=30")

    shell("rebuild", shell.store, new, *choice, code=2)
    assert "--samples" in shell.err
    shell("rebuild", shell.store, new, "--policy", "min_gq=high", "--samples", table, code=2)
    assert "whole number" in shell.err
    shell("rebuild", shell.store, new, "--policy", "gq=30", "--samples", table, code=2)
    assert "min_gq" in shell.err
    shell("rebuild", shell.store, new, *choice, "--samples", shell.table(*REPORTED[:2]), code=1)
    assert "1 of 2 genomes have no row" in shell.err
    shell(
        "rebuild",
        shell.store,
        new,
        *choice,
        "--samples",
        shell.table(REPORTED[0], REPORTED[1], "Q Q.vcf XX  1085"),
        code=1,
    )
    assert not new.exists()
    shell.vcf("Q", "chr1 1000 . A T 50 PASS . GT:DP:GQ 0/1:30:25")
    shell("rebuild", shell.store, new, *choice, "--samples", shell.table(*REPORTED), code=1)
    assert "does not give the genome" in shell.err and "Q.vcf" in shell.err
    assert not new.exists()


def test_upgrade_and_stats__speak(nation: Shell) -> None:
    nation("upgrade", nation.store)
    assert "already at format 2" in nation.out
    (numbers,) = nation("stats", nation.store, "--json")
    assert numbers["karyotypes"] == {"XX": 2, "XY": 1} and numbers["unknown_sex"] == 0 and numbers["assumed"] == 1
    rows = nation("stats", nation.store, "--samples", "--json")
    assert rows[1] == {"sample": "B", "karyotype": "XY", "callability": "gvcf", "region": "1084", "related": "false"}
    nation("stats", nation.store)
    assert "genomes" in nation.out


def test_t18__unknown_karyotypes_are_counted_in_stats_and_left_out_of_x(shell: Shell) -> None:
    path = shell.vcf("P", "chrX 5000000 . A G 50 PASS . GT:DP:GQ 1/1:30:60", block("chrX", 5000001, 5000100))
    shell("create", shell.store)
    shell("add", shell.store, path)

    (numbers,) = shell("stats", shell.store, "--json")
    (x,) = shell("count", shell.store, "chrX-5000000-A-G", "--json")

    assert numbers["unknown_sex"] == 1
    assert (x["ac"], x["an"], x["raw"]["an"], x["unknown_sex"]) == (0, 0, 0, 1)


def test_managed_store__refuses_what_its_owner_decides_and_names_the_service(shell: Shell) -> None:
    shell("create", shell.store, "--managed")
    store = CohortStore.open(shell.store)
    staged = store.stage_add([NewGenome("A", make_pack(Person(calls=(Call("chr1", 5, "A", "G"),))))])
    before = store.view()
    store.publish(staged)

    for words in (
        ["count", "chr1:5"],
        ["carriers", "chr1-5-A-G"],
        ["genome", "A", "-o", shell.folder / "x.vcf"],
        ["remove", "A"],
        ["add", shell.folder / "x.vcf"],
        ["compact"],
        ["stats", "--samples"],
    ):
        shell(words[0], shell.store, *words[1:], code=1)
        assert "managed" in shell.err and "embla " in shell.err
    assert len(before) == 0 and len(store.view(staged.manifest)) == 1
    assert shell("stats", shell.store, "--json")[0]["genomes"] == 1
    shell("verify", shell.store, "--recount")


def test_create__refuses_a_folder_that_is_not_empty_and_another_assembly(shell: Shell) -> None:
    (shell.folder / "x").mkdir()
    (shell.folder / "x" / "file").write_text("mine")
    shell("create", shell.folder / "x", code=1)
    shell("create", shell.folder / "y", "--assembly", "GRCh37", code=2)
    shell("count", shell.folder / "nothing", "chr1:5", code=1)
    assert "embla store create" in shell.err


def test_help__of_every_command_loads_nothing_heavy() -> None:
    code = (
        "import sys; from embla.cli import run\n"
        "for c in 'create add remove count carriers genome annotate export compact rebuild upgrade stats '\\\n"
        "         'verify'.split():\n"
        "    try: run(['store', c, '--help'])\n"
        "    except SystemExit: pass\n"
        "heavy = {'numpy','numba','pyarrow','pysam','sqlalchemy','fastapi','jinja2','zstandard','rich'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=env)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_library__needs_no_database_and_no_web() -> None:
    code = (
        "import sys, embla.genotypes as g\n"
        "for name in g.__all__:\n"
        "    if name not in ('annotate', 'AnnotateReport', 'export_sites'): getattr(g, name)\n"
        "assert not {'sqlalchemy','fastapi','jinja2','starlette'} & set(sys.modules)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=env)
    assert done.returncode == 0, done.stderr


def test_remove__says_what_would_go_and_takes_nothing_out_until_it_is_named_once_more(nation: Shell) -> None:
    nation("remove", nation.store, "A", code=2)
    assert "1 of 3 genomes would be taken out of every count: A." in nation.err and "--yes A" in nation.err
    nation("remove", nation.store, "A", "B", "--yes", "A", code=1)
    nation("remove", nation.store, "A", "nobody", "--yes", "2", code=1)
    assert nation("stats", nation.store, "--json")[0]["genomes"] == 3

    nation("remove", nation.store, "A", "B", "--yes", "2")

    assert nation("stats", nation.store, "--json")[0]["genomes"] == 1
