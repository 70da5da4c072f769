"""Payment holidays that a file of months does not name: found by what is unusual, proposed, and confirmed by a person.

Nothing here changes what a loan owes: a proposal is a file, and only one that a named person has confirmed is read as
events. Finding goes month by month, with the holidays found so far respected.

The rule. In each month, of the loans in order at its beginning (less than half an installment behind), those are
counted that paid nothing in it and had not made it good by the end of the month after; this passes over months that
end on a rest day, whose late payments come in the next. The month is unusual where their share lies more than
`THRESHOLD` standard deviations above that of the usual months before it (at most `LOOK_BACK`, at least
`LEAST_BEFORE`). The deviation is the larger of that between those months and that of the count. In an unusual month
each loan in order that paid nothing is proposed; loans behind (less than `MOST_BEHIND`) that paid nothing are
proposed where their share too is unusual. Which loans are proposed depends on nothing after the month; whether the
month is unusual, on totals of the month after.
"""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from duecourse.ledger.journal import Refused

from .loan_months import Book

THRESHOLD = 4.0
LOOK_BACK, LEAST_BEFORE = 24, 6
IN_ORDER, MOST_BEHIND = 0.5, 3.0
IN_ORDER_REASON, BEHIND_REASON = "in_order_paid_nothing", "behind_paid_nothing"


class HolidaysUnreadable(Refused):
    code = "holidays_unreadable"


class HolidaysNotConfirmed(Refused):
    code = "holidays_not_confirmed"


class HolidaysChanged(Refused):
    code = "holidays_changed"


class HolidaysOfAnotherBook(Refused):
    code = "holidays_of_another_book"


class ConfirmerMissing(Refused):
    code = "confirmer_missing"


class Looked(NamedTuple):
    """One month as the rule saw it: how many loans in order, the share that paid nothing and did not make it good,
    what the months before let expect, by how many deviations it is above; of loans behind: how many, the share that
    paid nothing, what was expected, deviations. None where too few months were before."""

    month: str
    in_order: int
    unpaid: float
    expected: float | None
    above: float | None
    behind: int
    unpaid_behind: float
    expected_behind: float | None
    above_behind: float | None
    is_unusual: bool


class Event(NamedTuple):
    """A holiday of one loan in one month. share: of such loans, by how much more of them paid nothing than usual: of
    so many of them the holiday, not the loan, was the reason."""

    loan: str
    month: str
    reason: str
    share: float


class Found(NamedTuple):
    """What the rule found: every month as it was seen, and the events that it proposes."""

    looked: list[Looked]
    events: list[Event]


def find(book: Book) -> Found:
    """Find the months in which unusually many loans paid nothing, and the loans that did."""
    looked: list[Looked] = []
    events: list[Event] = []
    usual: list[tuple[float, float, float]] = []
    behind = np.zeros(len(book.ids))
    due = book.asked / book.scheduled[:, None]
    moved = due - book.paid / book.scheduled[:, None]
    for place in range(1, book.months):
        alive = book.alive[:, place]
        unpaid = alive & (book.paid[:, place] == 0)
        in_order, late = alive & (behind < IN_ORDER), alive & (behind >= IN_ORDER) & (behind < MOST_BEHIND)
        stood = np.zeros(len(book.ids), bool)
        if place + 1 < book.months:
            made_good = (moved[:, place] + moved[:, place + 1] < IN_ORDER) | ~book.alive[:, place + 1]
            shares = (
                share_of(unpaid & ~made_good, in_order),
                share_of(unpaid, late),
                share_of(unpaid, in_order),
            )
            expected, above = against([one[0] for one in usual], shares[0], int(in_order.sum()))
            expected_late, above_late = against([one[1] for one in usual], shares[1], int(late.sum()))
            is_unusual = above is not None and above > THRESHOLD
            counts = int(in_order.sum()), int(late.sum())
            looked.append(
                Looked(
                    book.called(place), counts[0], shares[0], expected, above,
                    counts[1], shares[1], expected_late, above_late, is_unusual,
                )
            )  # fmt: skip
            if not is_unusual:
                usual.append(shares)
            else:
                stood = in_order & unpaid
                events += proposed(book, place, stood, IN_ORDER_REASON, shares[2], mean([one[2] for one in usual]))
                if above_late is not None and above_late > THRESHOLD:
                    stood |= late & unpaid
                    events += proposed(book, place, late & unpaid, BEHIND_REASON, shares[1], expected_late or 0.0)
        behind = behind + np.where(stood, moved[:, place] - due[:, place], moved[:, place])
    return Found(looked, events)


def share_of(some: Any, among: Any) -> float:
    """The share of loans of `among` that are of `some` too; 0 where there are none."""
    return float((some & among).sum() / max(among.sum(), 1))


def mean(values: list[float]) -> float:
    """The mean of the months that count."""
    return float(np.mean(values[-LOOK_BACK:]))


