"""A correction takes the place of a genome: what was said on the old one holds no longer, from the same commit on."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from embla import cli
from embla.errors import Refused
from embla.pgx import passports
from embla.pgx.giving import profile_of
from embla.pgx.nation import recall
from embla.pgx.passports import issue, passports_for
from embla.pgx.tables import results
from embla.platform import OPERATOR, REVOKED_FILE, House, events_since
from embla.submission import receive_many
from tests.pgx.conftest import DOCTOR, REAL
from tests.support.laboratory import manifest, person, write_manifest


def correct(house: House, folder: Path, text: str) -> None:
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "N1-p.g.vcf").write_text(text)
    case = {"id": "N1-case", "clinicians": ["doctor"]}
    said = manifest("N2", [person("N1-p")], folder, case=case)
    write_manifest(folder, said | {"type": "correction", "corrects": "N1"})
    ((_, outcome),) = receive_many(house, OPERATOR, [folder])
    if isinstance(outcome, Exception):
        raise outcome


def test_correction__revokes_every_passport_of_its_genome_and_a_new_one_can_be_issued(
    house: House, case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = issue(house, DOCTOR, case, unchecked=True), issue(house, DOCTOR, case, unchecked=True)
    card, keys = tmp_path / "card.txt", tmp_path / "public.json"
    card.write_text(second.card + "\n")
    keys.write_text(house.keyring.public.text())
    recall(house, OPERATOR)

    correct(house, tmp_path / "N2", gzip.decompress(REAL.read_bytes()).decode().replace("\tHG00276\n", "\tN1-p-B\n", 1))

    told = {one.id: (one.state, one.reason) for one in passports_for(house, DOCTOR, case)}
    assert told == dict.fromkeys((first.id, second.id), ("revoked", "genome-corrected"))
    with house.database.reading() as connection:
        events = [one.body["passport"] for one in events_since(connection, 0, kinds=("passport-revoked",))]
        kept = connection.execute(results.select()).all()
    assert sorted(events) == sorted(told) and not kept
    # The list that verifiers bring along knows it without anybody's doing.
    assert cli.run(["verify", str(card), "--key", str(keys), "--revoked", str(house.home / REVOKED_FILE)]) == 1
    assert "revoked" in capsys.readouterr().err

    again = issue(house, DOCTOR, case, unchecked=True)
    assert again.version == 3 and again.state == "current" and again.genome != second.genome


def test_passport__is_not_issued_on_a_genome_that_a_correction_replaced_meanwhile(
    house: House, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recall(house, OPERATOR)
    text = gzip.decompress(REAL.read_bytes()).decode().replace("\tHG00276\n", "\tN1-p-B\n", 1)

    def and_then_corrected(*asked: Any) -> Any:
        profile = profile_of(*asked)
        correct(house, tmp_path / "N2", text)
        return profile

    monkeypatch.setattr(passports, "profile_of", and_then_corrected)
    with pytest.raises(Refused, match="replaced"):
        issue(house, DOCTOR, case, unchecked=True)

    assert passports_for(house, DOCTOR, case) == []
