"""Today's page: which day was sealed last, how much waits in each queue, what another turned down."""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from duecourse.book import read as book
from duecourse.web.days import days_behind, today_of

from . import queues, turning_down


class Card(NamedTuple):
    """A queue on today's page."""

    title: str
    href: str
    many: int
    late: int


@require_safe
def today_page(request: HttpRequest) -> HttpResponse:
    """The last sealed day, and how much waits in each queue that the person may look at."""
    cards = []
    for name, queue in queues.QUEUES.items():
        if request.user.has_perm(queue.right):
            told = queue.counted(request)
            cards.append(Card(str(queue.title), reverse(name), told.many, told.late))
    sealed = book.last_sealed()
    shown: dict[str, Any] = {
        "cards": cards,
        "waiting": sum(card.many for card in cards),
        "sealed": sealed,
        "excepted": len(book.excepted(sealed)) if sealed else 0,
        "own": turning_down.own_turned_down(request),
        "today": today_of(),
        "behind": days_behind(sealed),
    }
    return render(request, "today.html", shown)
