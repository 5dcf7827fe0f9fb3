"""A release as the folder a GDI mini-node serves: numbers as at the open door; what is hidden is left out."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from embla import cli
from embla.errors import NotPermitted, UsageError
from embla.frequency import cut_release, hand_over_mininode, open_answer
from embla.genome import Variant
from embla.platform import OPERATOR
from tests.frequency.nation import Nation, Person, nation
from tests.frequency.test_handing import agree

SCHEMA = {
    "POS": "int32", "REF": "string", "ALT": "string", "VT": "string", "POPULATION": "string", "AF": "double",
    "AC": "int32", "AC_HET": "int32", "AC_HOM": "int32", "AC_HEMI": "int32", "AN": "int32",
}  # fmt: skip


def people() -> list[Person]:
    """Twelve of each sex. chr1 1050 in many of both, 1100 in one, 1200 in twelve XX and one XY, an indel in all."""
    made = []
    for i in range(24):
        karyotype = "XX" if i % 2 else "XY"
        calls = ["chr1 1300 AT A 1/1", "chrM 500 A G 1"]
        calls += ["chr1 1050 A G 0/1"] if i < 20 else []
        calls += ["chr1 1100 A G 0/1"] if i == 3 else []
        calls += ["chr1 1200 A C 0/1"] if karyotype == "XX" or i == 0 else []
        calls += ["chrX 3000100 A G 1" if karyotype == "XY" else "chrX 3000100 A G 0/1"]
        made.append(Person(f"p{i}", karyotype=karyotype, calls=sorted(calls, key=lambda c: int(c.split()[1]))))
    return made


def rows_of(folder: Path) -> dict[tuple[str, int, str, str], dict[str, dict[str, object]]]:
    """(contig, 1-based pos, ref, alt) -> population -> row."""
    found: dict[tuple[str, int, str, str], dict[str, dict[str, object]]] = {}
    for path in sorted((folder / "GRCh38").glob("allele-freq-chr*.parquet")):
        contig, stretch = path.name.removeprefix("allele-freq-chr").removesuffix(".parquet").split(".")
        table = pq.read_table(path)
        assert {field.name: str(field.type) for field in table.schema} == SCHEMA
        for row in table.to_pylist():
            assert row["POS"] // 10_000_000 == int(stretch)
            key = ("chr" + contig, row["POS"] + 1, row["REF"], row["ALT"])
            assert row["POPULATION"] not in found.setdefault(key, {})
            found[key][row["POPULATION"]] = row
    return found


def handed(n: Nation, folder: Path) -> Path:
    agree(n)
    out = folder / "GOE-DK-NGC-1"
    hand_over_mininode(n.house, OPERATOR, "vendor", out)
    return out


def test_mini_node__every_row_is_what_the_open_door_shows_and_hidden_numbers_have_none(tmp_path: Path) -> None:
    with nation(tmp_path, *people(), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        rows = rows_of(handed(n, tmp_path))

        assert set(rows) == {
            ("chr1", 1050, "A", "G"), ("chr1", 1200, "A", "C"), ("chr1", 1300, "AT", "A"), ("chrM", 500, "A", "G"),
            ("chrX", 3_000_100, "A", "G"),
        }  # fmt: skip
        for (contig, pos, ref, alt), populations in rows.items():
            answer = open_answer(n.house, Variant(contig, pos, ref, alt))
            sexes = answer.groups.get("karyotype", {})
            wanted = {"Total": answer.headline, "DK": answer.headline}
            if sexes and all(count.ac is not None for count in sexes.values()):
                for label, karyotype in (("M", "XY"), ("F", "XX")):
                    wanted |= {label: sexes[karyotype], f"DK_{label}": sexes[karyotype]}
            assert set(populations) == set(wanted)
            for label, count in wanted.items():
                row, two = populations[label], 1 if contig == "chrM" else 2
                hom = None if count.nhomalt is None else two * count.nhomalt
                assert (row["AF"], row["AC"], row["AN"]) == (count.af, count.ac, count.an)
                assert (row["AC_HET"], row["AC_HOM"], row["AC_HEMI"]) == (count.nhet, hom, count.nhemi)
                assert row["VT"] == ("SNP" if len(ref) == len(alt) else "INDEL")


def test_mini_node__one_hidden_sex_leaves_only_the_whole(tmp_path: Path) -> None:
    with nation(tmp_path, *people(), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        rows = rows_of(handed(n, tmp_path))

        assert set(rows["chr1", 1200, "A", "C"]) == {"Total", "DK"}
        assert set(rows["chr1", 1050, "A", "G"]) == {"Total", "DK", "M", "F", "DK_M", "DK_F"}


@pytest.mark.parametrize("others,sexes", [(0, True), (2, False), (6, True)])
def test_mini_node__without_m_and_f_where_few_are_neither_xx_nor_xy_and_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], others: int, sexes: bool
) -> None:
    more = [Person(f"o{i}", karyotype="X0", calls=["chr1 1050 A G 0/1"]) for i in range(others)]
    with nation(tmp_path, *people(), *more, suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        agree(n)
        monkeypatch.setenv("EMBLA_HOME", str(n.house.home))
        out = tmp_path / "GOE-DK-NGC-1"

        assert cli.run(["frequency", "mini-node", "--recipient", "vendor", "-o", str(out)]) == 0
        said = capsys.readouterr().out
        assert cli.run(["verify", f"{out}.json"]) == 0
        checked = capsys.readouterr().out

        here = rows_of(out)["chr1", 1050, "A", "G"]
        about = pq.read_schema(next((out / "GRCh38").iterdir())).metadata
        assert ({"M", "F"} <= here.keys()) == sexes and ("M" in here) == ("F" in here)
        for told in (said, checked, about.get(b"embla_lacks", b"").decode()):
            assert ("M and F are not in it" in told) != sexes
            assert sexes or "XX or other" in told or "XY or other" in told


def test_mini_node__needs_the_agreement_and_a_name_that_portals_can_join(tmp_path: Path) -> None:
    with nation(tmp_path, *people(), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        with pytest.raises(NotPermitted):
            hand_over_mininode(n.house, OPERATOR, "vendor", tmp_path / "GOE-DK-NGC-1")
        agree(n)
        for name in ("release", "GOE-dk-NGC-1", "GOE-DK-NGC", "GOE-DK-NGC-1.parquet"):
            with pytest.raises(UsageError):
                hand_over_mininode(n.house, OPERATOR, "vendor", tmp_path / name)
        assert not [path for path in tmp_path.iterdir() if "GOE" in path.name or path.name == "release"]


def test_mini_node__its_manifest_is_checked_offline_and_a_changed_file_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with nation(tmp_path, *people(), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        agree(n)
        monkeypatch.setenv("EMBLA_HOME", str(n.house.home))
        out = tmp_path / "GDI-DK-NGC-7"

        assert cli.run(["frequency", "mini-node", "--recipient", "vendor", "-o", str(out)]) == 0
        assert cli.run(["verify", f"{out}.json"]) == 0
        changed = next((out / "GRCh38").iterdir())
        changed.write_bytes(changed.read_bytes() + b"x")
        assert cli.run(["verify", f"{out}.json"]) == 1
        (out / "SHA256SUMS").write_text("")
        assert cli.run(["verify", f"{out}.json"]) == 1
