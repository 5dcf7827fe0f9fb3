"""What stands, for rooms above: who says what about alleles, what an entry of the log touched, one shared record.

Of shared classifications alone, as discordances count them: one class per laboratory, allele, condition, origin, axis.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select

from embla.classification import store
from embla.classification.discording import COMPARED
from embla.classification.model.discordance import Position, reduced
from embla.classification.store import Shown
from embla.classification.tables import classification_versions, classifications

if TYPE_CHECKING:
    from embla.platform import Event

# Entries after which a laboratory may say something else about an allele.
CHANGES: Final = ("classification-signed", "classification-withdrawn", "classifications-imported")


def touched(connection: Connection, event: "Event") -> list[str]:
    """Alleles about which an entry of the log may have changed what stands; none for an entry of another kind."""
    if event.kind not in CHANGES:
        return []
    table, name = classifications.c, event.subject.partition(":")[2]
    if event.kind != "classifications-imported":
        return list(connection.execute(select(table.allele).where(table.id == name)).scalars())
    return _imported(connection, event.body["laboratory"], event.at)


def _imported(connection: Connection, laboratory: str, at: datetime) -> list[str]:
    """The versions of one batch of a list were made at the time of its entry."""
    table, version = classifications.c, classification_versions.c
    query = select(table.allele).join(classification_versions, version.classification == table.id)
    query = query.where(table.laboratory == laboratory, version.created == at).distinct()
    return sorted(connection.execute(query).scalars())


def standing_classes(
    connection: Connection, alleles: Sequence[str], at: datetime
) -> dict[tuple[str, str, str, str, str], str]:
    """(allele, condition, origin, axis, laboratory) -> class, of what was shared about these alleles at a time."""
    said: dict[tuple[str, str, str, str], list[Position]] = defaultdict(list)
    for row in store.positions_about(connection, list(alleles), COMPARED, at=at):
        subject = (row.allele, row.condition, row.origin, row.axis)
        said[subject].append(Position(row.laboratory, row.class_, row.evaluated))
    return {(*subject, one.laboratory): one.class_ for subject, all_ in said.items() for one in reduced(all_)}


def shared_alleles(connection: Connection, classes: Sequence[str]) -> list[str]:
    """Alleles of which some laboratory shares one of these classes, about what is inherited; in no order."""
    version, record = classification_versions.c, classifications.c
    query = (
        select(record.allele).distinct().select_from(classifications)
        .join(classification_versions, (version.classification == record.id) & (version.number == record.published))
        .where(record.withdrawn.is_(None), record.axis.in_(COMPARED), record.origin != "somatic",
               version.share.in_(("labs", "public")), version.class_.in_(list(classes)))
    )  # fmt: skip
    return list(connection.execute(query).scalars())


def shared_record(connection: Connection, classification: str) -> Shown | None:
    """What a record shares, with the version that is published; None for one that is not shared or was withdrawn."""
    record = store.by_id(connection, classification)
    if record is None or record.published is None or record.withdrawn:
        return None
    found = [one for one in store.versions_of(connection, record) if one.number == record.published]
    return found[0] if found and found[0].content.share in ("labs", "public") else None
