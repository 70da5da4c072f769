"""Borrowers: what they earn and owe themselves, how they pay, what befalls them; and what each does with a statement.

Pure and seeded. Every draw comes from (seed, stream, day), so that a plan can be drawn again exactly; nothing is kept
between months but what the seed gives. A borrower sees the statement (balance, minimum, past due, due day), no more.
The chances below are ours, chosen so that the book comes out at the figures in `margins`.
"""

from typing import Any, NamedTuple

import numpy as np

from . import margins

FULL, MINIMUM, REVOLVER, ERRATIC, DORMANT = range(5)
HABITS = ("full payer", "minimum payer", "revolver", "erratic", "dormant")
AT_FIRST = (0.24, 0.43, 0.12, 0.09, 0.12)
KEEPS_HABIT = 0.97
"""The monthly chance to keep a habit; a lost one is drawn anew."""

PAYS = np.array(
    [
        [0.020, 0.005, 0.020, 0.055, 0.900],
        [0.045, 0.007, 0.888, 0.050, 0.010],
        [0.040, 0.010, 0.230, 0.600, 0.120],
        [0.270, 0.030, 0.350, 0.200, 0.150],
        [0.080, 0.010, 0.030, 0.080, 0.800],
    ]
)
"""By habit, the chance to pay nothing, under 1%, the minimum, a part, all."""
PAYS_WHEN_LATE = np.array([0.320, 0.010, 0.520, 0.070, 0.080])
MEETS_ALL_WHEN_LATE = 0.20
"""Of those who are late and pay about the minimum, the share that meets what is past due as well."""
PAYS_WHEN_STRAINED = np.array([0.600, 0.030, 0.320, 0.040, 0.010])

INCOME_MEDIAN_MINOR, INCOME_SIGMA = 600_000, 0.5
LIMIT_FOLLOWS_INCOME = 0.6
LIMIT_MINOR = 10
"""A new Taiwan dollar of the card data's limits in fen: median 14,000 yuan, a tenth of the figure."""
SHOCK_CHANCE = 0.010
SHOCK_MONTHS = (2, 6)
USE_KEEPS = 0.95
MOST_PURCHASES = 8
SMALLEST_MINOR = 500
REFUNDED = 0.006
UNASKED, UNASKED_NEAR_LIMIT = 0.05, 0.60
"""The share of purchases that a merchant posts without asking (transit, offline); who is near the limit seeks them."""
SPAN = 28
"""A plan covers so many days from the cycle day; the next cycle day is never nearer."""

WHO, LIFE, PLAN = 1, 2, 3


class Borrowers(NamedTuple):
    """Who they are, from the seed alone: columns in order of place."""

    income_minor: Any
    payday: Any
    limit_minor: Any
    reserve_months: Any


class Life(NamedTuple):
    """Where they stand in a month: habit, the deviate of their use of the limit, months left of a shock, its length."""

    habit: Any
    use: Any
    shock_left: Any
    shock_since: Any


class Seen(NamedTuple):
    """What statements say, as columns; all zero where none was sent."""

    balance: Any
    minimum: Any
    past_due: Any
    due_on: Any


class Plan(NamedTuple):
    """What some borrowers will do until their next cycle day: entries as columns, in no order.

    asks: 1 where the merchant asks before a purchase.
    """

    places: Any
    days: Any
    kinds: Any
    amounts: Any
    asks: Any


def generator(seed: int, *path: int) -> np.random.Generator:
    """The random stream with this address."""
    return np.random.default_rng(np.random.SeedSequence([seed, *path]))


def drawn(accounts: int, seed: int) -> Borrowers:
    """Borrowers with incomes, paydays, limits that follow incomes, and reserves."""
    random = generator(seed, WHO)
    earning = random.standard_normal(accounts)
    other = random.standard_normal(accounts)
    limit = LIMIT_FOLLOWS_INCOME * earning + np.sqrt(1 - LIMIT_FOLLOWS_INCOME**2) * other
    return Borrowers(
        np.rint(INCOME_MEDIAN_MINOR * np.exp(INCOME_SIGMA * earning)).astype(np.int64),
        random.choice([5, 10, 15, 20, 25], accounts),
        np.rint(np.interp(limit, margins.DEVIATES, margins.LIMITS) / 1_000).astype(np.int64) * 1_000 * LIMIT_MINOR,
        random.integers(0, 4, accounts),
    )


def at_first(accounts: int, seed: int) -> Life:
    """Where borrowers stand in the first month."""
    random = generator(seed, LIFE, 0)
    nothing = np.zeros(accounts, dtype=np.int64)
    return Life(random.choice(len(HABITS), accounts, p=AT_FIRST), random.standard_normal(accounts), nothing, nothing)


def a_month_on(life: Life, seed: int, month: int) -> Life:
    """Where they stand a month later: habits and use drift, shocks come and pass."""
    count = len(life.habit)
    random = generator(seed, LIFE, month)
    other = random.choice(len(HABITS), count, p=AT_FIRST)
    habit = np.where(random.random(count) < KEEPS_HABIT, life.habit, other)
    use = USE_KEEPS * life.use + np.sqrt(1 - USE_KEEPS**2) * random.standard_normal(count)
    left = np.maximum(life.shock_left - 1, 0)
    struck = (random.random(count) < SHOCK_CHANCE) & (left == 0)
    left = np.where(struck, random.integers(*SHOCK_MONTHS, count), left)
    return Life(habit, use, left, np.where(struck | (left == 0), 0, life.shock_since + 1))


def is_strained(who: Borrowers, life: Life) -> Any:
    """Whom a fall in income has reached: the reserve has run out before the shock has passed."""
    return (life.shock_left > 0) & (life.shock_since >= who.reserve_months)


