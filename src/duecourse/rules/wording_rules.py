"""Prohibited classes of wording: what of a text falls under which class, and which rules of the place forbid it.

Phrases are plain: what they do not name is not found, and a text in which none is found is not proved harmless.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import NamedTuple

from .catalogue import Rule, listed

ENDING = r"(?:s|es|d|ed|ing)?\b"
"""What an English word may end in beyond its phrase: arrest, arrests, arrested."""
APOSTROPHES = str.maketrans("\u2019\u2018`", "'''")


class Phrase(NamedTuple):
    """A phrase as it is looked for: in Chinese without spaces and signs, in English by whole words with endings."""

    told: str
    is_chinese: bool
    pattern: re.Pattern[str]


class Found(NamedTuple):
    """A prohibited class in a text: the phrases by which it was found, and the rules that forbid it."""

    name: str
    phrases: tuple[str, ...]
    rules: tuple[Rule, ...]


def found(text: str, *, place: str, on: date) -> tuple[Found, ...]:
    """The classes that the rules of a place prohibit on a day and that a text falls under, by their names."""
    said = read_as(text)
    told = []
    for name, rules in prohibited(place, on).items():
        phrases = tuple(
            one.told
            for one in phrases_of(name, place, on)
            if one.told in said[one.is_chinese] and one.pattern.search(said[one.is_chinese])
        )
        if phrases:
            told.append(Found(name, phrases, rules))
    return tuple(told)


def read_as(text: str) -> tuple[str, str]:
    """A text as phrases are looked for in it: in small letters with single spaces, and without spaces and signs."""
    plain = unicodedata.normalize("NFKC", text).translate(APOSTROPHES).casefold()
    shown = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    return " ".join(shown.split()), re.sub(r"[\W_]+", "", shown)


@cache
def prohibited(place: str, on: date) -> Mapping[str, tuple[Rule, ...]]:
    """The classes that are prohibited at a place on a day, each with the rules that say so."""
    rules = [one for one in listed(place=place, on=on) if (one.topic, one.kind) == ("wording", "prohibited")]
    names = sorted({name for one in rules for name in one.parameters["classes"]})
    return {name: tuple(one for one in rules if name in one.parameters["classes"]) for name in names}


@cache
def phrases_of(name: str, place: str, on: date) -> tuple[Phrase, ...]:
    """The phrases of a class, in both languages: a message may be in either."""
    return tuple(
        Phrase(told, is_chinese, re.compile(re.escape(told) if is_chinese else rf"\b{re.escape(told)}{ENDING}"))
        for one in listed(place=place, on=on)
        if (one.topic, one.kind) == ("wording", "phrases") and one.parameters["class"] == name
        for field, is_chinese in (("zh_phrases", True), ("en_phrases", False))
        for told in one.parameters[field]
    )
