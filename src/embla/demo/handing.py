"""What leaves the demo whole, under agreement: a release for annotation tools, a study's freeze, a patient's calls.

They lie in `handed` of the home, each with its signed manifest; docs/interoperability.md says what takes them.
"""

from contextlib import redirect_stderr
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Final

from embla.federation import seal_for
from embla.frequency import hand_over, make_freeze
from embla.platform import OPERATOR, House
from embla.registry import Partner, accepted_genomes, add_agreement, add_environment_key
from embla.vault import read_public_key

FOLDER: Final = "handed"
GROUP: Final = "heart"
# Fewer than a real copy is tried with: the figure on it is a lower bound either way, and says so.
_TRIED: Final = 200


def hand_out(house: House) -> tuple[Path, int]:
    """Agree with both partners, write both; the folder, and how many people are in the freeze."""
    folder = house.home / FOLDER
    folder.mkdir(mode=0o700)
    day = house.clock().date() - timedelta(days=12)
    for partner, flow, reference in (
        (Partner("annotators", "Makers of an annotation tool", "DK"), "files", "DPA-2026-3"),
        (Partner("heart-institute", "Institute of the Heart", "DK"), "research", "DPA-2026-4"),
    ):
        add_agreement(house, OPERATOR, partner, flow=flow, reference=reference, drafted=day, signed=day)
    hand_over(house, OPERATOR, "annotators", folder / "release.vcf.gz", variants=_TRIED)
    made = make_freeze(
        house, OPERATOR, "heart-study", "heart-institute", folder / "heart-study", kind="plink2",
        patient_groups=[GROUP],
    )  # fmt: skip
    send_sealed(house, folder)
    return folder, made.people


def send_sealed(house: House, folder: Path) -> None:
    """One patient's calls, sealed for the secure environment of a hospital that treats, too. Its secret key lies
    beside them, as this is a demo: `crypt4gh decrypt --sk environment.sec` opens them."""
    from crypt4gh.keys.c4gh import generate

    secret, public = folder / "environment.sec", folder / "environment.pub"
    with redirect_stderr(StringIO()):  # it warns that the key has no passphrase
        generate(str(secret), str(public), None, None)
    day = house.clock().date() - timedelta(days=12)
    partner = Partner("treating-hospital", "A hospital that treats the patient too", "DK")
    add_agreement(house, OPERATOR, partner, flow="delivery", reference="DPA-2026-5", drafted=day, signed=day)
    key = read_public_key(public.read_text("ascii"))
    known = add_environment_key(house, OPERATOR, "hospital-secure", partner.id, key)
    with house.database.reading() as connection:
        genome = accepted_genomes(connection)[0].accession
    seal_for(house, OPERATOR, genome, known.fingerprint, folder / "patient.vcf.gz.c4gh")
