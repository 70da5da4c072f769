"""Care: what borrowers tell of themselves and what is offered for it; promises, disputes, complaints, who is to be
treated with care, who speaks for whom."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from duecourse import clock
from duecourse.care import (
    breathing_spaces,
    circumstances,
    clocks,
    complaints,
    disputes,
    hardship,
    legal_states,
    offers,
    promises,
    representatives,
)
from duecourse.care import read as standing
from duecourse.care.affordability import Household
from duecourse.care.keyed import CareRefused
from duecourse.recovery import agencies
from duecourse.rules.hardship_terms import Adviser as AdviserRow

from . import shapes
from .act_shapes import Asked
from .fields import Day, Instant, MayBeEmpty, Minor, MinorOrNone, Number, Text, Why, Word
from .fields import IdInPath as Id
from .idempotency import key_of
from .keys import holder_of
from .operations import Door
from .reading import own

door = Door(tags=["care"])
READ, WRITE = "care:read", "care:write"

CareState = shapes.of(standing.State, name="CareState")
Cared = shapes.of(standing.Cared)
Clock = shapes.of(clocks.Clock, without=("id", "person", "account"), of_id=(int, Field(alias="id")))
Adviser = shapes.of(AdviserRow)


class Made(Schema):
    """What was written down: its number."""

    id: int


class Done(Schema):
    """It is done."""

    done: Literal[True] = True


class At(Asked):
    """When it was said or happened; now, if that is not told."""

    at: Instant | None = None
    why: Why

    def said(self, request: HttpRequest) -> dict[str, Any]:
        """Who, when and why, as every area asks for it."""
        return {"at": self.at or clock.now(), "by": holder_of(request).name, "reason": self.why}


class PromiseIn(At):
    """What a person promised to pay by a day. `all_accounts`: of whatever they owe."""

    amount_minor: Minor
    due_on: Day
    channel: Word = "call"
    all_accounts: bool = False


class PromiseMade(Schema):
    """A promise as it is kept: the last day of it, its grace included."""

    promise: int
    last_on: date
    again: bool


class DisputeIn(At):
    """What a person disputes, in their own words, which are kept encrypted."""

    kind: Literal[disputes.KINDS]  # type: ignore[valid-type]
    text: Text
    amount_minor: Minor | None = None
    channel: Word = "call"
    all_accounts: bool = False


class ComplaintIn(At):
    """What a person complains of, in their own words, which are kept encrypted."""

    about: Literal[complaints.ABOUT]  # type: ignore[valid-type]
    text: Text
    agency: MayBeEmpty = ""
    channel: Word = "call"


class DisputeStep(At):
    """How a dispute goes on."""

    state: Literal[disputes.STATES]  # type: ignore[valid-type]
    amount_minor: Minor | None = None


class ComplaintStep(At):
    """How a complaint goes on; `text` is the answer, kept encrypted."""

    state: Word
    outcome: MayBeEmpty = ""
    root_cause: MayBeEmpty = ""
    text: MayBeEmpty = ""


class CircumstanceIn(Asked):
    """That a person is to be treated with care, and how; why is kept encrypted."""

    kind: Literal[circumstances.KINDS]  # type: ignore[valid-type]
    text: Text
    treat: list[Literal[circumstances.TREAT]] = Field(min_length=1, max_length=20)  # type: ignore[valid-type]
    review_on: Day
    at: Instant | None = None


class ReviewIn(At):
    """That a circumstance was looked at and still is so, and when to look again."""

    review_on: Day


class RepresentativeIn(Asked):
    """Who speaks for a person; name and point are kept encrypted."""

    kind: Literal[tuple(representatives.RELATIONS)]  # type: ignore[valid-type]
    name: Word
    point_kind: Literal["phone", "email", "address", "im"]
    point: Word
    authority_from: Day
    authority_to: Day | None = None
    this_account: bool = False
    why: Why


class BreathingSpaceIn(Asked):
    """A breathing space, as the register tells it."""

    kind: Literal[tuple(breathing_spaces.BLOCKS)]  # type: ignore[valid-type]
    begins_on: Day
    reference: Word
    why: Why


class LegalStateIn(At):
    """What a person has become before the law; `of_age_on`: of a minor, and of a minor only."""

    state: Literal[legal_states.STATES]  # type: ignore[valid-type]
    of_age_on: Day | None = None


class HardshipIn(Asked):
    """What a household has and spends each month, kept encrypted. Amounts are of the account's currency."""

    adults: int = Field(strict=True, ge=1, le=20)
    children: int = Field(default=0, strict=True, ge=0, le=20)
    income_minor: MinorOrNone
    essential_minor: MinorOrNone
    other_debts_minor: MinorOrNone = 0
    cause: MayBeEmpty = ""


