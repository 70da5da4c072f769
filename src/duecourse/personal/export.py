"""Everything that is kept of a person, as one ZIP for that person: JSON, the same as CSV, and the files that came in.

What is sealed is opened. Who of the lender's people did something is told by role elsewhere, not by name here; keyed
digests say nothing to anybody and are left out.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from duecourse.borrowers import rotation, secrecy

from .kept import KEPT, WITHHELD, Kept
from .tables import Export

SEALED = {one.table: one.columns for one in rotation.SEALED}
OURS = ("by", "owner", "trained_by")
"""Columns that name who did something."""
OWN = ("borrower", "provider", "system")
FILES = {"care_hardship_document", "outreach_attachment", "recovery_proceeding_document"}
"""Tables whose sealed column is a file, which lies beside the tables."""
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""What every file in a ZIP says of when it was made: the day lies in data.json."""


class Made(NamedTuple):
    """An export: its bytes, how many rows of how many tables, and its SHA-256."""

    content: bytes
    tables: int
    rows: int
    digest: bytes


def make(*, person: int, at: datetime) -> Made:
    """Everything kept of a person, as of one moment; that it was made is kept too."""
    told: dict[str, list[dict[str, Any]]] = {}
    files: dict[str, bytes] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for one in KEPT:
            found = list(rows(cursor, one, person, files))
            if found:
                told[one.table] = found
        content = zipped(told, files, at)
        made = Made(content, len(told), sum(map(len, told.values())), hashlib.sha256(content).digest())
        Export.objects.create(borrower_id=person, at=at, tables=made.tables, rows=made.rows, digest=made.digest)
    return made


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


def zipped(told: dict[str, list[dict[str, Any]]], files: dict[str, bytes], at: datetime) -> bytes:
    """The ZIP: data.json, a CSV for each table, the files."""
    body = {"made_at": at, "tables": told, "withheld": WITHHELD}
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
