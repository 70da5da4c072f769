"""Long lists, page by page: a cursor says where the next page begins, so that what is added meanwhile moves nothing."""

import base64
import binascii
import json
from typing import Annotated

from pydantic import Field

from duecourse.ledger.journal import Refused

Limit = Annotated[int, Field(ge=1, le=500, description="How many of the list come at once.")]
Cursor = Annotated[str, Field(max_length=200, description="Where this page begins: `next_cursor` of the one before.")]


class CursorUnreadable(Refused):
    """The cursor is none that this list gave."""

    code = "cursor_unreadable"


def after(cursor: str, of: str) -> int:
    """The id behind which a page of the list `of` begins; 0 without a cursor."""
    if not cursor:
        return 0
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        name, place = told
        if name != of or type(place) is not int or not 0 <= place < 2**63:
            raise ValueError
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise CursorUnreadable(f"cursor: no cursor of {of}") from None
    return place


def cursor_of(of: str, place: int) -> str:
    """The cursor of the page that begins behind an id."""
    return base64.urlsafe_b64encode(json.dumps([of, place]).encode()).decode()
