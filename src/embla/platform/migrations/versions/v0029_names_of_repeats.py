"""Names of repeats in releases of before go: nobody knows how many people's files gave one, and one laboratory's text
could stand there. The next release has those that enough files give."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    text, whole = sa.Text(), sa.Integer()
    columns = [sa.Column(name, text) for name in ("release", "kind", "names", "told")]
    own = sa.Table("structural_published", sa.MetaData(), *columns, sa.Column("number", whole))
    connection = op.get_bind()
    rows = connection.execute(sa.select(own.c.release, own.c.number, own.c.told).where(own.c.kind == "str")).all()
    for row in rows:
        told = json.loads(row.told)
        told.pop("names", None)
        here = (own.c.release == row.release) & (own.c.kind == "str") & (own.c.number == row.number)
        told_now = json.dumps(told, separators=(",", ":"))
        connection.execute(sa.update(own).where(here).values(names="", told=told_now))
