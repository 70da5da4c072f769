"""The page of webhooks: where partners are told of events, how each telling went, and telling them again."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from duecourse import clock
from duecourse.partners import deliver, endpoints
from duecourse.web import rights

OUTCOMES = {
    "queued": _("not tried yet"),
    "delivered": _("delivered"),
    "failed": _("tried again"),
    "dead": _("given up"),
    "replay": _("asked for again"),
}


@require_safe
def webhooks_page(request: HttpRequest) -> HttpResponse:
    """The endpoints and the newest deliveries, of one outcome where that is asked."""
    outcome = request.GET.get("outcome", "")
    if outcome and outcome not in OUTCOMES:
        raise Http404
    shown = {
        "endpoints": endpoints.standing(),
        "deliveries": [(one, OUTCOMES[one.outcome]) for one in deliver.listed(outcome=outcome)],
        "outcomes": OUTCOMES.items(),
        "outcome": outcome,
        "may_replay": request.user.has_perm(rights.REPLAY_WEBHOOK),
    }
    return render(request, "webhooks.html", shown)


@require_POST
def replay(request: HttpRequest, delivery: int) -> HttpResponse:
    """Tell a delivery again with the next send."""
    try:
        deliver.replay(delivery=delivery, at=clock.now(), by=request.user.get_username())
    except deliver.NoSuchDelivery as fault:
        raise Http404 from fault
    return redirect("webhooks")
