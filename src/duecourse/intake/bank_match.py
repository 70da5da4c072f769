"""Matching what a bank or an acquirer reports with what the ledger has: pure, over lines and events of whole numbers.

In this order: by reference, one to one; by reference, one to many and many to one; by account number and amount; by
amount and day; a batch against all that is left of a channel and a day; by account number, many to one. What is left is
named: an amount that differs, a line that stands there twice, ours missing with them, theirs missing with us.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

NEAR_DAYS = 3
"""How many days later than ours a line may be booked."""
MISSING_THERE, MISSING_HERE, DIFFERS, DUPLICATE, DISPUTED = (
    "missing_there", "missing_here", "amount_differs", "duplicate", "disputed",
)  # fmt: skip
NUMBER = re.compile(r"[0-9A-Za-z_-]{3,}")
"""What may be an account's number in a text."""
One = TypeVar("One")
Dated = TypeVar("Dated", "Line", "Event")


class Line(NamedTuple):
    """A line that they report: its day as a number, its amount in minor units (above zero: to us), what it says.

    named: the events that its references are the request keys of. channel: None where the file does not say it.
    """

    id: int
    day: int
    amount: int
    reference: str = ""
    text: str = ""
    named: tuple[int, ...] = ()
    channel: int | None = None
    is_disputed: bool = False


class Event(NamedTuple):
    """Money that the ledger moved: its day, its amount in the same sign, its account's number, its channel.

    takes_back: the event that this one takes back; 0 for none.
    """

    id: int
    day: int
    amount: int
    number: str = ""
    channel: int = 0
    takes_back: int = 0


class Match(NamedTuple):
    """A line and an event that are the same money, or the part of each that is, and by which rule."""

    line: int
    event: int
    amount: int
    rule: str


class Item(NamedTuple):
    """A difference: its kind, the line or the event or both; for a duplicate the line that it repeats."""

    kind: str
    line: int | None
    event: int | None
    repeats: int | None = None


class Matched(NamedTuple):
    """What came of it; `undone` are events that were taken back before they saw them, in pairs that sum to zero."""

    matches: list[Match]
    items: list[Item]
    undone: list[int]


def match(
    lines: Sequence[Line],
    events: Sequence[Event],
    *,
    before: Mapping[Hashable, int] | None = None,
    batches: bool = True,
) -> Matched:
    """Match lines with events. `before`: lines that were matched by earlier files, by what they would be repeated by.

    >>> match([Line(1, 9, 500, "R1", named=(7,)), Line(2, 9, 80)], [Event(7, 9, 500), Event(8, 9, 90)]).items
    [Item(kind='missing_here', line=2, event=None, repeats=None), Item(kind='missing_there', line=None, event=8, repeats=None)]
    """  # noqa: E501
    sought = Search(lines, events, dict(before or {}))
    sought.by_reference()
    sought.by_reference_in_parts()
    sought.named_but_different()
    sought.by_key("account and amount", sought.numbers_and_amount, lambda event: (event.number, event.amount))
    sought.by_key("amount and day", sought.amount_where_unnamed, lambda event: event.amount)
    sought.repeated()
    if batches:
        sought.by_batch()
    sought.by_account_in_parts()
    sought.accounts_that_differ()
    return sought.rest()


def twin_of(line: Line) -> Hashable | None:
    """What a line that repeats another shares with it: its reference, else its day and text; None where it has none."""
    if line.reference:
        return line.reference, line.amount
    return (line.day, line.amount, line.text) if line.text else None


