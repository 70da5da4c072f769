"""Proceedings: prepared, filed by another person, judged, enforced; satisfied, settled, dismissed or withdrawn.

A judgment moves the ledger by acts that there are: its costs are a fee, interest as agreed grows no more, and interest
on what is awarded is charged through a day (docs/decisions/0011).
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from duecourse.borrowers import secrecy
from duecourse.kernel.money import AMOUNT_MAX, RATE_MAX_PPM
from duecourse.kernel.terms import FEE
from duecourse.ledger.journal import Refused
from duecourse.rules.read import day_number
from duecourse.servicing import agreed, explain, fees, loans, payoff, rates, read
from duecourse.servicing.tables import Account, Act, Arrangement, ArrangementState

from . import legal, legal_checks
from .judgment_interest import interest_minor
from .legal_limitation import paid
from .legal_tables import JudgmentInterest, Proceeding, ProceedingDocument, ProceedingStage

PREPARED, FILED, JUDGMENT, ENFORCEMENT = "prepared", "filed", "judgment", "enforcement"
SATISFIED, SETTLED, DISMISSED, WITHDRAWN = "satisfied", "settled", "dismissed", "withdrawn"
KINDS = ("court", "arbitration")
ENDED = (SATISFIED, SETTLED, DISMISSED, WITHDRAWN)
FOLLOWS = {
    PREPARED: (FILED, SETTLED, WITHDRAWN),
    FILED: (JUDGMENT, DISMISSED, SETTLED, WITHDRAWN),
    JUDGMENT: (ENFORCEMENT, SATISFIED, SETTLED, WITHDRAWN),
    ENFORCEMENT: (ENFORCEMENT, SATISFIED, SETTLED, WITHDRAWN),
}
"""What may come after each stage; after an end comes nothing."""
MOST_BYTES = 20 * 2**20


class NoSuchProceeding(Refused):
    """There is no such proceeding."""

    code = "no_such_proceeding"


class ProceedingNotSo(Refused):
    """This cannot come next."""

    code = "proceeding_not_so"


class ProceedingStands(Refused):
    """Another proceeding about the account has not ended."""

    code = "proceeding_stands"


class SecondPersonNeeded(Refused):
    """Who prepared a proceeding does not file it."""

    code = "second_person_needed"


class Award(NamedTuple):
    """What a judgment awards: of the debt, for costs, and interest a year on the former; from which day."""

    amount_minor: int
    costs_minor: int
    interest_ppm: int


def prepare(*, account: str, kind: str, at: datetime, by: str, reason: str, key: str) -> int:
    """Prepare a way to court or arbitration: every check passes now, and is kept as it passed."""
    subject = legal.subject(number=account)
    told = {"borrower_id": subject.borrower, "account_id": subject.account, "kind": kind}
    with transaction.atomic():
        legal.alone(subject.borrower)
        if row := legal.before(Proceeding, key, told):
            return int(row.id)
        if kind not in KINDS:
            raise legal.LegalRefused(f"kind: {kind!r} is none of {', '.join(KINDS)}")
        for one in Proceeding.objects.filter(account_id=subject.account):
            if (now := stage_of(one.id)).stage not in ENDED:
                raise ProceedingStands(f"account {account}: proceeding {one.id} is {now.stage} since {now.on}")
        found = legal_checks.require(subject, at)
        demand, _ = legal_checks.posted(subject.account)
        assert demand is not None, "legal: the check of the demand passed without one"
        on = legal.day_of(at)
        row = Proceeding.objects.create(
            **told, on=on, checks=[one._asdict() for one in found], demand_id=demand.id, by=by, reason=reason, key=key
        )
        write(row.id, PREPARED, on, by, reason)
    return int(row.id)


def file(*, proceeding: int, at: datetime, reference: str, by: str, reason: str) -> None:
    """File it: by another person than who prepared it, once every check passes again. `reference`: the court's."""
    with transaction.atomic():
        row = locked(proceeding, FILED)
        if by == row.by:
            raise SecondPersonNeeded(f"proceeding {proceeding} was prepared by {row.by}: another person files it")
        legal_checks.require(subject_of(row), at)
        legal.said("reference", reference)
        write(proceeding, FILED, legal.day_of(at), by, reason, reference=reference)


