"""The pages on which one of the lender's people sets up a second factor of their own, and turns one off.

Each change asks for the password again, so that a browser left open is not enough.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from duecourse import clock

from . import second_factor, tries
from .middleware import with_script
from .staff_sign_in import counted

NAME_LONGEST = 60


class PasswordWrong(second_factor.FactorRefused):
    code = "factor_password_wrong"


def by_password(request: HttpRequest, work: Callable[[User], Any]) -> Any:
    """Do what somebody asks who gives their password again. Refuses a wrong one, and too many."""
    user = request.user
    assert isinstance(user, User)
    of = counted(request, user.username)
    if not tries.tried(**of, at=clock.now(), limits=tries.PASSWORDS):
        raise second_factor.TriedTooOften("too many passwords were wrong: try again in a quarter of an hour")
    if not user.check_password(request.POST.get("password", "")):
        raise PasswordWrong("the password is wrong")
    tries.was_right(**of, at=clock.now())
    return work(user)


def in_words(fault: second_factor.FactorRefused) -> str:
    """A refusal as a page says it."""
    said = {
        "factor_tried_too_often": _("Too many tries were wrong. Try again later."),
        "factor_not_proven": _("That was wrong, or used before. Look at the clock of your telephone, and try again."),
        "factor_password_wrong": _("The password is wrong."),
        "factor_last_one": _(
            "Everybody has to have a second factor here: set up another before you turn this one off."
        ),
        "factor_refused": _("This cannot be done now: the page has changed since."),
    }
    return said[type(fault).code]


def factors_page(request: HttpRequest, fault: str = "") -> HttpResponse:
    """What somebody has set up, and what was turned on and off."""
    held = second_factor.held_by(request.user)
    told = {
        "held": held,
        "has_app": any(one.kind == second_factor.APP for one in held),
        "left": second_factor.codes_left(request.user),
        "history": second_factor.history(request.user),
        "is_required": second_factor.is_required(clock.today()),
        "passkeys_work": second_factor.passkeys_work_at(request.get_host()),
        "fault": fault,
    }
    return render(request, "factors.html", told)


@require_http_methods(["GET", "HEAD", "POST"])
def app_page(request: HttpRequest) -> HttpResponse:
    """Set up an app that tells codes."""
    secret = second_factor.drawn(request)
    told: dict[str, Any] = {"secret": secret, "picture": second_factor.picture(request.user, secret)}
    if request.method == "POST":
        code = request.POST.get("code", "")
        try:
            codes = by_password(
                request, lambda user: second_factor.add_app(user=user, secret=secret, code=code, at=clock.now())
            )
        except second_factor.FactorRefused as fault:
            told["fault"] = in_words(fault)
        else:
            del request.session[second_factor.DRAWN]
            return onward(request, codes)
    return render(request, "factor_app.html", told)


@require_http_methods(["GET", "HEAD", "POST"])
def passkey_page(request: HttpRequest) -> HttpResponse:
    """Set up a passkey."""
    told: dict[str, Any] = {}
    if request.method == "POST":
        answer, name = request.POST.get("answer", ""), request.POST.get("name", "").strip()[:NAME_LONGEST]
        try:
            codes = by_password(
                request,
                lambda user: second_factor.add_passkey(user=user, answer=answer, name=name, at=clock.now()),
            )
        except second_factor.FactorRefused as fault:
            told["fault"] = in_words(fault)
        else:
            return onward(request, codes)
    told["asked"] = second_factor.asked_of_new_passkey(request.user)
    return with_script(render(request, "factor_passkey.html", told))


def onward(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """After a factor was turned on: this session counts as proven by one; to the recovery codes where they are new."""
    vouch(request)
    if not codes:
        return redirect("factors")
    request.session[second_factor.FRESH] = second_factor.sealed(codes)
    return redirect("factor_codes")


def vouch(request: HttpRequest) -> None:
    """Let this session, in which factors were just changed by password, stand on one that there is."""
    held = second_factor.held_by(request.user)
    if held:
        request.session[second_factor.PROVEN] = held[-1].number
    else:
        request.session.pop(second_factor.PROVEN, None)


@require_http_methods(["GET", "HEAD", "POST"])
def codes_page(request: HttpRequest) -> HttpResponse:
    """Recovery codes, shown once; a POST makes new ones."""
    if request.method == "POST":
        try:
            return onward(
                request, by_password(request, lambda user: second_factor.renew_codes(user=user, at=clock.now()))
            )
        except second_factor.FactorRefused as fault:
            return factors_page(request, in_words(fault))
    fresh = request.session.pop(second_factor.FRESH, None)
    return (
        render(request, "factor_codes.html", {"codes": second_factor.opened(fresh)}) if fresh else redirect("factors")
    )


@require_POST
def turn_off(request: HttpRequest, factor: int) -> HttpResponse:
    """Turn a factor of one's own off."""
    try:
        by_password(request, lambda user: second_factor.turn_off(user=user, number=factor, at=clock.now()))
    except second_factor.FactorRefused as fault:
        return factors_page(request, in_words(fault))
    vouch(request)
    return redirect("factors")
