"""What was agreed about acts on a line: chargebacks, holds, disputes, deferrals, re-ages, charge-off, conversions."""

from typing import NamedTuple

NEVER_MADE, UNTIL_BOUNCED = 0, 1
"""What a payment that bounced counts as: never made, or made until the day on which it bounced."""


class ActTerms(NamedTuple):
    """Terms of acts. Amounts in minor units, shares in parts per million, days and numbers of times as counts.

    hold_days: after so many days an authorisation that was not captured expires. rejected_bears: 1 where a dispute that
    is rejected bears the interest of the time for which it was set apart. deferral_bears: 1 where what was to be paid
    bears interest from the day after its first due day, 0 where the deferral is free of interest. re_age_parts: into at
    most so many dues; arrangement_parts: the same within an arrangement. charge_off_accelerates: 1 where all that is
    owed is due at once. charge_off_bears: 1 where interest goes on after it. conversion_floor_minor: the least that is
    converted. conversion_fee_back_ppm: what of the fees not yet charged an early end spares. refund_shortens: 1 where a
    refund on what was converted lets the last installments fall away, 0 where it makes those to come smaller.
    """

    hold_days: int = 7
    chargeback: int = NEVER_MADE
    rejected_bears: int = 0
    deferral_bears: int = 1
    deferral_fee_minor: int = 0
    deferral_days: int = 62
    deferrals_a_year: int = 2
    re_ages_a_year: int = 1
    re_age_parts: int = 12
    arrangement_parts: int = 60
    charge_off_accelerates: int = 1
    charge_off_bears: int = 0
    conversion_floor_minor: int = 0
    conversion_fee_back_ppm: int = 1_000_000
    refund_shortens: int = 0


PLAIN_ACTS = ActTerms()
"""What holds where a product says nothing else."""
