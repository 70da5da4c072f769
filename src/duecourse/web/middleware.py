"""What holds for every page: headers, who may come in, the visitor of a demo."""

import logging
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect
from django.urls import reverse

from duecourse.web import kept_forms, looked, rights, second_factor, staff
from duecourse.web.portal import session

log = logging.getLogger(__name__)
Answer = Callable[[HttpRequest], HttpResponse]
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Pages need no script at all, and nothing from elsewhere."""


def with_script(response: HttpResponse) -> HttpResponse:
    """Let a page that speaks with a passkey run the script that lies beside the style sheets."""
    response.headers["Content-Security-Policy"] = f"{POLICY}; script-src 'self'"
    return response


def with_updates(response: HttpResponse) -> HttpResponse:
    """Let a page ask for a part of itself again: by htmx, from this address alone."""
    response.headers["Content-Security-Policy"] = f"{POLICY}; script-src 'self'; connect-src 'self'"
    return response


SHORT_BODY, LONG_BODY = 10**6, 52 * 2**20
DOCUMENTS = "/my/help/hardship"
"""The one page that takes documents: five of ten megabytes."""


class PageHeaders:
    """The content policy, and no copy of a page in a cache that others could read."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response


class Rights:
    """Who may come to a route is what `web.rights.ROUTES` says; to one that it does not know, nobody."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        looked.keep(request, response)
        kept_forms.remember(request, response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Lets the view answer, or answers in its place: sign in first, may not, not in this way."""
        answer = self.instead(request)
        if answer is None:
            kept_forms.sent(request)
        elif isinstance(answer, HttpResponseRedirectBase) and "HX-Request" in request.headers:
            return HttpResponse(headers={"HX-Redirect": answer.url})  # the whole page goes there, not a part of it
        return answer

    def instead(self, request: HttpRequest) -> HttpResponse | None:
        """What is answered in place of the view; None where it may answer."""
        assert request.resolver_match is not None
        try:
            way = rights.of(request.resolver_match)
        except rights.RouteWithoutRights as fault:
            log.error("%s: %s", fault.code, fault)
            raise PermissionDenied from fault
        if way.of == rights.BORROWER and session.borrower_of(request) is None:
            back = request.get_full_path() if request.method == "GET" else ""
            if request.method == "POST" and kept_forms.keep(request):
                back = reverse("my_kept")
            return session.asked_to_sign_in(back)
        if way.of == rights.STAFF:
            return self.staff(request, way)
        return None

    def staff(self, request: HttpRequest, way: rights.Way) -> HttpResponse | None:
        """The same of a page of the lender's people."""
        if not request.user.is_authenticated:
            back = request.get_full_path() if request.method in session.SAFE else reverse("day")
            if request.method == "POST" and kept_forms.keep(request):
                back = reverse("kept")
            return redirect_to_login(back, reverse(settings.LOGIN_URL))
        lacking = second_factor.lacking(request)
        if lacking == second_factor.SIGN_IN:
            logout(request)
            return redirect(settings.LOGIN_URL)
        assert request.resolver_match is not None
        if lacking == second_factor.SET_UP and request.resolver_match.url_name not in rights.SETTING_UP:
            return redirect("factors")
        is_act = request.method not in session.SAFE
        asked = {way.look, way.act} if is_act else {way.look}
        if not all(request.user.has_perm(right) for right in asked if right):
            raise PermissionDenied
        return HttpResponseNotAllowed(session.SAFE) if is_act and not way.act else None


class DemoVisitor:
    """In a demo, whoever comes from this machine is the user `demo`, who may look and do nothing else."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.DEMO and not request.user.is_authenticated and is_from_here(request):
            request.user = staff.demo()
        return self.get_response(request)


def is_from_here(request: HttpRequest) -> bool:
    """Whether a request comes from this machine itself, and not by way of a proxy."""
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def caller_of(request: HttpRequest) -> str:
    """Where a request comes from, as limits count it: behind so many proxies of ours as DUECOURSE_PROXIES says, what
    the first of them saw. Of an IPv6 address the network that one customer has."""
    told = request.META.get("REMOTE_ADDR", "")
    hops = [one.strip() for one in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if one.strip()]
    if settings.PROXIES and len(hops) >= settings.PROXIES:
        told = hops[-settings.PROXIES]
    try:
        address = ip_address(told)
    except ValueError:
        return told
    return str(ip_network(f"{address}/64", strict=False)) if isinstance(address, IPv6Address) else str(address)


class BodyLimit:
    """No page takes more than a form asks for: a request that says it is longer is refused before it is read."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.META.get("CONTENT_LENGTH") or "0"
        most = LONG_BODY if request.path == DOCUMENTS else SHORT_BODY
        if told.isdecimal() and int(told) > most and not request.path.startswith("/api/"):
            return HttpResponse(status=413)
        return self.get_response(request)
