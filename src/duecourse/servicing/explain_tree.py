"""An explanation as a tree: what a figure is made of, part by part, down to postings, days, rates and rules.

A node says by a code what it is and by numbers what is known of it; words are made elsewhere (`explain_words`).
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from duecourse.ledger.journal import Refused


class NoSuchExplanation(Refused):
    """A figure that an account of this kind does not have."""

    code = "no_such_explanation"


class Node(NamedTuple):
    """One figure: `amount` / `per` minor units (or days), its numbers by name, and what it is made of.

    `parts` add up to it exactly. `because` says how it came about and adds nothing. A number whose name ends in
    `_minor` is money, in `_ppm` a rate or a share, a `date` is a day.
    """

    code: str
    amount: int
    per: int
    numbers: Mapping[str, Any]
    parts: "tuple[Node, ...]"
    because: "tuple[Node, ...]"


def total(nodes: Sequence[Node]) -> Fraction:
    """What nodes come to, in minor units (or days).

    >>> total([node("limit", 5), node("carried_in", 1, per=4)])
    Fraction(21, 4)
    """
    return sum((Fraction(one.amount, one.per) for one in nodes), Fraction(0))


def node(
    code: str,
    amount: int,
    parts: Sequence[Node] = (),
    *,
    per: int = 1,
    because: Sequence[Node] = (),
    **numbers: Any,
) -> Node:
    """A node whose parts add up to it (asserted); parts that are nothing fall away, as do numbers that are None."""
    kept = tuple(part for part in parts if part.amount or part.parts)
    assert not parts or total(kept) == Fraction(amount, per), f"explain: the parts of {code} do not add up to it"
    return Node(
        code, amount, per, {name: told for name, told in numbers.items() if told is not None}, kept, tuple(because)
    )


def summed(code: str, parts: Sequence[Node], *, because: Sequence[Node] = (), **numbers: Any) -> Node:
    """A node that is the sum of whole parts."""
    whole = total(parts)
    assert whole.denominator == 1, f"explain: the parts of {code} leave a fraction"
    return node(code, whole.numerator, parts, because=because, **numbers)


def leaves(tree: Node) -> list[Node]:
    """The last parts of a figure, which add up to it exactly."""
    if not tree.parts:
        return [tree]
    return [leaf for part in tree.parts for leaf in leaves(part)]
