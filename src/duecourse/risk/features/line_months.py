"""Facts of lines by month, completed: what each month says beside the one before it."""

from typing import Any

import ibis

FACTS = ("account_id", "month", "limit_minor", "balance", "minimum", "paid", "missed_then", "days_early")
"""One row an account and month, the newest first (month 1): the limit, the balance at its end, the own minimum of that
statement, what was paid in the month, minimums missed at its end, and how many days before the due day payments came
(null where not known). Amounts in minor units."""
MOST_SHARE, MOST_RATE = 2.0, 5.0
"""Where the share paid of a balance ends, and what was charged beside it."""
MOST_ZEROS = 10
"""So many noughts, and two digits before them, are more than any month's payments come to."""


def how_round(amount: Any) -> Any:
    """2 for an amount with one digit before its noughts (500, 3,000), 1 for one with two (1,200), 0 for any other.

    It is the same in whatever unit the amount is counted, and whatever the currency.
    """
    sizes = [(amount < 10 ** (zeros + 2), 10**zeros) for zeros in range(MOST_ZEROS)]
    unit = ibis.cases(*sizes, else_=10**MOST_ZEROS)
    digits = ibis.ifelse(amount % (unit * 10) == 0, 2, ibis.ifelse(amount % unit == 0, 1, 0))
    return ibis.ifelse(amount > 0, digits, 0)


def derived(facts: Any) -> Any:
    """The facts with those of the month before, the share paid of its balance, and what was charged since.

    What was paid in the oldest month is not known to belong to any statement, and is left out.
    """
    by_month = ibis.window(group_by="account_id", order_by="month")
    known = facts.mutate(
        before=facts.balance.lead(1).over(by_month),
        minimum_before=facts.minimum.lead(1).over(by_month),
        missed_before=facts.missed_then.lead(1).over(by_month),
    )
    has_before, owed_before = known.before.notnull(), known.before > 0
    nothing = ibis.null("float64")
    share = known.paid / ibis.greatest(known.before, 1)
    charged = known.balance - known.before + known.paid
    rate = charged / ibis.greatest(known.before, 1)
    return known.mutate(
        paid=ibis.ifelse(has_before, known.paid, ibis.null("int64")),
        share=ibis.ifelse(has_before, ibis.ifelse(owed_before, ibis.least(share, 1.0), 1.0), nothing),
        share_of_owed=ibis.ifelse(owed_before, ibis.least(share, MOST_SHARE), nothing),
        charged=charged,
        spent=ibis.ifelse(charged < 0, 0, charged),
        paid_round=ibis.ifelse(has_before, how_round(known.paid), 0),
        charge_rate=ibis.ifelse(owed_before, ibis.least(rate, MOST_RATE), nothing),
        minimum=ibis.ifelse(
            (known.month == 1) & (known.minimum == 0), known.minimum_before.fill_null(0), known.minimum
        ),
    )
