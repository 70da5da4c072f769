"""The tables of a model card, as rows of words; the page and the PDF show the same.

A row of one cell heads those after it. A value that begins with ! is beyond its limit.
"""

from itertools import pairwise
from typing import Any

from . import card_about, card_words
from .card_about import percent
from .card_facts import LEAST_EACH, Facts, Group, Month
from .monitor import MOST_DRIFT
from .scorecard import POINTS_TO_DOUBLE, Part

Rows = list[list[str]]


def measures(facts: Facts, words: dict[str, str]) -> Rows:
    """Each measure with its interval."""
    return [
        [words[name], f"{value:.3f}", f"{low:.3f} – {high:.3f}"] for name, (value, low, high) in facts.measures.items()
    ]


def tenths(facts: Facts) -> Rows:
    """Each tenth, the highest chances first: mean chance, share missed, its interval, lift."""
    return [
        [str(i), percent(one.chance), percent(one.missed), f"{one.low:.1%} – {one.high:.1%}", f"{one.lift:.2f}"]
        for i, one in enumerate(reversed(facts.tenths), 1)
    ]


def months(facts: Facts, words: dict[str, str]) -> Rows:
    """Each day whose outcomes are known; one whose mean chance lies outside the interval of the share missed is
    marked."""
    return [month(one, words) for one in facts.months]


def month(one: Month, words: dict[str, str]) -> list[str]:
    """One day's figures."""
    mark = "" if one.low <= one.chance <= one.high else "!"
    auc = words["few"] if one.auc is None else "{:.3f} ({:.3f}–{:.3f})".format(*one.auc)
    return [
        one.day, words[f"role_{one.role}"], f"{one.accounts:,}", mark + percent(one.chance),
        f"{percent(one.missed)} ({one.low:.1%}–{one.high:.1%})", auc,
    ]  # fmt: skip


def months_note(facts: Facts, words: dict[str, str]) -> str:
    """Who is counted by month, or why there is nothing to tell."""
    return words["months_note"].format(each=LEAST_EACH) if facts.months else words["months_none"]


def months_head(words: dict[str, str]) -> list[str]:
    """What the columns of the months are."""
    return [words[name] for name in ("day", "role", "clients", "mean_chance", "missed_interval", "auc_interval")]


def drifts(facts: Facts, language: str) -> Rows:
    """How far each feature moved, the furthest first, those above the limit marked."""
    name_of = card_words.feature_words(language, facts)
    return [[name_of(name), f"{'!' if value > MOST_DRIFT else ''}{value:.3f}"] for name, value in facts.drifts.items()]


def drift_shown(facts: Facts, words: dict[str, str]) -> str:
    """Of how many features something is known, or why of none."""
    if not facts.drifts:
        return words["drift_none"]
    told = words["drift_shown"].format(count=len(facts.drifts))
    note = words["drift_note"].format(day=getattr(facts.subject, "day", ""))
    return f"{note} {told}"


def telling(facts: Facts, words: dict[str, str], language: str) -> Rows:
    """The points of a scorecard, or the features of trees, those that tell most first."""
    name_of = card_words.feature_words(language, facts)
    if facts.points is None:
        way = {1: words["raises"], -1: words["lowers"], 0: words["either"]}
        return [[name_of(one.feature), way[one.direction], percent(one.share)] for one in facts.telling]
    rows: Rows = []
    for part in facts.points.parts:
        rows.append([name_of(part.feature)])
        rows += [[told, str(points)] for told, points in ranges(part, words)]
    return rows


def telling_head(facts: Facts, words: dict[str, str]) -> list[str]:
    """What the columns of the same are."""
    if facts.points is None:
        return [words["feature"], words["direction"], words["gain"]]
    return [words["range"], words["points"]]


def telling_note(facts: Facts, words: dict[str, str]) -> str:
    """How the same is to be read."""
    card = facts.points
    if card is not None:
        return words["points_note"].format(
            double=POINTS_TO_DOUBLE, slope=f"{card.slope:.6f}", intercept=f"{card.intercept:+.6f}"
        )
    return words["gain_note"].format(count=len(facts.telling), all=card_about.features(facts))


def ranges(part: Part, words: dict[str, str]) -> list[tuple[str, int]]:
    """Each range of a feature's values in words, with its points; values that are not known last."""
    ends = [number(end) for end in part.ends]
    told = [f"< {ends[0]}"]
    told += [f"{low} – < {high}" for low, high in pairwise(ends)]
    told.append(f"≥ {ends[-1]}")
    return [*zip(told, part.points, strict=True), (words["not_known"], part.unknown)]


def number(value: float) -> str:
    """An end of a range, to be read.

    >>> number(0.123456), number(3.0), number(-1234567.5)
    ('0.1235', '3', '-1,234,568')
    """
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4f}".rstrip("0").rstrip(".")


def groups(facts: Facts, words: dict[str, str]) -> Rows:
    """Each column of the person, its groups, and the largest differences between them."""
    found: Rows = []
    for column in dict.fromkeys(one.column for one in facts.groups):
        found.append([words[column]])
        found += [group(one, words) for one in facts.groups if one.column == column]
        gap = facts.gaps[column]
        found.append([words["gap"], "", "", "", percent(gap["selected"]), percent(gap["found"])])
    return found


def group(one: Group, words: dict[str, str]) -> list[str]:
    """One group's figures."""
    name = words.get(one.value, one.value)
    figures: list[Any] = [one.missed, one.chance, one.selected, one.found]
    if one.missed is None:
        return [name, f"{one.clients:,}", words["few"], "", "", ""]
    return [name, f"{one.clients:,}", *("" if told is None else percent(told) for told in figures)]