def judge(*, proceeding: int, award: Award, on: date, reference: str, by: str, reason: str) -> None:
    """Write down a judgment of a day: its costs are charged, and interest as agreed grows no more from that day on."""
    with transaction.atomic():
        row = locked(proceeding, JUDGMENT)
        number = number_of(row)
        refuse_award(number, award, on)
        acts = charge(row, award.costs_minor, on, "costs", by) if award.costs_minor else []
        acts += stop_agreed_interest(row, on, by)
        write(
            proceeding, JUDGMENT, on, by, reason, reference=reference, acts=acts, amount_minor=award.amount_minor,
            costs_minor=award.costs_minor, interest_ppm=award.interest_ppm,
        )  # fmt: skip


def refuse_award(number: str, award: Award, on: date) -> None:
    """Refuse an award that is no amount or more than is owed."""
    if not 0 < award.amount_minor <= AMOUNT_MAX or not 0 <= award.costs_minor <= AMOUNT_MAX:
        raise legal.LegalRefused(f"amount, costs: {award.amount_minor}, {award.costs_minor} are not what is awarded")
    if not 0 <= award.interest_ppm <= RATE_MAX_PPM:
        raise legal.LegalRefused(f"interest_ppm: {award.interest_ppm} is not from 0 to {RATE_MAX_PPM}")
    open_day = explain.open_day(account=number)
    if on > open_day:
        raise legal.LegalRefused(f"on: {on} is after the open day {open_day}")
    told = payoff.quote(number=number, day=open_day)
    owed = told.quote.principal + told.quote.interest + told.quote.fee + told.quote.penalty
    if award.amount_minor > owed:
        raise legal.LegalRefused(f"amount: {award.amount_minor} is more than the {owed} owed on {open_day}")


def charge(row: Proceeding, amount_minor: int, on: date, what: str, by: str) -> list[int]:
    """Charge a fee for a proceeding; the act that did it."""
    reason, key = f"legal {what} of proceeding {row.id}", f"legal:{row.id}:{what}:{on}"
    if is_loan(row):
        told = {"component": FEE, "amount": amount_minor, "until": day_number(on)}
        loans.act(account=row.account_id, kind="charge", on=on, by=by, reason=reason, key=key, **told)
        return [act_of(row.account_id, reason)]
    return [fees.charge(account=row.account_id, amount_minor=amount_minor, on=on, by=by, reason=reason, key=key).act]


def stop_agreed_interest(row: Proceeding, on: date, by: str) -> list[int]:
    """Let nothing grow as agreed from a judgment on: a line's rates are zero; a loan is all due, late interest off."""
    reason, key = f"judgment of proceeding {row.id}", f"legal:{row.id}:judgment"
    if not is_loan(row):
        none = {"rate_ppm": 0, "late_rate_ppm": 0}
        return [rates.change(account=row.account_id, terms=none, on=on, by=by, reason=reason, key=key).act]
    life = loans.held(account=row.account_id).loan
    kinds = [] if life.terminated_on or life.charged_off_on or life.written_off_on else ["terminate"]
    kinds += ["late_pause"] if life.terms.late_rate_ppm else []
    for kind in kinds:
        loans.act(account=row.account_id, kind=kind, on=on, by=by, reason=reason, key=f"{key}:{kind}")
    made = Act.objects.filter(account_id=row.account_id, reason=reason).order_by("id")
    return list(made.values_list("id", flat=True))


