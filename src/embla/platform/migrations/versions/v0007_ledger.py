"""The log's tree and its checkpoints, and a key per subject. The tree is computed over the events that are there."""

import json
from collections.abc import Iterator
from hashlib import sha256
from secrets import token_hex

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_EVENTS = (
    "SELECT number, at, actor, kind, subject, version, body, previous FROM events "
    "WHERE number > :after ORDER BY number LIMIT 5000"
)


def upgrade() -> None:
    op.add_column("event_head", sa.Column("log", sa.Text, nullable=False, server_default=""))
    op.add_column("event_head", sa.Column("peaks", sa.Text, nullable=False, server_default=""))
    nodes = op.create_table(
        "event_nodes",
        sa.Column("level", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name="pk_event_nodes"),
    )
    op.create_table(
        "log_checkpoints",
        sa.Column("size", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("peaks", sa.Text, nullable=False),
        sa.Column("envelope", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_log_checkpoints"),
    )
    op.create_table(
        "subject_keys",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("wrapped", sa.Text),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("destroyed", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_subject_keys"),
        sa.UniqueConstraint("subject", name="uq_subject_keys_subject"),
    )
    peaks: list[bytes] = []
    for size, leaf in enumerate(_leaves(op.get_bind())):
        node, level, rest = leaf, 0, size
        while rest & 1:
            node, level, rest = sha256(b"\1" + peaks.pop() + node).digest(), level + 1, rest >> 1
            if level >= 8:
                op.bulk_insert(nodes, [{"level": level, "position": rest, "hash": node.hex()}])
        peaks.append(node)
    head = sa.table("event_head", sa.column("log"), sa.column("peaks"))
    op.execute(head.update().values(log=token_hex(16), peaks=b"".join(peaks).hex()))


def _leaves(connection: sa.Connection) -> Iterator[bytes]:
    """RFC 6962 leaves of every event, in order. Written out here: a migration must not change when the program does."""
    query = sa.text(_EVENTS)
    after = 0
    while rows := connection.execute(query, {"after": after}).all():
        for row in rows:
            yield sha256(b"\0" + json.dumps(list(row), separators=(",", ":"), ensure_ascii=True).encode()).digest()
        after = rows[-1][0]
