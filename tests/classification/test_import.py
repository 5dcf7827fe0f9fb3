"""Lists come in as they are kept: nothing is dropped, nothing twice, and what they disagree about is found."""

import gzip
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from pytest import CaptureFixture

from embla.classification import importing
from embla.classification.discording import inbox
from embla.classification.importing import import_list
from embla.classification.lists import read_list
from embla.classification.looking import own_page
from embla.classification.service import concluded, export_shared, unresolved
from embla.errors import BadInput, NotPermitted, UsageError
from embla.platform import OPERATOR, House
from tests.classification.labs import CLINICIAN, CSTB, SPLICE, draft, names_of_labs, person

HEADER = "variant\tclass\tcondition\tevaluated\tcriteria\n"


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_import__publishes_queues_and_is_the_same_again(house_on_both: House, tmp_path: Path) -> None:
    house, lab = house_on_both, names_of_labs(house_on_both)[0]
    path = written(
        tmp_path / "a.tsv",
        HEADER
        + "21:43774279:GGA:G\tPathogenic\tMONDO:0009698\t2026-01-02\tPVS1 PM2_Supporting PS1\n"
        + "chr21-43774760-C-G\t4\tMONDO:0009698\tFeb 02, 2019\t\n"
        + "chr21-1-N\tP\t\t2026-01-02\t\n"  # no allele
        + "chr99-1-A-G\tP\t\t2026-01-02\t\n"
        + "chr21-43774761-C-G\tmaybe bad\t\t2026-01-02\t\n"
        + "chr21-43774762-T-G\tP\t\t\t\n"  # no date
        + "chr21-43774763-T-G\tP\t\t2026-01-02\tPS1 PS1_Moderate\n"
        + "chr21-43774279-GGA-G\tLP\tmondo:0009698\t2020-01-02\t\n",  # the first line, earlier
    )

    told = import_list(house, person(house), lab, path)

    assert (told.lines, told.new, told.changed, sum(told.waiting.values())) == (8, 2, 0, 6)
    waiting = unresolved(house, person(house), lab).items
    assert len(waiting) == 6 and all(one.said and json.loads(one.line)["line"] > 1 for one in waiting)
    assert {"class", "evaluated", "criteria", "twice"} <= {one.reason for one in waiting}
    again = import_list(house, person(house), lab, path)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    assert [one.content.class_ for one in concluded(house, CLINICIAN, CSTB)] == ["P"]
    assert concluded(house, CLINICIAN, SPLICE)[0].content.evaluated.isoformat() == "2019-02-02"


def test_import__another_class_is_another_version_and_opens_a_discordance(house: House, tmp_path: Path) -> None:
    labs = names_of_labs(house)
    for lab, class_ in zip(labs[:2], ("P", "P"), strict=True):
        import_list(
            house, OPERATOR, lab, written(tmp_path / f"{lab}.tsv", HEADER + f"{CSTB}\t{class_}\tX\t2025-01-01\t\n")
        )
    path = written(tmp_path / "later.tsv", HEADER + f"{CSTB}\tVUS\tX\t2026-01-01\t\n")

    told = import_list(house, OPERATOR, labs[1], path)

    assert (told.changed, dict(told.discordances)) == (1, {"opened": 1})
    assert [one.level for one in inbox(house, person(house), labs[0])] == ["significant"]
    shown = own_page(house, person(house, 1), labs[1]).items[0]
    assert (shown.number, shown.content.class_) == (2, "VUS")


