"""What borrowers are called: encrypted at rest, found by a keyed digest of the whole name."""

import re
import unicodedata
from collections.abc import Sequence

from . import secrecy
from .found_tables import Name

LONGEST = 200
"""Signs of a name."""


class NameRefused(Exception):
    """A name that cannot be one; the message says why and not the name."""

    code = "name_refused"


def plain(name: str) -> str:
    """A whole name as it is looked for: small letters without accents, the words in the order of the alphabet.

    >>> plain("José  García-Núñez"), plain("García-Núñez, José"), plain("李 雷")
    ('garcia jose nunez', 'garcia jose nunez', '李雷')
    """
    told = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", told).casefold())
    if all(is_han(word) for word in words):
        return "".join(words)
    return " ".join(sorted(words))


def is_han(word: str) -> bool:
    """Whether a word is of Chinese characters alone, between which a space says nothing."""
    return all("\u3400" <= sign <= "\u9fff" or ord(sign) >= 0x20000 for sign in word)


def call(*, borrower: int, name: str, by: str, reason: str) -> int:
    """Keep what a borrower is called; what they were called before is still found. Refuses what holds no letter."""
    told = " ".join(name.split())
    if not plain(told) or len(told) > LONGEST:
        raise NameRefused(f"a name has letters, and at most {LONGEST} signs")
    row = Name.objects.create(
        borrower_id=borrower, value=secrecy.seal(told), digest=digest(told), by=by, reason=reason
    )  # fmt: skip
    return row.id


def digest(name: str) -> bytes:
    """The keyed digest of a whole name."""
    return secrecy.index(f"name:{plain(name)}")


def of(*, borrowers: Sequence[int]) -> dict[int, str]:
    """What borrowers are called now, in clear; who has told no name is not in it."""
    newest = Name.objects.filter(borrower_id__in=borrowers).order_by("borrower_id", "-id").distinct("borrower_id")
    return {row.borrower_id: secrecy.opened(row.value) for row in newest}
