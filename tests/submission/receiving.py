"""What tests of receiving share: the laboratory that sends, and what is kept and counted."""

from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import text

from embla.genome import Variant
from embla.platform import Actor, House
from embla.registry import counted_genomes
from tests.support.laboratory import SITE

# The face offers the function of that name, so the module is asked for by its full name.
module = import_module("embla.submission.receive")
NORTH = Actor("lab.north", frozenset({"lab"}), "north")
VARIANT = Variant("chr21", SITE[1], "A", "G")
TODAY = date(2026, 3, 2)


def count(house: House) -> tuple[int, int]:
    """ac and an at the site, over the genomes that count, in one read transaction."""
    with house.database.reading() as connection:
        view = house.view(connection)
        names = [genome.accession for genome in counted_genomes(connection, on=TODAY)]
        answer = view.count(VARIANT, view.cohort(names=names))[0]
    return answer.ac, answer.an


def rows(house: House, table: str) -> int:
    with house.database.reading() as connection:
        return int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar() or 0)


def open_files(folder: Path) -> list[Any]:
    from embla.submission import open_package

    return open_package(folder).manifest.files
