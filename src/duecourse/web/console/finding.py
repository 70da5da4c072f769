"""Finding anyone: an account by its number, a person by what is told of them. What was typed stands in no address."""

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from duecourse.borrowers import finding, names
from duecourse.servicing import listing
from duecourse.servicing import read as servicing
from duecourse.web import rights

BY = {
    finding.REFERENCE: _("reference"),
    finding.EMAIL: _("e-mail"),
    finding.PHONE: _("phone number"),
    finding.NAME: _("name"),
    finding.PHONE_END: _("last digits of the phone number"),
}
LONGEST = 200


class Person(NamedTuple):
    """Somebody who was found: what they are called ("" where nobody told), by what they were found, their accounts."""

    borrower: int
    name: str
    by: list[str]
    accounts: list[str]


@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Accounts, and persons for who may see them; where one alone is meant, its page. An address looks for nothing."""
    told = request.POST.get("told", "").strip()[:LONGEST]
    numbers = servicing.numbers(beginning=told) if told else []
    if told in numbers:
        return redirect("account", number=told)
    found = finding.find(told=told) if request.user.has_perm(rights.VIEW_PERSON) else []
    if len(found) == 1 and not numbers:
        return redirect("person", person=found[0].borrower)
    people = known(found)
    shown = {"told": told, "people": people, "numbers": numbers, "is_cut": len(found) >= finding.MOST}
    return render(request, "found.html", shown)


def known(found: list[finding.Found]) -> list[Person]:
    """What a list of persons says of each."""
    ids = [one.borrower for one in found]
    called, accounts = names.of(borrowers=ids), listing.numbers_of(borrowers=ids)
    return [
        Person(one.borrower, called.get(one.borrower, ""), [str(BY[by]) for by in one.by],
               accounts.get(one.borrower, []))
        for one in found
    ]  # fmt: skip