class HardshipTold(Schema):
    """A hardship: what is left to pay with each month, and whether the figures of its place are verified."""

    id: int
    currency: str
    left_minor: int
    verified: bool


class OfferMade(Schema):
    """One offer as it is shown: what it asks at most in a month, how often, until when, in all, beyond what is owed;
    `in_order_on`: if it is kept, nothing is past due from the close of that day on; `value_minor`: what the lender is
    taken to get, discounted."""

    id: int
    kind: str
    most_in_a_month_minor: int
    installments: int
    ends_on: date | None
    total_minor: int
    cost_minor: int
    chance_ppm: int
    value_minor: int
    in_order_on: date | None


class LeftOut(Schema):
    """Why an option is not offered (its kind and what it asks at most in a month), or one of a kind cannot be (null).

    `code`: the reason; `by_minor`: by how much, of one that asks too much or is worth less; `beaten_by`: the kind of
    the one that is as good in all and better in one; `said`: the words of what refuses it.
    """

    kind: str
    code: str
    most_in_a_month_minor: int | None
    by_minor: int
    beaten_by: str | None
    said: str


class Offers(Schema):
    """What is offered for a hardship on an account, and why nothing else is. `fits_as_agreed`: it can be paid as it was
    agreed."""

    left_minor: int
    fits_as_agreed: bool
    offers: list[OfferMade]
    left_out: list[LeftOut]
    adviser: Adviser | None  # type: ignore[valid-type]


class OfferShown(Schema):
    """An offer as it was shown: what it asks by day."""

    id: int
    kind: str
    currency: str
    payments: list["Paid"]


class Paid(Schema):
    """What is to be paid by a day."""

    due_on: date
    amount_minor: int


class Arranged(Schema):
    """The arrangement that an accepted offer became."""

    arrangement: int


class Referred(Schema):
    """Where free advice is to be had, if it is known for where the person lives."""

    adviser: Adviser | None  # type: ignore[valid-type]


@door.reads("/accounts/{number}/care", READ, shapes.many(Cared))
def list_care(request: HttpRequest, number: Number) -> Any:
    """Everything of care about an account and its borrower, oldest first; nobody's own words."""
    account = own(request, number)
    return standing.of(account=account.id, on=account.open_day)


@door.reads("/care/clocks", READ, shapes.many(Clock))
def list_clocks(request: HttpRequest, on: Day | None = None) -> Any:
    """What is to be done about disputes and complaints by when, and by which rule; what ends first first."""
    return clocks.due(on=on or clock.today())


@door.writes("/accounts/{number}/promises", WRITE, PromiseMade)
def make_promise(request: HttpRequest, number: Number, told: PromiseIn) -> Any:
    """Note what a borrower promises to pay by a day; nobody dunns for it until its grace is over."""
    account = own(request, number)
    return promises.promise(
        person=account.borrower_id, account=None if told.all_accounts else account.id, amount_minor=told.amount_minor,
        due_on=told.due_on, channel=told.channel, key=key_of(request), **told.said(request),
    )  # fmt: skip


@door.writes("/promises/{promise}/withdrawal", WRITE, Done)
def withdraw_promise(request: HttpRequest, promise: Id, told: At) -> dict[str, Any]:
    """Take a promise out that was noted by mistake or is replaced."""
    promises.withdraw(promise=promise, **told.said(request))
    return {}


@door.writes("/accounts/{number}/disputes", WRITE, Made)
def open_dispute(request: HttpRequest, number: Number, told: DisputeIn) -> dict[str, Any]:
    """Note what a borrower disputes, but a purchase (that is an act of the line)."""
    account = own(request, number)
    made = disputes.open_dispute(
        person=account.borrower_id, account=None if told.all_accounts else account.id, kind=told.kind, text=told.text,
        amount_minor=told.amount_minor, channel=told.channel, key=key_of(request), **told.said(request),
    )  # fmt: skip
    return {"id": made}


