"""Boosted trees that answer the mean of several trainings: each sees other accounts and features of the same rows.

What is chosen by lot in a training moves its scores a little; the mean of two moves less. It is kept as one model.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import lightgbm

VALUES = re.compile(r"^(leaf_value|internal_value)=(.*)$", re.MULTILINE)
TREE, END = "\nTree=", "\nend of trees"


def mean_of(trained: Sequence["lightgbm.Booster"]) -> "lightgbm.Booster":
    """One booster whose raw score of a row is the mean of those of several with the same features.

    Their trees one after the other, each one's values divided by how many boosters there are: a score adds them up.
    How many bytes each tree takes is left out, and LightGBM reads them one by one.
    """
    import lightgbm

    parts = [one.model_to_string().split(END, 1) for one in trained]
    head = re.sub(r"^tree_sizes=.*$", "", parts[0][0].split(TREE, 1)[0], flags=re.MULTILINE)
    blocks = [block.split("\n", 1)[1] for told, _ in parts for block in told.split(TREE)[1:]]
    whole = (f"{place}\n{divided(block, len(trained))}" for place, block in enumerate(blocks))
    return lightgbm.Booster(model_str=TREE.join([head, *whole]) + END + parts[0][1])


def divided(block: str, by: int) -> str:
    """The text of a tree with its values divided."""

    def one(found: re.Match[str]) -> str:
        values = (repr(float(value) / by) for value in found[2].split())
        return f"{found[1]}={' '.join(values)}"

    return VALUES.sub(one, block)
