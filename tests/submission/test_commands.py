"""The commands, through the console script's own entry: init, check, send, list, status, and the registers."""

import json
import re
from pathlib import Path

import pytest

from embla.cli import run
from embla.submission import open_package
from tests.support.laboratory import SITE, make_single, make_trio, write_gvcf

pytestmark = pytest.mark.usefixtures("own_surroundings")


class Answer:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> list[dict]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def embla(capsys: pytest.CaptureFixture[str]):
    def call(*words: object) -> Answer:
        capsys.readouterr()
        code = run([str(word) for word in words])
        caught = capsys.readouterr()
        return Answer(code, caught.out, caught.err)

    return call


def agree(embla, laboratory: str = "north") -> None:
    """Without a signed agreement a laboratory reports nothing."""
    words = ["add", laboratory, "--flow", "reporting", "--name", "North", "--signed", "2026-01-02"]
    assert embla("registry", "agreement", *words).code == 0


def test_journey__init_check_send_status_list(tmp_path: Path, embla) -> None:
    folder = tmp_path / "N1"
    write_gvcf(folder / "one.g.vcf", "one", [SITE])
    embla("home", "init")
    agree(embla)

    made = embla("submission", "init", folder, "--lab", "north", "--group", "heart", "--opened", "2026-01-12", "--json")
    checked = embla("submission", "check", folder)
    sent = embla("submission", "send", folder, "--json")
    again = embla("submission", "send", folder, "--json")
    (folder / "one.g.vcf").write_text("what was sent is not looked at again\n")
    checked_again = embla("submission", "check", folder)
    sent_again = embla("submission", "send", folder)
    listed = embla("submission", "list", "--json")
    status = embla("submission", "status", sent.json[0]["submission"])

    assert (made.code, checked.code, sent.code, again.code, status.code) == (0, 0, 0, 0, 0)
    assert made.json == [{"package": str(folder)}]
    assert checked.out == "" and "0 errors" in checked.err
    assert sent.json == again.json and sent.json[0]["state"] == "accepted"
    before = f"{folder}: was accepted before, as {sent.json[0]['submission']} on "
    assert (checked_again.code, checked_again.out) == (0, "") and sent_again.code == 0
    assert before in checked_again.err and before in sent_again.err and before not in checked.err + sent.err
    assert [item["package"] for item in listed.json] == ["N1"]
    assert "EMBG00000000001" in status.out
    genomes = embla("registry", "genomes", "--json").json
    assert [(genome["accession"], genome["region"]) for genome in genomes] == [("EMBG00000000001", "1081")]


def test_check__without_a_home_works_and_says_what_it_cannot_know(
    tmp_path: Path, embla, own_surroundings: Path
) -> None:
    folder = make_single(tmp_path / "a", laboratory="west", case={"patient_group": "dreams"})

    answer = embla("submission", "check", folder, "--json")

    assert answer.code == 0 and "server" in answer.err
    assert [(line["rule"], line["severity"]) for line in answer.json] == [
        ("group.known", "warning"),
        ("laboratory.known", "warning"),
    ]
    assert list(own_surroundings.iterdir()) == []


def test_check__with_a_home_says_what_the_server_would(tmp_path: Path, embla) -> None:
    embla("home", "init")
    folder = make_single(tmp_path / "a", laboratory="west", case={"patient_group": "dreams"})

    with_home = embla("submission", "check", folder, "--json")
    sent = embla("submission", "send", folder, "--json")

    assert with_home.code == sent.code == 1
    assert {line["rule"] for line in with_home.json} == {"laboratory.known", "group.known"}


def test_check__tells_every_package_and_exits_with_one(tmp_path: Path, embla) -> None:
    good, bad = make_single(tmp_path / "good"), make_trio(tmp_path / "bad")
    (bad / "files" / "T1-father.g.vcf").unlink()

    answer = embla("submission", "check", good, bad, tmp_path / "nowhere", "--offline")

    assert answer.code == 1 and "Traceback" not in answer.err
    assert "bad/files/T1-father.g.vcf: error [files.missing]" in answer.out
    assert "nowhere/manifest.json: error [manifest.missing]" in answer.out


