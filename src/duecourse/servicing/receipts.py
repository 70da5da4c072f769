"""The receipt of a payment: what it met, component by component and due by due, and what remains due next."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings

from duecourse.kernel import loan, loan_events
from duecourse.kernel.account import WIDTH
from duecourse.kernel.terms import FEE, INTEREST, PENALTY, PRINCIPAL
from duecourse.ledger import chart
from duecourse.ledger.journal import Refused
from duecourse.ledger.tables import Entry
from duecourse.rules.read import to_date

from . import agreed, changes, explain_known, explain_life, loans, read
from .explain_known import Subject
from .postings import COMPONENTS, Line
from .read import Page
from .tables import Act

PLACES = (PRINCIPAL, INTEREST, FEE, PENALTY)
Met = dict[int, list[int]]
"""By due day how much of principal, interest, fee and penalty was met."""


class NotAPayment(Refused):
    """The entry is no payment of this account."""

    code = "not_a_payment"


def facts(*, account: str, entry: int) -> dict[str, Any]:
    """What a receipt says of the payment that made this entry: plain values, amounts in minor units, days as texts.

    `entry` is the first that the payment made, or one that was posted again for it. `met` are components that it met,
    `dues` what of them lay in dues, `beyond` what lay in none (not billed yet, or paid ahead), `excess` what became a
    credit balance. A payment that was taken back says when, by whom and why.
    """
    page = read.account_with_every_posting(number=account)
    paid, back = payment(page, entry)
    other = paid.amounts["cash"]
    met = {name: -paid.amounts.get(name, 0) for name in COMPONENTS}
    act = Act.objects.filter(account_id=page.account_id, kind="paid_by", entry_id=place_of(paid)).first()
    dues = {} if back is not None else dues_met(page, paid)
    lying = [sum(parts[i] for parts in dues.values()) for i in range(len(COMPONENTS))]
    return {
        "kind": "receipt",
        **head(page),
        "entry": place_of(paid),
        "day": str(paid.effective_day),
        "booked": str(first_booked(page, paid)),
        "channel": channel_of(paid),
        "payer": act.body["payer"] if act else "",
        "amount": other,
        "met": {name: amount for name, amount in met.items() if amount},
        "excess": -paid.amounts.get("credit", 0),
        "recovered": -paid.amounts.get("charged_off", 0),
        "dues": [
            {"due_on": str(to_date(day)), **dict(zip(COMPONENTS, parts, strict=True)), "total": sum(parts)}
            for day, parts in sorted(dues.items())
        ],
        "beyond": {} if back is not None else beyond(met, lying),
        "taken_back": back,
        "owed": page.figures["owed"],
        "credit": page.figures["credit"],
        "as_of": str(as_of(page)),
        "next": coming(page),
    }


def head(page: Page) -> dict[str, Any]:
    """What every document says of its account."""
    return {
        "lender": settings.LENDER,
        "account": page.number,
        "product": page.product,
        "is_loan": page.is_loan,
        "currency": page.currency,
        "exponent": page.exponent,
        "opened_on": str(page.opened_on),
    }


def as_of(page: Page) -> date:
    """The day through which the figures of a page count: the last closed one, or that of a later entry."""
    return max([page.closed, *(line.effective_day for line in page.lines)])


def place_of(line: Line) -> int:
    """The first entry of the event that an entry belongs to."""
    return line.stands_for or line.id


def payment(page: Page, entry: int) -> tuple[Line, dict[str, str] | None]:
    """The entry in force of a payment; one that was taken back by its last entry, with when, by whom and why."""
    asked = next((line for line in page.lines if line.id == entry and line.kind == chart.PAYMENT), None)
    if asked is None or asked.reverses is not None:
        raise NotAPayment(f"entry {entry} of account {page.number} is no payment")
    same = [line for line in page.lines if line.reverses is None and place_of(line) == place_of(asked)]
    stands = [line for line in same if line.reversed_by is None]
    if stands:
        return stands[-1], bounced(page, stands[-1])
    back = next(line for line in page.lines if line.id == same[-1].reversed_by)
    why = [one for one in page.changes if one.booked_day == back.booked_day and one.since_day <= asked.effective_day]
    told = why[-1] if why else None
    by, reason = (told.by, told.reason) if told else ("", "")
    return same[-1], {"day": str(back.booked_day), "by": by, "reason": reason}


def bounced(page: Page, paid: Line) -> dict[str, str] | None:
    """When, by whom and why a payment that counts as made until it bounced did so."""
    for one, payment_id in bounces(page.account_id):
        if payment_id == place_of(paid):
            return {"day": str(one.effective_day), "by": one.by, "reason": one.reason}
    return None


def bounces(account: int) -> list[tuple[Act, int]]:
    """The acts that stand by which payments of an account bounced, each with its payment's first entry, in order.

    That of a loan names the payment's act, that of a line the entry itself.
    """
    stands = changes.standing_acts(account).values()
    acts = [one for one in stands if one.kind in ("bounce", "chargeback")]
    made = dict(Act.objects.filter(id__in=[one.body.get("of", 0) for one in acts]).values_list("id", "entry_id"))
    found = [(one, made.get(one.body.get("of", 0)) or one.body.get("payment")) for one in acts]
    return [(one, payment_id) for one, payment_id in found if payment_id is not None]


def first_booked(page: Page, paid: Line) -> date:
    """The day on which a payment was first booked."""
    return next((line.booked_day for line in page.lines if line.id == place_of(paid)), paid.booked_day)


def channel_of(paid: Line) -> int:
    """The channel by which a payment came."""
    return int(Entry.objects.values_list("channel", flat=True).get(id=paid.id))


def beyond(met: Mapping[str, int], lying: Sequence[int]) -> dict[str, int]:
    """What a payment met by component that lay in no due."""
    return {name: met[name] - amount for name, amount in zip(COMPONENTS, lying, strict=True) if met[name] != amount}


def coming(page: Page) -> dict[str, Any] | None:
    """What is due next: of all that is billed and unmet, the amount, its day, and what of it is past due."""
    due = page.next_due
    if due is None:
        return None
    return {"amount": due.amount, "due_on": str(due.due_on), "past_due": due.past_due, "is_late": due.is_late}


def dues_met(page: Page, paid: Line) -> Met:
    """What a payment met of each due, found by living the account again: as it counts with all that is known now."""
    subject = explain_known.find(page.number, explain_known.open_day(page.number), ahead=False)
    return of_loan(subject, paid) if page.is_loan else of_line(subject, paid)


def of_line(subject: Subject, paid: Line) -> Met:
    """The same of a line: its open dues before the payment less those after it."""
    life = explain_life.lived(subject, explain_known.posted(subject))
    step = next(one for one in life.steps if one.seen.event is not None and one.seen.event.place == place_of(paid))
    return less(by_day(step.dues), by_day(step.seen.dues))


def by_day(dues: Sequence[int]) -> Met:
    """Open dues by their day."""
    found: Met = defaultdict(lambda: [0, 0, 0, 0])
    for at in range(0, len(dues), WIDTH):
        found[dues[at]] = [was + dues[at + c] for was, c in zip(found[dues[at]], PLACES, strict=True)]
    return found


def less(before: Met, after: Met) -> Met:
    """What is gone, where something is."""
    gone = {day: [one - then for one, then in zip(parts, after[day], strict=True)] for day, parts in before.items()}
    return {day: parts for day, parts in gone.items() if any(parts)}


def of_loan(subject: Subject, paid: Line) -> Met:
    """The same of a loan: what is paid of each of its dues after the payment less what was before it."""
    told = agreed.loan(subject.terms_id)
    history = loans.of_acts([row[:5] for row in explain_known.acts(subject)])
    made = Act.objects.filter(account_id=subject.account_id, kind="payment", entry_id=place_of(paid)).first()
    now = loan.opened(told.terms, *history.begun)
    now.log = list(history.events)
    before = by_due(now.dues)
    for placed in loan_events.in_order(now.log):
        loan.step(now, placed)
        after = by_due(now.dues)
        if made is not None and placed.event.seq == made.id:
            return less(after, before)
        before = after
    return {}


def by_due(dues: Sequence[Any]) -> Met:
    """What is paid of a loan's dues by their day."""
    found: Met = defaultdict(lambda: [0, 0, 0, 0])
    for due in dues:
        found[due.due_on] = [was + due.paid[c] for was, c in zip(found[due.due_on], PLACES, strict=True)]
    return found
