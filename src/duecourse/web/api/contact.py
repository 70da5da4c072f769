"""Contact: may we, what became of it, which contacts were made and why; wishes, consents, who reached us."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field, StrictBool

from duecourse import clock
from duecourse.borrowers import reach
from duecourse.outreach import contact, made, wishes
from duecourse.rules.contact_rules import CHANNELS, CONTENTS, PURPOSES

from . import shapes
from .act_shapes import Asked
from .care import At, Done, Made
from .fields import IdInPath, Instant, MayBeEmpty, Number, Why
from .idempotency import key_of
from .keys import holder_of
from .operations import Door
from .reading import own

door = Door(tags=["contact"])
READ, WRITE = "contact:read", "contact:write"
CHANNEL = Literal[tuple(CHANNELS)]  # type: ignore[valid-type]
CONTENT = Literal[tuple(CONTENTS)]  # type: ignore[valid-type]
PURPOSE = Literal[tuple(PURPOSES)]  # type: ignore[valid-type]

Contact = shapes.of(made.Made, name="Contact", without=("subject", "text", "account"))


class Question(Asked):
    """A contact that is planned. `all_accounts`: about whatever the person owes; `text`: what is to be said."""

    channel: CHANNEL  # type: ignore[valid-type]
    purpose: PURPOSE  # type: ignore[valid-type]
    at: Instant | None = None
    all_accounts: StrictBool = False
    content: CONTENT = "debt"  # type: ignore[valid-type]
    text: MayBeEmpty = ""
    offers_opt_out: StrictBool | None = None


class Refusal(Schema):
    """A rule that refuses, by its id and wording, and until when it alone does (null: no waiting helps)."""

    rule: str
    version: str
    until: datetime | None


class Decision(Schema):
    """May we: allowed, or refused by these rules; `next_at`: when it would be allowed, if there is such a moment.

    What is allowed counts as made until its outcome is told. `fault`: what could not be judged, and so is refused.
    """

    id: int
    allowed: bool
    refusals: list[Refusal]
    next_at: datetime | None
    fault: str


class Outcome(Asked):
    """What became of an allowed contact; `not_made` takes it out of what the rules count."""

    outcome: Literal["connected", "unanswered", "voicemail", "not_connected", "invalid", "not_made", "sent"]
    at: Instant | None = None
    note: MayBeEmpty = ""


class Wish(Asked):
    """How a borrower wishes to be reminded; what is left out is as the house does it."""

    channel: Literal["", "email", "sms", "im", "app"] = ""
    language: Literal["", "zh", "en"] = ""
    hour: int | None = Field(default=None, strict=True, ge=0, le=23)
    before_days: int | None = Field(default=None, strict=True, ge=0, le=31)
    why: Why


class Consent(At):
    """What a borrower agrees to, or takes back."""

    channel: CHANNEL  # type: ignore[valid-type]
    given: StrictBool


class Inbound(At):
    """That the borrower contacted us: `connected` for a conversation, `sent` for a message."""

    channel: CHANNEL  # type: ignore[valid-type]
    outcome: Literal["connected", "sent"]


@door.reads("/accounts/{number}/contacts", READ, shapes.many(Contact))
def list_contacts(request: HttpRequest, number: Number) -> Any:
    """The contacts about an account, the newest first: those to come, then the newest made or refused, with why."""
    account = own(request, number)
    return made.of(borrower=account.borrower_id, account=account.id)


@door.writes("/accounts/{number}/contact-decisions", WRITE, Decision)
def may_we_contact(request: HttpRequest, number: Number, told: Question) -> dict[str, Any]:
    """May this contact be made: decided and kept whatever the answer; what is allowed counts as made."""
    account = own(request, number)
    decided = contact.may_we(
        person=account.borrower_id, about=None if told.all_accounts else account.id, channel=told.channel,
        purpose=told.purpose, at=told.at or clock.now(), by=holder_of(request).name, content=told.content,
        text=told.text, offers_opt_out=told.offers_opt_out, key=key_of(request),
    )  # fmt: skip
    answer = decided.answer
    refusals = [{"rule": one.id, "version": one.version, "until": one.until} for one in answer.refusals]
    return {
        "id": decided.id, "allowed": answer.allowed, "refusals": refusals, "next_at": answer.next_at,
        "fault": answer.fault,
    }  # fmt: skip


@door.writes("/contact-decisions/{decision}/outcome", WRITE, Done)
def tell_outcome(request: HttpRequest, decision: IdInPath, told: Outcome) -> dict[str, Any]:
    """Say what became of an allowed contact."""
    contact.tell(
        decision=decision, outcome=told.outcome, at=told.at or clock.now(), by=holder_of(request).name, note=told.note
    )  # fmt: skip
    return {}


@door.writes("/accounts/{number}/wishes", WRITE, Made)
def keep_wish(request: HttpRequest, number: Number, told: Wish) -> dict[str, Any]:
    """Keep how a borrower wishes to be reminded; the newest counts."""
    kept = wishes.wish(
        borrower=own(request, number).borrower_id, by=holder_of(request).name, reason=told.why, channel=told.channel,
        language=told.language, hour=told.hour, before_days=told.before_days,
    )  # fmt: skip
    return {"id": kept}


@door.writes("/accounts/{number}/consents", WRITE, Made)
def keep_consent(request: HttpRequest, number: Number, told: Consent) -> dict[str, Any]:
    """Keep that a borrower agrees to be contacted by a channel, or stops it; the later word counts."""
    kept = reach.consent(
        borrower=own(request, number).borrower_id, kind="contact", given=told.given, channel=told.channel,
        **told.said(request),
    )  # fmt: skip
    return {"id": kept}


@door.writes("/accounts/{number}/inbound-contacts", WRITE, Made)
def note_inbound(request: HttpRequest, number: Number, told: Inbound) -> dict[str, Any]:
    """Note that a borrower contacted us."""
    account = own(request, number)
    kept = reach.inbound(
        borrower=account.borrower_id, account=account.id, channel=told.channel, outcome=told.outcome,
        **told.said(request),
    )  # fmt: skip
    return {"id": kept}
