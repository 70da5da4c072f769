"""The way to court: clock, checks, demand, proceedings filed by a second key, judgment, what follows, evidence pack."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import Field

from duecourse import clock
from duecourse.kernel.money import RATE_MAX_PPM
from duecourse.recovery import (
    evidence,
    legal_checks,
    legal_demand,
    legal_demand_mail,
    legal_limitation,
    legal_proceedings,
)
from duecourse.recovery.legal_clock import Interruption as InterruptionRow
from duecourse.rules.legal_terms import LimitationRule as RuleRow

from . import shapes
from .act_shapes import Asked
from .care import At, Done, Made
from .fields import Day, Id, IdInPath, Instant, MayBeEmpty, Minor, MinorOrNone, Number, Whole, Why, Word
from .idempotency import key_of
from .keys import holder_of
from .operations import Door
from .reading import own

door = Door(tags=["legal"])
READ, WRITE = "legal:read", "legal:write"

Rule = shapes.of(RuleRow, name="LimitationRule")
Interruption = shapes.of(InterruptionRow)
Limitation = shapes.of(legal_limitation.Limitation)
Check = shapes.of(legal_checks.Check, name="LegalCheck")


class AcknowledgementIn(Asked):
    """That the person owned the debt on a day; `source`: where that is kept, a letter or a recording."""

    kind: Literal["written", "spoken"]
    on: Day
    source: Word
    why: Why


class HelpIn(Asked):
    """Help that was offered on a day, beside a computed plan."""

    what: Word
    channel: Word
    on: Day
    why: Why


class DemandWritten(Schema):
    """A demand that was written: its number; `again`: it had been before."""

    number: str
    again: bool


class PostedIn(Asked):
    """That a demand was posted, now if no instant is told; `reference`: the post's own number."""

    reference: Word
    at: Instant | None = None


class DemandPosted(Schema):
    """When a demand was posted, and the last day of its notice."""

    on: date
    pay_by: date


class DemandQueued(Schema):
    """The message as which a demand is queued; `again`: it was queued before."""

    message: int
    again: bool


class ProceedingIn(At):
    """A way to court or arbitration that is to be prepared: every check must pass."""

    kind: Literal[legal_proceedings.KINDS]  # type: ignore[valid-type]


class FilingIn(At):
    """That a proceeding is filed, by another key than the one that prepared it; `reference`: the court's own."""

    reference: Word


class JudgmentIn(Asked):
    """What a court awards: of the debt, for costs, interest a year on the former; on which day."""

    amount_minor: Minor
    costs_minor: MinorOrNone = 0
    interest_ppm: Whole = Field(default=0, ge=0, le=RATE_MAX_PPM)
    on: Day
    reference: Word
    why: Why


class InterestIn(Asked):
    """Through which day the interest of a judgment is charged."""

    through: Day
    why: Why


class InterestCharged(Schema):
    """What of a judgment's interest is charged anew."""

    amount_minor: int


class StageIn(Asked):
    """Where a proceeding is from a day on. `arrangement`: of a settlement, and of it only; `reference`: the court's or
    bailiff's own, of an enforcement or a dismissal."""

    stage: Literal["enforcement", "satisfied", "settled", "dismissed", "withdrawn"]
    on: Day
    reference: MayBeEmpty = ""
    arrangement: Id | None = None
    why: Why


class Stage(Schema):
    """A stage of a proceeding; amounts and rate: of a judgment."""

    stage: str
    on: date
    reference: str
    amount_minor: int | None
    costs_minor: int | None
    interest_ppm: int | None
    by: str
    reason: str


class Proceeding(Schema):
    """A proceeding with its stages, oldest first."""

    id: int
    kind: str
    on: date
    stages: list[Stage]


@door.reads("/accounts/{number}/limitation", READ, Limitation)
def get_limitation(request: HttpRequest, number: Number, on: Day | None = None) -> Any:
    """By when the debt must be sued for, by which rule, and what started the time anew; today if no day is named."""
    own(request, number)
    return legal_limitation.limitation(account=number, on=on or clock.today())


@door.reads("/accounts/{number}/legal-checks", READ, shapes.many(Check))
def list_legal_checks(request: HttpRequest, number: Number, at: Instant | None = None) -> Any:
    """What must hold before a debt goes to court: each check, passed or failed, with its reason and rule."""
    own(request, number)
    return legal_checks.checks(account=number, at=at or clock.now())


@door.writes("/accounts/{number}/acknowledgements", WRITE, Made)
def acknowledge_debt(request: HttpRequest, number: Number, told: AcknowledgementIn) -> dict[str, Any]:
    """Note that the person owned the debt on a day."""
    own(request, number)
    made = legal_limitation.acknowledge(
        account=number, kind=told.kind, on=told.on, source=told.source, by=holder_of(request).name, reason=told.why,
        key=key_of(request),
    )  # fmt: skip
    return {"id": made}