class Search:
    """The lines and events that are not matched yet, and what was found."""

    def __init__(self, lines: Sequence[Line], events: Sequence[Event], before: dict[Hashable, int]) -> None:
        self.lines = {line.id: line for line in sorted(lines, key=lambda line: (line.day, line.id))}
        self.events = {event.id: event for event in sorted(events, key=lambda event: (event.day, event.id))}
        self.all_events = dict(self.events)
        self.twins = before
        self.matches: list[Match] = []
        self.items: list[Item] = []
        numbers = {event.number for event in events if event.number}
        self.said = {
            line.id: tuple(dict.fromkeys(told for told in NUMBER.findall(line.text) if told in numbers))
            for line in lines
        }

    def take(self, lines: Iterable[Line], events: Iterable[Event], rule: str) -> None:
        """Keep that these lines are these events: one to one, one to many or many to one."""
        lines, events = list(lines), list(events)
        assert sum(line.amount for line in lines) == sum(event.amount for event in events)
        assert len(lines) == 1 or len(events) == 1
        for line in lines:
            for event in events:
                amount = line.amount if len(events) == 1 else event.amount
                self.matches.append(Match(line.id, event.id, amount, rule))
            del self.lines[line.id]
            twin = twin_of(line)
            if twin is not None:
                self.twins.setdefault(twin, line.id)
        for event in events:
            del self.events[event.id]

    def differ(self, kind: str, line: Line | None, event: Event | None, repeats: int | None = None) -> None:
        """Keep a difference."""
        self.items.append(Item(kind, line and line.id, event and event.id, repeats))
        if line is not None:
            del self.lines[line.id]
        if event is not None and kind != DISPUTED:
            del self.events[event.id]

    def by_reference(self) -> None:
        """A line and the event that it names, where the amount is the same."""
        for line in list(self.lines.values()):
            for named in line.named:
                event = self.events.get(named)
                if event is not None and event.amount == line.amount and not line.is_disputed:
                    self.take([line], [event], "reference")
                    break

    def by_reference_in_parts(self) -> None:
        """A line that names several events and is their sum; several lines that name one event and add up to it."""
        naming: dict[int, list[Line]] = defaultdict(list)
        for line in list(self.lines.values()):
            events = [self.events[named] for named in line.named if named in self.events]
            if line.is_disputed:
                continue
            if len(events) > 1 and sum(event.amount for event in events) == line.amount:
                self.take([line], events, "reference, one to many")
                continue
            for event in events:
                naming[event.id].append(line)
        for event_id, lines in naming.items():
            left = [line for line in lines if line.id in self.lines]
            asked = self.events.get(event_id)
            if asked is not None and len(left) > 1 and sum(line.amount for line in left) == asked.amount:
                self.take(left, [asked], "reference, many to one")

    def named_but_different(self) -> None:
        """A line that names an event of another amount, and one that charges a purchase back."""
        for line in list(self.lines.values()):
            known = [self.all_events[named] for named in line.named if named in self.all_events]
            left = [event for event in known if event.id in self.events and same_sign(event, line)]
            if line.is_disputed:
                self.dispute(line, known)
            elif left:
                self.differ(DIFFERS, line, left[0])

    def dispute(self, line: Line, known: Sequence[Event]) -> None:
        """A purchase that they charge back: the event that already gives it back on that account, else disputed."""
        numbers = {event.number for event in known} | set(self.said[line.id])
        back = [one for one in self.events.values() if one.number in numbers and one.amount == line.amount]
        if back:
            self.take([line], back[:1], "charged back")
        else:
            self.differ(DISPUTED, line, known[0] if known else None)

    def numbers_and_amount(self, line: Line) -> Hashable | None:
        """The account that a line names, and its amount."""
        numbers = self.said[line.id]
        return (numbers[0], line.amount) if len(numbers) == 1 else None

    def amount_where_unnamed(self, line: Line) -> Hashable | None:
        """The amount of a line that names neither an event nor an account."""
        return None if line.named or self.said[line.id] else line.amount

    def by_key(
        self, rule: str, of_line: Callable[[Line], Hashable | None], of_event: Callable[[Event], Hashable]
    ) -> None:
        """Lines and events of the same key: on the same day in order, else some days later where there is no choice."""
        lines, events = grouped(self.lines.values(), of_line), grouped(self.events.values(), of_event)
        for key in [key for key in lines if key in events]:
            theirs, ours = by_day(lines[key]), by_day(events[key])
            for day in [day for day in theirs if day in ours]:
                count = min(len(theirs[day]), len(ours[day]))
                for line, event in zip(theirs[day][:count], ours[day][:count], strict=True):
                    self.take([line], [event], rule)
                theirs[day], ours[day] = theirs[day][count:], ours[day][count:]
            for day in sorted(theirs):
                near = [one for before in range(1, NEAR_DAYS + 1) for one in ours.get(day - before, ())]
                if len(near) != 1 or near[0].id not in self.events:
                    continue
                rivals = [one for after in range(1, NEAR_DAYS + 1) for one in theirs.get(near[0].day + after, ())]
                if len(rivals) == 1:
                    self.take(rivals, near, f"{rule}, booked later")

    def by_batch(self) -> None:
        """A line that is the sum of all events left of a channel and a day, or of a day, or of all of them but one."""
        groups: dict[tuple[int, int | None, bool], list[Event]] = defaultdict(list)
        for event in self.events.values():
            for channel in (event.channel, None):
                groups[event.day, channel, event.amount > 0].append(event)
        for but_one in (False, True):
            for (day, channel, is_in), events in sorted(groups.items(), key=lambda one: (one[0][0], one[0][1] is None)):
                self.batch(day, channel, is_in, [one for one in events if one.id in self.events], but_one)

    def batch(self, day: int, channel: int | None, is_in: bool, events: list[Event], but_one: bool) -> None:
        """Look for the line of one batch."""
        if len(events) < 2 + but_one:
            return
        total = sum(event.amount for event in events)
        for line in list(self.lines.values()):
            if not 0 <= line.day - day <= NEAR_DAYS or (line.amount > 0) != is_in or self.said[line.id] or line.named:
                continue
            if channel is not None and line.channel not in (None, channel):
                continue
            left_out = [event for event in events if event.amount == total - line.amount]
            if not but_one and line.amount == total:
                return self.take([line], events, "batch")
            if but_one and len(left_out) == 1:
                return self.take([line], [event for event in events if event != left_out[0]], "batch less one")
        return None

    def by_account_in_parts(self) -> None:
        """Lines that name one account and add up to an event of it; a line that is the sum of its events."""
        for lines, events in self.of_accounts():
            for event in events:
                if len(lines) > 1 and sum(line.amount for line in lines) == event.amount:
                    self.take(lines, [event], "account, many to one")
                    break
            else:
                if len(lines) == 1 and len(events) > 1 and lines[0].amount == sum(event.amount for event in events):
                    self.take(lines, events, "account, one to many")

    def accounts_that_differ(self) -> None:
        """A line and an event that alone are left of an account on a day."""
        for lines, events in self.of_accounts():
            if len(lines) == len(events) == 1 and same_sign(events[0], lines[0]):
                self.differ(DIFFERS, lines[0], events[0])

    def of_accounts(self) -> list[tuple[list[Line], list[Event]]]:
        """What is left, by account and day, where both sides have something."""
        lines = grouped(
            self.lines.values(),
            lambda line: (self.said[line.id][0], line.day) if len(self.said[line.id]) == 1 else None,
        )
        events = grouped(self.events.values(), lambda event: (event.number, event.day))
        return [(here, events[key]) for key, here in lines.items() if key in events]

    def repeated(self) -> None:
        """A line that is there once more, of which the first is matched."""
        for line in list(self.lines.values()):
            twin = twin_of(line)
            if twin in self.twins:
                self.differ(DUPLICATE, line, None, self.twins[twin])

    def rest(self) -> Matched:
        """What is left on either side; events that were taken back before they saw them are left out in pairs."""
        self.repeated()
        for line in list(self.lines.values()):
            twin = twin_of(line)
            if twin in self.twins:
                self.differ(DUPLICATE, line, None, self.twins[twin])
                continue
            self.differ(MISSING_HERE, line, None)
            if twin is not None:
                self.twins[twin] = line.id
        undone: list[int] = []
        for event in list(self.events.values()):
            first = self.events.get(event.takes_back)
            if first is not None and first.amount + event.amount == 0:
                undone += [first.id, event.id]
                del self.events[first.id], self.events[event.id]
        for event in list(self.events.values()):
            self.differ(MISSING_THERE, None, event)
        return Matched(self.matches, self.items, undone)


def by_day(ones: Sequence[Dated]) -> dict[int, list[Dated]]:
    """Lines or events by their day."""
    found: dict[int, list[Dated]] = defaultdict(list)
    for one in ones:
        found[one.day].append(one)
    return found


def same_sign(event: Event, line: Line) -> bool:
    """Whether both move money the same way."""
    return (event.amount > 0) == (line.amount > 0)


def grouped(ones: Iterable[One], key: Callable[[One], Hashable | None]) -> dict[Hashable, list[One]]:
    """Lists of those that have the same key; those without a key are left out."""
    found: dict[Hashable, list[One]] = defaultdict(list)
    for one in ones:
        told = key(one)
        if told is not None:
            found[told].append(one)
    return found
