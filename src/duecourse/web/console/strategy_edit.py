"""A strategy edited as a new version: a form over the rows of its table, tried on the past, and brought in."""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from duecourse.recovery import fact_names, strategies, strategy, strategy_table
from duecourse.recovery.strategy_table import Row

from . import cases, words
from .refused import NotDone, asked
from .strategies import FACTS, named, stretch, tried

LOOK, TRY, BRING = "look", "try", "bring"
FIELDS = ("id", "about", "when", "stage", "treatment", "channel", "every_days", "at")


class Typed(NamedTuple):
    """A row of the form, as it is typed: `at` is its place, `out` whether it is left out."""

    id: str
    about: str
    when: str
    stage: str
    treatment: str
    channel: str
    every_days: str
    at: str
    out: bool = False


@require_http_methods(["GET", "POST"])
def edit_page(request: HttpRequest, number: int) -> HttpResponse:
    """The rows of a strategy to be changed; what is brought in is a strategy of its own for others to approve."""
    base = named(number)
    rows = typed(request) if request.method == "POST" else [as_typed(row, at) for at, row in of(base.body)]
    name, more, fault = request.POST.get("name", "").strip() or base.name, {}, ""
    step = request.POST.get("step", "")
    try:
        if step == TRY:
            more = asked(lambda: tried(request, gettext("this draft"), text_of(rows)))
        elif step == BRING:
            by = request.user.get_username()
            made = asked(lambda: strategies.register(name=name, text=changed(rows, base.body), by=by))
            return redirect("strategy", number=made)
        elif step == LOOK:
            asked(lambda: strategy.read(text_of(rows)))
    except NotDone as refused:
        fault = str(refused)
    kept = [row for row in rows if not row.out]
    shown: dict[str, Any] = {
        "base": base,
        "name": name,
        "rows": [
            *sorted(kept, key=lambda row: int(row.at) if row.at.isdecimal() else 0),
            Typed("", "", "", "", "nothing", "", "7", str(len(kept) * 10 + 10)),
        ],
        "stages": [(code, cases.stage(code)) for code in strategy.STAGES],
        "treatments": [(code, cases.treatment(code)) for code in strategy.TREATMENTS],
        "channels": [(code, words.contact_channel(code) if code else "–") for code in strategy.CHANNELS],
        "facts": [(code, FACTS[code]) for code in fact_names.NAMES],
        "fault": fault,
        **stretch(request),
        **more,
    }
    return render(request, "strategy_edit.html", shown, status=409 if fault else 200)


def of(body: str) -> list[tuple[int, Row]]:
    """The rows of a strategy with their places, ten apart so that others fit between."""
    return [(count * 10, row) for count, row in enumerate(strategy_table.rows_of(body), 1)]


def as_typed(row: Row, at: int) -> Typed:
    """A row as the form shows it first."""
    when = "\n".join(f"{field} {told}" for field, told in row.when)
    return Typed(row.id, row.about, when, row.stage, row.treatment, row.channel, str(row.every_days), str(at))


def typed(request: HttpRequest) -> list[Typed]:
    """The rows of the form; one without a name is none."""
    columns = [[told.strip() for told in request.POST.getlist(field)] for field in FIELDS]
    out = set(request.POST.getlist("out"))
    return [Typed._make((*told, told[0] in out)) for told in zip(*columns, strict=False) if told[0]]


def place(row: Typed) -> int:
    """Where a row stands among the others."""
    if not row.at.isdecimal():
        raise strategy.StrategyRefused(f"row {row.id}: place: {row.at[:20]!r} is no whole number")
    return int(row.at)


def text_of(rows: list[Typed]) -> str:
    """The decision model of what is typed; a refusal names the row and the field."""
    kept = sorted((row for row in rows if not row.out), key=place)
    return strategy_table.text_of([
        Row(row.id, row.about, strategy_table.conditions(row.id, row.when), row.stage, row.treatment, row.channel,
            days_of(row))
        for row in kept
    ])  # fmt: skip


def days_of(row: Typed) -> int:
    """After how many days at the earliest the row's treatment is done again."""
    if not row.every_days.isdecimal():
        raise strategy.StrategyRefused(f"row {row.id}: every_days: {row.every_days[:20]!r} is no whole number")
    return int(row.every_days)


def changed(rows: list[Typed], base: str) -> str:
    """The same, if it is another table than the one that it was made from."""
    text = text_of(rows)
    if strategy_table.rows_of(strategy.read(text).text) == strategy_table.rows_of(base):
        raise strategy.StrategyRefused("nothing is changed: the table says what it said before")
    return text
