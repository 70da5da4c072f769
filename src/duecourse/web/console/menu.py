"""The menu of the console: the pages that begin something, each for whoever may see it."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from duecourse.web import rights

PAGES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "today": (_("Today"), ("/queues/", "/complaints/", "/disputes/", "/hardships/", "/recovery/", "/erasures")),
    "day": (_("Book"), ("/trends",)),
    "models": (_("Models"), ()),
    "cohorts": (_("Charge-offs"), ()),
    "strategies": (_("Strategies"), ()),
    "agencies": (_("Agencies"), ()),
    "incidents": (_("Incidents"), ()),
    "rules": (_("Rules"), ()),
    "closes": (_("Closes"), ()),
    "jobs": (_("Jobs"), ()),
    "audit": (_("Audit"), ()),
    "staff": (_("Staff"), ()),
    "webhooks": (_("Webhooks"), ()),
}
"""Each page by the name of its route: what it is called, and how other addresses begin that belong to it."""


class Place(NamedTuple):
    """One line of the menu: where it leads, what it says, whether the page at hand belongs to it."""

    href: str
    says: str
    is_here: bool


def menu(request: HttpRequest) -> list[Place]:
    """The lines that whoever asks may see; none where nobody is signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    found = []
    for name, (says, of) in PAGES.items():
        way = rights.ROUTES.get(name)
        if way is not None and user.has_perm(way.look):
            href = reverse(name)
            found.append(Place(href, str(says), is_under(request.path, href, of)))
    return found


def is_under(path: str, href: str, of: tuple[str, ...]) -> bool:
    """Whether an address is this page's or belongs to it."""
    return path == href or path.startswith((f"{href.rstrip('/')}/" if href != "/" else "\0", *of))
