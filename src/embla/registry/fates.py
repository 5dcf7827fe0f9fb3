"""What became of a laboratory's genomes, month by month, and how well they were read, by version of the pipeline."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Text, and_, case, func, literal_column, select, type_coerce

from embla.registry import tables
from embla.registry.voting import ranked_genomes

# counted: has its person's vote. other_counts: another genome of the person has it. The rest is what ended it or kept
# it from ever counting.
FATES = ("counted", "other_counts", "not_germline", "replaced", "withdrawn")


@dataclass(frozen=True)
class Measures:
    """One genome's measures: depth in x, covered_20x and q30 in per cent; None is not known."""

    pipeline: str
    version: str
    accepted: str
    depth: float | None
    covered_20x: float | None
    q30: float | None
    het_hom: float | None
    het_balance: float | None


def fates_by_month(connection: Connection, laboratory: str) -> dict[str, dict[str, int]]:
    """Month of acceptance (UTC, 2026-03) -> fate -> genomes of the laboratory. Every genome has one fate."""
    table = tables.genomes
    mine = select(table.c.person).where(table.c.laboratory == laboratory, table.c.state == "accepted")
    ranked = ranked_genomes(table.c.person.in_(mine))
    month = func.substr(type_coerce(table.c.accepted, Text), literal_column("1"), literal_column("7"))
    fate = case(
        (and_(table.c.state == "accepted", table.c.origin != "germline"), "not_germline"),
        (and_(table.c.state == "accepted", ranked.c.place == 1), "counted"),
        (table.c.state == "accepted", "other_counts"),
        else_=table.c.state,
    )
    told = select(month.label("month"), fate.label("fate")).select_from(
        table.outerjoin(ranked, ranked.c.number == table.c.number)
    )
    one = told.where(table.c.laboratory == laboratory).subquery()
    found: dict[str, dict[str, int]] = {}
    query = select(one.c.month, one.c.fate, func.count()).group_by(one.c.month, one.c.fate)
    for at, name, number in connection.execute(query):
        found.setdefault(at, {})[name] = number
    return found


def measures_of(connection: Connection, laboratory: str) -> Iterator[Measures]:
    """Accepted germline genomes of a laboratory whose pipeline is known, oldest first."""
    table = tables.assays
    columns = (table.c.pipeline, table.c.pipeline_version, type_coerce(table.c.accepted, Text), table.c.depth,
               table.c.covered_20x, table.c.q30, table.c.het_hom, table.c.het_balance)  # fmt: skip
    query = select(*columns).where(
        table.c.laboratory == laboratory, table.c.state == "accepted", table.c.origin == "germline",
        table.c.assay == "genome", table.c.pipeline.is_not(None),
    )  # fmt: skip
    for row in connection.execute(query.order_by(table.c.accepted, table.c.id)):
        yield Measures(*row)
