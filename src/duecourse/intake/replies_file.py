"""Taking a file of replies to messages, as a gateway hands them over: CSV or JSON lines; bad rows to quarantine.

A reply is known by all that it says: the same file again, and the same reply in another file, change nothing. It stands
nowhere in clear.
"""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from duecourse.outreach import replies
from duecourse.outreach.replies import Inbound

from . import files
from .files import BadRow, ColumnsMissing, FileMalformed
from .tables import File, Quarantined

KIND = "replies"
NAMES = {
    "channel": ("channel", "渠道"),
    "from": ("from", "sender", "发送方", "号码", "手机号"),
    "at": ("at", "received_at", "时间", "接收时间"),
    "text": ("text", "body", "message", "内容", "短信内容"),
}


class Taken(NamedTuple):
    """What taking a file did: the file with its totals (`file.summary`), and how many came to what."""

    file: File
    came: Counter[str]


def take(path: Path, *, now: datetime, by: str, tell: Callable[[int, int], None] | None = None) -> Taken:
    """Take a file of replies; taken again, it changes nothing. A row that cannot be read keeps no other back."""
    digest = hashlib.sha256(f"{KIND}:".encode() + files.digest(path)).digest()
    rows = list(read(path))
    file, _ = File.objects.get_or_create(digest=digest, defaults={"name": path.name, "rows": len(rows), "kind": KIND})
    came: Counter[str] = Counter()
    bad = []
    for number, told in enumerate(rows, 1):
        try:
            came[replies.take(reply=inbound(told), now=now, by=by)] += 1
        except replies.ReplyRefused as fault:
            field, _, reason = str(fault).partition(": ")
            bad.append(BadRow(number, field, replies.ReplyRefused.code, reason, None))
        if tell:
            tell(number, len(rows))
    before = set(file.quarantined.values_list("row", flat=True))
    Quarantined.objects.bulk_create(Quarantined(file=file, **one._asdict()) for one in bad if one.row not in before)
    mended = before - {one.row for one in bad}
    file.quarantined.filter(row__in=mended, taken_by=None).update(taken_by=file)
    file.summary = {"finished": True, "rows": len(rows), "came": dict(came), "quarantined": len(bad)}
    file.save(update_fields=["summary"])
    return Taken(file, came)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file by our names of its columns; JSON lines where the first sign is a brace."""
    text = files.text_of(path)
    if text.lstrip().startswith("{"):
        yield from (by_name(one) for one in json_lines(path, text))
        return
    reader = csv.DictReader(io.StringIO(text, newline=""))
    named = by_name(dict.fromkeys(reader.fieldnames or (), ""))
    if missing := [name for name in NAMES if name not in named]:
        raise ColumnsMissing(f"{path}: no column {', '.join(missing)}")
    try:
        for row in reader:
            yield by_name({name: value for name, value in row.items() if name is not None})
    except csv.Error as fault:
        raise FileMalformed(f"{path}: {fault}") from fault


def json_lines(path: Path, text: str) -> Iterator[dict[str, Any]]:
    """The objects of a file in JSON lines; a line that is none has nothing in it."""
    for line in text.splitlines():
        if line.strip():
            try:
                told = json.loads(line)
            except json.JSONDecodeError:
                told = None
            yield told if isinstance(told, dict) else {}


def by_name(told: dict[str, Any]) -> dict[str, Any]:
    """A row by our names, whichever of theirs it uses."""
    names = {theirs: ours for ours, all_of_them in NAMES.items() for theirs in all_of_them}
    return {names[key.strip()]: value for key, value in told.items() if key.strip() in names}


def inbound(told: dict[str, Any]) -> Inbound:
    """A row as a reply; what is missing or no instant is refused by its field."""
    for name in NAMES:
        if not isinstance(told.get(name), str) or not told[name].strip():
            raise replies.ReplyRefused(f"{name}: nothing stands there")
    try:
        at = datetime.fromisoformat(told["at"].strip())
    except ValueError:
        raise replies.ReplyRefused("at: no instant with a zone (2026-08-31T23:59:00+08:00)") from None
    return Inbound(told["channel"].strip(), told["from"], at, told["text"])