def wanted_use(life: Life) -> Any:
    """What share of the limit borrowers mean to owe on their next statement, by habit."""
    by_habit = [margins.USE_BY_PAID[name] for name in ("full", "minimum", "part", "nothing", "full")]
    use = np.zeros(len(life.habit))
    for habit, levels in enumerate(by_habit):
        mask = life.habit == habit
        use[mask] = np.interp(life.use[mask], margins.DEVIATES, levels)
    return use


def payment(who: Borrowers, life: Life, seen: Seen, random: np.random.Generator) -> Any:
    """What each means to pay on a statement: a kind of payment by habit, lateness and strain; never above income."""
    count = len(life.habit)
    strained = is_strained(who, life)
    late = (seen.past_due > 0) & (life.habit != FULL)
    chances = PAYS[life.habit]
    chances[late] = PAYS_WHEN_LATE
    chances[strained] = PAYS_WHEN_STRAINED
    kind = (random.random(count)[:, None] > np.cumsum(chances, axis=1)).sum(axis=1).clip(0, 4)
    meets_all = random.random(count) < MEETS_ALL_WHEN_LATE
    part = random.uniform(0.10, 0.60, count)
    extra = random.random(count)
    least = np.where(meets_all, seen.minimum, seen.minimum - seen.past_due)
    amounts = np.stack(
        [
            np.zeros(count),
            seen.balance * part / 100,
            least,
            np.maximum(seen.balance * part, np.where(late, 0, seen.minimum)),
            seen.balance * np.where(extra < 0.07, 1.05 + extra, 1.0),
        ]
    )
    income = who.income_minor * np.where(strained, 0.4, 1.0)
    told = np.minimum(amounts[kind, np.arange(count)], np.maximum(income, np.where(strained, 0, least)))
    return np.where(seen.balance > 0, np.rint(told), 0).astype(np.int64)


def pay_day(who: Borrowers, seen: Seen, cycle_on: int, random: np.random.Generator) -> Any:
    """On which day each pays: on payday if it comes before the due day, else near it; a few only after it."""
    count = len(who.payday)
    day_of_month = int(margins.day_of_month(np.array([cycle_on]))[0])
    from_cycle = (who.payday - day_of_month) % 30 + 1
    due = np.maximum(seen.due_on - cycle_on, 1)
    before = np.maximum(due - random.integers(0, 4, count), 1)
    after = np.where((from_cycle <= due) & (random.random(count) < 0.6), from_cycle, before)
    slipped = random.random(count) < 0.03
    after = np.where(slipped, due + random.integers(1, 5, count), after)
    return cycle_on + np.minimum(after, SPAN - 1)


def plan(who: Borrowers, life: Life, seen: Seen, *, cycle_on: int, span: int, seed: int) -> Plan:
    """What borrowers will do in the `span` days after a cycle day: one payment, some purchases, seldom a refund."""
    count = len(who.payday)
    random = generator(seed, PLAN, cycle_on)
    pays = payment(who, life, seen, random)
    on = pay_day(who, seen, cycle_on, random)
    target = wanted_use(life) * who.limit_minor * min(1.0, span / SPAN)
    asleep = ((life.habit == DORMANT) | (pays > seen.balance)) & (random.random(count) < 0.9)
    spends = np.where(asleep | is_strained(who, life), 0, np.maximum(target - (seen.balance - pays), 0))
    bought = purchases(life, spends, random, on, cycle_on, span)
    given_back = random.random(len(bought.places)) < REFUNDED
    paying = np.flatnonzero(pays > 0)
    return Plan(
        np.concatenate([paying, bought.places, bought.places[given_back]]),
        np.concatenate([on[paying], bought.days, np.minimum(bought.days[given_back] + 3, cycle_on + span)]),
        np.concatenate([np.full(len(paying), 4), bought.kinds, np.full(int(given_back.sum()), 2)]),
        np.concatenate([pays[paying], bought.amounts, bought.amounts[given_back]]),
        np.concatenate([np.zeros(len(paying), np.int64), bought.asks, np.zeros(int(given_back.sum()), np.int64)]),
    )


def purchases(life: Life, spends: Any, random: np.random.Generator, pays_on: Any, cycle_on: int, span: int) -> Plan:
    """Split what each spends over some purchases on different days; near the limit, only once the payment is in."""
    count = len(spends)
    most = min(MOST_PURCHASES, span)
    wanted = 1 + random.poisson(np.where(life.habit == FULL, 3.0, 2.0), count)
    wanted = np.minimum(np.minimum(wanted, most), spends // SMALLEST_MINOR).astype(np.int64)
    days_drawn = np.argsort(random.random((count, span)), axis=1)[:, :most] + 1
    waits = life.use > 0.5
    from_pay = np.minimum(days_drawn % np.maximum(span - (pays_on - cycle_on), 1)[:, None] + 1, span)
    later = np.minimum((pays_on - cycle_on)[:, None] + from_pay, span)
    days_drawn = np.where(waits[:, None], later, days_drawn)
    weights = random.exponential(1.0, (count, most)) + 0.1
    used = np.arange(most) < wanted[:, None]
    weights = np.where(used, weights, 0)
    total = np.maximum(weights.sum(axis=1), 1e-9)
    amounts = np.rint(weights / total[:, None] * spends[:, None]).astype(np.int64)
    places, nth = np.nonzero(used & (amounts > 0))
    unasked = np.where(life.use > 1.0, UNASKED_NEAR_LIMIT, UNASKED)
    asks = (random.random((count, most)) >= unasked[:, None]).astype(np.int64)
    return Plan(
        places,
        cycle_on + days_drawn[places, nth],
        np.ones(len(places), dtype=np.int64),
        amounts[places, nth],
        asks[places, nth],
    )
