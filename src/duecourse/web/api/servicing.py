"""Servicing: payments, every act on an account, new accounts, certificates, money without an account, debits."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from duecourse.borrowers import people
from duecourse.intake import act_kinds
from duecourse.ledger.journal import Refused
from duecourse.partners.seen import Seen
from duecourse.servicing import accounts, debit_results, debits, documents, loan_opening, payments, suspense
from duecourse.servicing.refusals import NotALine, NotALoan

from . import shapes
from .act_shapes import Asked, LineAct, LoanAct, plain
from .fields import Day, IdInPath, MayBeEmpty, Minor, Number, Whole, Why, Word
from .idempotency import key_of
from .keys import holder_of
from .operations import Door
from .reading import own

door = Door(tags=["servicing"])
WRITE = "servicing:write"
OF_PARTIES = frozenset(("payment", "paid_by"))
"""The kinds of act that a party's key may do; every other one is the lender's alone."""


class ActOfLender(Refused):
    """A party's key may tell of payments; every other act is the lender's alone."""

    code = "act_of_the_lender"


class PaymentIn(Asked):
    """A payment that came in. `payer`: who paid, if it was not the borrower."""

    amount_minor: Minor
    received_on: Day
    channel: Whole = Field(default=0, ge=0, le=32_767)
    payer: MayBeEmpty = ""


class Receipt(Schema):
    """What was posted: its entry, and how much went where (debit above zero). `again`: it had been done before."""

    entry_id: int
    again: bool
    amounts: dict[str, int]


class ActDone(Schema):
    """What came of an act: the kind of thing that it made, and its number."""

    account: str
    kind: str
    on: date | None
    made: str
    id: int | None
    again: bool


class Person(Asked):
    """Who owes: as a source calls them. The reference is kept as a keyed digest alone."""

    source: Word
    reference: Word


class NewLine(Asked):
    """A line to be opened on the open day, with the terms of its product that are in force then."""

    number: Number
    borrower: Person
    product: Word
    limit_minor: Minor
    on: Day


class NewLoan(Asked):
    """A loan to be opened on the open day, with the terms of its product that are in force then."""

    number: Number
    borrower: Person
    product: Word
    approved_minor: Minor
    on: Day
    start: Day | None = None
    first_due: Day | None = None


class Opened(Schema):
    """An account that was opened."""

    number: str


class Certificate(Schema):
    """A certificate that was issued."""

    number: str
    again: bool


class SuspenseIn(Asked):
    """Money that came and cannot be attributed yet."""

    amount_minor: Minor
    received_on: Day
    reference: Word
    payer: Word
    channel: Whole = Field(default=0, ge=0, le=32_767)
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")


class Attribution(Asked):
    """Money in suspense that belongs to an account: all that is left, or a part."""

    account: Number
    on: Day
    amount_minor: Minor | None = None
    why: Why


class Item(Schema):
    """An item in suspense."""

    id: int


Suspended = shapes.of(suspense.Item, name="Suspended")
Moved = shapes.of(suspense.Moved)
Order = shapes.of(debits.Order, name="DebitOrder")
NotDebited = shapes.of(debits.NotDebited)


class DebitDay(Asked):
    """The open day whose debits are decided."""

    day: Day


DebitsDue = shapes.of(debits.Due, name="DebitsDue")


class DebitAnswer(Asked):
    """What the bank answers to an order."""

    order: Word
    result: Word
    on: Day
    amount_minor: Minor | None = None
    reason_code: MayBeEmpty = ""


Settled = shapes.of(debit_results.Settled, name="DebitSettled")


@door.writes("/accounts/{number}/payments", WRITE, Receipt)
def receive_payment(request: HttpRequest, number: Number, told: PaymentIn) -> Any:
    """Receive a payment; one for an earlier day is posted by computing the account again."""
    account, holder = own(request, number), holder_of(request)
    asked: dict[str, Any] = {
        "account": account.id, "amount_minor": told.amount_minor, "received_on": told.received_on,
        "channel": told.channel, "key": key_of(request),
    }  # fmt: skip
    if told.payer:
        return payments.receive_from(payer=told.payer, by=holder.name, **asked)
    return payments.receive(**asked)


@door.writes("/lines/{number}/acts", WRITE, ActDone)
def act_on_line(request: HttpRequest, number: Number, told: LineAct) -> dict[str, Any]:
    """Do an act to a line: a purchase, a fee, an arrangement, a mandate, …; what each needs is in its shape."""
    account = own(request, number)
    if account.is_loan:
        raise NotALine(f"account {number} is a loan")
    return done(request, account, told)


@door.writes("/loans/{number}/acts", WRITE, ActDone)
def act_on_loan(request: HttpRequest, number: Number, told: LoanAct) -> dict[str, Any]:
    """Do an act to a loan: a draw, a waiver, an arrangement, a mandate, …; what each needs is in its shape."""
    account = own(request, number)
    if not account.is_loan:
        raise NotALoan(f"account {number} is a line")
    return done(request, account, told)


def done(request: HttpRequest, account: Seen, told: Any) -> dict[str, Any]:
    """Do an act, and say what it made; a party that funds or owns the account may tell of a payment and no more."""
    act, holder = told.root, holder_of(request)
    if holder.party and act.kind not in OF_PARTIES:
        raise ActOfLender(f"{act.kind} is the lender's alone; a party's key may do {', '.join(sorted(OF_PARTIES))}")
    on = getattr(act, "on", None)
    asked = act_kinds.Asked(
        account.number, act.kind, on.isoformat() if on else None, holder.name, act.why, key_of(request), plain(act),
    )  # fmt: skip
    what = act_kinds.do(asked)
    made, _, number = what.made.partition(" ")
    return what._asdict() | {"made": made, "id": int(number) if number else None}


@door.writes("/lines", "accounts:write", Opened)
def open_line(request: HttpRequest, told: NewLine) -> dict[str, Any]:
    """Open a line."""
    accounts.open_line(
        number=told.number, borrower_id=borrower(told.borrower), product=told.product, limit_minor=told.limit_minor,
        on=told.on,
    )  # fmt: skip
    return {"number": told.number}


@door.writes("/loans", "accounts:write", Opened)
def open_loan(request: HttpRequest, told: NewLoan) -> dict[str, Any]:
    """Open a loan; it is drawn by an act."""
    loan_opening.open_loan(
        number=told.number, borrower_id=borrower(told.borrower), product=told.product,
        approved_minor=told.approved_minor, on=told.on, by=holder_of(request).name, start=told.start,
        first_due=told.first_due,
    )  # fmt: skip
    return {"number": told.number}


def borrower(told: Person) -> int:
    """The id of a person, who is enrolled if new."""
    return people.enrol(source=told.source, references=[told.reference])[0]


@door.writes("/accounts/{number}/certificates", "documents:write", Certificate)
def issue_certificate(request: HttpRequest, number: Number) -> dict[str, Any]:
    """Issue a settlement certificate; refused where the account is not settled."""
    own(request, number)
    issued = documents.issue(account=number, by=holder_of(request).name)
    return {"number": issued.number, "again": issued.again}


@door.reads("/suspense", "suspense:write", shapes.many(Suspended))
def list_suspense(request: HttpRequest, on: Day | None = None) -> Any:
    """Money without an account, the oldest first; aged on a day, the open day if none is named."""
    return suspense.open_items(on=on)


@door.writes("/suspense", "suspense:write", Item)
def receive_in_suspense(request: HttpRequest, told: SuspenseIn) -> dict[str, Any]:
    """Take money that cannot be attributed yet."""
    return {"id": suspense.receive(**told.model_dump(), key=key_of(request))}


@door.writes("/suspense/{item}/attributions", "suspense:write", Moved)
def attribute(request: HttpRequest, item: IdInPath, told: Attribution) -> Any:
    """Move money out of suspense to an account; several calls split it over accounts."""
    return suspense.attribute(
        item=item, account=own(request, told.account).id, on=told.on, by=holder_of(request).name, reason=told.why,
        key=key_of(request), amount_minor=told.amount_minor,
    )  # fmt: skip


@door.writes("/debits/due", "debits:write", DebitsDue)
def decide_debits(request: HttpRequest, told: DebitDay) -> Any:
    """Decide the debits of the open day; asked again, those that are not answered yet are listed again."""
    return debits.due(day=told.day)


@door.writes("/debits/answers", "debits:write", Settled)
def settle_debit(request: HttpRequest, told: DebitAnswer) -> Any:
    """Take what the bank answers to an order, once."""
    return debit_results.settled(**told.model_dump(), key=key_of(request))
