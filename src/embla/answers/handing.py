"""A version handed out: the letter and the bundle, with what people and laboratories are called in both."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from embla.answers import answering
from embla.answers.model.answer import Report, Version
from embla.answers.model.fhir import bundle
from embla.answers.paper import answer_pdf
from embla.classification import all_panels
from embla.platform import find_account
from embla.registry import case_of, laboratories

if TYPE_CHECKING:
    from embla.platform import Actor, House


def letter_of(
    house: "House", actor: "Actor", case: str, answer: str, number: int, language: str
) -> tuple[Version, bytes]:
    """A version with its letter (PDF), which says where another took its place."""
    version, newer = answering.version_and_next(house, actor, case, answer, number)
    with house.database.reading() as connection:
        known = case_of(connection, case)
        panel = next((one.title for one in all_panels(connection) if one.id == version.content.panel), "")
    made = answer_pdf(
        version, known.key if known else case, by=name_of(house, version.by), language=language,
        zone=house.settings.time_zone, labs=laboratory_names(house), panel=panel, newer=newer,
    )  # fmt: skip
    return version, made


def bundle_of(house: "House", actor: "Actor", case: str, answer: str, number: int) -> dict[str, Any]:
    """A version as FHIR R4."""
    return told_as_fhir(house, answering.version_of(house, actor, case, answer, number), case)


def told_as_fhir(house: "House", version: Version, case: str) -> dict[str, Any]:
    """A version that was decided about already, as FHIR R4."""
    return bundle(version, case, by=name_of(house, version.by))


def name_of(house: "House", account: str) -> str:
    """What the account that answered is called; "" where it is not there any more."""
    with house.database.reading() as connection:
        found = find_account(connection, account)
    return found.display if found is not None else ""


def laboratory_names(house: "House") -> dict[str, str]:
    """What laboratories are called, by code."""
    with house.database.reading() as connection:
        return {one.id: one.name for one in laboratories(connection)}


def people_of(house: "House", reports: Sequence[Report], *more: str) -> dict[str, str]:
    """What accounts that answered or read are called, by account; `more`: others that a page shows."""
    accounts = {name for report in reports for one in report.versions for name in (one.by, one.read_by)} | {*more}
    return {name: name_of(house, name) or name for name in accounts if name}
