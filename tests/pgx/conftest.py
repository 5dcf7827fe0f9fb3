"""A case whose patient is a real genome's extract, for the tests of what comes out of a home."""

import gzip
from pathlib import Path

import pytest

from embla.platform import OPERATOR, Actor, House, create_account
from embla.submission import receive_many
from tests.support.laboratory import manifest, person, write_manifest

DOCTOR = Actor("doctor", frozenset({"clinician"}))
COLLEAGUE = Actor("colleague", frozenset({"clinician"}))
REAL = Path(__file__).parents[1] / "data" / "gvcf" / "HG00276.g.vcf.gz"


@pytest.fixture
def case(house: House, tmp_path: Path) -> str:
    """A case whose patient is a real genome's extract."""
    folder = tmp_path / "N1"
    (folder / "files").mkdir(parents=True)
    text = gzip.decompress(REAL.read_bytes()).decode().replace("\tHG00276\n", "\tN1-p-B\n", 1)
    (folder / "files" / "N1-p.g.vcf").write_text(text)
    write_manifest(folder, manifest("N1", [person("N1-p")], folder, case={"clinicians": ["doctor"]}))
    with house.database.transaction() as connection:
        for actor in (DOCTOR, COLLEAGUE):
            create_account(
                connection, actor.id, display=actor.id, roles=actor.roles, by=OPERATOR, at=house.clock()
            )  # fmt: skip
    ((_, outcome),) = receive_many(house, OPERATOR, [folder])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome.case
