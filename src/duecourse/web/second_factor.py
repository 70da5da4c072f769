"""A second factor of staff beside name and password: a code of an app, a passkey, or a recovery code.

What a factor is and how its codes are computed is django-allauth's (`allauth.mfa`); none of its pages is served. What
opens one is sealed under the keys of the installation, each code counts once, guessing ends soon (`tries.CODES`), and
what was turned on or off is a row. Whoever has a factor gives it each time they sign in; from the day of
DUECOURSE_SECOND_FACTOR_FROM nobody comes in without one.
"""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from ipaddress import ip_address
from typing import Any, NamedTuple

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as app_codes
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from duecourse import clock
from duecourse.borrowers import secrecy

from . import rights, staff, tries
from .staff_tables import StaffCode, StaffFactor

APP, PASSKEY, CODES = (
    Authenticator.Type.TOTP.value, Authenticator.Type.WEBAUTHN.value, Authenticator.Type.RECOVERY_CODES.value,
)  # fmt: skip
PROVEN, DRAWN, FRESH = "second_factor", "second_factor_drawn", "second_factor_codes"
"""In a session: the factor that was given, the secret of one being set up, recovery codes not yet shown."""
SIGN_IN, SET_UP = "sign_in", "set_up"
ONCE = timedelta(minutes=5)
"""So long a code that was right is no code again; it is right for a minute and a half."""


class FactorRefused(Exception):
    """A factor that is not turned on or off, or a proof that does not count."""

    code = "factor_refused"


class TriedTooOften(FactorRefused):
    code = "factor_tried_too_often"


class NotProven(FactorRefused):
    code = "factor_not_proven"


class LastFactor(FactorRefused):
    code = "factor_last_one"


class ResetRefused(FactorRefused):
    code = "factor_reset_refused"


class Held(NamedTuple):
    """One factor of somebody: its number, kind, what they call it, and when it was set up and used last."""

    number: int
    kind: str
    name: str
    since: datetime
    used: datetime | None


class Adapter(DefaultMFAAdapter):
    """How django-allauth keeps and names what is ours."""

    def encrypt(self, text: str) -> str:
        """Seal what opens a factor under the first of the keys."""
        return secrecy.seal(text).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What opens a factor, in clear."""
        return secrecy.opened(encrypted_text.encode())

    def get_totp_issuer(self) -> str:
        """Whose codes these are, as an app shows it."""
        return settings.LENDER or "Duecourse"

    def _get_site_name(self) -> str:
        return self.get_totp_issuer()


def held_by(user: Any) -> list[Held]:
    """The factors of somebody, the oldest first; recovery codes are none, since they only stand in for one."""
    found = Authenticator.objects.filter(user=user).exclude(type=CODES).order_by("pk")
    return [Held(one.pk, one.type, one.data.get("name", ""), one.created_at, one.last_used_at) for one in found]


def codes_left(user: Any) -> int:
    """How many recovery codes somebody has not used."""
    found = Authenticator.objects.filter(user=user, type=CODES).first()
    return len(found.wrap().get_unused_codes()) if found else 0


def having() -> set[str]:
    """The names of those who have a second factor."""
    return set(Authenticator.objects.exclude(type=CODES).values_list("user__username", flat=True))


def history(user: Any) -> list[StaffFactor]:
    """What was turned on and off, the newest first."""
    return list(StaffFactor.objects.filter(user=user).order_by("-id")[:20])


def is_required(on: date) -> bool:
    """Whether on a day everybody has to have a second factor."""
    return settings.SECOND_FACTOR_FROM is not None and on >= settings.SECOND_FACTOR_FROM


def lacking(request: HttpRequest) -> str:
    """What somebody who is signed in has to do before anything else: sign in anew, set up a factor; "" nothing."""
    if settings.DEMO and request.user.get_username() == staff.DEMO:
        return ""
    held = dict(Authenticator.objects.filter(user=request.user).values_list("pk", "type"))
    proven = request.session.get(PROVEN)
    if proven in held:
        return ""
    if proven is not None or held:
        return SIGN_IN
    return SET_UP if is_required(clock.today()) else ""


def passkeys_work_at(host: str) -> bool:
    """Whether browsers let passkeys be used at this host: one with a name, by HTTPS or this machine's own."""
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return settings.HTTPS or name == "localhost"
    return False