def test_send__one_refused_does_not_keep_the_others(tmp_path: Path, embla) -> None:
    good = make_single(tmp_path / "good")
    bad = make_single(tmp_path / "bad", "N2", case={"patient_group": "dreams"})

    agree(embla)
    answer = embla("submission", "send", bad, good, "--json")

    assert answer.code == 1
    assert sorted(line["state"] for line in answer.json) == ["accepted", "refused"]
    assert embla("submission", "list", "--state", "refused", "--json").json[0]["findings"][0]["rule"] == "group.known"


def test_init__a_trio_needs_to_know_who_is_who(tmp_path: Path, embla) -> None:
    folder = tmp_path / "T1"
    for name in ("a", "b", "c"):
        write_gvcf(folder / f"{name}.g.vcf", name, [])

    asked = embla("submission", "init", folder, "--lab", "north", "--group", "heart")
    roles = [word for pair in ("a=index", "b=mother", "c=father") for word in ("--role", pair)]
    told = embla("submission", "init", folder, "--lab", "north", "--group", "heart", *roles, "--karyotype", "c=XY")

    assert asked.code == 2 and "Who is who" in asked.err
    assert told.code == 0
    manifest = open_package(folder).manifest
    assert manifest.case.kind == "trio" and [p.role for p in manifest.persons] == ["index", "mother", "father"]
    assert [p.karyotype for p in manifest.persons] == ["unknown", "unknown", "XY"]
    assert all(s.callability == "gvcf" for *_, s in manifest.samples())


def test_init__does_not_write_over_a_manifest_unless_forced(tmp_path: Path, embla) -> None:
    folder = make_single(tmp_path / "a")

    assert embla("submission", "init", folder, "--lab", "north", "--group", "heart").code == 1
    assert embla("submission", "init", folder, "--lab", "north", "--group", "heart", "--force").code == 0


def test_init__what_nobody_said_is_found_by_the_check(tmp_path: Path, embla) -> None:
    write_gvcf(tmp_path / "a" / "one.g.vcf", "one", [SITE])

    assert embla("submission", "init", tmp_path / "a").code == 0
    answer = embla("submission", "check", tmp_path / "a", "--json")

    assert {line["rule"] for line in answer.json} == {"schema.value"}
    assert {"laboratory", "patient_group"} <= set(
        " ".join(line["found"] for line in answer.json).replace(":", " ").replace(".", " ").split()
    )


SHEET = """sample\tpath\tkaryotype\tcallability\tregion\tfamily\trole\trelated
c\tfiles/c.g.vcf\tXY\tgvcf\t1083\tF1\tproband\ttrue
m\tfiles/m.g.vcf\tXX\tgvcf\t1083\tF1\tmother\tfalse
f\tfiles/f.g.vcf\tXY\tgvcf\t1083\tF1\tfather\tfalse
s\tfiles/s.g.vcf\tXX\tgvcf\t1083\tF1\tsibling\ttrue
lone\tfiles/lone.g.vcf\tXX\t\t\t\t\tfalse
duo\tfiles/duo.g.vcf\tXX\tgvcf\t\tF2\tproband\tfalse
duom\tfiles/duom.g.vcf\tXX\tgvcf\t\tF2\tmother\tfalse
"""


def test_sheet__becomes_packages_that_count_with_their_families(tmp_path: Path, embla) -> None:
    for i, name in enumerate(["c", "m", "f", "s", "lone", "duo", "duom"]):
        write_gvcf(tmp_path / "files" / f"{name}.g.vcf", name, [("chr21", 5_030_100 + 7 * i, "A", "G", "0/1")])
    (tmp_path / "samples.tsv").write_text(SHEET)

    made = embla(
        "submission", "init", tmp_path / "samples.tsv", "-o", tmp_path / "out", "--lab", "south", "--group", "heart"
    )
    packages = sorted((tmp_path / "out").iterdir())
    agree(embla, "south")
    sent = embla("submission", "send", *packages, "--json")

    assert made.code == 0 and "'related' is not used" in made.err
    assert [path.name for path in packages] == ["F1", "duo", "duom", "lone", "s"]
    assert sent.code == 0 and len(sent.json) == 5
    genomes = embla("registry", "genomes", "--json").json
    keys = {genome["accession"]: genome["key"] for line in sent.json for genome in line["genomes"]}
    assert {keys[genome["accession"]] for genome in genomes if genome["related"]} == {"c", "s", "duo"}
    assert {keys[genome["accession"]]: genome["region"] for genome in genomes}["c"] == "1083"
    families = {keys[genome["accession"]]: genome["family"] for genome in genomes}
    assert families["c"] == families["s"] and families["duo"] == families["duom"] and families["lone"] is None


