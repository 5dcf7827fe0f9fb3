"""The check as a laboratory runs it from the command line: with the registers of a home here, or without any."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from embla.errors import Refused
from embla.genome import GRCH38
from embla.genotypes import Policy
from embla.reference import Reference
from embla.submission.check import Progress, Reading, check_package, check_rest
from embla.submission.judge import judge, judge_offline
from embla.submission.model.acknowledgement import Acknowledgement
from embla.submission.model.finding import Finding, PackageRefused
from embla.submission.package import MANIFEST, MAX_MANIFEST, open_package, read_manifest
from embla.submission.receive import acknowledged, reading_of
from embla.submission.sealed import is_sealed

if TYPE_CHECKING:
    from embla.platform import House


def of_files(told: Callable[[int, int], None]) -> Progress:
    """Tells how far the reading of each file is."""
    return lambda path, n, of: told(n, of)


def acknowledged_before(folder: Path, house: "House | None") -> Acknowledgement | None:
    """The acknowledgement that `send` would give again, without another look: this very package was taken before."""
    if house is None:
        return None
    try:
        with (folder / MANIFEST).open("rb") as file:
            package = read_manifest(file.read(MAX_MANIFEST + 1))
    except (OSError, PackageRefused):
        return None
    return acknowledged(house, package)


def findings_of(folder: Path, house: "House | None", reading: Reading, progress: Progress) -> list[Finding]:
    """All that is wrong, as the server would say it; also of a manifest that breaks the schema."""
    if is_sealed(folder):
        raise Refused(f"{folder} is encrypted: only the database reads it.", mend="Check the package before.")
    today = house.clock().date() if house is not None else date.today()
    try:
        package = open_package(folder)
        checked = check_package(package, reading, on=today, progress=progress)
    except PackageRefused as refused:
        if refused.rest is None:
            return list(refused.findings)
        package = refused.rest
        checked = check_rest(refused, reading, on=today, progress=progress)
    if house is None:
        return [*package.heard(judge_offline(package)), *checked.findings]
    with house.database.reading() as connection:
        judged = judge(connection, package, checked.genomes, on=today, settings=house.settings)
    return [*package.heard(judged), *checked.findings]


def reading_for(house: "House | None", reference: Path | None, say: Callable[[str], None]) -> Reading:
    """How calls are read: as the home here does, else with the sequence given, or none."""
    if house is not None and reference is None:
        return reading_of(house)
    opened = Reference.open(reference) if reference is not None else None
    if opened is None:
        say("no reference: REF bases are compared by the server only.")
    return Reading(GRCH38, opened, house.store.policy if house is not None else Policy())
