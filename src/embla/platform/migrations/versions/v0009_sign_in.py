"""Sign-in through a provider: states of logins under way, when a session was last confirmed; tokens with a purpose."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def text(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=nullable)


def upgrade() -> None:
    op.add_column("sessions", text("stepped_up", nullable=True))
    for name in ("id", "audience", "scopes", "used"):
        op.add_column("api_tokens", text(name, nullable=True))
    op.execute("UPDATE api_tokens SET id = substr(token_hash, 1, 12), audience = 'api'")
    op.create_table(
        "login_states",
        *(text("state_hash"), text("browser_hash"), text("nonce"), text("verifier"), text("after"), text("created")),
        text("session_hash", nullable=True),
        sa.PrimaryKeyConstraint("state_hash", name="pk_login_states"),
    )