@door.writes("/accounts/{number}/help-offers", WRITE, Made)
def offer_help(request: HttpRequest, number: Number, told: HelpIn) -> dict[str, Any]:
    """Note help that was offered to who owes, beside a computed plan."""
    own(request, number)
    made = legal_checks.offer_help(
        account=number, what=told.what, channel=told.channel, on=told.on, by=holder_of(request).name,
        reason=told.why, key=key_of(request),
    )  # fmt: skip
    return {"id": made}


@door.writes("/accounts/{number}/demands", WRITE, DemandWritten)
def write_demand(request: HttpRequest, number: Number, told: At) -> Any:
    """Write the letter that asks for what is owed before court; every other check passes, and the gate allows it."""
    own(request, number)
    return legal_demand.write(account=number, key=key_of(request), **told.said(request))


@door.reads("/demands/{demand}/pdf", READ, None, media="application/pdf")
def get_demand_pdf(request: HttpRequest, demand: Word) -> HttpResponse:
    """A demand as PDF, with the address that the person has now."""
    return HttpResponse(legal_demand.again(number=demand), content_type="application/pdf")


@door.writes("/demands/{demand}/posting", WRITE, DemandPosted)
def post_demand(request: HttpRequest, demand: Word, told: PostedIn) -> Any:
    """Say that a demand was posted; its notice runs from that day."""
    return legal_demand.post(
        demand=legal_demand.id_of(demand), at=told.at or clock.now(), reference=told.reference,
        by=holder_of(request).name,
    )  # fmt: skip


@door.writes("/demands/{demand}/mail", WRITE, DemandQueued)
def mail_demand(request: HttpRequest, demand: Word) -> dict[str, Any]:
    """Queue a demand as an e-mail with its PDF, where the person agreed to that; it is posted once it is taken."""
    message, is_new = legal_demand_mail.queue(
        demand=legal_demand.id_of(demand), at=clock.now(), by=holder_of(request).name
    )
    return {"message": message, "again": not is_new}


@door.reads("/accounts/{number}/proceedings", READ, shapes.many(Proceeding))
def list_proceedings(request: HttpRequest, number: Number) -> list[dict[str, Any]]:
    """The proceedings about an account with their stages, oldest first."""
    own(request, number)
    found = legal_proceedings.stages(account=number)
    return [{"id": row.id, "kind": row.kind, "on": row.on, "stages": stages} for row, stages in found]


@door.writes("/accounts/{number}/proceedings", WRITE, Made)
def prepare_proceeding(request: HttpRequest, number: Number, told: ProceedingIn) -> dict[str, Any]:
    """Prepare a way to court or arbitration; another key files it."""
    own(request, number)
    return {
        "id": legal_proceedings.prepare(account=number, kind=told.kind, key=key_of(request), **told.said(request))
    }  # fmt: skip


@door.writes("/proceedings/{proceeding}/filing", WRITE, Done)
def file_proceeding(request: HttpRequest, proceeding: IdInPath, told: FilingIn) -> dict[str, Any]:
    """File a proceeding, with another key than it was prepared with; every check passes again."""
    legal_proceedings.file(proceeding=proceeding, reference=told.reference, **told.said(request))
    return {}


@door.writes("/proceedings/{proceeding}/judgment", WRITE, Done)
def write_judgment(request: HttpRequest, proceeding: IdInPath, told: JudgmentIn) -> dict[str, Any]:
    """Write down a judgment: its costs are charged, interest as agreed grows no more."""
    legal_proceedings.judge(
        proceeding=proceeding,
        award=legal_proceedings.Award(told.amount_minor, told.costs_minor, told.interest_ppm),
        on=told.on, reference=told.reference, by=holder_of(request).name, reason=told.why,
    )  # fmt: skip
    return {}


@door.writes("/proceedings/{proceeding}/interest", WRITE, InterestCharged)
def charge_judgment_interest(request: HttpRequest, proceeding: IdInPath, told: InterestIn) -> dict[str, Any]:
    """Charge a judgment's interest on what of its amount is unpaid, through a day."""
    new = legal_proceedings.charge_interest(
        proceeding=proceeding, through=told.through, by=holder_of(request).name, reason=told.why
    )
    return {"amount_minor": new}


@door.writes("/proceedings/{proceeding}/stages", WRITE, Done)
def take_proceeding_on(request: HttpRequest, proceeding: IdInPath, told: StageIn) -> dict[str, Any]:
    """Say where a proceeding is: a step of enforcement, or its end: satisfied, settled, dismissed, withdrawn."""
    legal_proceedings.take_on(
        proceeding=proceeding, stage=told.stage, on=told.on, reference=told.reference, arrangement=told.arrangement,
        by=holder_of(request).name, reason=told.why,
    )  # fmt: skip
    return {}


@door.reads("/accounts/{number}/evidence-pack", READ, None, media="application/zip")
def get_evidence_pack(request: HttpRequest, number: Number, why: Why, language: Literal["zh", "en"] = "zh") -> Any:
    """The evidence pack of an account as a ZIP, with all that is known now; that it was made, by whom and why, is
    kept."""
    own(request, number)
    made = evidence.pack(account=number, language=language, by=holder_of(request).name, reason=why)
    return HttpResponse(made.content, content_type="application/zip")
