"""The pages of strategies: which there are and which decide, one as a table, tried on the past, let live, measured."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from duecourse import clock
from duecourse.book import read as book
from duecourse.ledger.read import exponents
from duecourse.recovery import measured, past, path, strategies, strategy, strategy_table
from duecourse.recovery import read as recovery
from duecourse.recovery.case_tables import Strategy, StrategyState
from duecourse.recovery.strategy_table import Row
from duecourse.rules import house_strategies, recovery_terms
from duecourse.servicing import explain_words
from duecourse.web import rights
from duecourse.web.days import today_of

from . import approvals, cases, words
from .caring import day_of
from .refused import NotDone, asked, reason_of

AT_ONCE = 20.0
"""Seconds: a trial on the past stops after the day on which it has taken so long, and says how far it came."""
STRETCH = timedelta(days=29)
FACTS = {
    "days_past_due": _("days past due"),
    "past_due_minor": _("past due, in minor units"),
    "owed_minor": _("owed, in minor units"),
    "accounts": _("accounts"),
    "accounts_late": _("late accounts"),
    "charged_off_minor": _("charged off, in minor units"),
    "kind": _("kind of account"),
    "place": _("place"),
    "has_promise": _("a promise is open"),
    "has_arrangement": _("an arrangement stands"),
    "has_dispute": _("a dispute is open"),
    "has_hardship": _("a hardship waits for an answer"),
    "in_breathing_space": _("a breathing space stands"),
    "is_represented": _("represented"),
    "is_deceased": _("deceased"),
    "is_minor": _("a minor"),
    "is_incapable": _("without capacity"),
    "is_insolvent": _("insolvent"),
    "asked_to_cease": _("asked to be left alone"),
    "stage": _("stage"),
    "days_in_stage": _("days in the stage"),
    "days_since_treatment": _("days since the last treatment"),
    "contacts_in_week": _("contacts within a week"),
}
STATES = {
    "approved": _("was approved"),
    "turned_down": _("turned down"),
    "champion": _("went live"),
    "challenger": _("went live as challenger"),
    "retired": _("retired"),
}
ARMS = {"champion": _("champion"), "challenger": _("challenger"), "control": _("control group")}


class Said(NamedTuple):
    """A row of a table in words: whom it meets, what is done."""

    row: Row
    when: list[str]
    stage: str
    what: str


def said(row: Row) -> Said:
    """A row in words."""
    when = [condition(field, told) for field, told in row.when] or [gettext("everybody else")]
    what = cases.treatment(row.treatment)
    if row.channel:
        what += f" · {words.contact_channel(row.channel)}"
    if row.treatment != "nothing":
        what += " · " + gettext("again after %(days)s days at the earliest") % {"days": row.every_days}
    return Said(row, when, cases.stage(row.stage), what)


def condition(field: str, told: str) -> str:
    """One condition in words; an expression stays as it is written."""
    name = str(FACTS[field])
    if told == "true":
        return name
    return gettext("not: %(what)s") % {"what": name} if told == "false" else f"{name} {told}"


def day() -> date:
    """The day on which a strategy begins to decide: the last sealed one, which the next move of cases reads."""
    return book.last_sealed() or today_of()


def live() -> strategies.Live | None:
    """What decides now, if anything does."""
    return strategies.live(on=day()) if strategies.is_live(on=day()) else None


def percent(ppm: int) -> str:
    """A share as people read it."""
    return f"{ppm / 10_000:g}%"


@require_safe
def strategies_page(request: HttpRequest) -> HttpResponse:
    """Every strategy, and which decide."""
    return shown_all(request)


def shown_all(request: HttpRequest, fault: str = "") -> HttpResponse:
    """The page; with what was refused."""
    now, last = live(), dict(StrategyState.objects.order_by("id").values_list("strategy_id", "state"))
    waiting = {one.id: one for one in recovery.strategies_waiting(on=today_of())}
    rows = [(row, state_of(row.id, now, last, waiting)) for row in Strategy.objects.order_by("-id")]
    names = {row.id: row.name for row, _state in rows}
    shown = {
        "rows": rows,
        "now": now,
        "champion": names.get(now.champion) if now else "",
        "challenger": names.get(now.challenger) if now and now.challenger else "",
        "challenger_share": percent(now.shares.challenger_ppm) if now else "",
        "control_share": percent(now.shares.control_ppm) if now else "",
        "house": [*house_strategies.texts()],
        "may_act": request.user.has_perm(rights.ACT_STRATEGY),
        "fault": fault,
    }
    return render(request, "strategies.html", shown, status=409 if fault else 200)


def state_of(number: int, now: strategies.Live | None, last: dict[int, str], waiting: dict[int, Any]) -> str:
    """Where a strategy stands, in words."""
    if now and number == now.champion:
        return str(ARMS["champion"])
    if now and number == now.challenger:
        return str(ARMS["challenger"])
    if number in waiting:
        told = {"given": len(waiting[number].approved_by), "needed": waiting[number].needed}
        return gettext("approved by %(given)s of %(needed)s") % told
    state = last.get(number, "")
    return str(STATES["turned_down"]) if state == "turned_down" else gettext("was live before")


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Bring in a strategy of the house, or a decision model as text, for others to approve."""
    name, text = request.POST.get("name", "").strip(), request.POST.get("text", "").strip()
    house = request.POST.get("house", "")

    def work() -> int:
        told = text or of_house(house)
        return strategies.register(name=name or house, text=told, by=request.user.get_username())

    try:
        number = asked(work)
    except NotDone as fault:
        return shown_all(request, str(fault))
    return redirect("strategy", number=number)


