"""Answers with their versions, follow-ups with what opened them, questions between departments, and gene panels.

A home that is older begins to watch at the end of its log as it is now: what was news before has been seen by people.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def text(*names: str, nullable: bool = False) -> "list[sa.Column[str]]":
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def number(*names: str, nullable: bool = False) -> "list[sa.Column[int]]":
    return [sa.Column(name, sa.Integer, nullable=nullable, autoincrement=False) for name in names]


def link(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def upgrade() -> None:
    op.create_table(
        "answers",
        *text("id", "case", "person", "laboratory"), *number("head"), *text("genome", "panel", "panel_version"),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        link("answers", "case", "cases.id"),
        link("answers", "person", "persons.id"),
        link("answers", "laboratory", "laboratories.id"),
    )  # fmt: skip
    op.create_table(
        "answer_versions",
        *text("answer"), *number("number"), *text("content", "at", "by", "follow_up"),
        *text("acknowledged", nullable=True), *text("acknowledged_by", "receipt"), *text("read", nullable=True),
        *text("read_by"),
        sa.PrimaryKeyConstraint("answer", "number", name="pk_answer_versions"),
        link("answer_versions", "answer", "answers.id"),
    )  # fmt: skip
    op.create_table(
        "answer_findings",
        *text("answer", "allele", "class"),
        sa.PrimaryKeyConstraint("answer", "allele", name="pk_answer_findings"),
        link("answer_findings", "answer", "answers.id"),
    )
    op.create_table(
        "follow_ups",
        *text("id", "kind", "subject", "case", "person", "genome", "role", "laboratory"),
        sa.Column("recontact", sa.Boolean, nullable=False),
        *text("state", "opened", "due", "choice", "reason", "text"), *text("decided", nullable=True),
        *text("decided_by", "answer"), *number("number"), *text("informed", "closed", nullable=True),
        *number("level", "revision"), *text("standing", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_follow_ups"),
        link("follow_ups", "case", "cases.id"),
        link("follow_ups", "person", "persons.id"),
        link("follow_ups", "laboratory", "laboratories.id"),
        sa.UniqueConstraint("standing", name="uq_follow_ups_standing"),
    )  # fmt: skip
    op.create_table(
        "answer_triggers",
        *text("id", "kind", "subject", "before", "after", "because"), *number("event"), *text("at"),
        *number("concerned", "asked", "refused"),
        sa.PrimaryKeyConstraint("id", name="pk_answer_triggers"),
    )  # fmt: skip
    op.create_table(
        "follow_up_causes",
        *text("follow_up", "trigger"),
        sa.PrimaryKeyConstraint("follow_up", "trigger", name="pk_follow_up_causes"),
        link("follow_up_causes", "follow_up", "follow_ups.id"),
        link("follow_up_causes", "trigger", "answer_triggers.id"),
    )
    op.create_table(
        "answer_fold",
        *number("id"),
        *number("number", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_answer_fold"),
    )
    key = ("allele", "condition", "origin", "axis", "laboratory")
    op.create_table(
        "answer_seen_classes", *text(*key, "class"), sa.PrimaryKeyConstraint(*key, name="pk_answer_seen_classes")
    )
    op.create_table(
        "colleague_questions",
        *text("id", "allele", "case", "person", "account", "text", "asked", "until"),
        sa.PrimaryKeyConstraint("id", name="pk_colleague_questions"),
        link("colleague_questions", "case", "cases.id"),
        link("colleague_questions", "person", "persons.id"),
    )
    op.create_table(
        "colleagues_asked",
        *text("question", "case", "person", "genome", "state", "reply", "contact", "by"), *text("at", nullable=True),
        sa.PrimaryKeyConstraint("question", "case", name="pk_colleagues_asked"),
        link("colleagues_asked", "question", "colleague_questions.id"),
        link("colleagues_asked", "case", "cases.id"),
        link("colleagues_asked", "person", "persons.id"),
    )  # fmt: skip
    op.create_table(
        "panels", *text("id", "title", "net", "indication", "members"), *number("needed"),
        sa.PrimaryKeyConstraint("id", name="pk_panels"),
        link("panels", "indication", "patient_groups.code"),
    )  # fmt: skip
    op.create_table(
        "panel_versions",
        *text("panel"), *number("position"), *text("number", "entries", "why", "laboratory", "by", "at"),
        *text("since", "until", nullable=True),
        sa.PrimaryKeyConstraint("panel", "position", name="pk_panel_versions"),
        link("panel_versions", "panel", "panels.id"),
        link("panel_versions", "laboratory", "laboratories.id"),
    )  # fmt: skip
    op.create_table(
        "panel_approvals",
        *text("panel"), *number("position"), *text("laboratory", "by", "at"),
        sa.PrimaryKeyConstraint("panel", "position", "laboratory", name="pk_panel_approvals"),
        sa.ForeignKeyConstraint(
            ["panel", "position"], ["panel_versions.panel", "panel_versions.position"],
            name="fk_panel_approvals_panel_position",
        ),
        link("panel_approvals", "laboratory", "laboratories.id"),
    )  # fmt: skip
    indexes = {
        "answers": ("case", "person", "genome"), "answer_findings": ("allele",), "follow_ups": ("case", "person"),
        "follow_up_causes": ("trigger",), "colleague_questions": ("person", "account"),
        "colleagues_asked": ("case", "person"),
    }  # fmt: skip
    for table, columns in indexes.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_follow_ups_laboratory_state", "follow_ups", ["laboratory", "state", "due"])
    op.create_index("ix_follow_ups_state_due", "follow_ups", ["state", "due"])
    op.execute("INSERT INTO answer_fold (id, number) SELECT 1, number FROM event_head")
    # What laboratories say as of now is known, so that their next word is told from it: of several records of one the
    # one evaluated last, of one day the more severe, as discordances are read.
    rank = "CASE {}.class WHEN 'P' THEN 4 WHEN 'LP' THEN 3 WHEN 'VUS' THEN 2 WHEN 'LB' THEN 1 ELSE 0 END"
    stands = "JOIN classification_versions {v} ON {v}.classification = {c}.id AND {v}.number = {c}.published"
    shared = "{c}.withdrawn IS NULL AND {v}.share IN ('labs', 'public') AND {c}.axis IN ('germline', 'cnv', 'mtdna')"
    ours, theirs = {"c": "c", "v": "v"}, {"c": "d", "v": "w"}
    same = " AND ".join(f"d.{name} = c.{name}" for name in key)
    later = (
        "w.evaluated > v.evaluated OR (w.evaluated = v.evaluated AND "
        f"({rank.format('w')} > {rank.format('v')} OR ({rank.format('w')} = {rank.format('v')} AND d.id > c.id)))"
    )
    op.execute(
        f"INSERT INTO answer_seen_classes ({', '.join(key)}, class) "  # nosec B608  # names of our own columns alone
        f"SELECT {', '.join(f'c.{name}' for name in key)}, v.class FROM classifications c {stands.format(**ours)} "
        f"WHERE {shared.format(**ours)} AND NOT EXISTS (SELECT 1 FROM classifications d {stands.format(**theirs)} "
        f"WHERE {shared.format(**theirs)} AND {same} AND ({later}))"
    )
