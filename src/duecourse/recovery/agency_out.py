"""Files for an agency: the cases that it has, with what it needs of each and nothing else; and those to stop.

Numbers and addresses are opened here alone, for the file. That it was made is a row and a leaf of the audit log.
"""

import csv
import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from duecourse.audit import log
from duecourse.borrowers import reach
from duecourse.servicing import read
from duecourse.servicing.account_standing import OpenDue
from duecourse.servicing.tables import Account

from . import agencies, agency_reach, agency_stands, agency_terms, facts, placements
from .agency_reach import Reached
from .agency_tables import AgencyFile, AgencyFileRow, PlacedAccount, Placement, Recall
from .agency_terms import Terms

PLACEMENTS, RECALLS = "placements", "recalls"
COLUMNS = (
    "reference", "phone", "email", "language", "currency", "past_due", "principal", "interest", "fees",
    "late_interest", "charged_off", "days_past_due", "channels", "hours_from", "hours_to", "zones",
)  # fmt: skip
"""What stands in a file of placements: all that an agency is told of a person."""
OF_RECALLS = ("reference", "stop_from", "delete_by")
SHAPES = {"phone": re.compile(r"\+?[0-9][0-9 ()./-]{3,30}"), "email": re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")}
"""What a number and an address look like; what looks otherwise is not handed over."""


class Out(NamedTuple):
    """A file as it is to be handed over: its row, its bytes, its SHA-256."""

    row: AgencyFile
    content: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of the file."""
        return bytes(self.row.digest).hex()


class Made(NamedTuple):
    """Both files of a day, and the placements that were recalled on the way, each with why."""

    placements: Out
    recalls: Out
    recalled: list[tuple[str, str]]


def write(*, agency: str, day: date, at: datetime, by: str, cases: Path, recalls: Path) -> Made:
    """Make the files of an agency and put them where they belong, readable by their owner alone.

    They are on disk under other names before anything is kept: where one cannot be written nobody is told anything.
    """
    parts: list[tuple[Path, Path]] = []
    try:
        with transaction.atomic():
            made = make(agency=agency, day=day, at=at, by=by)
            for path, one in ((cases, made.placements), (recalls, made.recalls)):
                if path.is_dir():
                    raise IsADirectoryError(f"{path} is a folder")
                handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
                parts.append((Path(name), path))
                with os.fdopen(handle, "wb") as file:
                    file.write(one.content)
                    file.flush()
                    os.fsync(handle)
    except BaseException:
        for part, _ in parts:
            part.unlink(missing_ok=True)
        raise
    for part, path in parts:
        part.replace(path)
    return made


def make(*, agency: str, day: date, at: datetime, by: str) -> Made:
    """Make the files of an agency as of now, after the last sealed day; what may not be there is recalled first.

    The file of placements holds every case that the agency has: what is not in it, it has no more. The file of recalls
    holds those that no file of an earlier day held. Made again on the same day, the recalls stand there again.
    """
    recalled = placements.recall_due(day=day, at=at, by=by)
    row = agencies.named(agency=agency)
    rows = {}
    for one in placements.standing(agency=row.id):
        terms = agency_terms.from_plain(agencies.terms_row(one.terms_id).body)
        rows[one.id] = list(lines(one, terms, at))
    with transaction.atomic():
        agencies.alone()
        now = placements.standing(agency=row.id)
        stands = agency_stands.standing(people=[one.borrower_id for one in now], first=facts.end_of(day), last=at)
        kept = []
        for one in now:
            why = stopped(rows.get(one.id), stands.get(one.borrower_id, []))
            if why is None:
                kept.append(one)
            elif one.id in rows:
                placements.recalled(one, day, why[0], by, why[1])
                recalled.append((one.reference, why[1]))
        told = untold(row.id, day)
        placed = out(
            row.code, row.id, PLACEMENTS, day, kept, COLUMNS, [line for one in kept for line in rows[one.id]], by
        )
        stop = out(row.code, row.id, RECALLS, day, [one for one, _ in told], OF_RECALLS, [*stops(told)], by)
    return Made(placed, stop, recalled)


def stopped(own: Sequence[Sequence[str]] | None, stands: Sequence[str]) -> tuple[str, str] | None:
    """Why a placement is not handed over: kind and reason; None: it is. One placed since the file was begun waits."""
    if own is None:
        return "", "placed since"
    if stands:
        return placements.BLOCK, "; ".join(f"{kind} stands" for kind in stands)
    return None if own else (placements.UNREACHED, "no contact point of theirs may be used, or nothing is past due")


def lines(row: Placement, terms: Terms, at: datetime) -> Iterator[list[str]]:
    """The lines of a placement, one an account that is late; none where the person cannot be reached."""
    how = agency_reach.reached(person=row.borrower_id, channels=terms.channels, at=at)
    points = opened(row.borrower_id, how)
    if not any(points.values()):
        return
    home = reach.residence(borrower=row.borrower_id)
    own = PlacedAccount.objects.filter(placement_id=row.id).order_by("number")
    numbers = dict(Account.objects.filter(id__in=[one.account_id for one in own]).values_list("id", "number"))
    for one in own:
        page = read.account(number=numbers[one.account_id])
        off = page.figures["charged_off"]
        missed = [due for due in page.dues if due.is_missed]
        if not missed and not off:
            continue
        amounts = [str(Decimal(minor).scaleb(-page.exponent)) for minor in (*parts(missed), off)]
        yield [
            f"{row.reference}-{one.number}", points["phone"], points["email"], home.language if home else "",
            page.currency, *amounts, str(page.standing.days_past_due), " ".join(how.channels), clock(how.opens),
            clock(how.shuts), " ".join(how.zones),
        ]  # fmt: skip


def parts(missed: Sequence[OpenDue]) -> tuple[int, ...]:
    """What is past due, in all and by part: principal, interest, fees, late interest."""
    found = tuple(sum(getattr(due, part) for due in missed) for part in ("principal", "interest", "fee", "penalty"))
    assert sum(found) == sum(due.left for due in missed), "agencies: the parts of what is past due do not add up"
    return (sum(found), *found)


def opened(person: int, how: Reached) -> dict[str, str]:
    """The number and the address that may be used, in clear."""
    clear = {one.id: one.value for one in reach.points(borrower=person)} if how.points else {}
    found = {kind: clear.get(how.points.get(kind, 0), "") for kind in SHAPES}
    return {kind: value if SHAPES[kind].fullmatch(value) else "" for kind, value in found.items()}


def clock(minute: int) -> str:
    """A minute of the day as a time."""
    return f"{minute // 60:02}:{minute % 60:02}"


def untold(agency: int, day: date) -> list[tuple[Placement, Recall]]:
    """The recalls of an agency that no file of an earlier day told it of."""
    own = {row.id: row for row in Placement.objects.filter(agency_id=agency)}
    earlier = AgencyFile.objects.filter(agency_id=agency, kind=RECALLS, day__lt=day).values("id")
    known = set(AgencyFileRow.objects.filter(file_id__in=earlier).values_list("placement_id", flat=True))
    rows = Recall.objects.filter(placement_id__in=set(own) - known).order_by("placement_id")
    return [(own[row.placement_id], row) for row in rows]


def stops(told: Sequence[tuple[Placement, Recall]]) -> Iterator[list[str]]:
    """The lines of recalls: from when to stop and by when to delete. Why is not the agency's to know."""
    for one, row in told:
        terms = agency_terms.from_plain(agencies.terms_row(one.terms_id).body)
        yield [one.reference, str(row.on), str(row.on + timedelta(days=terms.retention_days))]


def out(
    code: str, agency: int, kind: str, day: date, held: Sequence[Placement], columns: Sequence[str],
    told: Sequence[Sequence[str]], by: str,
) -> Out:  # fmt: skip
    """A file with its row, and its leaf in the audit log: for whom, of which day, how many rows, digest, by whom."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *told])
    content = text.getvalue().encode()
    digest = hashlib.sha256(content)
    said = {
        "kind": "agency_file", "agency": code, "of": kind, "day": str(day), "rows": len(told),
        "sha256": digest.hexdigest(), "by": by,
    }  # fmt: skip
    leaf = log.append(json.dumps(said, sort_keys=True, ensure_ascii=False).encode())
    row = AgencyFile.objects.create(
        agency_id=agency, kind=kind, day=day, rows=len(told), digest=digest.digest(), audit_place=leaf.place, by=by
    )
    AgencyFileRow.objects.bulk_create(AgencyFileRow(file_id=row.id, placement_id=one.id) for one in held)
    return Out(row, content)