def counted(user: Any, caller: str) -> dict[str, bytes]:
    """By what the tries of somebody are counted."""
    return {"name": secrecy.digest(f"second:{user.pk}"), "caller": secrecy.digest(f"second of:{caller}")}


def try_once(user: Any, caller: str, at: datetime) -> None:
    """Count a try before it is looked at; refuses one too many."""
    if not tries.tried(**counted(user, caller), at=at, limits=tries.CODES):
        raise TriedTooOften("too many codes were wrong: try again in an hour")


def prove(*, user: Any, code: str, caller: str, at: datetime) -> int:
    """The number of the factor that a code of an app, or a recovery code, proves; it counts once.

    caller: where it was typed. Refuses what is wrong, and whoever was wrong too often.
    """
    try_once(user, caller, at)
    plain = re.sub(r"[\s-]", "", code)[:32]
    with transaction.atomic():
        held = {one.type: one for one in Authenticator.objects.select_for_update().filter(user=user)}
        found = next(
            (held[kind] for kind in (APP, CODES) if kind in held and held[kind].wrap().validate_code(plain)), None
        )
        if found is None or not is_first_use(user, plain, at):
            raise NotProven("the code is wrong, or was used before")
        found.record_usage()
    tries.was_right(**counted(user, caller), at=at)
    return int(found.pk)


def is_first_use(user: Any, code: str, at: datetime) -> bool:
    """Keep that a code was used; False where it was before."""
    digest = secrecy.digest(f"code:{user.pk}:{code}")
    if StaffCode.objects.filter(user=user, digest=digest, at__gt=at - ONCE).exists():
        return False
    StaffCode.objects.create(user=user, digest=digest, at=at)
    return True


def prove_passkey(*, user: Any, answer: str, caller: str, at: datetime) -> int:
    """The number of the passkey that signed what the page asked it to; refuses what is wrong, and too many tries."""
    from allauth.mfa.webauthn.internal import auth as passkeys

    try_once(user, caller, at)
    try:
        found = passkeys.complete_authentication(user, json.loads(answer))
    except (ValidationError, ValueError, TypeError, KeyError) as fault:
        raise NotProven("the passkey did not answer what this page asked") from fault
    found.record_usage()
    tries.was_right(**counted(user, caller), at=at)
    return int(found.pk)


def asked_of_passkey(user: Any) -> str:
    """What a page asks a passkey of somebody to sign, as JSON; the session remembers it."""
    from allauth.mfa.webauthn.internal import auth as passkeys

    return json.dumps(passkeys.begin_authentication(user))


def asked_of_new_passkey(user: Any) -> str:
    """What a page asks of a device that is to become a passkey, as JSON; the session remembers it."""
    from allauth.mfa.webauthn.internal import auth as passkeys

    return json.dumps(passkeys.begin_registration(user, passwordless=False))


def drawn(request: HttpRequest) -> str:
    """The secret of an app that somebody is setting up: drawn once, sealed in their session."""
    if DRAWN not in request.session:
        request.session[DRAWN] = secrecy.seal(app_codes.generate_totp_secret()).decode()
    return secrecy.opened(request.session[DRAWN].encode())


def sealed(codes: list[str]) -> str:
    """Recovery codes as a session holds them until they are shown."""
    return secrecy.seal(" ".join(codes)).decode()


def opened(codes: str) -> list[str]:
    """The same in clear."""
    return secrecy.opened(codes.encode()).split()


def picture(user: Any, secret: str) -> str:
    """The code that a telephone reads, as SVG."""
    adapter = Adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    return svg[svg.index("<svg") :]


def add_app(*, user: User, secret: str, code: str, at: datetime) -> list[str]:
    """Turn an app on that tells this code now; recovery codes where there were none. Refuses a wrong code."""
    plain = re.sub(r"\s", "", code)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if Authenticator.objects.filter(user=user, type=APP).exists():
            raise FactorRefused("there is an app already: turn that off first")
        if not app_codes.validate_totp_code(secret, plain) or not is_first_use(user, plain, at):
            raise NotProven("the code is wrong: the clock of the telephone may be")
        app_codes.TOTP.activate(user, secret)
        return turned_on(user, APP, "", at)


