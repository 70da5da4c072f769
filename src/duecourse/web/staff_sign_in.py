"""Staff sign in by name and password, and then by a second factor who has one; who guesses is stopped soon, and learns
not which names there are.

From one place a name is tried ten times in a quarter of an hour, any names fifty times (`tries`).
"""

import unicodedata
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from duecourse import clock

from . import second_factor, tries
from .middleware import caller_of, with_script

WAITING = "second_step"
"""In a session: who has given a right password and not yet a second factor."""
WAITS = timedelta(minutes=10)


def counted(request: HttpRequest, name: str) -> dict[str, bytes]:
    """By what passwords that are typed for a name from one place are counted."""
    return tries.of_password(name, caller_of(request))


class StaffSignIn(LoginView):
    """The page on which staff sign in."""

    template_name = "login.html"

    def post(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        """Look at name and password, unless too many were wrong."""
        typed = unicodedata.normalize("NFKC", request.POST.get("username", "")).strip()[:150]
        self.counted = counted(request, typed)
        if not tries.tried(**self.counted, at=clock.now(), limits=tries.PASSWORDS):
            answer = self.render_to_response(self.get_context_data(is_too_often=True), status=429)
            answer.headers["Retry-After"] = str(int(tries.PASSWORDS.window.total_seconds()))
            return answer
        return super().post(request, *args, **named)

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep that they were right, and let them in, or ask for the second factor."""
        tries.was_right(**self.counted, at=clock.now())
        user = form.get_user()
        if not second_factor.held_by(user):
            return super().form_valid(form)
        self.request.session[WAITING] = [user.pk, self.get_success_url(), clock.now().isoformat()]
        return redirect("login_second")


def waiting(request: HttpRequest) -> tuple[User, str] | None:
    """Who has to give a second factor now, and where they go then."""
    told = request.session.get(WAITING)
    if told is None or datetime.fromisoformat(told[2]) + WAITS < clock.now():
        return None
    user = User.objects.filter(pk=told[0], is_active=True).first()
    return (user, told[1]) if user else None


@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """The page that asks for the second factor, and lets whoever gives it in."""
    found = waiting(request)
    if found is None:
        return redirect("login")
    user, onward = found
    told: dict[str, Any] = {}
    if request.method == "POST":
        by: dict[str, Any] = {"user": user, "caller": caller_of(request), "at": clock.now()}
        answer = request.POST.get("answer", "")
        try:
            if answer:
                number = second_factor.prove_passkey(answer=answer, **by)
            else:
                number = second_factor.prove(code=request.POST.get("code", ""), **by)
        except second_factor.TriedTooOften:
            told["is_too_often"] = True
        except second_factor.NotProven:
            told["is_wrong"] = True
        else:
            del request.session[WAITING]
            login(request, user, backend="duecourse.web.staff.Roles")
            request.session[second_factor.PROVEN] = number
            return redirect(onward)
    kinds = {one.kind for one in second_factor.held_by(user)}
    told["has_app"] = second_factor.APP in kinds
    if second_factor.PASSKEY in kinds and second_factor.passkeys_work_at(request.get_host()):
        told["asked"] = second_factor.asked_of_passkey(user)
    return with_script(render(request, "login_second.html", told, status=429 if "is_too_often" in told else 200))
