"""The demand: a letter that asks for what is owed before court, with each amount, help, and what can be disputed.

The letter is asked of the contact gate as a legal notice and kept with its digests. Name and address are not kept with
it: the address is opened when the letter is drawn.
"""

import hashlib
import json
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from duecourse.borrowers import reach
from duecourse.ledger.journal import Refused
from duecourse.outreach import contact, messages
from duecourse.outreach.gate import Answer
from duecourse.rules import hardship_terms, legal_terms, wording_rules
from duecourse.servicing import explain, explain_words, typeset
from duecourse.servicing.explain_tree import Node

from . import legal, legal_checks, legal_limitation, legal_words
from .legal_tables import Demand, DemandPosted

COMPONENTS = ("principal", "interest", "fee", "penalty")
MOST_ROWS = 24
"""A component's account is told in so many lines at most; the evidence pack holds every one."""


class DemandNotAllowed(Refused):
    """The contact gate refuses the letter; the message names the rules."""

    code = "demand_not_allowed"


class DemandWording(Refused):
    """A text of the letter falls under a prohibited class."""

    code = "demand_wording"


class NoSuchDemand(Refused):
    """There is no such demand, or it was posted already."""

    code = "no_such_demand"


class Written(NamedTuple):
    """A demand: its number, its PDF, whether the key was used before."""

    id: int
    number: str
    pdf: bytes
    again: bool


class Preview(NamedTuple):
    """A demand as it would be written: what it says, and what the contact gate says of it."""

    body: dict[str, Any]
    answer: Answer


def write(*, account: str, at: datetime, by: str, reason: str, key: str) -> Written:
    """Write the demand of an account, once every check but the demand's own passes and the contact gate allows it."""
    subject = legal.subject(number=account)
    on = legal.day_of(at)
    told = {"borrower_id": subject.borrower, "account_id": subject.account}
    with transaction.atomic(), connection.cursor() as cursor:
        legal.alone(subject.borrower)
        if row := legal.before(Demand, key, told):
            return Written(row.id, row.number, drawn(row), True)
        legal_checks.require(subject, at, legal_checks.BEFORE_DEMAND)
        body = facts(subject, at)
        refuse_wording(subject, body)
        decision = allowed(subject, body, at, by)
        if decision.answer.allowed:
            cursor.execute("SELECT nextval('recovery_demand_id_seq')")
            row = Demand(
                id=cursor.fetchone()[0], **told, day=on, pay_by=body["pay_by"], place=subject.place,
                language=subject.language, decision_id=decision.id, body=body, digest=digest_of(body), by=by,
                reason=reason, key=key,
            )  # fmt: skip
            pdf = drawn(row)
            row.file_digest = hashlib.sha256(pdf).digest()
            row.save(force_insert=True)
            return Written(row.id, row.number, pdf, False)
    why = ", ".join(str(one.id) for one in decision.answer.refusals) or decision.answer.fault  # the refusal is kept
    raise DemandNotAllowed(f"account {account}: decision {decision.id}: {why}")


def preview(*, account: str, at: datetime, by: str) -> Preview:
    """What a demand would say now and whether the contact gate allows it; refused as writing it is. Nothing is kept."""
    subject = legal.subject(number=account)
    legal_checks.require(subject, at, legal_checks.BEFORE_DEMAND)
    body = facts(subject, at)
    refuse_wording(subject, body)
    with transaction.atomic():
        answer = allowed(subject, body, at, by).answer
        transaction.set_rollback(True)
    return Preview(body, answer)


def allowed(subject: legal.Subject, body: dict[str, Any], at: datetime, by: str) -> contact.Decision:
    """The contact gate's decision of the letter, kept whatever it is. Asked again, it is another one: hours pass."""
    point = next((one.id for one in reach.points(borrower=subject.borrower) if one.kind == "address"), None)
    clock = legal_limitation.of(subject, legal.day_of(at))
    return contact.may_we(
        person=subject.borrower, channel="letter", purpose="legal_notice", at=at, by=by, about=subject.account,
        point=point, forbearance_offered=True, text=text_of(body), time_barred=clock.is_over if clock.rule else None,
        key=f"demand:{subject.account}:{at.isoformat()}",
    )  # fmt: skip


def post(*, demand: int, at: datetime, reference: str, by: str) -> DemandPosted:
    """Say that a demand was posted, and by which number of the post's; its notice counts from that day."""
    row = found(demand)
    on = legal.day_of(at)
    if on < row.day:
        raise legal.LegalRefused(f"at: demand {row.number} was written on {row.day}, later than {on}")
    with transaction.atomic():
        legal.alone(row.borrower_id)
        waits = messages.under_way(people=[row.borrower_id], prefix=f"demand:{row.id}")
        if f"demand:{row.id}" in waits.values():
            raise legal.LegalRefused(f"demand {row.number} is queued as an e-mail: what comes of it will be written")
        if DemandPosted.objects.filter(demand_id=row.id).exists():
            raise NoSuchDemand(f"demand {row.number} was posted already")
        pay_by = max(row.pay_by, legal_checks.notice_ends(place=row.place, posted_on=on))
        sent = DemandPosted.objects.create(demand_id=row.id, on=on, pay_by=pay_by, reference=reference, by=by)
        contact.tell(decision=row.decision_id, outcome="sent", at=at, by=by, note=reference)
    return sent


