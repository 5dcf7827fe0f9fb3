"""A person leaves: at once, in every file, and with a certificate that says so and names nobody."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from embla import cli
from embla.errors import Broken, NotPermitted, Refused
from embla.frequency import live_answer
from embla.genome import Region, Variant
from embla.platform import OPERATOR, Actor, current_manifest, parse_envelope
from embla.registry import certify, erase, erasures, find_erasure, genomes_of_person, withdraw_person
from tests.frequency.nation import Nation, Person, nation

SNV = Variant("chr1", 1500, "A", "G")
OWN = "chr1 1700 C T 0/1"


def people(without: int | None = None) -> list[Person]:
    def calls(i: int) -> list[str]:
        return ["chr1 1500 A G 0/1", OWN] if i == 2 else ["chr1 1500 A G 0/1"]

    kept = [i for i in range(6) if i != without]
    return [Person(f"p{i}", "XY" if i % 2 else "XX", calls=calls(i), holes=[("chr1", 2000 + i, 2050)]) for i in kept]


def test_withdraw_person__is_out_of_live_counts_at_once_and_certified_after_a_recount(
    tmp_path: Path, database_url: str
) -> None:
    with nation(tmp_path, *people(), database_url=database_url) as n:
        gone, person = n.accession["p2"], n.person_of["p2"]
        found = withdraw_person(n.house, OPERATOR, person)

        assert live_answer(n.house, n.clinician, n.case_of["p1"], SNV).headline.ac == 5
        assert found.state == "masked"
        assert erase(n.house, OPERATOR) == 1
        (done,) = certify(n.house, OPERATOR)

        assert (done.id, done.state) == (found.id, "certified")
        envelope = parse_envelope(done.certificate)
        n.house.keyring.public.check(envelope)
        assert (envelope.says["recounted_genomes"], envelope.says["differences"]) == (5, 0)
        for secret in (gone, person, n.case_of["p2"], "p2"):
            # What it says, not its signature: two letters are soon found in base64.
            assert secret not in str(envelope.says)
        store = n.house.store.path
        assert not any(gone.encode() in p.read_bytes() for p in store.rglob("*") if p.is_file())
        assert certify(n.house, OPERATOR) == [] and erase(n.house, OPERATOR) == 0


def test_withdraw_person__leaves_the_store_as_one_rebuilt_without_the_person(tmp_path: Path) -> None:
    with (
        nation(tmp_path / "all", *people()) as n,
        nation(tmp_path / "rest", *people(without=2)) as rest,
    ):
        withdraw_person(n.house, OPERATOR, n.person_of["p2"])
        erase(n.house, OPERATOR)

        assert counts(n) == counts(rest)


def counts(n: Nation) -> list[object]:
    with n.house.database.reading() as connection:
        view = n.house.view(connection)
    plain = [c.to_json() | {"manifest": ""} for c in view.count(Region("chr1", 1000, 3000))]
    swept = view.sweep("chr1", 1000, 3000, [view.cohort()], carried_only=False)
    return [plain, swept.key.tolist(), swept.per_base_an.tolist(), swept.per_base_raw_an.tolist()]


def test_certify__signs_nothing_when_the_recount_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with nation(tmp_path, *people()) as n:
        withdraw_person(n.house, OPERATOR, n.person_of["p2"])
        erase(n.house, OPERATOR)
        with n.house.database.reading() as connection:
            manifest = current_manifest(connection)
        blob = n.house.store.manifest(manifest).segments[0].blobs[0].file
        path = n.house.store.path / blob
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        path.chmod(0o640)
        path.unlink()
        path.write_bytes(bytes(raw))

        with pytest.raises(Broken, match="recount differs"):
            certify(n.house, OPERATOR)

        assert [one.state for one in erasures(n.house, OPERATOR)] == ["erased"]


def test_withdraw_person__twice_or_without_permission_is_refused(tmp_path: Path) -> None:
    with nation(tmp_path, *people()) as n:
        with pytest.raises(NotPermitted):
            withdraw_person(n.house, n.clinician, n.person_of["p2"])
        withdraw_person(n.house, OPERATOR, n.person_of["p2"])
        with pytest.raises(Refused, match="no genome here"):
            withdraw_person(n.house, OPERATOR, n.person_of["p2"])
        with pytest.raises(NotPermitted):
            erasures(n.house, n.clinician)
        assert len(erasures(n.house, Actor("dpo", frozenset({"dpo"})))) == 1


def test_withdraw_person__after_a_crash_before_the_note_is_finished_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dead(BaseException):
        pass

    def die(*_: object) -> None:
        raise Dead

    with nation(tmp_path, *people()) as n:
        with monkeypatch.context() as patch:
            patch.setattr(type(n.house.store), "publish", die)
            with pytest.raises(Dead):
                withdraw_person(n.house, OPERATOR, n.person_of["p2"])

        assert live_answer(n.house, n.clinician, n.case_of["p1"], SNV).headline.ac == 5
        erase(n.house, OPERATOR)
        assert len(certify(n.house, OPERATOR)) == 1


def test_registry_withdraw__and_verify_at_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with nation(tmp_path, *people()) as n:
        monkeypatch.setenv("EMBLA_HOME", str(n.house.home))

        person = n.person_of["p2"]
        # Without a terminal to ask at, and by another's pseudonym, nothing is done.
        assert cli.run(["registry", "withdraw", "north:p2", "--json"]) == 2
        said = capsys.readouterr().err
        assert f"{person} has 1 genome and 0 files here." in said and f"--yes {person}" in said
        assert cli.run(["registry", "withdraw", "north:p2", "--yes", n.person_of["p1"]]) == 1
        answers = iter([f"{n.person_of['p1']}\n", "\n", ""])
        monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True, readline=lambda: next(answers)))
        assert [cli.run(["registry", "withdraw", "north:p2"]) for _ in range(3)] == [1, 1, 1]
        with n.house.database.reading() as connection:
            assert len(genomes_of_person(connection, person)) == 1
        capsys.readouterr()

        monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True, readline=lambda: f"{person}\n"))
        assert cli.run(["registry", "withdraw", "north:p2", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["state"], told["genomes"]) == ("certified", 1)
        file = tmp_path / "certificate.json"
        assert cli.run(["registry", "erasures", "--certificate", told["erasure"], "-o", str(file)]) == 0
        assert cli.run(["verify", str(file)]) == 0
        said = capsys.readouterr().out
        assert "good" in said and "5 genomes" in said
        file.write_text(file.read_text().replace('"payload":"e', '"payload":"f'))
        assert cli.run(["verify", str(file)]) == 1
        assert find_erasure(n.house, OPERATOR, told["erasure"]).certified_at is not None
        capsys.readouterr()
        assert cli.run(["registry", "withdraw", n.person_of["p1"], "--yes", n.person_of["p1"]]) == 0
        assert "1 genome is out of every live answer" in capsys.readouterr().out
