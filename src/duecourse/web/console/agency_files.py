"""Files between us and an agency: handed over as one ZIP, taken row by row with what waits, a statement's lines."""

import csv
import io
import zipfile
from typing import Any, NamedTuple

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duecourse import clock
from duecourse.intake import agency_file, waiting
from duecourse.recovery import agencies, agency_commission, agency_out, agency_read

from . import agency, agency_said
from .declaring import in_folder
from .placing import last_day
from .refused import NotDone, asked


class Took(NamedTuple):
    """What taking a file came to: rows, new ones by kind in words, and the rows that wait."""

    name: str
    rows: int
    new: int
    kinds: list[tuple[str, int]]
    waiting: list[waiting.Bad]


@require_POST
def hand_over(request: HttpRequest, code: str) -> HttpResponse:
    """Make the files of cases and of recalls, as one ZIP; they hold numbers and addresses in clear."""
    day = last_day()
    agency.held_of(code, day)
    try:
        content = asked(lambda: zipped(request, code))
    except NotDone as fault:
        return agency.shown(request, code, str(fault))
    where = f'attachment; filename="{code}-{day}.zip"'
    return HttpResponse(content, content_type="application/zip", headers={"Content-Disposition": where})


def zipped(request: HttpRequest, code: str) -> bytes:
    """Both files, made and packed in one transaction: where that fails no recall counts as told."""
    held = io.BytesIO()
    with transaction.atomic():
        made = agency_out.make(agency=code, day=last_day(), at=clock.now(), by=request.user.get_username())
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("cases.csv", made.placements.content)
            archive.writestr("recalls.csv", made.recalls.content)
    return held.getvalue()


@require_POST
def take(request: HttpRequest, code: str) -> HttpResponse:
    """Take a file that the agency sent; the page says what of it is new and which rows wait, with field and reason."""
    agency.held_of(code, last_day())
    file = request.FILES.get("reported")
    if file is None:
        return agency.shown(request, code, gettext("No file was sent."))
    work = agency_file.retry if request.POST.get("retry") else agency_file.take
    told: dict[str, Any] = {"agency": code, "at": clock.now(), "by": request.user.get_username()}
    try:
        done = asked(lambda: in_folder(file, "reported.csv", lambda place: work(place, **told)))
    except NotDone as fault:
        return agency.shown(request, code, str(fault))
    summary = done.file.summary
    kinds = [(str(agency_said.KINDS[kind]), summary[kind]) for kind in agency_file.KINDS if summary.get(kind)]
    took = Took(done.file.name, summary["rows"], done.new, kinds, waiting.rows(file=done.file.id))
    return agency.shown(request, code, taken=took)


@require_safe
def lines(request: HttpRequest, code: str, statement: int) -> HttpResponse:
    """The lines of a commission statement as CSV, as the agency may see them: no account, no name."""
    agency.held_of(code, last_day())
    rows = agency_read.lines_of(agency=agencies.named(agency=code).id, statement=statement)
    if rows is None:
        raise Http404
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([agency_commission.COLUMNS, *rows])
    where = f'attachment; filename="{code}-commission-{statement}.csv"'
    return HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": where})
