"""Is this installation sound? Each look is one fact about it, with what to do where it is not."""

import importlib.metadata
import json
import os
import platform
import shutil
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import django
from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.utils import Error as DatabaseError

from duecourse import clock, embedded
from duecourse.backup.make import RECORD
from duecourse.book import read
from duecourse.borrowers import secrecy
from duecourse.outreach import channels
from duecourse.web import second_factor, staff

OK, MIND, BAD = "ok", "mind", "bad"
LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1"}
WELL_KNOWN = ("insecure", "changeme", "change-me", "secret", "password", "example", "default", "test")
KEY_MIN, DIFFERENT_MIN = 40, 12
"""A key of 40 characters drawn from 64 has 240 bits; one of fewer different characters was not drawn."""
CLOCK_MIND, CLOCK_BAD = timedelta(seconds=2), timedelta(seconds=60)
BACKUP_MIND, BACKUP_BAD = timedelta(hours=26), timedelta(days=7)
SEAL_MIND, SEAL_BAD = timedelta(days=2), timedelta(days=7)
DISK_MIND, DISK_BAD = 5 * 2**30, 2**30
SECRETS = ("secret_key", "pii_key", "secrets.json", "postgres.log", "data")


class Found(NamedTuple):
    """One fact: what was looked at, ok, mind or bad, what is so, and what to do about it."""

    what: str
    state: str
    said: str
    to_do: str = ""


def found(what: str, said: str, *, bad: str = "", mind: str = "") -> Found:
    """A fact with what to do: bad or to be minded where there is something to do, else ok."""
    return Found(what, BAD if bad else MIND if mind else OK, said, bad or mind)


def look(*, at: datetime) -> list[Found]:
    """Everything that is looked at; what needs the database is left out where that does not answer."""
    told = [versions(), *keys(), files(), disk(), addresses(), *reaching(), backups(at=at)]
    try:
        answered = [*server(at), tables()]
        if answered[-1].state != BAD:
            answered += [*sealed(at), second_factors(at)]
        told += answered
    except DatabaseError as fault:
        said = str(fault).strip().partition("\n")[0]
        told.append(found("database", said, bad="start it, or correct DATABASE_URL; see postgres.log in the home"))
    return told


def versions() -> Found:
    """Of what this runs on."""
    release = importlib.metadata.version("duecourse")
    return found("versions", f"duecourse {release}, Python {platform.python_version()}, Django {django.__version__}")


def keys() -> Iterator[Found]:
    """Whether the keys are there, drawn at random, and not one and the same."""
    key = settings.SECRET_KEY
    weak = len(key) < KEY_MIN or len(set(key)) < DIFFERENT_MIN or any(word in key.lower() for word in WELL_KNOWN)
    whence = "from the environment" if os.environ.get("DUECOURSE_SECRET_KEY") else "made here"
    to_do = "before the first borrower, set one made by: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    yield found("secret key", f"{len(key)} characters, {whence}", bad=to_do if weak else "")
    try:
        ring = secrecy.keys()
    except secrecy.KeyRefused as fault:
        yield found("keys of what is encrypted", str(fault), bad="a key is 32 random bytes in URL-safe Base64")
        return
    weak_ones = [key.id for key in ring if len(set(key.material)) < DIFFERENT_MIN]
    said = f"{len(ring)}: {', '.join(key.id for key in ring)}"
    to_do = (
        f"{weak_ones[0]} was not drawn at random: make another, and run `duecourse rotate-keys`" if weak_ones else ""
    )
    yield found("keys of what is encrypted", said, bad=to_do)


