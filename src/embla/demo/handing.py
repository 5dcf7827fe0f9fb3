"""What leaves the demo whole: a release for annotation tools, and a freeze for one study, under agreement.

They lie in `handed` of the home, each with its signed manifest; docs/interoperability.md says what takes them.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final

from embla.frequency import hand_over, make_freeze
from embla.platform import OPERATOR, House
from embla.registry import Partner, add_agreement

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
    return folder, made.people
