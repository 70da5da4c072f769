"""What addresses in messages lead to, for who signs in nowhere: stopping, a calendar of due days, receipts."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from duecourse import clock
from duecourse.outreach import calendar_feed, receipts, stopping

from . import words


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


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """A borrower's calendar of due days, for a calendar program that fetches it."""
    try:
        told = calendar_feed.content(token=token, language=words.language())
    except calendar_feed.NoSuchFeed as fault:
        raise Http404 from fault
    return HttpResponse(told, content_type="text/calendar; charset=utf-8", headers={"X-Robots-Tag": "noindex"})


@csrf_exempt  # the address itself is the secret; a service posts to it
@require_POST
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """What a service tells of a message that it took: a form or JSON with `state` (delivered, failed) and `detail`."""
    told = said(request)
    if told is None:
        return HttpResponse(status=400)
    try:
        receipts.take(
            token=token, state=str(told.get("state", "")), detail=str(told.get("detail", "")), at=clock.now(),
            by="service",
        )  # fmt: skip
    except receipts.ReceiptRefused as fault:
        return HttpResponse(f"{fault.code}: {fault}", status=400, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204)


def said(request: HttpRequest) -> Mapping[str, Any] | None:
    """The fields of a form or of a JSON object; None for anything else."""
    if request.content_type != "application/json":
        return request.POST.dict()
    try:
        told = json.loads(request.body)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
