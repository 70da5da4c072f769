"""Times of day and days of the week in a case: of an inconvenient time, of agreed hours."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .asked import NotUnderstood
from .case_fields import is_clock, listed, minute
from .case_words import plain

OPENS = ("from", "start", "opens", "open", "begin", "begins", "after", "starts", "start_time", "from_time", "earliest")
SHUTS = ("to", "end", "shuts", "shut", "close", "until", "till", "before", "ends", "end_time", "to_time", "latest")
WINDOW = ("hours", "window", "between", "range", "times", "time", "time_range", "time_window", "agreed_hours", "period")
"""Fields that may tell both ends at once: `20:00-23:00`, or a list of two."""
WEEKDAYS = ("weekdays", "weekday", "days", "day", "days_of_week", "day_of_week", "on_days", "week_days")
DAYS = (
    ("mon", "monday", "周一", "星期一", "礼拜一"),
    ("tue", "tues", "tuesday", "周二", "星期二", "礼拜二"),
    ("wed", "weds", "wednesday", "周三", "星期三", "礼拜三"),
    ("thu", "thur", "thurs", "thursday", "周四", "星期四", "礼拜四"),
    ("fri", "friday", "周五", "星期五", "礼拜五"),
    ("sat", "saturday", "周六", "星期六", "礼拜六"),
    ("sun", "sunday", "周日", "星期日", "礼拜日", "周天", "星期天", "礼拜天"),
)
BY_NAME: Mapping[str, tuple[int, ...]] = {
    **{name: (number,) for number, names in enumerate(DAYS) for name in names},
    **dict.fromkeys(("weekend", "周末"), (5, 6)),
    **dict.fromkeys(("weekday", "workday", "working_day", "business_day", "工作日", "平日"), (0, 1, 2, 3, 4)),
    **dict.fromkeys(("daily", "every_day", "everyday", "all", "any", "每天"), tuple(range(7))),
}


class Hours(NamedTuple):
    """A time of day: minutes after midnight, and the fields that told it."""

    opens: int
    shuts: int
    told_by: frozenset[str]


def hours(one: Mapping[str, Any]) -> Hours | None:
    """The time of day that an entry tells, if it tells one; an end that is not told is midnight.

    >>> hours({"start": "20:00", "end": "23:00"})[:2], hours({"window": "20:00-23:00"})[:2]
    ((1200, 1380), (1200, 1380))
    """
    for name in WINDOW:
        both = spans(one.get(name))
        if both is not None:
            return Hours(minute(both[0]), minute(both[1]), frozenset([name]))
    inside = one.get("hours", one.get("window"))
    if isinstance(inside, dict):
        found = hours({plain(name): value for name, value in inside.items()})
        return found and found._replace(told_by=frozenset(name for name in ("hours", "window") if name in one))
    opens = next((name for name in OPENS if is_clock(one.get(name))), None)
    shuts = next((name for name in SHUTS if is_clock(one.get(name))), None)
    if opens is None and shuts is None:
        return None
    told_by = frozenset(name for name in (opens, shuts) if name)
    return Hours(minute(one[opens]) if opens else 0, minute(one[shuts]) if shuts else 24 * 60, told_by)


def spans(told: object) -> tuple[str, str] | None:
    """Both ends of a time of day that is told as one text or a list of two."""
    if isinstance(told, str):
        told = re.split(r"\s*(?:-|–|—|~|\.\.|至|到|\bto\b)\s*", told.strip())
    if isinstance(told, list) and len(told) == 1 and isinstance(told[0], str):
        return spans(told[0]) if re.search(r"\d\D+\d+:", told[0]) else None
    if isinstance(told, list) and len(told) == 2 and all(map(is_clock, told)):
        return told[0], told[1]
    return None


def weekdays(one: Mapping[str, Any]) -> frozenset[int] | None:
    """The days of the week that an entry tells, Monday 0; None where it tells none. Numbers with a 7 count from 1.

    >>> sorted(weekdays({"days": ["Saturday", "周日"]})), sorted(weekdays({"days": "mon-wed"}))
    ([5, 6], [0, 1, 2])
    """
    name = next((name for name in WEEKDAYS if one.get(name) is not None), None)
    if name is None:
        return None
    told = listed(one[name])
    if isinstance(one[name], str):
        told = [word for word in re.split(r"\s*(?:,|;|/|、|，|\band\b)\s*", one[name].strip()) if word]
    numbers = [int(day) for day in told if isinstance(day, int) or (isinstance(day, str) and day.isdigit())]
    shift = 1 if 7 in numbers else 0
    return frozenset(day for word in told for day in days_of(word, shift))


def days_of(word: object, shift: int) -> Iterator[int]:
    """The days that one word or number stands for; one that is not known is refused by name."""
    if isinstance(word, int) or (isinstance(word, str) and word.isdigit()):
        if not 0 <= int(word) - shift <= 6:
            raise NotUnderstood(f"weekday: {word!r} is none of 0 (Monday) to 6")
        yield int(word) - shift
        return
    named = [plain(end) for end in re.split(r"\s*(?:-|–|至|到|\bto\b)\s*", str(word).strip())]
    ends = [BY_NAME.get(name, BY_NAME.get(name.removesuffix("s"))) for name in named]
    if not ends or None in ends or len(ends) > 2:
        raise NotUnderstood(f"weekday: {word!r} is no day of the week")
    first, last = ends[0], ends[-1]
    assert first is not None
    assert last is not None
    if len(ends) == 1:
        yield from first
        return
    yield from ((first[0] + count) % 7 for count in range((last[-1] - first[0]) % 7 + 1))
