"""Keys of secure environments, for which a person's data may be sealed; tokens found by their id."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "environment_keys",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("fingerprint", "environment", "partner", "public_key")),
        sa.Column("registered", sa.Text, nullable=False),
        sa.Column("ended", sa.Text),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_environment_keys"),
        sa.ForeignKeyConstraint(["partner"], ["partners.id"], name="fk_environment_keys_partner"),
    )
    op.create_index("ix_environment_keys_partner", "environment_keys", ["partner"])
    op.create_index("ix_api_tokens_id", "api_tokens", ["id"])
