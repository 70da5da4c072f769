"""One field of a file's terms: a word, a whole number within its range, or true or false; anything else is refused."""

from collections.abc import Mapping
from typing import Any


class TermsRefused(Exception):
    """Terms that this product cannot have; the message names the field."""

    code = "terms_refused"


def term(value: Any, where: str, words: Mapping[str, int] | None, between: tuple[int, int] | None) -> int:
    """A term that has words, or else a range, or else is true or false. `where`: file and field, for the refusal."""
    if words is not None:
        return word(words, value, where)
    return flag(value, where) if between is None else whole(between, value, where)


def word(words: Mapping[str, int], value: Any, where: str) -> int:
    """The number that a word stands for."""
    if not isinstance(value, str) or value not in words:
        raise TermsRefused(f"{where}: {value!r} is none of {', '.join(words)}")
    return words[value]


def whole(between: tuple[int, int], value: Any, where: str) -> int:
    """A whole number of a range, both ends included."""
    low, high = between
    if type(value) is not int or not low <= value <= high:
        raise TermsRefused(f"{where}: {value!r} is not a whole number between {low} and {high}")
    return value


def flag(value: Any, where: str) -> int:
    """True or false, as 1 or 0."""
    if not isinstance(value, bool):
        raise TermsRefused(f"{where}: {value!r} is not true or false")
    return int(value)