@door.writes("/disputes/{dispute}/steps", WRITE, Done)
def take_dispute_on(request: HttpRequest, dispute: Id, told: DisputeStep) -> dict[str, Any]:
    """Say how a dispute goes on: acknowledged, extended, then upheld, rejected or withdrawn."""
    disputes.go_on(dispute=dispute, state=told.state, amount_minor=told.amount_minor, **told.said(request))
    return {}


@door.writes("/accounts/{number}/complaints", WRITE, Made)
def receive_complaint(request: HttpRequest, number: Number, told: ComplaintIn) -> dict[str, Any]:
    """Note a complaint of a borrower; its clocks begin."""
    account = own(request, number)
    if told.agency:
        agencies.named(agency=told.agency)
    made = complaints.receive(
        person=account.borrower_id, account=account.id, about=told.about, text=told.text, agency=told.agency,
        channel=told.channel, key=key_of(request), **told.said(request),
    )  # fmt: skip
    return {"id": made}


@door.writes("/complaints/{complaint}/steps", WRITE, Done)
def take_complaint_on(request: HttpRequest, complaint: Id, told: ComplaintStep) -> dict[str, Any]:
    """Say how a complaint goes on: acknowledged, extended, answered with its outcome, closed with its cause."""
    complaints.go_on(
        complaint=complaint, state=told.state, outcome=told.outcome, root_cause=told.root_cause, text=told.text,
        **told.said(request),
    )  # fmt: skip
    return {}


@door.writes("/accounts/{number}/circumstances", WRITE, Made)
def note_circumstance(request: HttpRequest, number: Number, told: CircumstanceIn) -> dict[str, Any]:
    """Note that a borrower is to be treated with care, and how."""
    account = own(request, number)
    made = circumstances.note(
        person=account.borrower_id, kind=told.kind, text=told.text, treat=told.treat, review_on=told.review_on,
        at=told.at or clock.now(), by=holder_of(request).name, key=key_of(request),
    )  # fmt: skip
    return {"id": made}


@door.writes("/circumstances/{circumstance}/reviews", WRITE, Done)
def review_circumstance(request: HttpRequest, circumstance: Id, told: ReviewIn) -> dict[str, Any]:
    """Say that a circumstance was looked at and still is so."""
    circumstances.review(circumstance=circumstance, review_on=told.review_on, **told.said(request))
    return {}


@door.writes("/circumstances/{circumstance}/end", WRITE, Done)
def end_circumstance(request: HttpRequest, circumstance: Id, told: At) -> dict[str, Any]:
    """End a circumstance: the person is treated as others are."""
    circumstances.end(circumstance=circumstance, **told.said(request))
    return {}


@door.writes("/accounts/{number}/representatives", WRITE, Made)
def note_representative(request: HttpRequest, number: Number, told: RepresentativeIn) -> dict[str, Any]:
    """Note who speaks for a borrower."""
    account = own(request, number)
    made = representatives.represent(
        person=account.borrower_id, account=account.id if told.this_account else None, kind=told.kind, name=told.name,
        point_kind=told.point_kind, point=told.point, authority_from=told.authority_from,
        authority_to=told.authority_to, by=holder_of(request).name, reason=told.why, key=key_of(request),
    )  # fmt: skip
    return {"id": made}


@door.writes("/representatives/{representative}/end", WRITE, Done)
def end_representative(request: HttpRequest, representative: Id, told: At) -> dict[str, Any]:
    """End an authority; the person is spoken to again."""
    representatives.end(representative=representative, **told.said(request))
    return {}


@door.writes("/accounts/{number}/breathing-spaces", WRITE, Made)
def begin_breathing_space(request: HttpRequest, number: Number, told: BreathingSpaceIn) -> dict[str, Any]:
    """Begin a breathing space as the register tells it; nobody is dunned in it."""
    made = breathing_spaces.begin(
        person=own(request, number).borrower_id, kind=told.kind, begins_on=told.begins_on, reference=told.reference,
        by=holder_of(request).name, reason=told.why, key=key_of(request),
    )  # fmt: skip
    return {"id": made}


@door.writes("/breathing-spaces/{space}/end", WRITE, Done)
def end_breathing_space(request: HttpRequest, space: Id, told: At) -> dict[str, Any]:
    """End a breathing space before its time, as the register tells it."""
    breathing_spaces.end(breathing_space=space, **told.said(request))
    return {}


