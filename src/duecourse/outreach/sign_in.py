"""A borrower signs in without a password: a code goes to an address of theirs that is known, and comes back.

Whoever asks learns nothing of whether the address is known: a row is written, limits count, and the answer is the same.
A code is no contact of the lender's: the borrower asked for it that moment, and it speaks of no debt, so the contact
gate is not asked (docs/decisions/0012).
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from duecourse.borrowers import reach, secrecy

from . import channels
from .channels import Route
from .handed import Answer, Letter
from .mail import Post
from .sign_in_tables import SignInCode, SignInTry

DIGITS = 6
HOLDS = timedelta(minutes=10)
MOST_TRIES = 5
HOUR = timedelta(hours=1)
MOST_OF_ADDRESS, MOST_OF_CALLER = 5, 30
"""Codes within an hour for one address with one ending, and from one caller. Who does not know the ending of a person's
account uses up nothing of theirs."""
ENDING = 4
"""How many of the last signs of an account's number are asked for; messages name them."""
CHANNEL = {"email": "email", "phone": "sms"}
WORDS = {
    "zh": ("登录验证码", "{code} 是您登录{lender}的验证码，10分钟内有效。请勿告诉任何人；非本人操作请忽略。"),
    "en": (
        "Your sign-in code",
        "{code} is your code to sign in at {lender}, good for 10 minutes. Tell nobody; if you did not ask, do nothing.",
    ),
}

WHO = """
SELECT p.id, p.borrower_id FROM borrowers_contact_point p
WHERE p.kind = %(kind)s AND p.digest = ANY(%(digests)s) AND NOT p.at_work
    AND EXISTS (SELECT FROM servicing_account a
        WHERE a.borrower_id = p.borrower_id AND right(a.number, %(signs)s) = %(ending)s)
    AND coalesce((SELECT state FROM borrowers_point_state s WHERE s.point_id = p.id ORDER BY s.id DESC LIMIT 1), '')
        <> 'dead'
"""


class TooOften(Exception):
    """Too many codes were asked for within the hour; nothing was sent."""

    code = "sign_in_too_often"


class NotProven(Exception):
    """The code is wrong, too old, used, or was tried too often."""

    code = "sign_in_not_proven"


class Asked(NamedTuple):
    """A code that was asked for: its row, and the code with whose and which address it goes to, if anybody's."""

    id: int
    code: str | None
    borrower: int | None
    point: int | None


def ask(*, told: str, ending: str, caller: str, at: datetime) -> Asked:
    """Ask for a code for the person with this e-mail or phone and an account whose number ends so.

    Nobody, or more than one, answers to it: no code. An address at work is not used; a number is found however it is
    written.
    """
    reach.zoned("at", at)
    kind, ends = "email" if "@" in told else "phone", ending.strip()[-ENDING:]
    digest = secrecy.digest(f"{kind}:{reach.plain(kind, told)}:{ends}")
    digests = [one for way in sorted(reach.alike(kind, told)) for one in secrecy.indexes(f"{kind}:{way}")]
    whence = secrecy.digest(f"caller:{caller}")
    with transaction.atomic(), connection.cursor() as cursor:
        for one in sorted((digest, whence)):
            cursor.execute("SELECT pg_advisory_xact_lock(18, hashtext(%s))", [one.hex()])
        recent = SignInCode.objects.filter(at__gt=at - HOUR)
        if (
            recent.filter(told=digest).count() >= MOST_OF_ADDRESS
            or recent.filter(caller=whence).count() >= MOST_OF_CALLER
        ):
            raise TooOften("too many codes were asked for within the hour")
        cursor.execute(WHO, {"kind": kind, "digests": digests, "signs": ENDING, "ending": ends})
        found = cursor.fetchall()
        point, borrower = found[0] if len({one[1] for one in found}) == 1 else (None, None)
        code = None if borrower is None else f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        row = SignInCode.objects.create(
            borrower_id=borrower, point_id=point, told=digest, caller=whence, at=at, until=at + HOLDS,
            code=None if code is None else digest_of(digest, code),
        )  # fmt: skip
    return Asked(row.id, code, borrower, point)


def digest_of(told: bytes, code: str) -> bytes:
    """What is kept of a code."""
    return secrecy.digest(f"sign in:{told.hex()}:{code}")


def prove(*, asked: int, code: str, at: datetime) -> int:
    """The borrower whose code this is; each code is good once, for ten minutes and five tries."""
    reach.zoned("at", at)
    borrower = None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(19, (%s %% 2147483648)::int)", [asked])
        row = SignInCode.objects.filter(id=asked).first()
        before = list(SignInTry.objects.filter(code_id=asked).values_list("right", flat=True))
        if row is not None and row.at <= at <= row.until and len(before) < MOST_TRIES and not any(before):
            right = row.code is not None and secrets.compare_digest(
                bytes(row.code), digest_of(bytes(row.told), code.strip())
            )
            SignInTry.objects.create(code_id=asked, right=right, at=at)
            borrower = row.borrower_id if right else None
    if borrower is None:
        raise NotProven("this code does not let you in; ask for another one")
    return int(borrower)


def send(asked: Asked, *, language: str, at: datetime) -> Answer | None:
    """Send a code that somebody answers to; None where nobody does, or no route leads there.

    Who answers a page does it beside the answer: a known address takes no longer to answer than another.
    """
    if asked.code is None or asked.borrower is None:
        return None
    point = next(one for one in reach.points(borrower=asked.borrower) if one.id == asked.point)
    route = channels.route_for(CHANNEL[point.kind], point.value, channels.routes())
    if route is None:
        return None
    subject, text = WORDS[language]
    text = text.format(code=asked.code, lender=settings.LENDER or "Duecourse")
    name = hashlib.sha256(secrecy.digest(f"sign in mail:{asked.id}")).hexdigest()[:24]
    letter = Letter(point.value, subject, text, "", f"sign-in-{asked.id}", language, name, "", "", at)
    return hand_over(route, letter)


def hand_over(route: Route, letter: Letter) -> Answer:
    """Send a code by a route."""
    if not route.is_smtp:
        return channels.by_apprise(route, letter)
    post = Post(route)
    try:
        return post.hand_over(letter)
    finally:
        post.close()
