"""How replies to messages are read: which mean to stop, which ask for help, what others hint at."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from . import places
from .fields import TermsRefused
from .read import document

PATH = "house/replies.toml"
STOP, HELP, TEXT = "stop", "help", "text"
COURTESIES = frozenset(["please", "pls", "now", "thanks", "thank", "you", "hi", "hello", "谢谢", "你好", "您好"])
CHINESE_COURTESIES = re.compile("^请|谢谢$|了$|吧$")
SIGNS = re.compile(r"[^\w']+")


class Reading(NamedTuple):
    """What a reply is taken for: stop, help, or a text for a person; by which word, and what it hints at."""

    kind: str
    word: str
    hints: tuple[str, ...]


def reading(*, text: str, places_of: Sequence[str], on: date) -> Reading:
    """What a reply means on a day to those who live at these places ("": at a place that nobody knows: anywhere)."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'").casefold()
    words = SIGNS.sub(" ", plain).split()
    said = " ".join(words)
    bare = CHINESE_COURTESIES.sub("", " ".join(word for word in words if word not in COURTESIES) or said)
    for kind in (STOP, HELP):
        for row in rows(kind, on):
            if is_of(row["places"], tuple(places_of)):
                found = [one for one in row["words"] if one in (said, bare)]
                found += [one for one in row["phrases"] if stands_in(one, said)]
                if found:
                    return Reading(kind, found[0], ())
    hints = [row["name"] for row in rows("hint", on) if any(stands_in(one, said) for one in row["phrases"])]
    return Reading(TEXT, "", tuple(dict.fromkeys(hints)))


def stands_in(phrase: str, said: str) -> bool:
    """Whether a phrase stands in a text: in Chinese anywhere, else as whole words."""
    if not phrase.isascii():
        return phrase in said
    return re.search(rf"(?<![\w']){re.escape(phrase)}(?![\w'])", said) is not None


def is_of(where: Sequence[str], places_of: tuple[str, ...]) -> bool:
    """Whether a row holds for somebody at one of these places."""
    return not where or any(not place or set(where) & above(place) for place in places_of or ("",))


@cache
def above(place: str) -> frozenset[str]:
    """A place and those it lies in; one for which no rules are kept is itself alone."""
    try:
        return frozenset(places.upward(place))
    except places.UnknownPlace:
        return frozenset([place])


@cache
def rows(table: str, on: date) -> tuple[Mapping[str, Any], ...]:
    """The rows of a table in force on a day; words and phrases are in small letters, as they are looked for."""
    found = [row for row in document(PATH).get(table, ()) if row["from"] <= on <= row.get("to", on)]
    for row in found:
        for one in (*row.get("words", ()), *row["phrases"]):
            if one != one.casefold() or not one.strip():
                raise TermsRefused(f"{PATH}: {table}: {one!r}: is not in small letters")
    return tuple(found)