def of_house(name: str) -> str:
    """The text of a strategy of the house; one that there is not is no page."""
    found = house_strategies.texts().get(name)
    if found is None:
        raise Http404
    return found


@require_safe
def strategy_page(request: HttpRequest, number: int) -> HttpResponse:
    """A strategy in words, what became of it, and what may be done with it."""
    return shown(request, number)


def named(number: int) -> Strategy:
    """A strategy's row; one that there is not is no page."""
    try:
        return strategies.named(strategy=number)
    except strategies.NoSuchStrategy as gone:
        raise Http404 from gone


def shown(request: HttpRequest, number: int, fault: str = "", more: dict[str, Any] | None = None) -> HttpResponse:
    """The page; with what was refused, or with a trial."""
    row, now = named(number), live()
    waiting = next((one for one in recovery.strategies_waiting(on=today_of()) if one.id == number), None)
    is_full = strategies.approvals(number) >= recovery_terms.approvers(on=day())
    may, over = request.user.has_perm(rights.APPROVE_CREDIT), strategies.turned_down(strategy=number)
    states = StrategyState.objects.filter(strategy_id=number).order_by("id")
    told = {
        "row": row,
        "said": [said(one) for one in strategy_table.rows_of(row.body)],
        "states": [(STATES[one.state], one, shares(one)) for one in states],
        "waiting": waiting,
        "may_approve": may and waiting is not None and not is_full,
        "may_turn_down": may and waiting is not None,
        "may_go_live": may and is_full and over is None,
        "may_end": may and now is not None and now.challenger == number,
        "is_champion": now is not None and now.champion == number,
        "has_champion": now is not None,
        "may_act": request.user.has_perm(rights.ACT_STRATEGY),
        "over": over,
        "fault": fault,
        **stretch(request),
        **(more or {}),
    }
    return render(request, "strategy.html", told, status=409 if fault else 200)


def shares(one: StrategyState) -> str:
    """The shares with which a strategy went live, in words."""
    if one.state not in (path.CHAMPION, path.CHALLENGER):
        return ""
    parts = [one.experiment] if one.experiment else []
    if one.challenger_ppm:
        parts.append(f"{ARMS['challenger']} {percent(one.challenger_ppm)}")
    if one.control_ppm:
        parts.append(f"{ARMS['control']} {percent(one.control_ppm)}")
    return " · ".join(parts)


def stretch(request: HttpRequest) -> dict[str, str]:
    """From which day through which a strategy is tried, as the form has it: a month through the last sealed day."""
    last = day()
    first = request.POST.get("first") or (last - STRETCH).isoformat()
    return {"first": first, "last": request.POST.get("last") or last.isoformat()}


@require_POST
def approve(request: HttpRequest, number: int) -> HttpResponse:
    """Approve a strategy."""
    return approvals.approved(request, number, strategies.approve, "strategy", shown)


