"""Research freezes: who is in one, under which names, after which decision; and that its numbers are the store's."""

import errno
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from embla import cli
from embla.errors import Conflict, MissingPackage, NotPermitted, Refused, Unavailable
from embla.frequency import freezing, make_freeze
from embla.genome import GRCH38, Variant
from embla.genotypes import View
from embla.identity import Entry, parse_number, register_persons
from embla.platform import OPERATOR, Actor, events_of, parse_envelope
from embla.registry import Partner, add_agreement, set_opt_out
from embla.storage import Together
from tests.frequency.nation import DAY, Nation, Person, nation

KARYOTYPES = ("XX", "XY", "XX", "XY", "X0", "XXY", "unknown", "XY")


def people() -> list[Person]:
    """Eight people of every karyotype, with variants of their own on autosome, both sides of the PAR, Y and mtDNA."""
    made = []
    for i, karyotype in enumerate(KARYOTYPES):
        calls = [f"chr1 {1100 + i} A G {'1/1' if i % 3 == 0 else '0/1'}", "chr1 1500 AC A 0/1"]
        calls += ["chr1 1700 A G 0/1 DP=3"] if i == 2 else []
        calls += ["chr1 1800 A G ./1"] if i == 3 else []
        calls += ["chrX 12000 A G 0/1", f"chrX 3000100 A G {'0/1' if karyotype in ('XX', 'XXY') else '1'}"]
        calls += ["chrY 3000200 A G 1"] if "Y" in karyotype else []
        calls += [f"chrM 300 A G 0/1 AF={0.5 if i % 2 else 0.97}"]
        made.append(Person(f"p{i}", karyotype=karyotype, group="heart" if i < 6 else "kidney", calls=calls,
                           holes=[("chr1", 1490, 1510)] if i == 1 else []))  # fmt: skip
    return made


@contextmanager
def studied(
    folder: Path, *, marks: tuple[str, ...] = (), agreed: str = "research", country: str = "DK"
) -> Iterator[Nation]:
    """A nation whose persons have numbers, with a register outside that has `marks`, and a partner."""
    with nation(folder, *people()) as n:
        entries = []
        for i, key in enumerate(n.people):
            # Numbers of 2007 and later need no check digit.
            number = parse_number(f"0101{10 + i}4{i}00")
            entries.append((key, number, Entry(number=number, name=None, person=n.person_of[key])))
        register_persons(n.house, OPERATOR, [entry for _, _, entry in entries], purpose="operation")
        items = [
            {"number": number.text, "kind": "genetic", "since": "2026-01-01"}
            for key, number, _ in entries
            if key in marks
        ]
        source = folder / "register.json"
        source.write_text(json.dumps({"as_of": "2026-03-01T12:00:00Z", "items": items}))
        n.house = replace(n.house, settings=replace(n.house.settings, opt_out_source=str(source)))
        signed = DAY - timedelta(days=1)
        partner = Partner("study", "A study", country)
        add_agreement(n.house, OPERATOR, partner, flow=agreed, reference="1", drafted=signed, signed=signed)
        yield n


