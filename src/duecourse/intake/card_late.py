"""Clients that come after the book has gone past September: their months are replayed and booked on the open day."""

from collections.abc import Callable
from typing import Any

from duecourse.borrowers import people

from .card_file import Clients


def open_late(clients: Clients, *, by: str, progress: Callable[[str, int, int], None]) -> dict[str, int]:
    raise NotImplementedError
