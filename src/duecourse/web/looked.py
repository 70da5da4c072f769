"""Every look of the lender's people at one person or account is kept, for the borrower and for an audit."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from duecourse.borrowers import readings
from duecourse.servicing import read

from . import rights

OF_ONE = (rights.VIEW_ACCOUNT, rights.VIEW_PERSON)
OF_PERSON = "person_looked_at"


def at(request: HttpRequest, person: int) -> None:
    """Say whom a page is about whose address does not name them."""
    setattr(request, OF_PERSON, person)


def keep(request: HttpRequest, response: HttpResponse) -> None:
    """Keep a look that was answered: of a page about one person, or about one account by its number.

    What lists many persons is not a look at one of them. A demo changes nothing, this neither.
    """
    match = request.resolver_match
    if match is None or response.status_code != 200 or settings.DEMO or not request.user.is_authenticated:
        return
    way = rights.ROUTES.get(match.url_name or "")
    if way is None or way.of != rights.STAFF or way.look not in OF_ONE:
        return
    number, person = match.kwargs.get("number"), match.kwargs.get("person", getattr(request, OF_PERSON, None))
    if isinstance(number, str):
        person = read.borrower_of(number=number)
    if isinstance(person, int):
        roles = request.user.groups.values_list("name", flat=True)
        readings.note(
            borrower=person, account=number if isinstance(number, str) else "", by=request.user.get_username(),
            roles=list(roles), what=match.url_name or "",
        )  # fmt: skip