@require_POST
def try_past(request: HttpRequest, number: int) -> HttpResponse:
    """Try a strategy on the past, beside the one that decides."""
    row = named(number)
    try:
        more = asked(lambda: tried(request, row.name, row.body))
    except NotDone as fault:
        return shown(request, number, str(fault))
    return shown(request, number, more=more)


def tried(request: HttpRequest, name: str, text: str) -> dict[str, Any]:
    """A strategy tried on the days that the form names, beside the champion, within the time of one page."""
    dates = stretch(request)
    first, last = day_of(dates["first"]), day_of(dates["last"])
    candidates = {name: strategy.read(text)}
    now = live()
    if now is not None:
        champion = strategies.named(strategy=now.champion)
        if champion.body != text:
            candidates[gettext("the champion: %(name)s") % {"name": champion.name}] = strategy.read(champion.body)
    until = clock.seconds() + AT_ONCE
    found = past.tried(candidates, first=first, last=last, enough=lambda: clock.seconds() > until)
    kinds = sorted({kind for one in found.values() for kind in one.treatments}, key=in_order)
    decimals = exponents()
    ends = next(iter(found.values()))
    return {
        "tried": [(label, one, cost_of(one, decimals)) for label, one in found.items()],
        "kinds": [
            (cases.stage(stage), cases.treatment(what), [one.treatments[stage, what] for one in found.values()])
            for stage, what in kinds
        ],
        "totals": [sum(one.treatments.values()) for one in found.values()],
        "is_cut": ends.through < min(last, day()),
        "through": ends.through,
        "is_verified": recovery_terms.treatments(on=last).verified,
    }


def in_order(kind: tuple[str, str]) -> tuple[int, int]:
    """Stages as a case goes through them, and treatments from the lightest."""
    return strategy.STAGES.index(kind[0]), strategy.TREATMENTS.index(kind[1])


def cost_of(one: past.Tried, decimals: dict[str, int]) -> str:
    """What a trial would have cost, by currency."""
    told = [f"{explain_words.money(minor, decimals[code])} {code}" for code, minor in one.cost_minor.items()]
    return ", ".join(told) or "0"


@require_POST
def go_live(request: HttpRequest, number: int) -> HttpResponse:
    """Let an approved strategy decide from the last sealed day on, as champion or as challenger of a share."""
    named(number)

    def work() -> None:
        strategies.go_live(
            strategy=number, role=request.POST.get("role", ""), on=day(), by=request.user.get_username(),
            reason=reason_of(request), experiment=request.POST.get("experiment", "").strip(),
            challenger_ppm=ppm(request, "challenger"), control_ppm=ppm(request, "control"),
        )  # fmt: skip

    return done(request, number, work)


@require_POST
def end(request: HttpRequest, number: int) -> HttpResponse:
    """Let the challenger decide no more."""
    named(number)
    by = request.user.get_username()
    return done(request, number, lambda: strategies.retire(strategy=number, on=day(), by=by, reason=reason_of(request)))


def done(request: HttpRequest, number: int, work: Any) -> HttpResponse:
    """What a form asks for, done; a refusal is on the page."""
    try:
        asked(work)
    except NotDone as fault:
        return shown(request, number, str(fault))
    return redirect("strategy", number=number)


def ppm(request: HttpRequest, field: str) -> int:
    """A share that is typed in per cent, in parts per million."""
    told = request.POST.get(field, "").strip() or "0"
    try:
        return round(float(told) * 10_000)
    except (ValueError, OverflowError) as fault:
        raise strategies.SharesRefused(f"{field}: {told[:20]!r} is no share in per cent") from fault


@require_safe
def measure_page(request: HttpRequest) -> HttpResponse:
    """What an experiment came to, arm by arm."""
    told, fault = None, ""
    try:
        told = asked(lambda: measured.measure(on=day(), experiment=request.GET.get("experiment", "")))
    except NotDone as refused:
        fault = str(refused)
    states = StrategyState.objects.exclude(experiment="").values_list("experiment", flat=True).distinct()
    shown = {
        "told": told,
        "arms": [(ARMS[one.name], one, list(zip(measured.AFTER, one.late, one.effect or (None, None), strict=True)))
                 for one in told.arms] if told else [],
        "experiments": sorted(states),
        "fault": fault,
    }  # fmt: skip
    return render(request, "strategy_measure.html", shown, status=409 if fault else 200)