def test_import__what_was_evaluated_later_stands_wherever_the_other_line_is(
    house_on_both: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, lab = house_on_both, names_of_labs(house_on_both)[0]
    monkeypatch.setattr(importing, "BATCH", 2)
    lines = [f"{CSTB}\tP\tX\t2025-01-01\t\n", f"{SPLICE}\tP\tX\t2025-01-01\t\n", f"{CSTB}\tVUS\tX\t2020-01-01\t\n"]
    lines += [f"{SPLICE}\tLP\tX\t2025-01-01\t\n"]  # of the same day: the first line stands
    path = written(tmp_path / "a.tsv", HEADER + "".join(lines))

    first, again = (import_list(house, person(house), lab, path) for _ in range(2))

    assert [(one.new, one.changed, dict(one.waiting)) for one in (first, again)] == [
        (2, 0, {"twice": 2}), (0, 0, {"twice": 2}),
    ]  # fmt: skip
    assert len(unresolved(house, person(house), lab).items) == 2  # the same list again queues nothing twice
    assert [concluded(house, CLINICIAN, allele)[0].content.class_ for allele in (CSTB, SPLICE)] == ["P", "P"]
    older = written(tmp_path / "older.tsv", HEADER + f"{CSTB}\tB\tX\t2019-01-01\t\n")
    assert dict(import_list(house, person(house), lab, older).waiting) == {"older": 1}


def test_import__the_same_list_again_leaves_a_draft_that_somebody_writes(house: House, tmp_path: Path) -> None:
    lab = names_of_labs(house)[0]
    path = written(tmp_path / "a.tsv", HEADER + f"{CSTB}\tP\tX\t2025-01-01\t\n")
    import_list(house, person(house), lab, path)
    draft(house, person(house), "LP", condition="X", expected=1)

    told = import_list(house, person(house), lab, path)

    assert (told.changed, told.unchanged) == (0, 1)
    (one,) = own_page(house, person(house), lab, drafts=True).items
    assert (one.number, one.content.class_) == (2, "LP")


@pytest.mark.parametrize(
    "line", ["##reference=GRCh37", "##reference=file:///x/hs37d5.fa", "##contig=<ID=21,length=48129895>"]
)
def test_import__a_vcf_of_another_build_is_refused_as_a_whole(house: House, tmp_path: Path, line: str) -> None:
    rest = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n21\t45194641\t1\tC\tG\t.\t.\tCLNSIG=Pathogenic\n"
    path = written(tmp_path / "a.vcf", f"##fileformat=VCFv4.1\n{line}\n{rest}")

    with pytest.raises(BadInput, match=r"GRCh3[78]|GRCh38|hs37"):
        import_list(house, person(house), names_of_labs(house)[0], path, evaluated=date(2024, 1, 1))

    assert own_page(house, person(house), names_of_labs(house)[0]).items == ()


def test_lists__a_column_of_builds_goes_before_the_allele_but_not_before_names_without_a_build(tmp_path: Path) -> None:
    header = "chrom\tpos\tref\talt\tname\tassembly\tclass\n"
    said = (
        "21\t45194641\tC\tG\t\tGRCh37\tP\n21\t43774760\tC\tG\t\tGRCh38.p14\tP\n"
        "21\t45194641\tC\tG\tNM_000100.3:c.67-1G>C\tGRCh37\tP\n"
    )

    lines = read_list(written(tmp_path / "a.tsv", header + said))

    assert [line.allele for line in lines] == ["GRCh37:21-45194641-C-G", "21-43774760-C-G", "NM_000100.3:c.67-1G>C"]


def test_import__dry_run_writes_nothing(house: House, tmp_path: Path) -> None:
    lab = names_of_labs(house)[0]
    path = written(tmp_path / "a.tsv", HEADER + f"{CSTB}\tP\tX\t2025-01-01\t\nrubbish\tP\t\t2025-01-01\t\n")

    told = import_list(house, person(house), lab, path, dry_run=True)

    assert (told.new, sum(told.waiting.values()), told.dry_run) == (1, 1, True)
    assert own_page(house, person(house), lab).items == () and unresolved(house, person(house), lab).items == ()


def test_import__a_line_evaluated_tomorrow_waits_and_one_of_today_does_not(house: House, tmp_path: Path) -> None:
    lab, today = names_of_labs(house)[0], house.clock().date()
    days = (today, today + timedelta(days=1))
    rows = [f"{allele}\tP\tMONDO:0009698\t{day}" for allele, day in zip((CSTB, SPLICE), days, strict=True)]
    path = written(tmp_path / "list.tsv", "\n".join(["variant\tclass\tcondition\tevaluated", *rows]) + "\n")

    told = import_list(house, OPERATOR, lab, path)

    assert (told.new, told.waiting.total()) == (1, 1)
    (waits,) = unresolved(house, OPERATOR, lab).items
    assert waits.said.startswith("The day of evaluation has not come yet.")
    # Neither does the day that stands in for lines without one.
    bare = written(tmp_path / "bare.tsv", f"variant\tclass\tcondition\n{SPLICE}\tP\tMONDO:0009698\n")
    assert import_list(house, OPERATOR, lab, bare, evaluated=days[1]).new == 0


def test_import__another_laboratorys_list_is_refused(house: House, tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", HEADER + f"{CSTB}\tP\tX\t2025-01-01\t\n")

    for actor in (person(house, 1), CLINICIAN):
        with pytest.raises(NotPermitted):
            import_list(house, actor, names_of_labs(house)[0], path)


def test_import__a_line_with_a_personal_number_is_kept_by_its_place_alone(house: House, tmp_path: Path) -> None:
    lab = names_of_labs(house)[0]
    number = "010190-1234"
    lines = (
        f"{CSTB},P,2025-01-01,as in {number},,,",
        f"{number},P,2025-01-01,,,,",
        f"no allele,P,2025-01-01,as in {number},,,",  # waits for another reason first
        f"{CSTB},P,{number},,,,",
        f"{CSTB},P,2025-01-01,,Doctor {number},,",
        f"{CSTB},P,2025-01-01,,,PS1,{number}",
    )
    text = "variant,class,evaluated,summary,evaluator,criteria,pmid\n" + "\n".join(lines)

    import_list(house, person(house), lab, written(tmp_path / "a.csv", text + "\n"))

    kept = unresolved(house, person(house), lab).items
    assert [one.reason for one in kept] == ["personal_number"] * 6
    assert sorted(json.loads(one.line)["line"] for one in kept) == [2, 3, 4, 5, 6, 7]
    assert "010190" not in "".join(f"{one.line}{one.said}{one.submitted}" for one in kept)


def test_import__a_line_whose_cells_are_shifted_waits_and_empty_cells_behind_are_nothing(
    house: House, tmp_path: Path
) -> None:
    lab = names_of_labs(house)[0]
    text = "variant,class,evaluated,condition,summary\n"
    text += f"{CSTB},P,2025-01-01,Epilepsy, progressive,seen twice\n{SPLICE},P,2025-01-01,Epilepsy,seen,,\n"

    told = import_list(house, person(house), lab, written(tmp_path / "a.csv", text))

    assert (told.new, dict(told.waiting)) == (1, {"columns": 1})
    assert [one.submitted for one in unresolved(house, person(house), lab).items] == [CSTB]


def test_lists__mapping_names_the_columns(tmp_path: Path) -> None:
    path = written(
        tmp_path / "varseq.csv", "Chr:Pos;Ref/Alt;HGVSg;ACMG Verdict\n21:1;A/G;chr21-43774279-GGA-G;Likely benign\n"
    )

    (line,) = read_list(path, {"allele": "HGVSg", "class": "ACMG Verdict"})
    assert (line.allele, line.said["class"], line.number) == (CSTB, "Likely benign", 2)
    with pytest.raises(UsageError):
        list(read_list(path, {"allele": "nowhere"}))
    with pytest.raises(BadInput, match="no column"):
        list(read_list(path))


def test_lists__clinvars_vcf_and_gzip(house: House, tmp_path: Path) -> None:
    vcf = (
        "##fileformat=VCFv4.1\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        "21\t43774279\t55960\tGGA\tG\t.\t.\tCLNSIG=Pathogenic;CLNDN=Epilepsy;CLNDISDB=MONDO:MONDO:0009698;ORIGIN=1\n"
        "21\t43774760\t8395\tC\tG,T\t.\t.\tCLNSIG=Likely_pathogenic;CLNDN=not_provided\n"
        "21\t43774770\t1\tC\tG\t.\t.\tCLNSIG=Conflicting_classifications_of_pathogenicity\n"
    )
    path = tmp_path / "clinvar.vcf.gz"
    path.write_bytes(gzip.compress(vcf.encode()))
    lab = names_of_labs(house)[0]
    told = import_list(house, person(house), lab, path, evaluated=date(2024, 1, 1), share="public")

    assert (told.lines, told.new, dict(told.waiting)) == (4, 3, {"class": 1})
    (one,) = concluded(house, None, CSTB)
    assert (one.content.class_, one.record.identity.condition) == ("P", "MONDO:0009698")
    assert [each.content.class_ for each in export_shared(house, OPERATOR, public=True)] == ["P", "LP", "LP"]


def test_lists__junk_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for name, data in {"a": b"\x1f\x8bnot gzip", "b": b"\xff\xfe\x00", "c": b""}.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(BadInput):
            list(read_list(path))


def test_commands__import_list_show_submit_sign_withdraw_export(
    house: House, tmp_path: Path, capsys: CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from embla import cli
    from embla.platform import create_account

    lab = names_of_labs(house)[0]
    with house.database.transaction() as connection:
        for name in ("writer", "reader"):
            create_account(
                connection, name, display=name, roles=("lab",), laboratory=lab, by=OPERATOR, at=house.clock()
            )
    monkeypatch.setenv("EMBLA_HOME", str(house.home))

    def run(*words: str) -> tuple[int, list[dict[str, object]]]:
        code = cli.run(["classification", *words])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]

    code, (made,) = run("submit", CSTB, "P", "--for", "writer", "--criterion", "PVS1", "--criterion", "PS1", "--json")
    assert (code, made["class"], made["state"]) == (0, "P", "draft")
    mine = str(made["id"])
    assert run("sign", mine, "P", "--for", "writer", "--expected", "1", "--json")[0] == 1
    assert run("sign", mine, "VUS", "--for", "reader", "--expected", "1", "--json") == (
        1,
        [{"id": mine, "signed": False}],
    )
    assert run("sign", mine, "P", "--for", "reader", "--expected", "1", "--json") == (0, [{"id": mine, "signed": True}])
    assert [one["id"] for one in run("list", "--variant", "21:43774279:GGA:G", "--json")[1]] == [mine]
    assert [step["kind"] for step in run("show", mine, "--json")[1][0]["steps"]] == ["drafted", "reviewed", "signed"]  # type: ignore[union-attr,index]
    path = written(tmp_path / "a.tsv", HEADER + f"{SPLICE}\tLP\tX\t2025-01-01\t\nrubbish\tP\t\t2025-01-01\t\n")
    assert run("import", str(path), "--lab", lab, "--json")[1][0]["new"] == 1
    assert len(run("list", "--lab", lab, "--json")[1]) == 2
    assert len(run("unresolved", "--lab", lab, "--json")[1]) == 1
    assert run("withdraw", mine, "duplicate", "--for", "writer")[0] == 0
    assert run("export", "-o", str(tmp_path / "all.jsonl"))[0] == 0
    assert [json.loads(line)["allele"] for line in (tmp_path / "all.jsonl").read_text().splitlines()] == [SPLICE]
    assert run("discordances", "--lab", lab, "--register", "--json")[1][0]["open"] == 0
    assert run("show", "C404")[0] == 1
