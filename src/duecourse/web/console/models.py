"""The pages of models: the registry, one model with its life and how it fares, its cards, what watch lists did."""

import base64
import hashlib
import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from duecourse.ledger.read import exponents
from duecourse.risk import card_words, kept_cards, read_models, registry
from duecourse.risk.features import PRODUCTS
from duecourse.risk.monitor import Figure
from duecourse.risk.read_models import Entry
from duecourse.risk.targets import TARGETS
from duecourse.web import rights

from . import model_charts, words

KINDS = {"boosted": _("boosted trees"), "scorecard": _("scorecard"), "file": _("models of a file of clients")}
STANDS = {
    "live": _("live"),
    "before": _("was live before"),
    "registered": _("registered"),
    "rolled_back": _("rolled back"),
    "turned_down": _("turned down"),
}
STATES = {
    "registered": _("registered"),
    "live": _("went live"),
    "retired": _("retired"),
    "rolled_back": _("rolled back"),
    "turned_down": _("turned down"),
}
ROLES = {"model owner": _("model owner"), "risk officer": _("risk officer")}
FIGURES = {
    "drift": _("drift (PSI)"),
    "not known": _("share not known"),
    "mean chance": _("mean chance"),
    "AUC": _("AUC"),
}
"""What an alarm may be about."""
CHECKS = {
    "AUC": _("AUC"),
    "calibration error": _("calibration error"),
    "nothing of the person": _("nothing of the person"),
    "content": _("content"),
    "known on the day": _("known on the day"),
}
DRAWN = {"contact": _("contacted"), "control": _("control group")}
DAYS = 40
"""How many of the days on which a model was watched are listed; the charts have all."""
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def foretells(entry: Entry) -> str:
    """What a model foretells, in words."""
    row = entry.row
    if row.product == registry.FILE:
        return gettext("a client of a file misses the next payment")
    told = TARGETS[row.target].words(PRODUCTS[row.product], words.language())
    return told


def shown(entry: Entry) -> dict[str, Any]:
    """One model as the pages tell it."""
    row = entry.row
    return {
        "entry": entry,
        "row": row,
        "kind": KINDS.get(row.kind, row.kind),
        "foretells": foretells(entry),
        "stands": STANDS[entry.stands],
        "tried": row.metrics["tried"],
        "rule": row.metrics["one_rule"],
    }


def alarm(told: read_models.Told) -> dict[str, Any]:
    """An alarm in words."""
    figure = told.figure
    name_of = card_words.feature_names(words.language(), told.product)
    return {
        "told": told,
        "what": FIGURES.get(figure.what, figure.what),
        "of": name_of(figure.feature) if figure.feature else str(figure.of_day),
        "value": f"{figure.value:.3f}",
        "limits": limits(figure),
        "role": ROLES.get(told.role, told.role),
    }


def limits(figure: Figure) -> str:
    """Between which limits a figure should lie."""
    if figure.least is not None and figure.most is not None:
        return f"{figure.least:.3f} – {figure.most:.3f}"
    return f"≥ {figure.least:.3f}" if figure.least is not None else f"≤ {figure.most:.3f}"


@require_safe
def models_page(request: HttpRequest) -> HttpResponse:
    """The registry, the alarms that wait, the watch lists and what they did."""
    entries = [shown(one) for one in read_models.entries()]
    decimals = exponents()
    lists = [{"told": one, "exponent": decimals[one.row.currency]} for one in read_models.lists()]
    return render(
        request,
        "models.html",
        {
            "entries": entries,
            "live": sum(one["entry"].stands == "live" for one in entries),
            "alarms": [alarm(one) for one in read_models.alarms(waiting=True)],
            "lists": lists,
            "looked": read_models.looked(),
            "drawn": DRAWN,
        },
    )


@require_safe
def model_page(request: HttpRequest, name: str) -> HttpResponse:
    """One model: what it is, what became of it, its cards, and how it fared on the days on which it was watched."""
    return shown_model(request, name)


def shown_model(request: HttpRequest, name: str, fault: str = "") -> HttpResponse:
    """The page; with what was refused. One that waits has the checks that must pass before it goes live."""
    entry = read_models.entry(name=name)
    if entry is None:
        raise Http404
    name_of = card_words.feature_names(words.language(), entry.row.product)
    watched, became = read_models.watched(name=name), read_models.outcomes(name=name)
    last = watched[-1].day if watched else None
    waits = entry.stands == "registered"
    drifted = read_models.drifted(name=name, day=last) if last else []
    return render(
        request,
        "model.html",
        {
            **shown(entry),
            "states": [
                (STATES.get(one.state, one.state), one, [(CHECKS.get(told["name"], told["name"]), told["passed"])
                                                         for told in one.checks])
                for one in entry.row.states.all()
            ],
            "cards": kept_cards.of(name=name, language=words.language()),
            "watched": [(one, name_of(one.worst)) for one in reversed(watched[-DAYS:])],
            "days": len(watched),
            "last": last,
            "drifted": [(name_of(one.feature), one) for one in drifted],
            "outcomes": list(reversed(became)),
            "charts": [one for one in model_charts.CHARTS.values() if model_charts.has(one, watched, became)],
            "alarms": [alarm(one) for one in read_models.alarms(name=name)],
            "checks": [(CHECKS[one.name], one) for one in registry.checks(name=name)] if waits else [],
            "may_approve": waits and request.user.has_perm(rights.APPROVE_CREDIT),
            "fault": fault,
        },
        status=409 if fault else 200,
    )  # fmt: skip


@require_safe
def chart(request: HttpRequest, name: str, what: str) -> HttpResponse:
    """How a model fared over time, drawn."""
    shape, shade = request.GET.get("shape", "wide"), request.GET.get("shade", "light")
    known = model_charts.CHARTS.get(what)
    if known is None or shape not in model_charts.SHAPES or shade not in model_charts.SHADES:
        raise Http404
    watched, became = read_models.watched(name=name), read_models.outcomes(name=name)
    if not model_charts.has(known, watched, became):
        raise Http404
    drawing = model_charts.drawn(known, watched, became, shape, shade)
    return HttpResponse(
        drawing, content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=60", "Vary": "Cookie"}
    )


@require_safe
def card(request: HttpRequest, name: str, card: int) -> HttpResponse:
    """A model card as it was made. It has its own styles and pictures within it, so its policy names exactly these."""
    page = kept_cards.page(name=name, card=card)
    if page is None:
        raise Http404
    styles = " ".join(f"'sha256-{digest(one)}'" for one in STYLE.findall(page)) or "'none'"
    policy = f"default-src 'none'; style-src {styles}; img-src data:; frame-ancestors 'none'; sandbox"
    return HttpResponse(page, headers={"Content-Security-Policy": policy})


def digest(style: str) -> str:
    """The SHA-256 of a style sheet as a content policy names it."""
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