@pytest.mark.parametrize(
    ("sheet", "line", "said"),
    [
        ("", 0, "empty"),
        ("name\tpath\nx\ty\n", 1, "sample"),
        ("sample\tpath\nx\tnone.vcf\n", 2, "no file"),
        ("sample\tpath\nx\n", 2, "1 columns"),
        ("sample\tpath\tpath\nx\ty\tz\n", 1, "two columns"),
        ("sample\tpath\n\n", 0, "no sample"),
        ("sample,path,package\n" + "".join(f"s{i},a.g.vcf,P\n" for i in range(7)), 8, "7 rows"),
    ],
)
def test_sheet__mistakes_name_the_line(tmp_path: Path, embla, sheet: str, line: int, said: str) -> None:
    write_gvcf(tmp_path / "a.g.vcf", "a", [])
    (tmp_path / "sheet.tsv").write_text(sheet)

    answer = embla("submission", "init", tmp_path / "sheet.tsv", "-o", tmp_path / "out")

    assert answer.code == 1 and said in answer.err and "sheet.tsv" in answer.err
    assert not line or f"line {line}" in answer.err or f"sheet.tsv:{line}:" in answer.err


def test_sheet__says_every_fault_at_once_and_writes_nothing(tmp_path: Path, embla) -> None:
    write_gvcf(tmp_path / "a.g.vcf", "a", [])
    rows = ["sample,path,bed", "a,a.g.vcf,", "b,none.vcf,no.bed", ",a.g.vcf,", "c,a.g.vcf", "d,a.g.vcf,no.bed"]
    (tmp_path / "sheet.csv").write_text("\n".join(rows) + "\n")

    answer = embla("submission", "init", tmp_path / "sheet.csv", "-o", tmp_path / "out", "--json")

    assert answer.code == 1 and not (tmp_path / "out").exists()
    assert [fault["line"] for fault in answer.json] == [3, 3, 4, 5, 6]
    assert all(fault["found"] and fault["mend"] for fault in answer.json) and "5 faults" in answer.err


def test_opt_out__takes_effect_and_is_undone(tmp_path: Path, embla) -> None:
    agree(embla)
    embla("submission", "send", make_single(tmp_path / "a"))

    person = embla("registry", "person", "north", "N1-p").out.strip()
    assert embla("registry", "opt-out", "set", "north:N1-p", "--since", "2026-01-01").code == 0
    assert [genome["opted_out"] for genome in embla("registry", "genomes", "--json").json] == [True]
    assert embla("registry", "opt-out", "list", "--json").json == [
        {"person": person, "kind": "genetic", "since": "2026-01-01", "until": None}
    ]
    assert embla("registry", "opt-out", "end", person, "--until", "2026-01-31").code == 0
    assert [genome["opted_out"] for genome in embla("registry", "genomes", "--json").json] == [False]
    assert embla("registry", "opt-out", "set", "north:nobody").code == 1
    assert embla("registry", "opt-out", "set", person, "--since", "yesterday").code == 2


def test_registers__list_and_grow(embla) -> None:
    assert [row["code"] for row in embla("registry", "regions", "--on", "2027-01-01", "--json").json] == [
        "1081",
        "1082",
        "1083",
        "1086",
    ]
    assert len(embla("registry", "groups").out.splitlines()) == 17
    added = embla("registry", "add-lab", "west", "--name", "West", "--region", "1082", "--since", "2026-01-01")
    assert added.code == 0
    assert "west" in embla("registry", "labs").out


