"""The borrower's own data: all of it as one file, and what erasing it comes to before it is asked for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from duecourse import clock
from duecourse.personal import erasing, export
from duecourse.personal.kept import AGAIN, CONTRACT, DEFENCE, METHOD, WITHHELD
from duecourse.personal.tables import Export

from ..console import words
from .session import of_borrower

WHO = "borrower"
WHY_NOT = {
    METHOD: _("How we rank whom to contact first: it would tell others how to be left out."),
    CONTRACT: _("Our contracts with those who fund your account, and their shares: they are theirs too."),
    DEFENCE: _("What we gather for a court while it is being gathered; what was filed is given."),
    AGAIN: _("Copies that say again what is given, and keys by which the database finds it."),
}
AGAINST = {
    erasing.DEBT: _("You owe something: what you owe has to be settled first."),
    erasing.CREDIT: _("We owe you something: ask for it to be paid out first."),
    erasing.DISPUTE: _("A dispute is open: it has to be decided first."),
    erasing.COMPLAINT: _("A complaint is open: it has to be closed first."),
    erasing.PROCEEDING: _("Proceedings in court are open: they have to end first."),
}
UNDECIDED = {
    erasing.USABLE: _("An account can still be used: somebody of ours closes it with you first."),
    erasing.PLACE: _("We do not know where you live, and so not which law holds."),
}
STATES = {
    erasing.ASKED: _("asked for: somebody of ours decides"),
    erasing.REFUSED: _("refused"),
    erasing.GRANTED: _("done as far as the law lets"),
    erasing.ERASED: _("done"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@of_borrower
def data_page(request: HttpRequest, borrower: int) -> HttpResponse:
    """What is given, what is not and why; what erasing would come to; a POST asks for it."""
    today = clock.today()
    if request.method == "POST":
        if request.POST.get("sure") == "yes":
            erasing.ask(person=borrower, on=today, by=WHO)
        return redirect(f"{request.path}#erase")
    last = erasing.newest(person=borrower)
    told: dict[str, Any] = {
        "withheld": [WHY_NOT[why] for why in WHY_NOT if why in WITHHELD.values()],
        "too_many": "too_many" in request.GET,
        "exports": Export.objects.filter(borrower_id=borrower).order_by("-id")[:10],
        "wished": last,
        "state": STATES[last.state] if last else "",
        "is_open": last is not None and last.state in (erasing.ASKED, erasing.GRANTED, erasing.ERASED),
    }
    found = erasing.plan(person=borrower, on=today)
    told |= {
        "against": [AGAINST[reason] for reason in found.against],
        "undecided": [UNDECIDED[reason] for reason in found.undecided],
        "until": found.until,
        "rules": [(one.rule, one.text(words.language()), one.cite, one.verified) for one in found.rules],
    }
    return render(request, "my_data.html", told)


@require_POST
@of_borrower
def export_zip(request: HttpRequest, borrower: int) -> HttpResponse:
    """Everything kept of the borrower who is signed in, made now; no copy of the file stays here."""
    try:
        made = export.make(person=borrower, at=clock.now())
    except export.TooManyExports:
        return redirect(f"{reverse('my_data')}?too_many")
    name = f"my-data-{clock.today()}.zip"
    return HttpResponse(
        made.content, content_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