def plain_pgen(folder: Path) -> tuple[list[str], list[str], list[tuple[str, int, str, str]], np.ndarray]:
    """Names, sexes, variants and (v, n) ALT alleles (3 missing), read byte by byte as PLINK's specification has it."""
    psam = [line.split("\t") for line in (folder / "genotypes.psam").read_text().splitlines()[1:]]
    lines = (folder / "genotypes.pvar").read_text().splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    raw = (folder / "genotypes.pgen").read_bytes()
    n, width = len(psam), -(-len(psam) // 4)
    assert raw[:3] == b"\x6c\x1b\x02"
    assert (int.from_bytes(raw[3:7], "little"), int.from_bytes(raw[7:11], "little")) == (len(rows), n)
    assert len(raw) == 12 + len(rows) * width
    bits = [[raw[12 + v * width + s // 4] >> 2 * (s % 4) & 3 for s in range(n)] for v in range(len(rows))]
    variants = [(row[0], int(row[1]), row[3], row[4]) for row in rows]
    return [p[0] for p in psam], [p[1] for p in psam], variants, np.array(bits)


def accession_of(n: Nation, folder: Path) -> dict[str, str]:
    """Name in the freeze -> accession, as only the identity zone can tell."""
    from tests.support.zone import project_pseudonyms

    keys = list(n.people)
    given = project_pseudonyms(n.house, OPERATOR, "heart-study", [n.person_of[key] for key in keys])
    return {name: n.accession[key] for name, key in zip(given, keys, strict=True)}


def view_of(n: Nation) -> View:
    with n.house.database.reading() as connection:
        return n.house.view(connection)


def test_freeze__holds_the_stores_counts_under_the_projects_names(tmp_path: Path) -> None:
    with studied(tmp_path) as n:
        made = make_freeze(n.house, OPERATOR, "heart-study", "study", tmp_path / "f", kind="plink2")

        names, sexes, variants, dosage = plain_pgen(tmp_path / "f")
        real = accession_of(n, tmp_path / "f")
        assert (made.people, made.variants, made.opted_out) == (8, len(variants), 0)
        assert names == sorted(real) and len(variants) > 10
        assert (tmp_path / "f").stat().st_mode & 0o077 == 0
        key_of = {accession: key for key, accession in n.accession.items()}
        known = {"XX": "2", "XY": "1"}
        assert sexes == [known.get(n.people[key_of[real[name]]].karyotype, "NA") for name in names]
        view = view_of(n)
        for (chrom, pos, ref, alt), row in zip(variants, dosage, strict=True):
            contig = {"PAR1": "chrX", "PAR2": "chrX", "MT": "chrM"}.get(chrom, "chr" + chrom)
            kind = GRCH38.piece_at(contig, pos).kind
            for name, told in zip(names, row.tolist(), strict=True):
                own = view.count(Variant(contig, pos, ref, alt), view.cohort(names=[real[name]]))[0]
                karyotype = n.people[key_of[real[name]]].karyotype
                two = kind in ("autosome", "par_x") or (kind == "x" and karyotype == "XX")
                sexed = kind in ("x", "y", "par_x") and karyotype not in ("XX", "XY")
                if sexed or not own.an or (two and own.an == 1):
                    assert told == 3
                else:
                    assert told == (own.ac if two else 2 * own.ac)
        text = "".join(
            p.read_text() for p in (tmp_path / "f").iterdir() if p.suffix in (".psam", ".pvar", ".tsv", ".json")
        )
        assert "EMBG" not in text and not any(person in text for person in n.person_of.values())


def test_freeze__is_decided_in_the_log_for_the_project_and_for_every_person_in_it(tmp_path: Path) -> None:
    with studied(tmp_path, marks=("p1",)) as n:
        made = make_freeze(
            n.house, OPERATOR, "heart-study", "study", tmp_path / "f", kind="plink2", patient_groups=["heart"]
        )

        with n.house.database.reading() as connection:
            kinds = [event.kind for event in events_of(connection, "project:heart-study")]
            held = {
                key: [
                    e for e in events_of(connection, f"person:{n.person_of[key]}") if e.kind == "research-freeze-holds"
                ]
                for key in n.people
            }
        assert (made.people, made.opted_out) == (5, 1)
        assert kinds == ["access-granted", "access-granted", "project-pseudonyms-given", "research-freeze-made"]
        assert {key for key, events in held.items() if events} == {"p0", "p2", "p3", "p4", "p5"}
        assert accession_of(n, tmp_path / "f").keys() > set(plain_pgen(tmp_path / "f")[0])


def test_frequency_freeze__says_apart_who_opted_out_and_about_whom_nobody_could_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with studied(tmp_path, marks=("p1",)) as n:
        n.add(*(Person(f"q{i}") for i in range(4)))  # without a number
        n.opt_out("q0")
        monkeypatch.setenv("EMBLA_HOME", str(n.house.home))
        monkeypatch.setenv("EMBLA_OPT_OUT_SOURCE", str(tmp_path / "register.json"))
        monkeypatch.setenv("EMBLA_OPT_OUT_HOURS", str(24 * 3650))
        words = ["frequency", "freeze", "--project", "heart-study", "--recipient", "study", "--format", "plink2"]

        assert cli.run([*words, "-o", str(tmp_path / "f")]) == 0
        said = capsys.readouterr().out
        assert "7 people" in said
        assert "2 who opted out, 3 about whom the opt-out register could not be asked, 0 for their zone" in said
        assert cli.run([*words, "-o", str(tmp_path / "g"), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["people"], told["opted_out"], told["unasked"], told["outside_zone"]) == (7, 2, 3, 0)
        signed = parse_envelope((tmp_path / "g.json").read_text()).says
        assert signed["people"] == 7 and not {"opted_out", "unasked", "outside_zone"} & signed.keys()


def test_freeze__needs_an_agreement_the_right_role_the_zone_and_a_register_that_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "f"
    with studied(tmp_path, agreed="files") as n:
        with pytest.raises(NotPermitted):
            make_freeze(n.house, OPERATOR, "heart-study", "study", out, kind="plink2")
    other = tmp_path / "other"
    other.mkdir()
    with studied(other) as n:
        for role in ("researcher", "admin", "dpo", "clinician", "board", "zone"):
            with pytest.raises(NotPermitted):
                make_freeze(n.house, Actor("x", frozenset({role})), "heart-study", "study", out, kind="plink2")
        abroad, signed = Partner("abroad", "Elsewhere", "US"), DAY - timedelta(days=1)
        add_agreement(n.house, OPERATOR, abroad, flow="research", reference="2", drafted=signed, signed=signed)
        with pytest.raises(Refused):
            make_freeze(n.house, OPERATOR, "heart-study", "abroad", out, kind="plink2")
        with monkeypatch.context() as patch, pytest.raises(MissingPackage, match=r"embla\[research\]"):
            patch.setitem(sys.modules, "zarr", None)
            make_freeze(n.house, OPERATOR, "heart-study", "study", out, kind="vcf-zarr")
        (other / "register.json").unlink()
        with pytest.raises(Unavailable):
            make_freeze(n.house, OPERATOR, "heart-study", "study", out, kind="plink2")
        silent = replace(n.house, settings=replace(n.house.settings, opt_out_source=""))
        with pytest.raises(Unavailable):
            make_freeze(silent, OPERATOR, "heart-study", "study", out, kind="plink2")
    assert not list(tmp_path.glob("f*")) and not list(tmp_path.glob(".f*"))


def test_freeze__somebody_who_opts_out_while_it_is_written_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with studied(tmp_path) as n:
        written = freezing.write_freeze

        def slow(*arguments, **more):
            with n.house.database.transaction() as connection:
                set_opt_out(
                    connection, n.person_of["p2"], "genetic", since=date(2026, 3, 1), by=OPERATOR, at=n.house.clock()
                )
            return written(*arguments, **more)

        monkeypatch.setattr(freezing, "write_freeze", slow)
        with pytest.raises(Conflict):
            make_freeze(n.house, OPERATOR, "heart-study", "study", tmp_path / "f", kind="plink2")
        assert not list(tmp_path.glob("f*")) and not list(tmp_path.glob(".f*"))


@pytest.mark.parametrize("step", ["write_freeze", "write_text", "settle"])
def test_freeze__on_a_full_disk_leaves_nothing_logs_nothing_and_can_be_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*arguments: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    where = {"write_freeze": freezing, "write_text": Path, "settle": Together}[step]
    with studied(tmp_path) as n:
        with (
            monkeypatch.context() as patch,
            pytest.raises(Unavailable, match="/f cannot be written: No space") as failed,
        ):
            patch.setattr(where, step, full)
            make_freeze(n.house, OPERATOR, "heart-study", "study", tmp_path / "f", kind="plink2")
        assert failed.value.mend and not list(tmp_path.glob("f*")) and not list(tmp_path.glob(".f*"))
        with n.house.database.reading() as connection:
            assert "research-freeze-made" not in [e.kind for e in events_of(connection, "project:heart-study")]

        make_freeze(n.house, OPERATOR, "heart-study", "study", tmp_path / "f", kind="plink2")

        assert (tmp_path / "f.json").exists() and (tmp_path / "f").stat().st_mode & 0o077 == 0


def test_frequency_freeze__of_a_region_is_checked_offline_and_a_changed_one_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with studied(tmp_path) as n:
        monkeypatch.setenv("EMBLA_HOME", str(n.house.home))
        monkeypatch.setenv("EMBLA_OPT_OUT_SOURCE", str(tmp_path / "register.json"))
        monkeypatch.setenv("EMBLA_OPT_OUT_HOURS", str(24 * 3650))
        out = tmp_path / "f"
        words = ["frequency", "freeze", "--project", "heart-study", "--recipient", "study", "--format", "plink2"]

        assert cli.run([*words, "-o", str(out), "--region", "chrX:2900000-3100000"]) == 0
        assert cli.run([*words, "-o", str(out)]) == 1
        assert cli.run(["verify", f"{out}.json"]) == 0
        assert "as it was made" in capsys.readouterr().out
        assert {v[:2] for v in plain_pgen(out)[2]} == {("X", 3_000_100)}
        (out / "genotypes.pgen").write_bytes(b"x")
        assert cli.run(["verify", f"{out}.json"]) == 1


def test_freeze__vcf_zarr_holds_what_the_plink_file_holds_and_half_calls_too(tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr", reason="zarr is not installed: pip install 'embla[research]'")
    with studied(tmp_path) as n:
        for kind in ("plink2", "vcf-zarr"):
            make_freeze(n.house, OPERATOR, "heart-study", "study", tmp_path / kind, kind=kind)

        group = zarr.open_group(str(tmp_path / "vcf-zarr" / "genotypes.vcz"), mode="r")
        names, _, variants, dosage = plain_pgen(tmp_path / "plink2")
        calls = group["call_genotype"][:]
        assert group.attrs["vcf_zarr_version"] == "0.4"
        assert list(group["sample_id"][:]) == names
        assert group["variant_position"][:].tolist() == [pos for _, pos, _, _ in variants]
        assert [tuple(pair) for pair in group["variant_allele"][:].tolist()] == [(r, a) for _, _, r, a in variants]
        assert (group["call_genotype_mask"][:] == (calls < 0)).all()
        whole = dosage < 3
        copies = np.where(calls[:, :, 1] == -2, 1, 2)
        alt = (calls == 1).sum(axis=2)
        assert (np.where(copies == 1, 2 * alt, alt)[whole] == dosage[whole]).all()
        view, real = view_of(n), accession_of(n, tmp_path)
        everybody = view.cohort(names=[real[name] for name in names])
        contigs = list(group["contig_id"][:])
        for i, (_, pos, ref, alt_) in enumerate(variants):
            contig = contigs[int(group["variant_contig"][i])]
            count = view.count(Variant(contig, pos, ref, alt_), everybody)[0]
            assert (count.ac, count.an) == (int((calls[i] == 1).sum()), int((calls[i] >= 0).sum()))
        assert group["region_index"][:].tolist()[0][:3] == [0, 0, variants[0][1]]
        assert group["region_index"][:, 5].sum() == len(variants)
