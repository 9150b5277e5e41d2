"""A stolen database finds nobody: cities, positions and tags are encrypted, and found blindly.

Answers that no longer count are encrypted.

Earlier rows are encrypted here with the installation's keyring, a slice at a time.

Revision: 0018
Follows: 0017
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.models import types
from bot.models.padding import EncryptedBlocks

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SLICE_ROWS = 2000

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CITIES = sa.table(
    "people",
    sa.column("id", ROW_ID),
    sa.column("row_key", sa.LargeBinary()),
    sa.column("clear_city", sa.String(120)),
    sa.column("city", EncryptedBlocks("people.city")),
    sa.column("city_index", types.BlindIndex("city")),
)
POSITIONS = sa.table(
    "people",
    sa.column("id", ROW_ID),
    sa.column("row_key", sa.LargeBinary()),
    sa.column("latitude", sa.Double()),
    sa.column("longitude", sa.Double()),
    sa.column("position", EncryptedBlocks("people.position")),
    sa.column("cell", types.BlindIndex("cell")),
    sa.column("cell_tenth", types.BlindIndex("cell tenth")),
    sa.column("cell_degree", types.BlindIndex("cell degree")),
)
CELL_COLUMNS = ("cell", "cell_tenth", "cell_degree")
STEPS = (1, 10, 100)  # the sides of cells, in hundredths of a degree
TAGS = sa.table(
    "person_tags",
    sa.column("person_id", ROW_ID),
    sa.column("tag", types.BlindIndex("tag")),
    sa.column("words", EncryptedBlocks("person_tags.words")),
)
CLEAR_TAGS = sa.table(
    "person_tags",
    sa.column("person_id", ROW_ID),
    sa.column("tag", sa.String(40)),
)
FORMER_TAGS = sa.table(
    "former_tags",
    sa.column("person_id", ROW_ID),
    sa.column("tag", sa.String(40)),
)
FORMER_WORDS = sa.table(
    "former_tags",
    sa.column("person_id", ROW_ID),
    sa.column("row_key", sa.LargeBinary()),
    sa.column("words", EncryptedBlocks("person_tags.words")),
)
ANSWERS = sa.table(
    "check_ins",
    sa.column("id", ROW_ID),
    sa.column("row_key", sa.LargeBinary()),
    sa.column("person_id", ROW_ID),
    sa.column("at", types.UTCDateTime()),
    sa.column("status", sa.String(20)),
    sa.column("former_status", EncryptedBlocks("check_ins.former_status")),
)
CRISES = sa.table(
    "crises",
    sa.column("opened_at", types.UTCDateTime()),
    sa.column("closed_at", types.UTCDateTime()),
)
STATUS = sa.Enum(
    "safe",
    "help",
    "medical",
    "evacuate",
    name="checkinstatus",
    native_enum=False,
    create_constraint=True,
    length=20,
)

Columns = dict[str, Any]


def upgrade() -> None:
    """Encrypt where people are, what staff call them, and how they once were."""
    _seal_cities()
    _seal_positions()
    _seal_tags()
    _seal_answers()


def downgrade() -> None:
    """Write it in the clear again."""
    _open_answers()
    _open_tags()
    _open_positions()
    _open_cities()


def _rewrite(
    table: sa.TableClause,
    is_meant: sa.ColumnElement[bool],
    changed: Callable[[Any], Columns],
) -> None:
    """Change the columns of the rows that a condition means, a slice at a time."""
    connection = op.get_bind()
    last = 0
    while True:
        meant = sa.select(table).where(is_meant, table.c.id > last)
        rows = connection.execute(meant.order_by(table.c.id).limit(SLICE_ROWS)).all()
        if not rows:
            return
        changes: list[Columns] = []
        for row in rows:
            changes.append({"row": row.id, **changed(row)})
        connection.execute(sa.update(table).where(table.c.id == sa.bindparam("row")), changes)
        last = rows[-1].id


# --- cities ---------------------------------------------------------------------------------------


def _seal_cities() -> None:
    op.execute("ALTER TABLE people RENAME COLUMN city TO clear_city")
    op.add_column("people", sa.Column("city", EncryptedBlocks("people.city"), nullable=True))
    op.add_column("people", sa.Column("city_index", types.BlindIndex("city"), nullable=True))
    _rewrite(CITIES, CITIES.c.clear_city.is_not(None), _sealed_city)
    op.drop_column("people", "clear_city")
    op.create_index("ix_people_city_index", "people", ["city_index"])


def _sealed_city(person: Any) -> Columns:
    city = person.clear_city
    return {"clear_city": None, "city": city, "city_index": city}


def _open_cities() -> None:
    op.drop_index("ix_people_city_index", table_name="people")
    op.add_column("people", sa.Column("clear_city", sa.String(120), nullable=True))
    _rewrite(CITIES, CITIES.c.city.is_not(None), _opened_city)
    op.drop_column("people", "city_index")
    op.drop_column("people", "city")
    op.execute("ALTER TABLE people RENAME COLUMN clear_city TO city")


def _opened_city(person: Any) -> Columns:
    return {"clear_city": person.city, "city": None, "city_index": None}


# --- positions ------------------------------------------------------------------------------------


def _seal_positions() -> None:
    op.drop_index("ix_people_position", table_name="people")
    for name in ("position", *CELL_COLUMNS):
        op.add_column("people", sa.Column(name, POSITIONS.c[name].type, nullable=True))
    is_placed = POSITIONS.c.latitude.is_not(None) & POSITIONS.c.longitude.is_not(None)
    _rewrite(POSITIONS, is_placed, _sealed_position)
    op.drop_column("people", "latitude")
    op.drop_column("people", "longitude")
    for name in CELL_COLUMNS:
        op.create_index(f"ix_people_{name}", "people", [name])


def _sealed_position(person: Any) -> Columns:
    """Return the columns that say the same, encrypted and blind."""
    north = round(person.latitude * 100)
    east = round(person.longitude * 100)
    columns: Columns = {
        "latitude": None,
        "longitude": None,
        "position": f"{north / 100},{east / 100}",
    }
    for name, steps in zip(CELL_COLUMNS, STEPS, strict=True):
        columns[name] = f"{north // steps},{east // steps}"
    return columns


def _open_positions() -> None:
    for name in CELL_COLUMNS:
        op.drop_index(f"ix_people_{name}", table_name="people")
    for name in ("latitude", "longitude"):
        op.add_column("people", sa.Column(name, sa.Double(), nullable=True))
    _rewrite(POSITIONS, POSITIONS.c.position.is_not(None), _opened_position)
    for name in ("position", *CELL_COLUMNS):
        op.drop_column("people", name)
    op.create_index("ix_people_position", "people", ["latitude", "longitude"])


def _opened_position(person: Any) -> Columns:
    latitude, longitude = person.position.split(",")
    return {
        "latitude": float(latitude),
        "longitude": float(longitude),
        "position": None,
    }


# --- tags -----------------------------------------------------------------------------------------


def _seal_tags() -> None:
    _make_tags_anew(
        sa.Column("tag", types.BlindIndex("tag"), nullable=False),
        sa.Column("words", EncryptedBlocks("person_tags.words"), nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
    )
    _fill_tags(FORMER_TAGS, TAGS, _sealed_tag)


def _sealed_tag(former: Any) -> Columns:
    return {"person_id": former.person_id, "tag": former.tag, "words": former.tag}


def _open_tags() -> None:
    _make_tags_anew(sa.Column("tag", sa.String(40), nullable=False))
    _fill_tags(FORMER_WORDS, CLEAR_TAGS, _opened_tag)


def _opened_tag(former: Any) -> Columns:
    return {"person_id": former.person_id, "tag": former.words}


def _make_tags_anew(*columns: sa.Column[Any]) -> None:
    """Put an empty table with these columns in the place of the tags, which `former_tags` keeps."""
    op.execute("CREATE TABLE former_tags AS SELECT * FROM person_tags")
    op.drop_table("person_tags")
    op.create_table(
        "person_tags",
        sa.Column("person_id", ROW_ID, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_person_tags_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "tag", name=op.f("pk_person_tags")),
    )
    op.create_index("ix_person_tags_tag", "person_tags", ["tag"])


def _fill_tags(
    former: sa.TableClause,
    table: sa.TableClause,
    changed: Callable[[Any], Columns],
) -> None:
    """Write the former tags into the new table, those of some people at a time."""
    connection = op.get_bind()
    person_id = former.c.person_id
    newest_id = connection.scalar(sa.select(sa.func.max(person_id))) or 0
    for first_id in range(0, newest_id + 1, SLICE_ROWS):
        end_id = first_id + SLICE_ROWS
        of_people = sa.select(former).where(person_id >= first_id, person_id < end_id)
        rows = [changed(tag) for tag in connection.execute(of_people)]
        if rows:
            connection.execute(sa.insert(table), rows)
    op.drop_table("former_tags")


# --- answers --------------------------------------------------------------------------------------


def _seal_answers() -> None:
    former_status = sa.Column("former_status", ANSWERS.c.former_status.type, nullable=True)
    op.add_column("check_ins", former_status)
    op.add_column("check_ins", sa.Column("row_key", sa.LargeBinary(16), nullable=True))
    _let_statuses_be_empty(is_allowed=True)
    _rewrite(ANSWERS, ANSWERS.c.status.is_not(None) & _is_former(), _sealed_answer)


def _sealed_answer(answer: Any) -> Columns:
    return {"status": None, "former_status": answer.status}


def _is_former() -> sa.ColumnElement[bool]:
    """Say in SQL whether an answer is neither the newest, nor was when a crisis closed."""
    during = sa.exists().where(
        CRISES.c.opened_at <= ANSWERS.c.at,
        CRISES.c.closed_at >= ANSWERS.c.at,
        ~_has_newer(CRISES.c.closed_at),
    )
    return _has_newer() & ~during.correlate(ANSWERS)


def _has_newer(until: sa.ColumnElement[Any] | None = None) -> sa.ColumnElement[bool]:
    """Say in SQL whether the person of an answer gave a newer one, until a time."""
    newer = ANSWERS.alias()
    is_later = newer.c.at > ANSWERS.c.at
    is_at_once = (newer.c.at == ANSWERS.c.at) & (newer.c.id > ANSWERS.c.id)
    answer = sa.exists().where(newer.c.person_id == ANSWERS.c.person_id, is_later | is_at_once)
    if until is not None:
        answer = answer.where(newer.c.at <= until)
    return answer.correlate(ANSWERS, CRISES)


def _open_answers() -> None:
    _rewrite(ANSWERS, ANSWERS.c.former_status.is_not(None), _opened_answer)
    _let_statuses_be_empty(is_allowed=False)
    op.drop_column("check_ins", "row_key")
    op.drop_column("check_ins", "former_status")


def _opened_answer(answer: Any) -> Columns:
    return {"status": answer.former_status, "former_status": None}


def _let_statuses_be_empty(*, is_allowed: bool) -> None:
    """Change the column; no table refers to this one, so that SQLite may make it anew."""
    with op.batch_alter_table("check_ins") as batch_op:
        batch_op.alter_column("status", existing_type=STATUS, nullable=is_allowed)