def charge_interest(*, proceeding: int, through: date, by: str, reason: str) -> int:
    """Charge the judgment's interest on what of its amount is unpaid, through a day; what of it is new, minor units.

    Simple, by days of a year of 365; counted from the judgment each time, so that no fraction is lost.
    """
    with transaction.atomic():
        row = found(proceeding)
        legal.alone(row.borrower_id)
        judged = judgment_of(proceeding)
        now = stage_of(proceeding)
        if judged is None or now.stage in ENDED:
            raise ProceedingNotSo(f"proceeding {proceeding} is {now.stage}: no judgment bears interest")
        number = number_of(row)
        open_day = explain.open_day(account=number)
        before = JudgmentInterest.objects.filter(proceeding_id=proceeding).order_by("-through").first()
        if through > open_day or through <= (before.through if before else judged.on):
            raise legal.LegalRefused(f"through: {through} is not after what was charged, up to {open_day}")
        subject = legal.subject(number=number)
        came = [(one.on, -amount_of(subject.page, one.row)) for one in paid(subject)]
        whole = interest_minor(judged.amount_minor, judged.interest_ppm or 0, judged.on, through, came)
        sofar = sum(JudgmentInterest.objects.filter(proceeding_id=proceeding).values_list("amount_minor", flat=True))
        new = max(0, whole - sofar)
        if new:
            (act,) = charge(row, new, through, "interest", by)
            JudgmentInterest.objects.create(
                proceeding_id=proceeding, through=through, amount_minor=new, act_id=act, by=by, reason=reason
            )
    return new


def amount_of(page: read.Page, entry: int) -> int:
    """What a payment's entry took off what is owed: below zero."""
    line = next(one for one in page.lines if one.id == entry)
    return sum(line.amounts.get(name, 0) for name in ("principal", "interest", "fee", "penalty"))


def enforce(*, proceeding: int, on: date, reference: str, by: str, reason: str) -> None:
    """Note a step of enforcement; `reference`: the court's or bailiff's. What it brings in is a payment."""
    move(proceeding, ENFORCEMENT, on, by, legal.said("reason", reason), reference)


def satisfy(*, proceeding: int, on: date, by: str, reason: str) -> None:
    """Note that a judgment is satisfied; refused while anything is owed."""
    owed = read.account(number=number_of(found(proceeding))).figures["owed"]
    if owed:
        raise ProceedingNotSo(f"proceeding {proceeding}: {owed} is still owed")
    move(proceeding, SATISFIED, on, by, reason)


def settle(*, proceeding: int, arrangement: int, on: date, by: str, reason: str) -> None:
    """Note that the parties settled by an arrangement of the account that stands or was fulfilled."""
    row = found(proceeding)
    last = ArrangementState.objects.filter(arrangement_id=arrangement).order_by("-id").first()
    own = legal_arrangement(row.account_id, arrangement)
    if last is None or not own or last.state not in ("agreed", "cured", "fulfilled"):
        raise ProceedingNotSo(f"proceeding {proceeding}: no arrangement {arrangement} of the account stands")
    move(proceeding, SETTLED, on, by, reason, f"arrangement {arrangement}")


def take_on(
    *, proceeding: int, stage: str, on: date, reference: str, arrangement: int | None, by: str, reason: str
) -> None:  # fmt: skip
    """Note a step of enforcement, or an end, whichever `stage` names; `arrangement`: of a settlement."""
    if (stage == SETTLED) != (arrangement is not None):
        raise legal.LegalRefused("arrangement: named of a settlement, and of it only")
    if arrangement is not None:
        settle(proceeding=proceeding, arrangement=arrangement, on=on, by=by, reason=reason)
    elif stage == ENFORCEMENT:
        enforce(proceeding=proceeding, on=on, reference=reference, by=by, reason=reason)
    elif stage == SATISFIED:
        satisfy(proceeding=proceeding, on=on, by=by, reason=reason)
    elif stage == DISMISSED:
        dismiss(proceeding=proceeding, on=on, reference=reference, by=by, reason=reason)
    elif stage == WITHDRAWN:
        withdraw(proceeding=proceeding, on=on, by=by, reason=reason)
    else:
        raise legal.LegalRefused(f"stage: {stage!r} does not come this way")


def legal_arrangement(account: int, arrangement: int) -> bool:
    """Whether an arrangement is of an account."""
    return Arrangement.objects.filter(id=arrangement, account_id=account).exists()