def against(before: list[float], now: float, count: int) -> tuple[float | None, float | None]:
    """What the months before let expect of a share, and by how many standard deviations it is above that."""
    if len(before) < LEAST_BEFORE or not count:
        return None, None
    expected = mean(before)
    deviation = max(float(np.std(before[-LOOK_BACK:], ddof=1)), (max(expected, 1 / count) / count) ** 0.5)
    return expected, float((now - expected) / deviation)


def proposed(book: Book, place: int, loans: Any, reason: str, share: float, expected: float) -> list[Event]:
    """The events of one month for one kind of loan."""
    more = round(max(1 - expected / share, 0.0), 4) if share else 0.0
    return [Event(str(name), book.called(place), reason, more) for name in book.ids[loans]]


def write(*, found: Found, book: Book, path: Path) -> None:
    """Write a proposal, confirmed by nobody: the rule, each month as it saw it, and a row a loan and month."""
    rule = {
        "threshold": THRESHOLD,
        "look_back": LOOK_BACK,
        "least_before": LEAST_BEFORE,
        "in_order_below": IN_ORDER,
        "behind_below": MOST_BEHIND,
    }
    written(path, {
        "what": "payment holidays, proposed; take out what was none, then confirm",
        "months_file": book.digest,
        "rule": rule,
        "looked": [rounded(one) for one in found.looked],
        "confirmed": None,
        "events": [one._asdict() for one in found.events],
    })  # fmt: skip


def rounded(one: Looked) -> dict[str, Any]:
    """What the rule saw of a month, its shares to four places."""
    return {name: round(told, 4) if isinstance(told, float) else told for name, told in one._asdict().items()}


def written(path: Path, body: dict[str, Any]) -> None:
    """Write a file of holidays, an event a line so that a person can take some out."""
    head = {name: value for name, value in body.items() if name != "events"}
    lines = ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in body["events"])
    told = json.dumps(head, ensure_ascii=False, indent=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{told[:-2]},\n "events": [\n  {lines}\n ]\n}}\n', encoding="utf-8")


def confirm(*, path: Path, by: str, on: date, out: Path) -> int:
    """Confirm the events that a proposal holds now, in a person's name; answers how many. A file that was confirmed
    before is confirmed anew, as it is now."""
    if not by.strip():
        raise ConfirmerMissing("say who confirms: nobody else's name will do")
    body = opened(path)
    events = events_of(body, path)
    body["what"] = "payment holidays, confirmed"
    body["confirmed"] = {"by": by.strip(), "on": str(on), "events": len(events), "digest": digest_of(events)}
    written(out, body)
    return len(events)


def opened(path: Path) -> dict[str, Any]:
    """The content of a file of holidays."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as fault:
        raise HolidaysUnreadable(f"{path}: {fault}") from fault
    if not isinstance(body, dict) or not isinstance(body.get("events"), list):
        raise HolidaysUnreadable(f"{path}: no list of events")
    return body


def events_of(body: dict[str, Any], path: Path) -> list[Event]:
    """The events of a file, each complete."""
    found = []
    for number, one in enumerate(body["events"], start=1):
        try:
            found.append(Event(str(one["loan"]), str(one["month"]), str(one["reason"]), float(one["share"])))
        except (KeyError, TypeError, ValueError) as fault:
            raise HolidaysUnreadable(f"{path}: event {number} lacks {fault}") from fault
    return found


def digest_of(events: list[Event]) -> str:
    """What confirmed events are known by: whoever adds or takes one out has another."""
    return hashlib.sha256(json.dumps(sorted(events)).encode()).hexdigest()


class Confirmed(NamedTuple):
    """Events that a person confirmed: (n, t) where one stood, who, when, how many, in which months, and of how many
    loans the file does not know."""

    stood: Any
    by: str
    on: str
    events: int
    months: dict[str, int]


def confirmed(*, path: Path, book: Book) -> Confirmed:
    """The holidays of a confirmed file as events of a book; a file that nobody confirmed, that was changed since, or
    that is of another file of months is refused."""
    body = opened(path)
    events = events_of(body, path)
    told = body.get("confirmed")
    if not isinstance(told, dict) or not str(told.get("by", "")).strip():
        raise HolidaysNotConfirmed(f"{path}: nobody has confirmed it: `duecourse warn confirm` does")
    if told.get("digest") != digest_of(events):
        raise HolidaysChanged(f"{path}: its events are not those that {told['by']} confirmed on {told.get('on')}")
    if body.get("months_file") != book.digest:
        raise HolidaysOfAnotherBook(f"{path}: found in another file of months than this one")
    stood = np.zeros(book.owed.shape, bool)
    places = {book.called(place): place for place in range(book.months)}
    loans = {str(name): i for i, name in enumerate(book.ids)}
    counted: dict[str, int] = {}
    for number, one in enumerate(events, start=1):
        if one.loan not in loans or one.month not in places:
            raise HolidaysUnreadable(f"{path}: event {number}: no loan {one.loan} in {one.month}")
        stood[loans[one.loan], places[one.month]] = True
        counted[one.month] = counted.get(one.month, 0) + 1
    return Confirmed(stood, str(told["by"]), str(told.get("on")), len(events), dict(sorted(counted.items())))
