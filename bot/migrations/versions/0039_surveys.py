"""Surveys: who comes to an event, and short questions in chat; answers, and counts of them.

Revision: 0039
Follows: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHANGE_KINDS = (
    "post",
    "post_move",
    "post_closing",
    "post_opening",
    "accreditation",
    "emergency_number",
    "crisis_name",
    "price",
    "reach",
    "new_account",
    "new_link",
    "transport",
    "organisation",
    "organisation_removal",
)
CELL = ["survey_id", "country", "city", "question", "choice"]
TABLES = ("survey_figures", "sign_ups", "survey_answers", "survey_asks", "survey_countries")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "surveys",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", _one_of("surveykind", "event", "survey"), nullable=False),
        sa.Column(
            "state",
            _one_of("surveystate", "draft", "open", "closed", "cancelled"),
            nullable=False,
        ),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("venues", sa.JSON(), nullable=False),
        sa.Column("starts_at", TIME, nullable=True),
        sa.Column("seats", sa.SmallInteger(), nullable=True),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("author_id", ROW_ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("opened_at", TIME, nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_surveys_state"), "surveys", ["state"])
    op.create_index(op.f("ix_surveys_closed_at"), "surveys", ["closed_at"])
    op.create_table(
        "survey_countries",
        sa.Column("survey_id", ROW_ID, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        _of_survey("survey_countries"),
        sa.PrimaryKeyConstraint("survey_id", "country", name=op.f("pk_survey_countries")),
    )
    _create_asks()
    _create_answers()
    _create_sign_ups()
    _create_figures()
    _allow_changes((*CHANGE_KINDS, "survey"))


def _create_asks() -> None:
    op.create_table(
        "survey_asks",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("survey_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("is_reachable", sa.Boolean(), nullable=False),
        sa.Column("message_id", ROW_ID, nullable=True),
        _of_survey("survey_asks"),
        _of_person("survey_asks"),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outbound_messages.id"],
            name=op.f("fk_survey_asks_message_id_outbound_messages"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_asks")),
        sa.UniqueConstraint(
            "survey_id", "person_id", name=op.f("uq_survey_asks_survey_id_person_id")
        ),
    )
    op.create_index(op.f("ix_survey_asks_person_id"), "survey_asks", ["person_id"])
    op.create_index(op.f("ix_survey_asks_message_id"), "survey_asks", ["message_id"])


def _create_answers() -> None:
    op.create_table(
        "survey_answers",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("survey_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("question", sa.SmallInteger(), nullable=False),
        sa.Column("choice", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", TIME, nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        _of_survey("survey_answers"),
        _of_person("survey_answers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answers")),
        sa.UniqueConstraint(
            "survey_id",
            "person_id",
            "question",
            name=op.f("uq_survey_answers_survey_id_person_id_question"),
        ),
    )
    op.create_index(op.f("ix_survey_answers_person_id"), "survey_answers", ["person_id"])


def _create_sign_ups() -> None:
    op.create_table(
        "sign_ups",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("survey_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column(
            "answer",
            _one_of("signupanswer", "coming", "waiting", "not_coming"),
            nullable=False,
        ),
        sa.Column("companions", sa.SmallInteger(), nullable=False),
        sa.Column("answered_at", TIME, nullable=False),
        sa.Column("waits_since", TIME, nullable=True),
        _of_survey("sign_ups"),
        _of_person("sign_ups"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ups")),
        sa.UniqueConstraint("survey_id", "person_id", name=op.f("uq_sign_ups_survey_id_person_id")),
    )
    op.create_index(op.f("ix_sign_ups_person_id"), "sign_ups", ["person_id"])


def _create_figures() -> None:
    op.create_table(
        "survey_figures",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("survey_id", ROW_ID, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("city", sa.String(120), nullable=False),
        sa.Column("question", sa.SmallInteger(), nullable=False),
        sa.Column("choice", sa.SmallInteger(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("published_at", TIME, nullable=False),
        _of_survey("survey_figures"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_figures")),
    )
    op.create_index("ix_survey_figures_cell", "survey_figures", CELL, unique=True)


def downgrade() -> None:
    """Forget the surveys, and the changes that would open more."""
    op.execute("DELETE FROM changes WHERE kind = 'survey'")
    _allow_changes(CHANGE_KINDS)
    for table in TABLES:
        op.drop_table(table)
    op.drop_table("surveys")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(
        *values,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
    )


def _of_survey(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["survey_id"],
        ["surveys.id"],
        name=op.f(f"fk_{table}_survey_id_surveys"),
        ondelete="CASCADE",
    )


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["person_id"],
        ["people.id"],
        name=op.f(f"fk_{table}_person_id_people"),
        ondelete="CASCADE",
    )


def _allow_changes(kinds: tuple[str, ...]) -> None:
    """Let a change be one of these kinds."""
    quoted = [f"'{kind}'" for kind in kinds]
    with op.batch_alter_table("changes") as batch_op:
        batch_op.drop_constraint(op.f("ck_changes_changekind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_changes_changekind"), f"kind IN ({', '.join(quoted)})"
        )