def id_of(number: str) -> int:
    """The id in a demand's number."""
    place = number[1:] if number[:1].upper() == "D" else ""
    if not place.isdecimal() or len(place) > 17:
        raise NoSuchDemand(f"there is no demand {number}")
    return int(place)


def found(demand: int) -> Demand:
    """A demand by its id."""
    row = Demand.objects.filter(id=demand).first()
    if row is None:
        raise NoSuchDemand(f"there is no demand {demand}")
    return row


def facts(subject: legal.Subject, at: datetime) -> dict[str, Any]:
    """What a demand says: plain values, amounts in minor units, days as texts; nothing that names the person."""
    page, on, language = subject.page, legal.day_of(at), subject.language
    known_on = explain.open_day(account=page.number)
    words = legal_terms.demand_words(language=language, on=on)
    adviser = hardship_terms.adviser(place=subject.place, on=on)
    parts = [component(page.number, name, known_on, page.exponent, language) for name in COMPONENTS]
    rule, _ = legal_terms.notice_rule(place=subject.place, on=on)
    return {
        "kind": "demand",
        "language": language,
        "words": legal_words.DEMAND[language],
        "lender": settings.LENDER,
        "contact": settings.LENDER_CONTACT,
        "account": page.number,
        "product": page.product,
        "currency": page.currency,
        "exponent": page.exponent,
        "opened_on": str(page.opened_on),
        "owed": page.figures["owed"],
        "past_due": page.standing.past_due,
        "since": str(min(due.due_on for due in page.dues if due.left)),
        "credit": page.figures["credit"],
        "parts": [one for one in parts if one["amount"] or one["name"] == "principal"],
        "as_of": str(on),
        "known_on": str(known_on),
        "pay_by": str(legal_checks.notice_ends(place=subject.place, posted_on=on)),
        "pay": words.pay,
        "help": words.help,
        "dispute": words.dispute,
        "adviser": f"{adviser.name} · {adviser.reach}" if adviser else "",
        "rule": rule,
    }


def component(account: str, name: str, on: Any, exponent: int, language: str) -> dict[str, Any]:
    """One component of what is owed and how it came about: the parts of its explanation."""
    node = explain.explain(account=account, figure=name, on=on)
    rows = [*steps(node, exponent, language)]
    return {
        "name": name,
        "amount": node.amount,
        "shown": explain_words.money(node.amount, exponent),
        "rows": rows if len(rows) <= MOST_ROWS else [],
        "left_out": 0 if len(rows) <= MOST_ROWS else len(rows),
    }


def steps(node: Node, exponent: int, language: str) -> list[list[str]]:
    """The parts of a figure that come to something, each with its amount: one level."""
    return [
        [explain_words.sentence(one, exponent, language), explain_words.amount(one, exponent, language)]
        for one in node.parts
        if one.amount
    ]


def refuse_wording(subject: legal.Subject, body: dict[str, Any]) -> None:
    """Refuse a letter whose texts fall under a class that the place prohibits."""
    told = wording_rules.found(text_of(body), place=subject.place, on=legal_date(body))
    if told:
        why = "; ".join(f"{one.name} ({', '.join(one.phrases)}): {[rule.rule for rule in one.rules]}" for one in told)
        raise DemandWording(f"account {subject.page.number}: {why}")


def legal_date(body: dict[str, Any]) -> Any:
    """The day as of which a letter speaks."""
    return datetime.fromisoformat(body["as_of"]).date()


def text_of(body: dict[str, Any]) -> str:
    """Every text of a letter."""
    said = [*body["words"].values(), body["lender"], body["pay"], body["help"], body["dispute"], body["adviser"]]
    return "\n".join(str(one) for one in said)


def digest_of(body: dict[str, Any]) -> bytes:
    """The SHA-256 of what a letter says, whatever the order in which it stands."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).digest()


def again(*, number: str) -> bytes:
    """The PDF of a demand that was written, drawn again with the address that the person has now."""
    return drawn(found(id_of(number)))


def drawn(row: Demand) -> bytes:
    """The PDF of a demand, with the address that the person has now."""
    return typeset.pdf(sheet_of(row))


def sheet_of(row: Demand) -> dict[str, Any]:
    """What the sheet of a demand is given."""
    address = next((one.value for one in reach.points(borrower=row.borrower_id) if one.kind == "address"), "")
    return {**row.body, "number": row.number, "digest": bytes(row.digest).hex(), "address": address}