def test_home__accounts_tokens_and_an_unbroken_log(embla) -> None:
    assert embla("home", "status").code == 1
    embla("home", "init")
    assert embla("home", "add-account", "lab.north", "--role", "lab", "--lab", "north").code == 0
    token = embla("home", "token", "lab.north").out.strip()
    assert token.startswith("embla_")
    (account,) = embla("home", "accounts", "--json").json
    assert account == {"name": "lab.north", "roles": ["lab"], "laboratory": "north", "region": None}
    asked = embla("home", "close-account", "lab.north")
    assert asked.code == 2 and "for lab, with 1 token" in asked.err and "--yes lab.north" in asked.err
    assert embla("home", "close-account", "lab.north", "--yes", "lab.south").code == 1
    assert embla("home", "close-account", "lab.north", "--yes", "lab.north").code == 0
    log = embla("registry", "log", "--json")
    kinds = [line["kind"] for line in log.json if line["kind"] != "access-granted"]
    assert kinds == ["account-closed", "token-issued", "account-created"]
    assert sum(line["kind"] == "access-granted" for line in log.json) >= 4
    assert token not in log.out
    events = len(log.json)
    # Each look at the home is an event of its own: one for `verify-log`, one for `status`.
    assert embla("home", "verify-log").out == f"{events + 1} events, unbroken\n"
    assert embla("home", "status", "--json").json[0]["events"] == events + 2


def test_schema__is_printed_as_json(embla) -> None:
    assert json.loads(embla("submission", "schema").out)["$id"] == "urn:embla:submission:2"


def test_sweep__says_what_it_deleted(tmp_path: Path, embla, own_surroundings: Path) -> None:
    agree(embla)
    embla("submission", "send", make_single(tmp_path / "a"))
    (own_surroundings / "files" / "bodies" / "orphan").write_bytes(b"x")

    answer = embla("submission", "sweep", "--hours", "0", "--json")

    assert {"deleted": "files/bodies/orphan"} in answer.json and answer.code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["submission", "status", "S0000000000000000"],
        ["submission", "list", "--state", "lost"],
        ["submission", "send", "x", "--to", "https://example.org"],
        ["submission", "init", "nowhere"],
        ["registry", "treats", "C0", "doctor"],
    ],
)
def test_commands__refuse_in_a_sentence(embla, words: list[str]) -> None:
    embla("home", "init")

    answer = embla(*words)

    assert answer.code in (1, 2) and 0 < len(answer.err.splitlines()) <= 8 and "Traceback" not in answer.err


def test_cli_modules__load_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys; import embla.submission.cli, embla.registry.cli, embla.platform.cli; "
        "heavy = set('numpy numba pyarrow sqlalchemy fastapi pysam pydantic alembic'.split()) & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


ENGLISH = re.compile(r"\b(the|is|are|of|and|with|not|there|this|was|were|which|that|errors?|warnings?|refused)\b", re.I)


def test_check_send_and_status__tell_findings_in_danish_where_the_terminal_is_danish(
    tmp_path: Path, embla, monkeypatch: pytest.MonkeyPatch
) -> None:
    embla("home", "init")
    agree(embla)
    one, two = make_single(tmp_path / "one"), make_single(tmp_path / "two", "N2", case={"patient_group": "dreams"})
    other = make_single(tmp_path / "other", "N3", karyotype="XY")
    unknown = make_single(tmp_path / "unknown", "N4", laboratory="west")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LANG", "da_DK.UTF-8")

    said = [
        embla("submission", "check", one, two, unknown, tmp_path / "nowhere"),
        embla("submission", "check", unknown, "--offline"),
        embla("submission", "send", one, two, unknown, other),
        embla("submission", "send", one),
        embla("submission", "list", "--state", "tested"),
    ]
    plain = embla("submission", "check", two, "--json").json

    rows = [row for told in said for row in (told.out + told.err).replace(str(tmp_path), "").splitlines()]
    assert [row for row in rows if ENGLISH.search(re.sub(r"\[[a-z_.]+\]|`[^`]*`", "", row))] == []
    assert any("fejl [group.known] Ingen patientgruppe hedder 'dreams'." in row for row in rows)
    # What programs read is as it was.
    assert plain[0]["found"] == "No patient group is called 'dreams'." and plain[0]["severity"] == "error"
