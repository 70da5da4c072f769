"""What is refused leaves no trace: every row of every table is as it was."""

from collections.abc import Callable
from typing import Any

import books
import pytest


def trace() -> Any:
    """Every row of every table, but for the sequences."""
    return books.dump()


def refused(code: str, do: Callable[[], object]) -> None:
    """It is refused by this code, and nothing at all was written."""
    from duecourse.ledger.journal import Refused

    before = trace()
    with pytest.raises(Refused) as fault:
        do()
    assert fault.value.code == code
    assert trace() == before
