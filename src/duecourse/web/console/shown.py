"""What every page shows: the name of the user, the search box, the menu, the languages, the demo's banner."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from duecourse.web import rights
from duecourse.web.portal import session as portal

from .menu import menu


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """What the frame of a page needs."""
    user = getattr(request, "user", None)
    return {
        "is_demo": settings.DEMO,
        "may_view": bool(user and user.is_authenticated and user.has_perm(rights.VIEW_ACCOUNT)),
        "menu": menu(request),
        "languages": settings.LANGUAGES,
        "lender": settings.LENDER or "Duecourse",
        "lender_contact": settings.LENDER_CONTACT,
        "borrower_signed_in": bool(user) and hasattr(request, "session") and portal.borrower_of(request) is not None,
    }
