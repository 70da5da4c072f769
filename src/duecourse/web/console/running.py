"""How the installation runs: closes with their progress, the audit log with its proofs, what waits to be done."""

import json
from typing import Any, NamedTuple

from django.db.models import Max, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from duecourse import clock
from duecourse.audit import read as audit
from duecourse.book import aside, nights
from duecourse.book import read as book
from duecourse.intake import waiting as intake_waiting
from duecourse.outreach import send
from duecourse.outreach.tables import MessageStep
from duecourse.partners import checkouts
from duecourse.partners.checkout_tables import CheckoutState
from duecourse.partners.webhook_tables import WebhookDelivery, WebhookTry
from duecourse.recovery.case_tables import CaseDay
from duecourse.risk.tables import Monitoring
from duecourse.web.days import days_behind

DAYS = 60
ENTRIES = 50
LONGEST = 160
"""So much of an entry stands in the list; its own page has it whole."""


class Job(NamedTuple):
    """A kind of work: how much waits, since when, when it last ran, the command that does it."""

    title: str
    waits: int | None
    since: Any
    last: Any
    command: str
    is_late: bool = False


@require_safe
def closes_page(request: HttpRequest) -> HttpResponse:
    """The newest closes, what is open, and the accounts set aside."""
    open_days = nights.open_days()
    sealed = book.last_sealed()
    shown = {
        "nights": nights.nights(days=DAYS),
        "open_days": open_days,
        "shards": sum(count for _, count in open_days),
        "sealed": sealed,
        "behind": days_behind(sealed),
        "aside": aside.waiting(),
        "days": DAYS,
    }
    return render(request, "closes.html", shown)


@require_safe
def audit_page(request: HttpRequest) -> HttpResponse:
    """The head of the log and its newest entries; further back by `before`."""
    told = request.GET.get("before", "")
    if told and not (told.isdecimal() and len(told) < 18):
        raise Http404
    rows = audit.entries(before=int(told) if told else None, most=ENTRIES)
    shown = {
        "head": audit.head(),
        "rows": [(one, about(one.body)) for one in rows],
        "older": rows[-1].place if rows and rows[-1].place else None,
    }
    return render(request, "audit.html", shown)


@require_safe
def proof_page(request: HttpRequest, place: int) -> HttpResponse:
    """One entry whole, with the proof that it is in the log."""
    proof = audit.prove(place=place)
    if proof is None:
        raise Http404
    shown = {"proof": proof, "what": about(proof.entry.body), "body": whole(proof.entry.body)}
    return render(request, "proof.html", shown)


def about(body: str) -> str:
    """What an entry is about, in a few words: a sealed day, or how it begins."""
    try:
        told = json.loads(body)
    except ValueError:
        return body[:LONGEST]
    if "sealed_by" in told and "day" in told:
        return gettext("%(day)s sealed by %(who)s") % {"day": told["day"], "who": told["sealed_by"]}
    return body[:LONGEST]


def whole(body: str) -> str:
    """An entry as it reads best; what is hashed is the entry itself."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=1)
    except ValueError:
        return body


@require_safe
def jobs_page(request: HttpRequest) -> HttpResponse:
    """What waits to be done by the installation, and when each last ran."""
    return render(request, "jobs.html", {"jobs": jobs(), "now": clock.now()})


def jobs() -> list[Job]:
    """Every kind of work, in order of a day."""
    now, sealed = clock.now(), book.last_sealed()
    behind = days_behind(sealed)
    moved = CaseDay.objects.order_by("-day").first()
    told = WebhookDelivery.objects.filter(next_at__isnull=False)
    begun = [row.at for row, _ in checkouts.waiting(now)]
    watched = Monitoring.objects.aggregate(day=Max("day"))["day"]
    bad = intake_waiting.files()
    back = aside.waiting()
    return [
        Job(gettext("days to close"), behind, sealed, nights.sealed_at(), "duecourse close", behind > 0),
        Job(gettext("cases to move"), int(bool(sealed and (moved is None or moved.day < sealed))),
            moved.day if moved else None, moved.recorded_at if moved else None, "duecourse recovery move"),
        Job(gettext("messages to send"), send.waiting(now), None,
            MessageStep.objects.aggregate(at=Max("at"))["at"], "duecourse send"),
        Job(gettext("partners to be told (webhooks)"), told.count(), told.aggregate(at=Min("recorded_at"))["at"],
            WebhookTry.objects.aggregate(at=Max("at"))["at"], "duecourse webhooks send"),
        Job(gettext("checkouts to ask after"), len(begun), min(begun, default=None),
            CheckoutState.objects.aggregate(at=Max("at"))["at"], "duecourse checkouts settle"),
        Job(gettext("the live model watched"), None, None, watched, "duecourse warn monitor"),
        Job(gettext("rows in quarantine"), sum(one.waiting for one in bad), min((one.at for one in bad), default=None),
            None, "--retry"),
        Job(gettext("accounts set aside"), len(back), min((one.since for one in back), default=None), None,
            "duecourse close"),
    ]  # fmt: skip
