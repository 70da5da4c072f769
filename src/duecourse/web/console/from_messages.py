"""What the links in messages lead to, for people who sign in nowhere: stopping messages, a calendar of due days."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from duecourse import clock
from duecourse.outreach import calendar_feed, stopping

from . import words


@login_not_required
@csrf_exempt  # the address itself is the secret; a mail program posts to it without a cookie (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
def stop_page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether messages shall stop; a POST stops them, from the page or with one click from a mail program."""
    try:
        stop = stopping.withdraw(told=token, at=clock.now()) if request.method == "POST" else stopping.read(told=token)
    except stopping.NotOurs as fault:
        raise Http404 from fault
    is_done = request.method == "POST"
    return render(request, "stop.html", {"is_done": is_done, "channel": words.contact_channel(stop.channel)})


@login_not_required
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """A borrower's calendar of due days, for a calendar program that fetches it."""
    try:
        told = calendar_feed.content(token=token, language=words.language())
    except calendar_feed.NoSuchFeed as fault:
        raise Http404 from fault
    return HttpResponse(told, content_type="text/calendar; charset=utf-8", headers={"X-Robots-Tag": "noindex"})
