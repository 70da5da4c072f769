"""The limitation clock: from which day it runs, what started it anew, by when a suit must be brought, by which rule."""

from datetime import date, timedelta
from typing import NamedTuple

from duecourse.ledger import chart
from duecourse.rules import legal_terms
from duecourse.rules.legal_terms import LimitationRule

from . import legal, legal_known
from .legal_clock import Dated, Interruption, run
from .legal_tables import Acknowledgement

UNDERWAY = ("filed", "judgment", "enforcement")
"""While a proceeding is there, no time runs against the debt."""


class Limitation(NamedTuple):
    """The clock of one debt on a day. rule None: none is kept for the place. begun_on None: nothing is late yet.

    ends_on: the last day on which a suit is in time. underway: a proceeding is filed, and no time runs.
    """

    place: str
    rule: LimitationRule | None
    default_on: date | None
    begun_on: date | None
    ends_on: date | None
    days_left: int | None
    underway: bool
    interruptions: tuple[Interruption, ...]

    @property
    def is_over(self) -> bool:
        """Whether a suit would come too late."""
        return not self.underway and self.days_left is not None and self.days_left < 0


def limitation(*, account: str, on: date) -> Limitation:
    """The clock of an account's debt on a day, by the rule of the place where the person lives."""
    return of(legal.subject(number=account), on)


def of(subject: legal.Subject, on: date) -> Limitation:
    """The same of an account that is looked at already.

    It runs from the oldest due that is not met: those before it were paid, and a payment starts the time anew where the
    rule says so.
    """
    rule = legal_terms.limitation_rule(place=subject.place, on=on)
    missed = [due.due_on for due in subject.page.dues if due.left and due.due_on < on]
    default_on = min(missed, default=None)
    underway = is_underway(subject.account, on)
    if default_on is None or rule is None:
        return Limitation(subject.place, rule, default_on, default_on, None, None, underway, ())
    known = legal_known.owned(person=subject.borrower, account=subject.account)
    happened = [*paid(subject), *known]
    begun, ends, told = run(rule, default_on, [one for one in happened if one.on <= on])
    return Limitation(subject.place, rule, default_on, begun, ends, (ends - on).days, underway, told)


def paid(subject: legal.Subject) -> list[Dated]:
    """The payments that stand, by their days."""
    return [
        Dated("payment", line.effective_day, line.id)
        for line in subject.page.lines
        if line.kind == chart.PAYMENT and line.reverses is None and line.reversed_by is None
    ]


def is_underway(account: int, on: date) -> bool:
    """Whether a proceeding about an account is before a court."""
    sql = (
        "SELECT DISTINCT ON (p.id) s.stage FROM recovery_proceeding p JOIN recovery_proceeding_stage s "
        'ON s.proceeding_id = p.id AND s."on" <= %(on)s WHERE p.account_id = %(account)s ORDER BY p.id, s.id DESC'
    )
    return any(stage in UNDERWAY for (stage,) in legal_known.rows(sql, account=account, on=on))


def acknowledge(*, account: str, kind: str, on: date, source: str, by: str, reason: str, key: str) -> int:
    """Note that the person owned the debt on a day, in writing or by word of mouth, and where that is kept."""
    subject = legal.subject(number=account)
    told = {"borrower_id": subject.borrower, "account_id": subject.account, "kind": kind, "on": on, "source": source}
    if row := legal.before(Acknowledgement, key, told):
        return int(row.id)
    if kind not in ("written", "spoken"):
        raise legal.LegalRefused(f"kind: {kind!r} is none of written, spoken")
    if not subject.page.opened_on <= on <= subject.page.closed + timedelta(days=1):
        raise legal.LegalRefused(f"on: {on} is not a day on which the account was open")
    legal.said("source", source)
    return int(Acknowledgement.objects.create(**told, by=by, reason=reason, key=key).id)
