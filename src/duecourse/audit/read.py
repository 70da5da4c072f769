"""Reading the log: its head, its entries, and the proof that one of them is in it, checked."""

from datetime import datetime
from typing import NamedTuple

from . import log
from .tables import Leaf


class Head(NamedTuple):
    """How many entries the log has, and the root of its tree."""

    size: int
    root: str


class Entry(NamedTuple):
    """One entry: its place, what it says, its hash, when it was written."""

    place: int
    body: str
    digest: str
    at: datetime


class Proof(NamedTuple):
    """Whether an entry is in the log: its hash as computed now, its path to the root of the whole log.

    is_same: what it says has the hash that is kept; is_proved: the path leads from there to the root.
    """

    entry: Entry
    computed: str
    path: list[str]
    head: Head
    is_same: bool
    is_proved: bool


def head() -> Head:
    """The head of the log."""
    last = Leaf.objects.order_by("-place").first()
    return Head(last.place + 1, bytes(last.root).hex()) if last else Head(0, log.root([]).hex())


def as_entry(row: Leaf) -> Entry:
    """A row as it is read."""
    return Entry(row.place, bytes(row.body).decode(), bytes(row.digest).hex(), row.recorded_at)


def entries(*, before: int | None = None, most: int) -> list[Entry]:
    """The newest entries below a place, the newest first."""
    rows = Leaf.objects.order_by("-place")
    if before is not None:
        rows = rows.filter(place__lt=before)
    return [as_entry(row) for row in rows[:most]]


def prove(*, place: int) -> Proof | None:
    """The proof that the entry at a place is in the log, computed from all leaves and checked; None: no such entry."""
    row = Leaf.objects.filter(place=place).first()
    if row is None:
        return None
    leaves = [bytes(digest) for digest in Leaf.objects.order_by("place").values_list("digest", flat=True)]
    top, path = head(), log.path(leaves, place)
    leaf = log.leaf_hash(bytes(row.body))
    is_proved = log.is_proved(leaf=leaf, place=place, size=top.size, proof=path, of_root=bytes.fromhex(top.root))
    told = [one.hex() for one in path]
    return Proof(as_entry(row), leaf.hex(), told, top, leaf == bytes(row.digest), is_proved)
