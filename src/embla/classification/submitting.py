"""A laboratory's public classifications for ClinVar: which go, which are updates, which are to be deleted there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from embla.classification import store
from embla.classification.model.clinvar import LeftOut, Submitted, is_accession, is_long, submissions
from embla.classification.tables import classifications as records
from embla.errors import BadInput
from embla.genome import Variant
from embla.platform import append_event
from embla.policy import Action, permit
from embla.reference import Unplaced, allele_of

if TYPE_CHECKING:
    from embla.platform import Actor, House

_MOST_BYTES: Final = 32 << 20


@dataclass(frozen=True)
class ForClinvar:
    """`submissions` are (axis, or "deletion", and the JSON) in the order to send them."""

    submissions: tuple[tuple[str, dict[str, Any]], ...]
    left_out: tuple[LeftOut, ...]
    records: int
    deletions: int


def for_clinvar(
    house: "House", actor: "Actor", laboratory: str, *, accessions: Mapping[str, str] | None = None
) -> ForClinvar:
    """What a laboratory shares with everybody, as ClinVar's submission JSON.

    `accessions`: our id -> SCV, of what ClinVar has already: it is updated, or deleted where it was withdrawn here.
    """
    permit(house.database, actor, Action.CLASSIFY, purpose="care", clock=house.clock, laboratory=laboratory)
    known = dict(accessions or {})
    found, gone, left = [], [], []
    with house.database.transaction() as connection:
        for one in store.all_published(connection, ("public",), laboratory=laboratory):
            about = one.record.identity
            contig, pos, ref, alt = about.allele.split("-", 3)
            variant = Variant(contig, int(pos), ref, alt)
            name = _hgvs(variant, house) if is_long(variant) else ""
            found.append(Submitted(one.record.id, about, one.content, variant, known.pop(one.record.id, ""), name))
        query = select(records).where(records.c.laboratory == laboratory, records.c.withdrawn.is_not(None))
        for row in connection.execute(query):
            if (accession := known.pop(row.id, "")) != "":
                steps = store.steps_of(connection, row.id)
                reason = next((step.verdict for step in reversed(steps) if step.kind == "withdrawn"), "other")
                gone.append((accession, reason))
        left += [LeftOut(name, "it has an accession, and is no public classification here") for name in sorted(known)]
        made, refused = submissions(found, gone)
        append_event(
            connection, at=house.clock(), actor=actor.id, kind="classification-submitted-elsewhere",
            subject=f"laboratory:{laboratory}",
            body={"to": "clinvar", "records": len(found) - len(refused), "deletions": len(gone)},
        )  # fmt: skip
    return ForClinvar(tuple(made), (*refused, *left), len(found) - len(refused), len(gone))


def _hgvs(variant: Variant, house: "House") -> str:
    """The g. or m. name; "" where the reference of its place is not loaded."""
    try:
        named = allele_of(variant, house.names)
    except (Unplaced, BadInput):
        return ""
    return named.names.g if named.names is not None else ""


def read_accessions(path: Path) -> dict[str, str]:
    """Our id and an SCV per line, with a tab between; a first line of names may stand. BadInput for another line."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadInput("This table is larger than 32 MB.", path=str(path), mend="Give our ids and SCVs only.")
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise BadInput("This table cannot be read.", path=str(path), mend="Give a text file in UTF-8.") from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        ours, _, accession = (part.strip() for part in line.partition("\t"))
        accession = accession.partition("\t")[0].partition(".")[0].strip()
        if number == 1 and not is_accession(accession):
            continue
        if not ours or not is_accession(accession):
            raise BadInput(
                "This is not our id, a tab and an SCV number.", path=str(path), line=number,
                mend="Write them as ClinVar's submission report has them: local key, SCV000123456.",
            )  # fmt: skip
        if found.setdefault(ours, accession) != accession:
            raise BadInput("One id has two accessions.", path=str(path), line=number, mend="Keep the one that stands.")
    return found
