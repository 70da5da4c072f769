"""The pages of rules: what is in force at a place on a day, by topic; what changes between two days."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from duecourse import clock
from duecourse.rules import catalogue
from duecourse.rules.catalogue import Rule

from . import words

TOPICS = {
    "arrangements": _("arrangements"),
    "bureau": _("bureau"),
    "charges": _("charges and rates"),
    "classes": _("classes"),
    "complaints": _("complaints"),
    "conduct": _("how collection is organised"),
    "contact": _("contact"),
    "cost": _("cost of credit"),
    "debit": _("auto-debit"),
    "decisions": _("credit decisions"),
    "default": _("default"),
    "disclosure": _("disclosure"),
    "forbearance": _("forbearance"),
    "limitation": _("limitation"),
    "limits": _("limits on lending"),
    "notices": _("notices"),
    "privacy": _("personal information"),
    "required": _("required statements"),
    "retention": _("records kept"),
    "scope": _("scope"),
    "stages": _("stages"),
    "wording": _("prohibited wording"),
}


class Topic(NamedTuple):
    """The rules of one topic: its code, its name, and the rules, nearest place first."""

    code: str
    name: str
    rules: list[Rule]


def asked_place(request: HttpRequest) -> str:
    """The place that is asked for, or else the first."""
    places = catalogue.places()
    place = request.GET.get("place") or places[0]
    if place not in places:
        raise Http404
    return place


def asked_day(request: HttpRequest, name: str, otherwise: date) -> date:
    """The day that is asked for under a name."""
    told = request.GET.get(name)
    try:
        return date.fromisoformat(told) if told else otherwise
    except ValueError as fault:
        raise Http404 from fault


def choices() -> list[tuple[str, str]]:
    """The places one may choose, with their names; what holds everywhere comes with each."""
    return [(code, named(words.PLACES, code)) for code in catalogue.places() if code not in catalogue.EVERYWHERE]


@require_safe
def rules_page(request: HttpRequest) -> HttpResponse:
    """The rules in force at a place on a day, of one topic or all; with words that they must have, or not verified."""
    place, day = asked_place(request), asked_day(request, "on", clock.today())
    topic, sought = request.GET.get("topic", ""), request.GET.get("words", "").strip()
    if topic and topic not in {one.topic for one in catalogue.every()}:
        raise Http404
    is_doubtful = request.GET.get("unverified") == "1"
    found = [
        one
        for one in catalogue.listed(place=place, on=day)
        if (not topic or one.topic == topic) and not (is_doubtful and one.verified) and has(one, sought)
    ]
    return render(
        request,
        "rules.html",
        {
            "day": day,
            "place": place,
            "places": choices(),
            "topic": topic,
            "topics": sorted({(one.topic, named(TOPICS, one.topic)) for one in catalogue.at(place)}),
            "sought": sought,
            "is_doubtful": is_doubtful,
            "found": by_topic(found, catalogue.holding_at(place)),
            "count": len(found),
            "doubtful": sum(not one.verified for one in found),
        },
    )


@require_safe
def changes_page(request: HttpRequest) -> HttpResponse:
    """What changes at a place from one day to another: a year back to today if not said."""
    place, today = asked_place(request), clock.today()
    second = asked_day(request, "second", today)
    first = asked_day(request, "first", second - timedelta(days=365))
    if second < first:
        first, second = second, first
    found = catalogue.changed(first, second, place=place)
    return render(
        request,
        "rule_changes.html",
        {"place": place, "places": choices(), "first": first, "second": second, "found": found},
    )


def has(rule: Rule, sought: str) -> bool:
    """Whether a rule says these words: in its id, its text in either language or its source."""
    said = "\n".join((rule.rule, rule.zh, rule.en, rule.cite)).casefold()
    return all(word in said for word in sought.casefold().split())


def by_topic(found: Iterable[Rule], near: Sequence[str]) -> list[Topic]:
    """Rules under the names of their topics, in the order of the topics' codes; those of the nearest place first."""
    ordered = sorted(found, key=lambda one: (one.topic, near.index(one.place), one.rule))
    return [Topic(code, named(TOPICS, code), list(rules)) for code, rules in groupby(ordered, lambda one: one.topic)]


def named(names: Mapping[str, object], code: str) -> str:
    """What a code is called on the page; one that has no words yet is named by itself."""
    return str(names.get(code, code))
