"""One person, one vote: which of a person's genomes counts. The only place where this rule is written."""

from sqlalchemy import ColumnElement, Subquery, case, func, select

from embla.registry import tables
from embla.registry.model.values import ASSAYS


def ranked_genomes(*narrowed: ColumnElement[bool]) -> Subquery:
    """Accepted germline genomes with their `place` among their person's: 1 counts.

    The best assay comes first (genome before exome before panel), then the newest. Tumour, RNA and foetal material
    never has the vote. `narrowed`: further conditions, which must take or leave a person's genomes together.
    """
    table = tables.genomes
    best = case({assay: rank for rank, assay in enumerate(ASSAYS)}, value=table.c.assay, else_=len(ASSAYS))
    place = func.row_number().over(partition_by=table.c.person, order_by=[best, table.c.number.desc()])
    return (
        select(table, place.label("place"))
        .where(table.c.state == "accepted", table.c.origin == "germline", *narrowed)
        .subquery()
    )
