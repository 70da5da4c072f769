"""Settlement certificates 结清证明: issued once for the same facts, numbered, verified later, void once untrue."""

import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, transaction

from duecourse.ledger import chart, journal
from duecourse.ledger import read as entries
from duecourse.ledger.journal import Refused
from duecourse.ledger.tables import Balance

from . import changes, explain_known, payoff, postings, read, receipts, typeset
from .postings import COMPONENTS
from .tables import Document, DocumentVoid

CERTIFICATE = "certificate"
LETTER = "C"


class NotSettled(Refused):
    """Something is owed, accrued, set apart or to the good, or nothing was ever lent."""

    code = "not_settled"


class NoSuchDocument(Refused):
    """No document has this number or this content."""

    code = "no_such_document"


class DocumentIsVoid(Refused):
    """The document is void: what it says is true no longer."""

    code = "document_void"


class Issued(NamedTuple):
    """A document: its number, its PDF, whether it had been issued before with the same facts."""

    number: str
    pdf: bytes
    again: bool


class Verified(NamedTuple):
    """What is known of a document. `void` says why and since when it is void; None for one that stands."""

    number: str
    account: str
    kind: str
    day: date
    by: str
    digest: str
    void: str | None


def receipt(*, account: str, entry: int) -> bytes:
    """The receipt of a payment as PDF, in 中文 and English."""
    return typeset.pdf(receipts.facts(account=account, entry=entry))


def statement(*, account: str, cycle_on: date, version: int | None = None) -> bytes:
    """A statement as it was sent, as PDF: its latest version or the one asked for."""
    told = read.statement(number=account, cycle_on=cycle_on, version=version)
    bill = told.statement
    amounts = {name: value for name, value in bill._asdict().items() if isinstance(value, int) and name != "entry_mark"}
    return typeset.pdf(
        {
            "kind": "statement",
            **receipts.head(told.page),
            **amounts,
            "cycle_on": str(bill.cycle_on),
            "first_day": str(told.first_day),
            "due_on": str(bill.due_on) if bill.due_on else "",
            "booked": str(bill.booked_day),
            "opening": told.opening,
            "closing": told.closing,
            "movements": [{"what": chart.KINDS[one.kind], "times": one.times, "amount": one.amount}
                          for one in told.movements],
            "lines": [
                {"day": str(step.line.effective_day), "what": chart.KINDS[step.line.kind], "amount": step.amount,
                 "total": step.total, "undone": bool(step.line.reverses or step.line.reversed_by)}
                for step in told.lines
            ],
            "as_of": str(bill.cycle_on),
        }
    )  # fmt: skip


def facts(number: str) -> dict[str, Any]:
    """What a settlement certificate says: plain values. Refused unless the account is settled."""
    page = read.account_with_every_posting(number=number)
    refuse_unsettled(number, page)
    stands = [line for line in page.lines if line.reverses is None and line.reversed_by is None]
    paid = [line for line in stands if line.kind == chart.PAYMENT]
    return {
        "kind": CERTIFICATE,
        **receipts.head(page),
        "amount": all_drawn(page.account_id) if page.is_loan else page.standing.limit,
        "used": sum(moved(line) for line in stands if line.kind in (chart.PURCHASE, chart.DRAW, chart.TAKE_ON)),
        "repaid": sum(line.amounts.get("cash", 0) for line in paid),
        "payments": len(paid),
        "paid_off_on": str(paid_off_on(page)),
        "as_of": str(receipts.as_of(page)),
    }


def all_drawn(account: int) -> int:
    """All that was drawn of a loan."""
    return sum(int(one.body["amount"]) for one in changes.standing_acts(account).values() if one.kind == "draw")


def moved(line: postings.Line) -> int:
    """By how much an entry raised what is owed; what a credit balance met counts too."""
    return sum(line.amounts.get(name, 0) for name in (*COMPONENTS, "credit"))


def paid_off_on(page: read.Page) -> date:
    """The day since which nothing is owed: the last on which the sum of what is owed became zero."""
    by_day: dict[date, int] = {}
    for line in page.lines:
        by_day[line.effective_day] = by_day.get(line.effective_day, 0) + sum(
            line.amounts.get(name, 0) for name in COMPONENTS
        )
    owed, since = 0, page.opened_on
    for day in sorted(by_day):
        before, owed = owed, owed + by_day[day]
        if (before or by_day[day]) and not owed:
            since = day
    return since


