"""A new key in the place of an old one: everything sealed is sealed anew, batch by batch, and found by the new key.

A row says itself under which key it is, so the work can be stopped anywhere and goes on where it was. The tables refuse
every other change (migration 0038): only their owner, who says that keys are rotated, changes sealed columns and what
they are found by, and nothing else of a row.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.db import connections, transaction

from duecourse.progress import Tell

from . import names, reach, secrecy

BATCH = 500


class Sealed(NamedTuple):
    """Columns of a table that are sealed. number: its key. found_by: of a row in clear, the digest it is found by.

    inside: a column of JSON, of which the columns are texts of the topmost object, at most one of them in a row.
    """

    table: str
    columns: tuple[str, ...]
    number: str = "id"
    beside: tuple[str, ...] = ()
    inside: str = ""
    found_by: Callable[[Mapping[str, Any]], bytes] | None = None

    def read(self, name: str) -> str:
        """The SQL of what is sealed in a column."""
        return f"convert_to({self.inside} ->> '{name}', 'UTF8')" if self.inside else name

    def written(self, name: str) -> str:
        """The SQL that puts something sealed there."""
        if self.inside:
            return f"{self.inside} = jsonb_set({self.inside}, '{{{name}}}', to_jsonb(convert_from(%s, 'UTF8')))"
        return f"{name} = %s"


def of_point(row: Mapping[str, Any]) -> bytes:
    """By what a contact point is found."""
    return reach.index_of(row["kind"], row["value"])


def of_name(row: Mapping[str, Any]) -> bytes:
    """By what a name is found."""
    return names.digest(row["value"])


SEALED = (
    Sealed("borrowers_contact_point", ("value",), beside=("kind",), found_by=of_point),
    Sealed("borrowers_name", ("value",), found_by=of_name),
    Sealed("care_complaint", ("text",)),
    Sealed("care_complaint_state", ("text",)),
    Sealed("care_dispute", ("text",)),
    Sealed("care_hardship", ("told",)),
    Sealed("care_hardship_document", ("content",)),
    Sealed("care_hardship_draft", ("told",), number="borrower_id"),
    Sealed("care_note", ("text",)),
    Sealed("care_circumstance", ("kind", "note")),
    Sealed("care_representative", ("name", "point")),
    Sealed("outreach_reply", ("sender", "text")),
    Sealed("outreach_attachment", ("content",), number="message_id"),
    Sealed("partners_webhook_endpoint", ("secret",)),
    Sealed("recovery_proceeding_document", ("content",)),
    Sealed("mfa_authenticator", ("secret", "seed"), inside="data"),
)
"""Every sealed column there is: a test compares it with the tables."""
ENDS = "UPDATE borrowers_phone_end SET digest = %s WHERE point_id = %s"


class Rotated(NamedTuple):
    """What was done: rows sealed anew, and under which keys how many rows are now ("" where a row says none)."""

    rows: int
    under: dict[str, int]


def rotate(*, tell: Tell, batch: int = BATCH) -> Rotated:
    """Seal everything anew that is not under the first of the keys; committed batch by batch, so it may be stopped.

    Refuses, and leaves as it is, what none of the keys opens.
    """
    done = 0
    for one in SEALED:
        total, here, after = waiting(one), 0, 0
        tell(one.table, 0, total)
        while True:
            count, after = some(one, after, batch)
            if not count:
                break
            here, done = here + count, done + count
            tell(one.table, here, max(total, here))
    return Rotated(done, under())


def of_another_key(one: Sealed) -> str:
    """The condition of rows of which a sealed column is not under the first key."""
    return " OR ".join(f"substring({one.read(name)} FROM 1 FOR %(length)s) <> %(mark)s" for name in one.columns)


def marked() -> dict[str, Any]:
    """How what is under the first key begins."""
    mark = secrecy.mark(secrecy.keys()[0])
    return {"mark": mark, "length": len(mark)}


def waiting(one: Sealed) -> int:
    """How many rows of a table are to be sealed anew."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {one.table} WHERE {of_another_key(one)}", marked())
        return int(cursor.fetchone()[0])


def some(one: Sealed, after: int, batch: int) -> tuple[int, int]:
    """Seal the next rows of a table anew, in one transaction; how many, and the number of the last."""
    chosen = (one.number, *one.columns, *one.beside)
    read = ", ".join([one.number, *map(one.read, one.columns), *one.beside])
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SET LOCAL duecourse.rotating = 'on'")
        cursor.execute(
            f"SELECT {read} FROM {one.table} WHERE {one.number} > %(after)s AND ({of_another_key(one)}) "
            f"ORDER BY {one.number} LIMIT %(batch)s FOR UPDATE",
            {**marked(), "after": after, "batch": batch},
        )
        rows = [dict(zip(chosen, row, strict=True)) for row in cursor.fetchall()]
        for row in rows:
            seal_anew(cursor, one, row)
    return len(rows), rows[-1][one.number] if rows else after


def seal_anew(cursor: Any, one: Sealed, row: Mapping[str, Any]) -> None:
    """Seal one row anew, and let it be found by the new key."""
    try:
        clear = {name: secrecy.opened_bytes(row[name]) for name in one.columns if row[name] is not None}
    except secrecy.Unreadable as fault:
        raise secrecy.Unreadable(f"{one.table}, row {row[one.number]}: {fault}") from fault
    fresh: dict[str, bytes] = {name: secrecy.seal_bytes(content) for name, content in clear.items()}
    if one.found_by is not None:
        told = dict(row) | {name: content.decode() for name, content in clear.items()}
        fresh["digest"] = one.found_by(told)
        end = reach.end_of(told["value"]) if told.get("kind") == "phone" else None
        if end is not None:
            cursor.execute(ENDS, [end, row[one.number]])
    changed = ", ".join(one.written(name) for name in fresh)
    cursor.execute(f"UPDATE {one.table} SET {changed} WHERE {one.number} = %s", [*fresh.values(), row[one.number]])


def under() -> dict[str, int]:
    """Under which keys, by their ids, how many sealed values are; "" for those that say none."""
    found: dict[str, int] = {}
    with connections["owner"].cursor() as cursor:
        for one in SEALED:
            for name in one.columns:
                cursor.execute(
                    f"SELECT CASE WHEN position('\\x3a'::bytea IN substring(value FROM 1 FOR 33)) > 0 THEN "
                    f"encode(substring(value FROM 1 FOR position('\\x3a'::bytea IN value) - 1), 'escape') "
                    f"ELSE '' END, count(*) FROM (SELECT {one.read(name)} AS value FROM {one.table}) AS sealed "
                    f"WHERE value IS NOT NULL GROUP BY 1"
                )
                for key, count in cursor.fetchall():
                    found[key] = found.get(key, 0) + count
    return found
