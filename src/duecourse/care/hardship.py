"""Hardship: what a borrower tells of income and spending, and with it an end of dunning until there is an answer."""

import hashlib
import json
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from duecourse.borrowers import reach, secrecy
from duecourse.borrowers.contact_tables import BlockEnd
from duecourse.ledger.journal import Refused
from duecourse.rules import hardship_terms

from . import standing_blocks
from .affordability import Affordable, Household, affordable
from .hardship_tables import Hardship, HardshipAnswer, HardshipDocument

MOST_BYTES = 10 * 2**20
"""The largest document that is taken."""
KINDS = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
"""What is taken as a document, and how such a file begins."""
MOST_PEOPLE = 30
NO_PLACE = "WORLD"


class HardshipRefused(Refused):
    """Something of a hardship that cannot be so; the message names the field."""

    code = "hardship_refused"


class NoSuchHardship(Refused):
    """There is no such hardship of this borrower."""

    code = "no_such_hardship"


class HardshipAnswered(Refused):
    """The hardship has been answered."""

    code = "hardship_answered"


class DocumentNotTaken(Refused):
    """A document is a PDF, a JPEG or a PNG, by what is in it, and not too large."""

    code = "document_not_taken"


class Told(NamedTuple):
    """A hardship as it was told: the household, the cause, what it can pay by the rule of its place."""

    id: int
    borrower: int
    on: date
    place: str
    currency: str
    household: Household
    cause: str
    left: Affordable
    protected: hardship_terms.Protected


def take(*, borrower: int, household: Household, currency: str, cause: str, on: date, at: datetime, by: str) -> Told:
    """Take what a borrower tells, by the borrower or staff; from now on there is no dunning until it is answered."""
    for field, value in household._asdict().items():
        most = MOST_PEOPLE if field in ("adults", "children") else reach.DAY_MINUTES * 10**9
        if not (field == "adults") <= value <= most:
            raise HardshipRefused(f"{field}: {value} is not between {int(field == 'adults')} and {most}")
    body = {**household._asdict(), "cause": cause}
    with transaction.atomic():
        block = reach.block(borrower=borrower, kind="hardship", since=at, by=by, reason="asked for help")
        row = Hardship.objects.create(
            borrower_id=borrower, told_on=on, place=standing_blocks.place_of(borrower) or NO_PLACE, currency=currency,
            adults=household.adults, children=household.children, told=secrecy.seal(json.dumps(body)), block_id=block,
            by=by,
        )  # fmt: skip
    return told_of(row)


def read(*, hardship: int) -> Told:
    """A hardship as it was told."""
    return told_of(row_of(hardship))


def open_of(*, borrower: int) -> int | None:
    """The newest hardship of a borrower that is not over yet."""
    rows = Hardship.objects.filter(borrower_id=borrower).order_by("-id").values_list("id", "block_id")
    ended = set(BlockEnd.objects.filter(block_id__in=[block for _, block in rows]).values_list("block_id", flat=True))
    return next((number for number, block in rows if block not in ended), None)


def row_of(hardship: int) -> Hardship:
    """The row of a hardship; one that there is not is refused."""
    row = Hardship.objects.filter(id=hardship).first()
    if row is None:
        raise NoSuchHardship(f"there is no hardship {hardship}")
    return row


def told_of(row: Hardship) -> Told:
    """A row in clear, with what its household can pay by the rule that holds on its day."""
    body = json.loads(secrecy.opened(row.told))
    cause = body.pop("cause")
    household = Household(**body)
    protected = protected_of(row)
    return Told(
        row.id, row.borrower_id, row.told_on, row.place, row.currency, household, cause,
        affordable(household, protected), protected,
    )  # fmt: skip


def protected_of(row: Hardship) -> hardship_terms.Protected:
    """What a household keeps by the rule of its place on its day; where the place is not known, what it spends."""
    if row.place == NO_PLACE:
        return hardship_terms.Protected(NO_PLACE, "", 0, 0, 0, "", False)
    return hardship_terms.protected(place=row.place, currency=row.currency, on=row.told_on)


class Document(NamedTuple):
    """A document of a hardship; digest: the SHA-256 of what came in, as text."""

    id: int
    name: str
    digest: str
    by: str
    recorded_at: datetime


def refuse_unlike(content: bytes) -> None:
    """Refuse a document that is too large, or by how it begins none of those that are taken."""
    if not 0 < len(content) <= MOST_BYTES:
        raise DocumentNotTaken(f"content: {len(content):,} bytes; up to {MOST_BYTES:,} are taken")
    if not content.startswith(tuple(KINDS.values())):
        raise DocumentNotTaken(f"content: none of {', '.join(KINDS)}")


def attach(*, hardship: int, name: str, content: bytes, by: str) -> int:
    """Keep a document with a hardship, encrypted."""
    row_of(hardship)
    refuse_unlike(content)
    row = HardshipDocument.objects.create(
        hardship_id=hardship, name=name, content=secrecy.seal_bytes(content),
        digest=hashlib.sha256(content).digest(), by=by,
    )  # fmt: skip
    return row.id


def documents(*, hardship: int) -> list[Document]:
    """The documents of a hardship, the oldest first, without what is in them."""
    row_of(hardship)
    rows = HardshipDocument.objects.filter(hardship_id=hardship).order_by("id").defer("content")
    return [Document(row.id, row.name, bytes(row.digest).hex(), row.by, row.recorded_at) for row in rows]


def content_of(*, hardship: int, document: int) -> bytes:
    """A document of a hardship as it came in."""
    row = HardshipDocument.objects.filter(hardship_id=hardship, id=document).first()
    if row is None:
        raise NoSuchHardship(f"hardship {hardship} has no document {document}")
    return secrecy.opened_bytes(row.content)


def answers_of(*, hardship: int) -> list[HardshipAnswer]:
    """How a hardship was answered so far: an offer accepted for an account, all declined, or referred."""
    return list(HardshipAnswer.objects.filter(hardship_id=hardship).order_by("id"))


def accepted(*, hardship: int, offer: int) -> int | None:
    """The arrangement that an accepted offer became."""
    found = [one.arrangement_id for one in answers_of(hardship=hardship) if one.offer_id == offer]
    return found[0] if found else None


def refuse_over(hardship: int) -> None:
    """Refuse a hardship that is over: declined, referred, or every late account of the person has its arrangement."""
    if BlockEnd.objects.filter(block_id=row_of(hardship).block_id).exists():
        raise HardshipAnswered(f"hardship {hardship} has been answered")


def answer(
    *, hardship: int, answer: str, on: date, by: str, reason: str, offer: int | None = None,
    arrangement: int | None = None,
) -> None:  # fmt: skip
    """Write down how a hardship was answered; inside the caller's transaction."""
    HardshipAnswer.objects.create(
        hardship_id=hardship, answer=answer, offer_id=offer, arrangement_id=arrangement, answered_on=on, by=by,
        reason=reason,
    )  # fmt: skip


def end(*, hardship: int, at: datetime, by: str, reason: str) -> None:
    """End the wait: from now on the block stops no contact."""
    row = row_of(hardship)
    reach.end_block(borrower=row.borrower_id, block=row.block_id, at=at, by=by, reason=reason)