def refuse_unsettled(number: str, page: read.Page) -> None:
    """Refuse an account on which anything is owed, accrued, set apart, charged off or to the good."""
    told = payoff.quote(number=number, day=explain_known.open_day(number))
    charged_off = Balance.objects.values_list("charged_off", flat=True).get(account_id=page.account_id)
    parts = {
        "principal": told.quote.principal, "interest": told.quote.interest, "fee": told.quote.fee,
        "penalty": told.quote.penalty, "credit balance": told.quote.credit, "disputed, held or to come": told.apart,
        "charged off": charged_off,
    }  # fmt: skip
    open_parts = ", ".join(f"{name} {amount:,}" for name, amount in parts.items() if amount)
    if open_parts:
        raise NotSettled(f"account {number} is not settled: {open_parts} (minor units of {told.currency})")
    if not any(line.kind in (chart.PURCHASE, chart.DRAW, chart.TAKE_ON) for line in page.lines):
        raise NotSettled(f"account {number}: nothing was ever owed on it")


def issue(*, account: str, by: str) -> Issued:
    """Issue a settlement certificate; the same facts answer the one that was issued before, unless it is void."""
    with transaction.atomic(), connection.cursor() as cursor:
        account_id = read.account(number=account).account_id
        journal.lock(account_id, key="", body=b"")
        told = facts(account)
        digest = digest_of(told)
        same = Document.objects.filter(account_id=account_id, kind=CERTIFICATE, digest=digest, void=None).first()
        if same is not None:
            return Issued(same.number, drawn(same), True)
        cursor.execute("SELECT nextval('servicing_document_id_seq')")
        document = Document(id=cursor.fetchone()[0], kind=CERTIFICATE, account_id=account_id, body=told, digest=digest)
        pdf = drawn(document)
        document.day, document.by = date.fromisoformat(told["as_of"]), by
        document.file_digest, document.entry_mark = hashlib.sha256(pdf).digest(), entries.last_id(cursor)
        document.save(force_insert=True)
    return Issued(document.number, pdf, False)


def again(*, number: str) -> bytes:
    """The PDF of a document that was issued, drawn again from its facts; of one that is void, refused."""
    document = found(number)
    void = why_void(document)
    if void is not None:
        raise DocumentIsVoid(f"document {number} is void: {void}")
    return drawn(document)


def drawn(document: Document) -> bytes:
    """The PDF of a document."""
    return typeset.pdf({**document.body, "number": document.number, "digest": bytes(document.digest).hex()})


def digest_of(told: dict[str, Any]) -> bytes:
    """The SHA-256 of a document's facts, whatever the order in which they stand."""
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).digest()


def found(number: str) -> Document:
    """A document by its number."""
    place = number[1:] if number[:1].upper() == LETTER else ""
    document = Document.objects.filter(id=int(place)).first() if place.isdecimal() and len(place) < 18 else None
    if document is None:
        raise NoSuchDocument(f"there is no document {number}")
    return document


def account_of(*, number: str) -> str:
    """The number of the account that a document is about."""
    return str(found(number).body["account"])


def of_account(*, account_id: int) -> list[Document]:
    """The documents of an account that no row says are void, the newest first."""
    return list(Document.objects.filter(account_id=account_id, void=None).order_by("-id"))


def verify(*, told: str, by: str) -> Verified:
    """Say what is known of a document, given its number or the path of its PDF; one that became untrue is voided now.

    A PDF counts by its content: of one that was changed in a single byte nothing is known.
    """
    path = Path(told)
    if path.is_file():
        digest = hashlib.sha256(path.read_bytes()).digest()
        document = Document.objects.filter(file_digest=digest).first()
        if document is None:
            raise NoSuchDocument(f"{told}: no document with this content was issued; or it was changed since")
    else:
        document = found(told)
    void = why_void(document)
    with transaction.atomic():
        if void is not None and not DocumentVoid.objects.filter(document=document).exists():
            DocumentVoid.objects.create(document=document, by=by, reason=void)
    return Verified(
        document.number,
        document.body["account"],
        document.kind,
        document.day,
        document.by,
        bytes(document.digest).hex(),
        void,
    )


def why_void(document: Document) -> str | None:
    """Why a document is void: as a row says, or because the account owes again as of its day, or a payment bounced.

    What was bought or drawn anew since is not in it: it says that nothing was owed as of its day.
    """
    kept = DocumentVoid.objects.filter(document=document).first()
    if kept is not None:
        return str(kept.reason)
    for bounce, paid in receipts.bounces(document.account_id):
        if paid <= document.entry_mark < (bounce.entry_id or 0):
            return f"a payment made before it was taken back on {bounce.effective_day}: {bounce.reason}"
    owed = " + ".join(f"coalesce(sum({name}), 0)" for name in (*COMPONENTS, "charged_off"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {owed} FROM ledger_entry WHERE account_id = %s AND effective_day <= %s AND NOT "
            "(id > %s AND effective_day = %s AND reverses IS NULL AND stands_for IS NULL)",
            [document.account_id, document.day, document.entry_mark, document.day],
        )
        amount = cursor.fetchone()[0]
    if amount <= 0:
        return None
    shown = Decimal(amount).scaleb(-document.body["exponent"])
    return f"{document.body['currency']} {shown:,} is owed as of {document.day}, as known now"
