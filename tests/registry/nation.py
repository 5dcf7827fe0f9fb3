"""A registry with people in it, made by hand: what submissions would have written."""

from datetime import date
from typing import Any

from sqlalchemy import Connection

from embla.platform import Database
from embla.registry import (
    FamilyMember,
    add_genome,
    ensure_case,
    ensure_family,
    ensure_person,
    ensure_sample,
    join_family,
    next_accession,
    seed,
)
from tests.support.homes import Ticking, counting_ids


class Nation:
    """Adds persons and genomes; names are what the laboratory calls them."""

    def __init__(self, database: Database, clock: Ticking) -> None:
        self.database = database
        self.clock = clock
        self.new_id = counting_ids()
        with database.transaction() as connection:
            seed(connection)

    def person(self, key: str, *, laboratory: str = "north", region: str | None = None) -> str:
        with self.database.transaction() as connection:
            return self._person(connection, key, laboratory, region)

    def genome(self, key: str, *, laboratory: str = "north", group: str = "heart", **changes: Any) -> str:
        """One accepted genome of a person; returns its accession."""
        with self.database.transaction() as connection:
            number = next_accession(connection)
            person = self._person(connection, key, laboratory, changes.pop("region", None))
            case = ensure_case(
                connection,
                laboratory=laboratory,
                key=changes.pop("case", f"case-{key}"),
                patient_group=group,
                person=person,
                family=None,
                opened=date(2026, 1, 12),
                clinicians=changes.pop("clinicians", ()),
                new_id=self.new_id,
            )
            sample = ensure_sample(
                connection,
                laboratory=laboratory,
                key=f"sample-{number}",
                person=person,
                tissue="blood",
                collected=None,
                new_id=self.new_id,
            )
            values = {
                "assay": "genome",
                "origin": "germline",
                "karyotype": "XX",
                "callability": "gvcf",
                "pipeline": "DRAGEN",
                "pipeline_version": "4",
                "source": f"source-{number}",
                "content": f"content-{number}",
                "submission": f"S{number}",
            }
            names = {"person": person, "case": case, "sample": sample, "laboratory": laboratory}
            return add_genome(connection, number, **names, accepted=self.clock(), **values | changes)

    def family(self, key: str, *, blood: dict[str, bool] | None = None, **members: str | list[str]) -> None:
        """`family("f", mother="m", index="c", sibling=["s"])`; the values are keys of persons."""
        with self.database.transaction() as connection:
            family = ensure_family(connection, laboratory="north", key=key, new_id=self.new_id, at=self.clock())
            for role, keys in members.items():
                for one in [keys] if isinstance(keys, str) else keys:
                    person = self._person(connection, one, "north", None)
                    join_family(connection, FamilyMember(family, person, role, (blood or {}).get(one, True)))

    def _person(self, connection: Connection, key: str, laboratory: str, region: str | None) -> str:
        return ensure_person(
            connection,
            laboratory=laboratory,
            key=key,
            pseudonym=None,
            region=region,
            new_id=self.new_id,
            at=self.clock(),
        )
