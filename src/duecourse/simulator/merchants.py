"""What simulated borrowers buy: the merchant category (ISO 18245) of each purchase, by tastes that a person keeps.

Pure and seeded, from streams of their own: who buys what changes nothing of when, how much, or how it is paid. The
shares below are ours; of purchases that are like cash there are more where somebody lives on the minimum or is near the
limit, as `cash_like_share` expects (`risk.features.line_beside`).
"""

from typing import Any

import numpy as np

from .borrowers import HABITS, Life, generator

SHARES = {
    5411: 0.26,  # groceries
    5812: 0.16,  # restaurants
    5814: 0.10,  # fast food
    5651: 0.08,  # clothing
    4111: 0.08,  # local transport
    5541: 0.06,  # fuel
    5912: 0.05,  # pharmacies
    4900: 0.05,  # power and water
    5732: 0.04,  # electronics
    4814: 0.04,  # telephone
    7832: 0.03,  # cinemas
    4722: 0.02,  # travel
    6540: 0.012,  # stored value
    6011: 0.010,  # cash from a machine
    4829: 0.006,  # money transfer
    7995: 0.002,  # betting
}
"""Of all purchases of somebody with ordinary tastes, the share of each category."""
LIKE_CASH = (6540, 6011, 4829, 7995)
DIFFERS, CASH_DIFFERS = 0.7, 1.2
"""How far persons differ: standard deviations of the logarithm, for each category, and for all that is like cash."""
CASH_BY_HABIT = dict(zip(HABITS, (0.4, 1.2, 1.8, 2.0, 0.4), strict=True))
NEAR_LIMIT, CASH_NEAR_LIMIT = 1.0, 2.0
"""Above this deviate of use somebody is near the limit, and buys so many times as much that is like cash."""

TASTES, BUYS = 4, 5


def tastes(accounts: int, seed: int) -> Any:
    """How much each person goes for each category (accounts, categories): weights, not yet shares."""
    random = generator(seed, TASTES)
    own = np.exp(DIFFERS * random.standard_normal((accounts, len(SHARES))))
    cash = np.exp(CASH_DIFFERS * random.standard_normal(accounts))
    own[:, is_cash()] *= cash[:, None]
    return own * np.array(list(SHARES.values()))


def is_cash() -> Any:
    """Which columns of tastes are like cash."""
    return np.isin(list(SHARES), LIKE_CASH)


def categories(own: Any, life: Life, places: Any, *, seed: int, day: int) -> Any:
    """The category of what each of these borrowers, given by their places in `own` and `life`, buys on a day."""
    random = generator(seed, BUYS, day).random(len(own))[places]
    more = np.array(list(CASH_BY_HABIT.values()))[life.habit[places]]
    more = more * np.where(life.use[places] > NEAR_LIMIT, CASH_NEAR_LIMIT, 1.0)
    weights = own[places] * np.where(is_cash(), more[:, None], 1.0)
    reached = np.cumsum(weights, axis=1)
    at = (random[:, None] * reached[:, -1:] >= reached).sum(axis=1)
    return np.array(list(SHARES))[np.minimum(at, len(SHARES) - 1)]
