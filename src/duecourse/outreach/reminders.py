"""Who is reminded after a sealed day, of which due, at which moment: found in bulk, queued once.

Reminders of a sealed day go out on the day after it. A due is spoken of early to those on the watch list, before its
day to everybody who wishes it, on its day, and on some days past due. A key is a due and a moment: run again, nothing
more is queued.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pyarrow.compute as pc
from django.db import connection

from duecourse.book import read as book
from duecourse.kernel.account import WIDTH
from duecourse.rules import places, reminder_terms
from duecourse.rules.read import day_number, to_date
from duecourse.rules.reminder_terms import ReminderTerms

from . import compose, messages
from .channels import CHANNELS, POINT_KINDS

BATCH = 2_000
BEFORE, COLLECTION = "reminder_before_due", "collection"
TAIL = 4
NOBODY = "no_way"
"""What is counted where a borrower has no residence, or no number or address that a channel needs."""
PEOPLE = """
SELECT a.id, a.number, a.borrower_id, p.currency, p.exponent,
    (SELECT json_build_array(r.place, r.zone, r.language) FROM borrowers_residence r
        WHERE r.borrower_id = a.borrower_id ORDER BY r.id DESC LIMIT 1),
    (SELECT json_build_array(w.channel, w.language, w.hour, w.before_days) FROM outreach_wish w
        WHERE w.borrower_id = a.borrower_id ORDER BY w.id DESC LIMIT 1),
    (SELECT json_agg(json_build_array(c.id, c.kind) ORDER BY c.id) FROM borrowers_contact_point c
        WHERE c.borrower_id = a.borrower_id AND NOT c.at_work AND 'dead' IS DISTINCT FROM
            (SELECT s.state FROM borrowers_point_state s WHERE s.borrower_id = a.borrower_id AND s.point_id = c.id
             ORDER BY s.id DESC LIMIT 1))
FROM servicing_account a JOIN ledger_product p ON p.id = a.product_id WHERE a.id = ANY(%s) ORDER BY a.id
"""


class Owed(NamedTuple):
    """A due of an account: its day, and what is left of it and of those before it."""

    account: int
    due_on: date
    left_minor: int


class Person(NamedTuple):
    """Whom to write to about an account, and how they wish it. points: [id, kind], those that are not dead."""

    account: int
    number: str
    borrower: int
    currency: str
    exponent: int
    place: str
    zone: ZoneInfo
    language: str
    wishes_channel: str
    hour: int
    before_days: int
    points: Sequence[tuple[int, str]]


class Moment(NamedTuple):
    """Which reminder of a due it is: its template, its part of the key, its purpose, for how many days it is of use."""

    name: str
    key: str
    purpose: str
    days: int


def queue(
    *,
    day: date,
    by: str,
    early: Collection[int] = (),
    late: bool = True,
    tell: Callable[[int, int], None] | None = None,
) -> Counter[str]:
    """Queue the reminders that follow from a sealed day; counts what is new by moment, and whom no way leads to.

    early: the accounts of a watch list that are to be contacted. late: those of what is past due too; not where the
    messages of cases speak of it. Refuses a day that is not sealed.
    """
    goes_on = day + timedelta(days=1)
    terms = reminder_terms.reminder_terms(on=goes_on)
    found: Counter[str] = Counter()
    by_account: dict[int, list[Owed]] = {}
    for one in owed(day, goes_on, terms):
        by_account.setdefault(one.account, []).append(one)
    accounts = sorted(by_account)
    for at in range(0, len(accounts), BATCH):
        drafts = []
        for person in people(accounts[at : at + BATCH], terms):
            for one in by_account[person.account]:
                moment = moment_of(one.due_on, goes_on, terms, person.before_days, person.account in early)
                if moment and (late or moment.purpose != COLLECTION):
                    drafted = draft(person, one, moment, goes_on, by)
                    if drafted:
                        drafts.append(drafted)
                    else:
                        found[NOBODY] += 1
        moments = {one.key: one.moment for one in drafts}
        for key, (_, is_new) in messages.queue_all(drafts=drafts).items():
            found[moments[key]] += int(is_new)
        if tell:
            tell(min(at + BATCH, len(accounts)), len(accounts))
    return +found


def owed(day: date, goes_on: date, terms: ReminderTerms) -> Iterator[Owed]:
    """The open dues of a sealed day that some reminder could be about on the day after it."""
    table = book.columns(day, ["account_id", "dues"], known_on=day)
    table = table.filter(pc.greater(pc.list_value_length(table.column("dues")), 0))
    now, far = day_number(goes_on), max(terms.before_days, terms.early_days, 30)
    last = max(terms.after_days, default=0)
    left_out = set(book.excepted(day))
    for account, dues in zip(table.column("account_id").to_pylist(), table.column("dues").to_pylist(), strict=True):
        if account in left_out:
            continue
        for due_on in dues[::WIDTH]:
            left = compose.left_of(dues, due_on)
            if left > 0 and now - last <= due_on <= now + far:
                yield Owed(account, to_date(due_on), left)


def moment_of(due_on: date, goes_on: date, terms: ReminderTerms, before_days: int, is_early: bool) -> Moment | None:
    """Which reminder of a due goes out on a day, if one does; the watch list's is never in place of a later one."""
    days = (due_on - goes_on).days
    if days == 0:
        return Moment("due", "due", BEFORE, 0)
    if days < 0:
        after = sorted(terms.after_days)
        if -days not in after:
            return None
        later = [one for one in after if one > -days]
        return Moment("after", f"after_{-days}", COLLECTION, (later[0] + days - 1) if later else 6)
    if days == before_days:
        return Moment("before", "before", BEFORE, days)
    return Moment("early", "early", BEFORE, days) if is_early and days <= terms.early_days else None