@door.writes("/accounts/{number}/legal-states", WRITE, Done)
def note_legal_state(request: HttpRequest, number: Number, told: LegalStateIn) -> dict[str, Any]:
    """Note what a borrower is before the law: deceased, a minor, without capacity, insolvent."""
    person, said = own(request, number).borrower_id, told.said(request)
    if (told.state == "minor") != (told.of_age_on is not None):
        raise CareRefused("of_age_on: told of a minor, and of a minor only")
    if told.of_age_on is not None:
        legal_states.minor(person=person, of_age_on=told.of_age_on, **said)
    else:
        legal_states.noted(person, told.state, said["at"], said["by"], said["reason"])
    return {}


@door.writes("/accounts/{number}/hardships", WRITE, HardshipTold)
def take_hardship(request: HttpRequest, number: Number, told: HardshipIn) -> dict[str, Any]:
    """Take what a borrower tells; from now on there is no dunning until there is an answer."""
    account = own(request, number)
    household = Household(
        told.adults, told.children, told.income_minor, told.essential_minor, told.other_debts_minor
    )  # fmt: skip
    found = hardship.take(
        borrower=account.borrower_id, household=household, currency=account.currency, cause=told.cause,
        on=account.open_day, at=clock.now(), by=holder_of(request).name,
    )  # fmt: skip
    return {
        "id": found.id, "currency": found.currency, "left_minor": found.left.minor,
        "verified": found.protected.verified,
    }  # fmt: skip


@door.writes("/hardships/{number}/accounts/{account}/offers", WRITE, Offers)
def make_offers(request: HttpRequest, number: Id, account: Number) -> dict[str, Any]:
    """Compute the options of an account for a hardship; those that fit are offered and kept as they are shown."""
    proposed = offers.propose(hardship=number, account=own(request, account).id, by=holder_of(request).name)
    made = [
        {
            "id": offer, "kind": one.kind, "most_in_a_month_minor": one.shown.most_in_a_month,
            "installments": one.installments, "ends_on": one.shown.ends_on, "total_minor": one.shown.total_minor,
            "cost_minor": one.shown.cost_minor, "chance_ppm": one.chance_ppm, "value_minor": one.value_minor,
            "in_order_on": one.shown.in_order_on,
        }
        for offer, one in proposed.offers
    ]  # fmt: skip
    left_out = [
        {
            "kind": one.kind, "code": one.code, "by_minor": one.minor, "said": one.said,
            "most_in_a_month_minor": one.option.shown.most_in_a_month if one.option else None,
            "beaten_by": one.by.kind if one.by else None,
        }
        for one in proposed.found.left_out
    ]  # fmt: skip
    return {
        "left_minor": proposed.left_minor, "fits_as_agreed": proposed.found.as_agreed.fits, "offers": made,
        "left_out": left_out, "adviser": proposed.adviser,
    }  # fmt: skip


@door.reads("/offers/{offer}", READ, OfferShown)
def get_offer(request: HttpRequest, offer: Id) -> dict[str, Any]:
    """An offer as it was shown."""
    told = offers.shown(offer=offer)
    payments = [{"due_on": day, "amount_minor": minor} for day, minor in told.payments]
    return {"id": offer, "kind": told.kind, "currency": told.currency, "payments": payments}


@door.writes("/offers/{offer}/acceptance", WRITE, Arranged)
def accept_offer(request: HttpRequest, offer: Id, told: At) -> dict[str, Any]:
    """The borrower accepts: it is agreed as it was shown, or refused if its figures no longer hold."""
    return {"arrangement": offers.accept(offer=offer, key=key_of(request), **told.said(request))}


@door.writes("/hardships/{number}/decline", WRITE, Done)
def decline_offers(request: HttpRequest, number: Id, told: At) -> dict[str, Any]:
    """The borrower wants none of the offers."""
    said = told.said(request)
    offers.decline(hardship=number, on=said["at"].date(), **said)
    return {}


@door.writes("/hardships/{number}/referral", WRITE, Referred)
def refer_to_advice(request: HttpRequest, number: Id, told: At) -> dict[str, Any]:
    """Nothing fits: the borrower is told where free advice is to be had."""
    said = told.said(request)
    return {"adviser": offers.refer(hardship=number, on=said["at"].date(), **said)}