def dismiss(*, proceeding: int, on: date, reference: str, by: str, reason: str) -> None:
    """Note that the court or arbitrator dismissed the claim."""
    move(proceeding, DISMISSED, on, by, reason, reference)


def withdraw(*, proceeding: int, on: date, by: str, reason: str) -> None:
    """Withdraw it. Costs that a judgment awarded stay; they are waived by an act."""
    move(proceeding, WITHDRAWN, on, by, legal.said("reason", reason))


def move(proceeding: int, stage: str, on: date, by: str, reason: str, reference: str = "") -> None:
    """Write the next stage, if it may come next."""
    with transaction.atomic():
        locked(proceeding, stage)
        write(proceeding, stage, on, by, reason, reference=reference)


def attach(*, proceeding: int, name: str, content: bytes, by: str) -> int:
    """Keep a paper of a proceeding, encrypted."""
    found(proceeding)
    if not 0 < len(content) <= MOST_BYTES:
        raise legal.LegalRefused(f"content: {len(content)} bytes are not from 1 to {MOST_BYTES}")
    row = ProceedingDocument.objects.create(
        proceeding_id=proceeding, name=name, content=secrecy.seal_bytes(content),
        digest=hashlib.sha256(content).digest(), by=by,
    )  # fmt: skip
    return int(row.id)


def locked(proceeding: int, stage: str) -> Proceeding:
    """A proceeding of which nobody else writes a stage now, if this one may come next; inside a transaction."""
    row = found(proceeding)
    legal.alone(row.borrower_id)
    now = stage_of(proceeding)
    if stage not in FOLLOWS.get(now.stage, ()):
        raise ProceedingNotSo(f"proceeding {proceeding} is {now.stage} since {now.on}: {stage} cannot come next")
    return row


def write(proceeding: int, stage: str, on: date, by: str, reason: str, **more: object) -> None:
    """Write where a proceeding is; refused on a day before the stage before it."""
    last = ProceedingStage.objects.filter(proceeding_id=proceeding).order_by("-id").first()
    if last is not None and on < last.on:
        raise legal.LegalRefused(f"on: proceeding {proceeding} is {last.stage} since {last.on}, later than {on}")
    fields = {"reference": "", **more}
    ProceedingStage.objects.create(proceeding_id=proceeding, stage=stage, on=on, by=by, reason=reason, **fields)


def found(proceeding: int) -> Proceeding:
    """A proceeding by its id."""
    row = Proceeding.objects.filter(id=proceeding).first()
    if row is None:
        raise NoSuchProceeding(f"there is no proceeding {proceeding}")
    return row


def stage_of(proceeding: int) -> ProceedingStage:
    """Where a proceeding is."""
    return ProceedingStage.objects.filter(proceeding_id=proceeding).order_by("-id")[0]


def judgment_of(proceeding: int) -> ProceedingStage | None:
    """The judgment of a proceeding."""
    return ProceedingStage.objects.filter(proceeding_id=proceeding, stage=JUDGMENT).first()


def stages(*, account: str) -> Sequence[tuple[Proceeding, list[ProceedingStage]]]:
    """The proceedings of an account with their stages, oldest first."""
    rows = Proceeding.objects.filter(account_id=read.id_of(number=account)).order_by("id")
    return [(row, list(ProceedingStage.objects.filter(proceeding_id=row.id).order_by("id"))) for row in rows]


def number_of(row: Proceeding) -> str:
    """The number of a proceeding's account."""
    return str(Account.objects.values_list("number", flat=True).get(id=row.account_id))


def subject_of(row: Proceeding) -> legal.Subject:
    """The account that a proceeding is about."""
    return legal.subject(number=number_of(row))


def is_loan(row: Proceeding) -> bool:
    """Whether the account of a proceeding is a loan."""
    return agreed.is_loan(Account.objects.values_list("terms_id", flat=True).get(id=row.account_id))


def act_of(account: int, reason: str) -> int:
    """The newest act of an account for this reason."""
    return int(Act.objects.filter(account_id=account, reason=reason).order_by("-id").values_list("id", flat=True)[0])
