"""Contacts and plans over time: what became of them month by month, drawn for the book's page and told as tables."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from duecourse.book import read as book
from duecourse.outreach import outcomes
from duecourse.servicing import arrangement_months
from duecourse.web.days import as_day

from . import drawn

MONTHS = 13
"""So many months are looked back on, the day's own one with them."""


class Trend(NamedTuple):
    """What is counted over time: its name, what a month can come to, in words and with its colour; how it is read."""

    title: Any
    axis: Any
    became: Sequence[tuple[str, Any, str]]
    read: Callable[..., Sequence[Any]]
    newest: Callable[[], tuple[int, ...]]
    any_through: Callable[[date], bool]


TRENDS = {
    "contacts": Trend(
        _("Contacts"),
        _("contacts"),
        (
            (outcomes.SPOKEN, _("spoken with"), "#2f8a68"),
            (outcomes.SENT, _("sent"), "#7cc3a4"),
            (outcomes.MISSED, _("in vain"), "#efc862"),
            (outcomes.UNTOLD, _("not told yet"), "#b9c2cc"),
            (outcomes.NOT_MADE, _("not made"), "#8794a3"),
            (outcomes.REFUSED, _("refused by a rule"), "#ad3340"),
        ),
        outcomes.by_month,
        outcomes.newest,
        outcomes.any_through,
    ),
    "plans": Trend(
        _("Plans"),
        _("plans"),
        (
            (arrangement_months.KEPT, _("kept to the end"), "#2f8a68"),
            (arrangement_months.CURED, _("kept again"), "#7cc3a4"),
            (arrangement_months.BROKEN, _("broken"), "#cc5138"),
            (arrangement_months.ENDED, _("ended otherwise"), "#8794a3"),
            (arrangement_months.AGREED, _("agreed"), "#7fa8c9"),
        ),
        arrangement_months.by_month,
        arrangement_months.newest,
        arrangement_months.any_through,
    ),
}


def since(day: date) -> date:
    """The first day that is looked back on."""
    year, month = divmod(day.year * 12 + day.month - MONTHS, 12)
    return date(year, month + 1, 1)


def counted(name: str, day: date) -> list[tuple[date, dict[str, int]]]:
    """Each month with something, and how many came to what, up to a sealed day."""
    return _counted(connection.settings_dict["NAME"], name, day, TRENDS[name].newest())


@lru_cache(maxsize=64)
def _counted(database: str, name: str, day: date, newest: tuple[int, ...]) -> list[tuple[date, dict[str, int]]]:
    found: dict[date, dict[str, int]] = {}
    for one in TRENDS[name].read(since=since(day), through=day):
        found.setdefault(one.month, {})[one.became] = one.many
    return sorted(found.items())


def there_are(day: date) -> list[tuple[str, Any, bool]]:
    """Each trend for the book's page, and whether there is anything of it by a sealed day."""
    return [(name, trend.title, trend.any_through(day)) for name, trend in TRENDS.items()]


def asked_day(request: HttpRequest) -> date:
    """The sealed day that is asked for, or else the last one; another is no page."""
    try:
        day = as_day(request.GET["day"]) if request.GET.get("day") else book.last_sealed()
        if day is None:
            raise Http404
        book.require_sealed(day)
    except (ValueError, book.NotSealed) as fault:
        raise Http404 from fault
    return day


@require_safe
def chart(request: HttpRequest, what: str) -> HttpResponse:
    """A trend drawn: a bar for each month, by what became of it."""
    shape, shade = request.GET.get("shape", "wide"), request.GET.get("shade", "light")
    if what not in TRENDS or shape not in drawn.SHAPES or shade not in drawn.SHADES:
        raise Http404
    trend, rows = TRENDS[what], counted(what, asked_day(request))
    drawing = drawn.months(
        rows, [(code, str(said), colour) for code, said, colour in trend.became], str(trend.axis), shape, shade
    )
    return HttpResponse(
        drawing, content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=300", "Vary": "Cookie"}
    )


@require_safe
def trends_page(request: HttpRequest) -> HttpResponse:
    """The same as tables."""
    day = asked_day(request)
    tables = []
    for name, trend in TRENDS.items():
        rows = [
            (month, [of.get(code, 0) for code, _said, _colour in trend.became], sum(of.values()))
            for month, of in reversed(counted(name, day))
        ]
        tables.append((trend.title, [said for _code, said, _colour in trend.became], rows))
    return render(request, "trends.html", {"day": day, "since": since(day), "tables": tables})
