"""Taking a file of acts, one on each line as a JSON object; bad lines to quarantine, the others done in their order.

An act is known by its request key: the same file again, and the same act in another file, change nothing. A corrected
line is known by its key too.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction

from duecourse.ledger.journal import Refused

from . import act_kinds, files
from .act_fields import FieldMissing, FieldRefused, FieldUnknown, FieldUnreadable
from .act_kinds import Asked, Done
from .files import BadRow, NothingToRetry
from .tables import File, Quarantined

KIND = "acts"
NEEDED = ("account", "kind", "why", "key")
MAY = ("on", "by", "fields")
REFERENCE_MAX = 200


class LineUnreadable(Refused):
    """A line of a file of acts that is no JSON object."""

    code = "line_not_json"


class Taken(NamedTuple):
    """What taking a file did: the file with its totals (`file.summary`), and the acts by the numbers of their lines."""

    file: File
    done: dict[int, Done]


def retry(path: Path, *, by: str, progress: Callable[[str, int, int], None] = lambda *told: None) -> Taken:
    """Take a file of corrected lines, or the same file once what was wrong is put right; refused when no line waits."""
    if not Quarantined.objects.filter(taken_by=None, file__kind=KIND).exists():
        raise NothingToRetry("no act is in quarantine")
    return take(path, by=by, again=True, progress=progress)


def take(
    path: Path, *, by: str, again: bool = False, progress: Callable[[str, int, int], None] = lambda *told: None
) -> Taken:
    """Do the acts of a file; the same file again changes nothing, unless `again` looks at its waiting lines.

    `by`: who does those of lines that do not say it. `progress` is told the stage, how much is done, and of how much.
    """
    digest, lines = files.digest(path), lines_of(path)
    file, _ = File.objects.get_or_create(digest=digest, defaults={"name": path.name, "rows": len(lines), "kind": KIND})
    if file.summary.get("finished") and not again:
        return Taken(file, {})
    done: dict[int, Done] = {}
    bad, keys = [], {}
    for at, (row, text) in enumerate(lines.items()):
        progress("acts", at, len(lines))
        told: Mapping[str, Any] = {}
        try:
            told = parsed(text)
            done[row] = act_kinds.do(asked(told, by))
            keys[row] = told["key"]
        except Refused as reason:
            field = reason.field if isinstance(reason, FieldRefused) else ""
            key = told.get("key")
            bad.append(
                BadRow(row, field, reason.code, str(reason), key[:REFERENCE_MAX] if isinstance(key, str) else None)
            )
    progress("acts", len(lines), len(lines))
    finish(file, done, keys, bad, len(lines))
    return Taken(file, done)


def lines_of(path: Path) -> dict[int, str]:
    """The lines of a file that hold something, by number; the first line is 1."""
    lines = {row: text for row, text in enumerate(files.text_of(path).splitlines(), 1) if text.strip()}
    files.refuse_rows_above(path, len(lines), files.MAX_ROWS)
    return lines


def parsed(text: str) -> Mapping[str, Any]:
    """A line as an object; its numbers keep every digit."""
    try:
        told = json.loads(text, parse_float=Decimal)
    except (json.JSONDecodeError, RecursionError) as fault:
        raise LineUnreadable(f"no JSON object ({str(fault)[:100]})") from fault
    if not isinstance(told, dict):
        raise LineUnreadable("no JSON object")
    return told


def asked(told: Mapping[str, Any], by: str) -> Asked:
    """What a line asks for; refused where a part is missing, no text, or one too many."""
    for name in told:
        if name not in (*NEEDED, *MAY):
            raise FieldUnknown(name, f"none of {', '.join((*NEEDED, *MAY))}; what the act needs stands in fields")
    for name in NEEDED:
        if not told.get(name):
            raise FieldMissing(name, "missing")
    for name in (*NEEDED, "on", "by"):
        if not isinstance(told.get(name), str | None):
            raise FieldUnreadable(name, "not a text")
    parts = (told["account"], told["kind"], told.get("on"), told.get("by") or by, told["why"], told["key"])
    return Asked(*parts, told.get("fields") or {})


def finish(file: File, done: Mapping[int, Done], keys: Mapping[int, str], bad: list[BadRow], rows: int) -> None:
    """Keep the lines that wait and the totals, and mark the waiting ones that this file brought in order."""
    again = sum(one.again for one in done.values())
    with transaction.atomic():
        waiting = set(file.quarantined.filter(taken_by=None).values_list("row", flat=True))
        Quarantined.objects.bulk_create(
            Quarantined(file=file, **one._asdict()) for one in bad if one.row not in waiting
        )
        still = Quarantined.objects.filter(taken_by=None, file__kind=KIND)
        still.filter(file=file, row__in=list(done)).update(taken_by=file)
        still.exclude(file=file).filter(reference__in=set(keys.values())).update(taken_by=file)
        file.summary = {
            "finished": True, "rows": rows, "done": len(done) - again, "known_before": again, "quarantined": len(bad),
        }  # fmt: skip
        file.save(update_fields=["summary"])