def add_passkey(*, user: User, answer: str, name: str, at: datetime) -> list[str]:
    """Turn a passkey on that signed what the page asked; recovery codes where there were none."""
    from allauth.mfa.webauthn.internal import auth as passkeys

    try:
        credential = json.loads(answer)
        passkeys.parse_registration_response(credential)
        passkeys.complete_registration(credential)
    except (ValidationError, ValueError, TypeError, KeyError) as fault:
        raise NotProven("the passkey did not answer what this page asked") from fault
    with transaction.atomic():
        passkeys.WebAuthn.add(user, name, credential)
        return turned_on(user, PASSKEY, name, at)


def turned_on(user: User, kind: str, name: str, at: datetime) -> list[str]:
    """Keep that a factor was turned on; the recovery codes, where they are made now."""
    keep(user, kind, "on", user, "", at, name)
    if Authenticator.objects.filter(user=user, type=CODES).exists():
        return []
    return made_codes(user, "on", at)


def made_codes(user: User, act: str, at: datetime) -> list[str]:
    """New recovery codes."""
    keep(user, CODES, act, user, "", at)
    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    return codes


def renew_codes(*, user: User, at: datetime) -> list[str]:
    """Recovery codes in the place of those there were. Refuses where there is no factor for which they would stand."""
    with transaction.atomic():
        if not held_by(user):
            raise FactorRefused("recovery codes stand in for a second factor, and there is none")
        Authenticator.objects.filter(user=user, type=CODES).delete()
        return made_codes(user, "renewed", at)


def turn_off(*, user: User, number: int, at: datetime) -> None:
    """Turn one of one's own factors off; with the last one the recovery codes go too. Refuses the last one where
    everybody has to have one."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        held = held_by(user)
        found = next((one for one in held if one.number == number), None)
        if found is None:
            raise FactorRefused("there is no such factor")
        if len(held) == 1 and is_required(at.date()):
            raise LastFactor("everybody has to have a second factor: set up another before")
        Authenticator.objects.filter(pk=number).delete()
        keep(user, found.kind, "off", user, "", at, found.name)
        if len(held) == 1:
            Authenticator.objects.filter(user=user).delete()
            keep(user, CODES, "off", user, "", at)


def reset(*, username: str, by: User, reason: str, at: datetime) -> int:
    """Turn every factor of somebody else off, so that they sign in by their password and set up anew; how many.

    Whoever is signed in by one of them is so no more. Refuses one's own, whoever may not manage staff, no reason.
    """
    found = User.objects.filter(username=username).first()
    if found is None:
        raise ResetRefused(f"there is nobody called {username!r}")
    if found.pk == by.pk:
        raise ResetRefused("one's own factors are reset by somebody else")
    if not by.is_active or not by.has_perm(rights.MANAGE_STAFF):
        raise ResetRefused(f"{by.username} may not manage staff")
    if not reason.strip():
        raise ResetRefused("say why")
    with transaction.atomic():
        held = held_by(found)
        for one in held:
            keep(found, one.kind, "reset", by, reason.strip(), at, one.name)
        Authenticator.objects.filter(user=found).delete()
    return len(held)


def proven_here(*, username: str, password: str, code: Callable[[], str], at: datetime) -> User:
    """Who gives a command, by password and, where they have a second factor, by a code that is asked for then.

    Refuses what is wrong, and too many tries.
    """
    of = tries.of_password(username, "command")
    if not tries.tried(**of, at=at, limits=tries.PASSWORDS):
        raise TriedTooOften("too many passwords were wrong: try again in a quarter of an hour")
    user = authenticate(username=username, password=password)
    if not isinstance(user, User):
        raise NotProven("name and password do not match")
    tries.was_right(**of, at=at)
    if held_by(user):
        prove(user=user, code=code(), caller="command", at=at)
    return user


def keep(user: User, kind: str, act: str, by: User, reason: str, at: datetime, name: str = "") -> None:
    """Keep that a factor was turned on or off, by whom and why."""
    StaffFactor.objects.create(user=user, kind=kind, act=act, name=name, by=by.username, reason=reason, at=at)
