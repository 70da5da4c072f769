"""Rows of files that wait in quarantine, for a page."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Count

from .tables import File, Quarantined

MOST = 200


class Held(NamedTuple):
    """A file with rows in quarantine: how many of how many, since when."""

    file: int
    kind: str
    name: str
    rows: int
    waiting: int
    at: datetime


class Bad(NamedTuple):
    """A row that waits: where it stands, which field is wrong, by which code, in which words."""

    row: int
    field: str
    code: str
    reason: str


def files() -> list[Held]:
    """The files of which rows wait, the newest first."""
    counts = dict(Quarantined.objects.filter(taken_by=None).values_list("file_id").annotate(Count("id")))
    return [
        Held(one.id, one.kind, one.name, one.rows, counts[one.id], one.recorded_at)
        for one in File.objects.filter(id__in=counts).order_by("-id")
    ]


def rows(*, file: int, most: int = MOST) -> list[Bad]:
    """The rows of a file that wait, in the order of the file; so many at most."""
    found = Quarantined.objects.filter(file_id=file, taken_by=None).order_by("row", "id")[:most]
    return [Bad(one.row, one.field, one.code, one.reason) for one in found]
