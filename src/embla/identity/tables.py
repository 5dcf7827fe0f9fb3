"""The zone's tables, in a database of their own: their metadata is not the house's. They come through steps.py."""

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text, UniqueConstraint

from embla.platform import UtcTime

metadata = MetaData()

# One row: the version of the key in use, and a keyed value by which a wrong key is noticed before it writes anything.
state = Table(
    "zone_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key_version", Integer, nullable=False),
    Column("proof", Text, nullable=False),
)

# sealed: {"names": [oldest, ..., present], "born": "2011-03" or null}
people = Table(
    "zone_people",
    metadata,
    Column("person", Text, primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("key_version", Integer, nullable=False),
    Column("created", UtcTime, nullable=False),
)

# A person's numbers, 1 the oldest. sealed: the number.
numbers = Table(
    "zone_numbers",
    metadata,
    Column("look_up", Text, primary_key=True),
    Column("person", Text, ForeignKey("zone_people.person"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("key_version", Integer, nullable=False),
    Column("noted", UtcTime, nullable=False),
    UniqueConstraint("person", "place"),
)

# Neither column of a row tells a person without the key. sealed: {"person": ..., "pseudonym": ...}
projects = Table(
    "zone_projects",
    metadata,
    Column("project", Text, primary_key=True),
    Column("look_up", Text, primary_key=True),
    Column("back", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("key_version", Integer, nullable=False),
    UniqueConstraint("project", "back"),
)