def people(accounts: Sequence[int], terms: ReminderTerms) -> Iterator[Person]:
    """Whom to write to about accounts; one whose residence nobody knows is at no place."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [list(accounts)])
        rows = cursor.fetchall()
    for account, number, borrower, currency, exponent, home, wish, points in rows:
        home, wish, points = (loaded(one) for one in (home, wish, points))
        place, zone, language = home or ("", "UTC", "")
        channel, wished_language, hour, before_days = wish or ("", "", None, None)
        yield Person(
            account, number, borrower, currency, exponent, place,
            ZoneInfo(zone) if zone else places.zones(place)[0], wished_language or language, channel,
            terms.hour if hour is None else hour, terms.before_days if before_days is None else before_days,
            [(one, kind) for one, kind in points or ()],
        )  # fmt: skip


def loaded(told: Any) -> Any:
    """A value of JSON, which a connection may bring as text."""
    return json.loads(told) if isinstance(told, str) else told


def way(person: Person, on: date) -> tuple[str, int | None] | None:
    """The channel and the number or address by which to write: as wished, else in the order of the house."""
    if not person.place:
        return None
    order = reminder_terms.channel_order(place=person.place, on=on)
    for channel in dict.fromkeys([*([person.wishes_channel] if person.wishes_channel else []), *order]):
        if channel == "app":
            return channel, None
        fitting = [one for one, kind in person.points if kind == POINT_KINDS.get(channel)]
        if channel in CHANNELS and fitting:
            return channel, fitting[-1]
    return None


def draft(person: Person, one: Owed, moment: Moment, on: date, by: str) -> messages.Draft | None:
    """A reminder in words, with when it may go out; None where no way leads to the person."""
    found = way(person, on)
    if found is None:
        return None
    channel, point = found
    about = compose.About(
        person.borrower, person.place, on, moment.purpose, person.number[-TAIL:], one.left_minor, person.currency,
        person.exponent, one.due_on, max(0, (on - one.due_on).days),
    )  # fmt: skip
    told = compose.words(moment=moment.name, channel=channel, language=person.language, about=about)
    return messages.Draft(
        key=f"reminder:{person.account}:{one.due_on}:{moment.key}",
        borrower_id=person.borrower, account_id=person.account, due_on=one.due_on, amount_minor=one.left_minor,
        point_id=point, purpose=moment.purpose, moment=moment.name, channel=channel, language=person.language,
        template=told.template, template_version=told.version, values=compose.values_of(about), subject=told.subject,
        text=told.text, html=told.html, not_before=instant(on, time(person.hour), person.zone),
        not_after=instant(on + timedelta(days=moment.days), time(23, 59, 59), person.zone), by=by,
    )  # fmt: skip


def instant(on: date, at: time, zone: ZoneInfo) -> datetime:
    """A time of the person's day."""
    return datetime.combine(on, at, zone)