def files() -> Found:
    """Whether the home and its secrets are for their owner alone."""
    home = Path(settings.HOME)
    places = [home, *(home / name for name in SECRETS)]
    wide = [place for place in places if place.exists() and place.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    worst = [place for place in wide if place.name in ("secret_key", "pii_key", "secrets.json")]
    to_do = f"chmod go= {' '.join(map(str, wide))}"
    said = f"{home}: {len(wide)} of {len(places)} open to others" if wide else f"{home}: for its owner alone"
    return found("rights of files", said, bad=to_do if worst else "", mind=to_do if wide else "")


def disk() -> Found:
    """Whether there is room where the book lies."""
    room = shutil.disk_usage(settings.HOME)
    said = f"{room.free / 2**30:,.1f} GB of {room.total / 2**30:,.1f} GB free"
    to_do = "make room: a full disk stops payments and the close"
    return found("disk", said, bad=to_do if room.free < DISK_BAD else "", mind=to_do if room.free < DISK_MIND else "")


def addresses() -> Found:
    """Whether who comes from elsewhere comes through HTTPS, and no demo lets them in."""
    elsewhere = [host for host in settings.ALLOWED_HOSTS if host not in LOOPBACK]
    said = f"answers to {', '.join(settings.ALLOWED_HOSTS)}, {'HTTPS' if settings.HTTPS else 'HTTP'}"
    to_do = ""
    if elsewhere and not settings.HTTPS:
        to_do = "put a proxy with HTTPS before it and set DUECOURSE_HTTPS=1: cookies travel readable"
    elif "*" in elsewhere:
        to_do = "name the hosts in DUECOURSE_HOSTS; * answers to any name"
    elif elsewhere and settings.DEMO:
        to_do = "unset DUECOURSE_DEMO: everybody is let in"
    return found("addresses", said, bad=to_do)


def reaching() -> Iterator[Found]:
    """Whether borrowers can be reached: routes, and who the lender is."""
    try:
        routes = [one for one in channels.routes() if one.name != channels.INBOX]
    except channels.ChannelRefused as fault:
        yield found("messages", str(fault), bad="correct the file that DUECOURSE_CHANNELS names")
    else:
        mails = [one for one in routes if one.channel == "email"]
        to_do = "" if mails else "name a mail server in DUECOURSE_CHANNELS: codes and reminders reach the inbox alone"
        if insecure := [one.name for one in mails if one.security == "none" and one.host not in LOOPBACK]:
            to_do = f'route {insecure[0]} sends mail readable: say security = "starttls"'
        yield found("messages", f"{len(routes)} routes, {len(mails)} of them mail", mind=to_do)
    lacking = [
        name
        for name, value in (
            ("DUECOURSE_LENDER", settings.LENDER),
            ("DUECOURSE_LENDER_CONTACT", settings.LENDER_CONTACT),
        )
        if not value
    ]
    said = f"{' and '.join(lacking)} not set" if lacking else settings.LENDER
    yield found("lender", said, mind="set it: without it no reminder is queued" if lacking else "")


def backups(*, at: datetime) -> Found:
    """When the last backup was made from this home, and whether it is still there."""
    to_do = "run `duecourse backup --out FILE`, every day"
    try:
        told: dict[str, Any] = json.loads((Path(settings.HOME) / RECORD).read_text())
    except (OSError, ValueError):
        return found("backups", "none was made from this home", mind=to_do)
    age = at - datetime.fromisoformat(told["at"])
    said = f"the last one {in_words(age)} ago: {told['out']}"
    if not Path(told["out"]).exists():
        return found("backups", f"{said} (moved since, or gone)", bad=to_do if age > BACKUP_BAD else "",
                     mind="make sure that it lies elsewhere")  # fmt: skip
    return found("backups", said, bad=to_do if age > BACKUP_BAD else "", mind=to_do if age > BACKUP_MIND else "")


def in_words(age: timedelta) -> str:
    """How long, in days or hours."""
    return f"{age.days} days" if age.days > 1 else f"{age.total_seconds() / 3600:.0f} hours"


def server(at: datetime) -> Iterator[Found]:
    """Which server answers, and whether the application may do no more there than it needs."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
        number, said = cursor.fetchone()
        cursor.execute("SELECT r.rolsuper OR d.datdba = r.oid FROM pg_roles r, pg_database d "
                       "WHERE r.rolname = current_user AND d.datname = current_database()")  # fmt: skip
        (is_owner,) = cursor.fetchone()
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    whose = "a server of your own" if "DATABASE_URL" in os.environ else "embedded"
    to_do = "" if number >= embedded.OLDEST_SERVER else "use PostgreSQL 15 or newer"
    if is_owner:
        to_do = "connect as a role that owns nothing: as its owner the application could remove entries"
    yield found("database", f"PostgreSQL {said}, {whose}", bad=to_do)
    apart = abs(theirs - clock.now())
    to_do = "set both clocks by NTP: days, codes and limits follow them"
    yield found("clock", f"{apart.total_seconds():.1f} s from the database's", bad=to_do if apart > CLOCK_BAD else "",
                mind=to_do if apart > CLOCK_MIND else "")  # fmt: skip


def tables() -> Found:
    """Whether the tables are those of this release."""
    applied = set(MigrationLoader(connections["owner"]).applied_migrations or ())
    known = set(MigrationLoader(None).disk_migrations or ())
    newer = sorted(name for app, name in applied - known if app == "duecourse")
    lacking = len(known - applied)
    if newer:
        return found("tables", f"of a newer release ({newer[-1]})", bad="run that release or a newer one")
    if lacking:
        return found("tables", f"{lacking} migrations are to be applied", bad="run `duecourse migrate`")
    return found("tables", "of this release")


def second_factors(at: datetime) -> Found:
    """Whether staff sign in by more than a password."""
    having = second_factor.having()
    lacking = [
        one for one in staff.members() if one.is_active and one.username not in having and one.username != staff.DEMO
    ]
    said = f"{len(having)} of staff have one, {len(lacking)} have none"
    to_do = "set DUECOURSE_SECOND_FACTOR_FROM: a password alone opens the console" if lacking else ""
    if lacking and second_factor.is_required(at.date()):
        to_do = "they set one up when they sign in next; `duecourse staff list` says who"
    return found("second factor", said, mind=to_do)


def sealed(at: datetime) -> Iterator[Found]:
    """How old the last sealed day is."""
    day = read.last_sealed()
    if day is None:
        yield found("sealed days", "none yet", mind="run `duecourse close --through DAY` once there is an account")
        return
    age = at.date() - day
    to_do = "run `duecourse close --through DAY`, every day: warnings, reminders and reports wait for it"
    said = f"through {day}, {age.days} day{'' if age.days == 1 else 's'} ago"
    yield found("sealed days", said, bad=to_do if age > SEAL_BAD else "", mind=to_do if age > SEAL_MIND else "")
