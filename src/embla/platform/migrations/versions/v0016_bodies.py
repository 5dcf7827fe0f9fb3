"""The vault keeps no hash of a body as it lies: each of its segments is authenticated in its place (decision 0016)."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.drop_column("vault_files", "body_sha256")
