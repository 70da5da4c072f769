"""Everything that is kept of a person, as one ZIP for them: JSON, the same as CSV, files that came in, statements.

What is sealed is opened. Who of the lender's people did something is told by role elsewhere, not by name here; keyed
digests say nothing to anybody and are left out.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from duecourse.borrowers import rotation, secrecy
from duecourse.ledger.journal import Refused
from duecourse.servicing import documents, typeset

from .kept import KEPT, WITHHELD, Kept
from .tables import Export

SEALED = {one.table: one.columns for one in rotation.SEALED}
OURS = ("by", "owner", "trained_by")
"""Columns that name who did something."""
OWN = ("borrower", "provider", "system")
FILES = {"care_hardship_document", "outreach_attachment", "recovery_proceeding_document"}
"""Tables whose sealed column is a file, which lies beside the tables."""
MOST_A_DAY = 5
"""So many files may be made for a person within 24 hours: each reads everything that is kept of them."""
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""What every file in a ZIP says of when it was made: the day lies in data.json."""


class TooManyExports(Refused):
    """As many files were made for this person within 24 hours as there may be, or one is being made now."""

    code = "too_many_exports"


class Made(NamedTuple):
    """An export: its bytes, how many rows of how many tables, and its SHA-256."""

    content: bytes
    tables: int
    rows: int
    digest: bytes


def make(*, person: int, at: datetime) -> Made:
    """Everything kept of a person, as of one moment, with their statements as PDF; that it was made is kept too."""
    told: dict[str, list[dict[str, Any]]] = {}
    files: dict[str, bytes] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        refuse_too_many(cursor, person, at)
        for one in KEPT:
            found = list(rows(cursor, one, person, files))
            if found:
                told[one.table] = found
        bills, left_out = statements(cursor, person)
        content = zipped(told, files | bills, at, left_out)
        made = Made(content, len(told), sum(map(len, told.values())), hashlib.sha256(content).digest())
        Export.objects.create(borrower_id=person, at=at, tables=made.tables, rows=made.rows, digest=made.digest)
    return made


def refuse_too_many(cursor: Any, person: int, at: datetime) -> None:
    """Refuse a file more than there may be within 24 hours, or one beside another that is being made."""
    cursor.execute(
        "SELECT pg_try_advisory_xact_lock(32, hashint8(%s)), "
        "(SELECT count(*) FROM personal_export WHERE borrower_id = %s AND at > %s)",
        [person, person, at - timedelta(days=1)],
    )
    is_alone, made = cursor.fetchone()
    if not is_alone:
        raise TooManyExports(f"a file is being made for person {person}")
    if made >= MOST_A_DAY:
        raise TooManyExports(f"{made} files were made for person {person} within 24 hours, the most there may be")


def statements(cursor: Any, person: int) -> tuple[dict[str, bytes], str]:
    """Each statement of a person as it was sent last, as PDF; none, and why, where no font of the machine could set
    them."""
    cursor.execute(
        "SELECT DISTINCT a.number, s.cycle_on FROM servicing_statement s "
        "JOIN servicing_account a ON a.id = s.account_id WHERE a.borrower_id = %s ORDER BY 1, 2",
        [person],
    )
    try:
        return {
            f"statements/{number}-{cycle_on}.pdf": documents.statement(account=number, cycle_on=cycle_on)
            for number, cycle_on in cursor.fetchall()
        }, ""
    except typeset.NoChineseFont as fault:
        return {}, str(fault)


def rows(cursor: Any, one: Kept, person: int, files: dict[str, bytes]) -> Iterator[dict[str, Any]]:
    """The rows of a table that are of a person, in order, as they are given; their files are added to `files`."""
    cursor.execute(f"SELECT * FROM {one.table} WHERE {one.of} ORDER BY {one.number}", {"person": person})
    names = [column.name for column in cursor.description]
    for values in cursor.fetchall():
        row = dict(zip(names, values, strict=True))
        given: dict[str, Any] = {}
        for name, value in row.items():
            if value is None or name in ("xid", "run_id"):
                continue
            if name in SEALED.get(one.table, ()):
                given[name] = opened(one, row, bytes(value), files)
            elif isinstance(value, memoryview | bytes):
                continue
            elif name in OURS and value not in OWN:
                given[name] = "lender"
            else:
                given[name] = value
        yield given


def opened(one: Kept, row: dict[str, Any], value: bytes, files: dict[str, bytes]) -> str:
    """Something sealed in clear; of a file, where it lies in the ZIP."""
    if one.table not in FILES:
        return secrecy.opened(value)
    place = (
        f"files/{one.table}-{row[one.number]}-{''.join(c if c.isalnum() or c in '._-' else '_' for c in row['name'])}"
    )
    files[place] = secrecy.opened_bytes(value)
    return place


def zipped(told: dict[str, list[dict[str, Any]]], files: dict[str, bytes], at: datetime, left_out: str) -> bytes:
    """The ZIP: data.json, a CSV for each table, the files that came in, the statements; why those are left out."""
    body = {"made_at": at, "tables": told, "withheld": WITHHELD, "statements_left_out": left_out}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:

        def put(name: str, content: bytes) -> None:
            packed.writestr(zipfile.ZipInfo(name, FIRST_DAY), content, zipfile.ZIP_DEFLATED)

        put("data.json", json.dumps(body, default=str, ensure_ascii=False, indent=1).encode())
        for table, found in told.items():
            put(f"csv/{table}.csv", as_csv(found))
        for name, content in files.items():
            put(name, content)
    return out.getvalue()


def as_csv(found: list[dict[str, Any]]) -> bytes:
    """Rows as a CSV that a spreadsheet opens: nothing in it is taken for a formula."""
    names = list(dict.fromkeys(name for row in found for name in row))
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(names)
    for row in found:
        lines.writerow([plain(row.get(name, "")) for name in names])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def plain(value: Any) -> str:
    """A value as a cell says it; what a spreadsheet would take for a formula begins with an apostrophe."""
    told = json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return f"'{told}" if isinstance(value, str) and told[:1] in ("=", "+", "-", "@", "\t") else told
