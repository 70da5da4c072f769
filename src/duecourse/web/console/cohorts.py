"""The page of charge-offs: what came back of each month's, against its target, as a table and a plot."""

from datetime import date
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from duecourse.book import read as book
from duecourse.recovery import cohorts, targets
from duecourse.recovery.targets import Against

from . import drawn

PLOTTED = 12
"""How many of the newest cohorts are drawn."""
SHOWN = 36
"""How many of the newest are in the table."""


class Asked(NamedTuple):
    """What is asked for: the day, the product ("": there is none), the products that there are, its cohorts."""

    day: date
    product: str
    products: list[str]
    rows: list[Against]


def asked(request: HttpRequest) -> Asked | None:
    """The cohorts that are asked for, of the last sealed day and the first product if not said; None without a day."""
    told = request.GET.get("day")
    try:
        day = date.fromisoformat(told) if told else book.last_sealed()
    except ValueError as fault:
        raise Http404 from fault
    if day is None:
        return None
    try:
        found = cohorts.of_day(day=day)
    except book.NotSealed as fault:
        raise Http404 from fault
    products = sorted({one.product for one in found.rows})
    product = request.GET.get("product") or (products[0] if products else "")
    if product and product not in products:
        raise Http404
    rows = [one for one in found.rows if one.product == product]
    return Asked(day, product, products, targets.against(rows, day=day))


@require_safe
def cohorts_page(request: HttpRequest) -> HttpResponse:
    """The cohorts of a product, the newest first, with their plot."""
    told = asked(request)
    if told is None:
        return render(request, "no_day.html")
    rows = told.rows[-SHOWN:]
    return render(
        request,
        "cohorts.html",
        {
            "day": told.day,
            "product": told.product,
            "products": told.products,
            "rows": rows[::-1],
            "is_cut": len(told.rows) > len(rows),
            "behind": sum(one.is_behind for one in told.rows),
            "count": len(told.rows),
            "exponent": rows[0].cohort.exponent if rows else 0,
            "currency": rows[0].cohort.currency if rows else "",
            "lost": sum(one.cohort.lost for one in told.rows),
            "back": sum(one.cohort.back for one in told.rows),
            "left": sum(one.cohort.left for one in told.rows),
            "given_up": sum(one.cohort.given_up + one.cohort.beside_money for one in told.rows),
            "is_ours": any(not one.expected.by for one in rows),
            "last": book.last_sealed(),
        },
    )


@require_safe
def cohorts_chart(request: HttpRequest) -> HttpResponse:
    """The plot of the newest cohorts of a product."""
    told = asked(request)
    shape, shade = request.GET.get("shape", "wide"), request.GET.get("shade", "light")
    if told is None or not told.rows or shape not in drawn.SHAPES or shade not in drawn.SHADES:
        raise Http404
    return HttpResponse(
        drawn.cohorts(told.rows[-PLOTTED:], shape, shade),
        content_type="image/svg+xml",
        headers={"Cache-Control": "private, max-age=60", "Vary": "Cookie"},
    )
