"""The lender's people: who has which roles, since when, given by whom and why; given and taken by another person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from duecourse.web import rights, second_factor, staff

from .refused import NotDone, asked

ROLES = {
    "care": _("care"),
    "recovery": _("recovery"),
    "risk": _("risk"),
    "finance": _("finance"),
    "compliance": _("compliance"),
    "operator": _("operator"),
    "staff": _("everything"),
    "guests": _("visitors of a demo"),
}
RIGHTS = {
    rights.VIEW_BOOK: _("sees the book"),
    rights.VIEW_ACCOUNT: _("sees accounts"),
    rights.VIEW_PERSON: _("sees people"),
    rights.VIEW_RECOVERY: _("sees charge-offs, agencies and strategies"),
    rights.VIEW_MODELS: _("sees models"),
    rights.VIEW_WEBHOOKS: _("sees webhooks"),
    rights.VIEW_AUDIT: _("sees the audit log and staff"),
    rights.VIEW_JOBS: _("sees closes and jobs"),
    rights.ISSUE_DOCUMENT: _("issues certificates"),
    rights.REPLAY_WEBHOOK: _("tells webhooks again"),
    rights.ACT_SERVICING: _("acts on accounts"),
    rights.ACT_CARE: _("acts in care"),
    rights.ACT_CONTACT: _("contacts people"),
    rights.ACT_RECOVERY: _("works on cases"),
    rights.ACT_STRATEGY: _("writes strategies"),
    rights.ACT_JOBS: _("begins closes, clears quarantine"),
    rights.APPROVE_CREDIT: _("approves strategies and models"),
    rights.APPROVE_MONEY: _("approves money"),
    rights.DECIDE_ERASURE: _("decides about erasures"),
    rights.MANAGE_STAFF: _("gives and takes roles"),
}


@require_http_methods(["GET", "POST"])
def staff_page(request: HttpRequest) -> HttpResponse:
    """Everybody of staff, and what each role may do."""
    fault, me = "", request.user.get_username()
    if request.method == "POST":
        told = {"username": request.POST.get("username", ""), "reason": request.POST.get("reason", ""), "by": me}
        try:
            asked(lambda: staff.give(roles=request.POST.getlist("role"), **told))
            return redirect("staff")
        except NotDone as refused:
            fault = str(refused)
    having = second_factor.having()
    members = staff.members()
    shown = {
        "people": [(one, [ROLES.get(role, role) for role in one.roles], one.username in having) for one in members],
        "active": sum(one.is_active for one in members),
        "choices": [(code, name) for code, name in ROLES.items() if code != rights.GUESTS],
        "grants": [(ROLES[role], [RIGHTS[one] for one in given]) for role, given in rights.ROLES.items()],
        "may_act": request.user.has_perm(rights.MANAGE_STAFF),
        "me": me,
        "fault": fault,
    }
    return render(request, "staff.html", shown, status=409 if fault else 200)
