"""What came back of each month's charge-offs, from the ledger's entries, as known on a sealed day.

A cohort is the accounts of a product that were charged off in a month. An entry that recovers belongs to the last
charge-off of its account on or before its own effective day: to one cohort, whatever happened since. A payment that
bounces takes back what it brought, one that is reversed was never there.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from duecourse.book import read
from duecourse.ledger import chart
from duecourse.rules.read import product as of_code

BESIDE_MONEY = (chart.ADJUSTMENT, chart.REARRANGED, chart.DISPUTED, chart.REJECTED, chart.CONVERTED)
"""What the ledger counts as recovered though no money came: the lender's own credits, what is set apart in dispute."""
AT_NIGHT = (chart.CHARGE, chart.CREDIT_USED, chart.RECOGNITION, chart.LATE_FEE)
"""What an evening does by itself; an act may charge too."""

KNOWN = f"""
WITH moved AS MATERIALIZED (
    SELECT id, account_id, product_id, kind, effective_day, coalesce(charged_off, 0) AS off,
        coalesce(recovered, 0) AS back
    FROM ledger_entry WHERE (charged_off IS NOT NULL OR recovered IS NOT NULL) AND booked_day <= %(day)s
        AND ({chart.OF_BORROWER} OR (kind = {chart.PASSED} AND owner = 0))
), gone AS MATERIALIZED (
    SELECT account_id, product_id, effective_day AS "on", -sum(off) AS lost FROM moved
    WHERE kind = {chart.CHARGE_OFF} GROUP BY 1, 2, 3 HAVING sum(off) <> 0
)"""
HOME = """LEFT JOIN LATERAL (SELECT r.place FROM borrowers_residence r JOIN servicing_account a
    ON a.borrower_id = r.borrower_id WHERE a.id = {account} ORDER BY r.id DESC LIMIT 1) home ON true"""
MONTH = "(extract(year FROM {day}) * 12 + extract(month FROM {day}))::int - 1"

PLACE_OF = """
CASE WHEN {x}.stands_for > 0 THEN {x}.stands_for WHEN {x}.stands_for < 0
    THEN (SELECT s.entry_id FROM servicing_act s WHERE s.id = -{x}.stands_for) ELSE {x}.id END"""
"""Where an entry stands among those of its day: by the first entry that its event made."""

CHARGED_OFF = f"""{KNOWN}
, parts AS (
    SELECT g.account_id, g."on", coalesce(sum(x.principal), 0) AS principal, coalesce(sum(x.fee), 0) AS fee
    FROM gone g JOIN LATERAL (SELECT c.* FROM ledger_entry c WHERE c.account_id = g.account_id
        AND c.kind = {chart.CHARGE_OFF} AND c.effective_day = g."on" AND c.booked_day <= %(day)s AND c.reverses IS NULL
        AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.account_id = c.account_id AND r.reverses = c.id
            AND r.booked_day <= %(day)s) ORDER BY c.id DESC LIMIT 1) c ON true
    JOIN ledger_entry x ON x.account_id = g.account_id AND x.{chart.OF_BORROWER} AND x.booked_day <= %(day)s
        AND x.effective_day <= g."on" AND x.reverses IS NULL AND NOT EXISTS
        (SELECT FROM ledger_entry r WHERE r.account_id = x.account_id AND r.reverses = x.id AND r.booked_day <= %(day)s)
        AND (x.effective_day < g."on" OR x.kind = {chart.CHARGE_OFF} OR NOT (
            coalesce(x.charged_off, 0) <> 0 OR x.kind = {chart.LATE_FEE}
            OR (x.kind NOT IN {AT_NIGHT} AND {PLACE_OF.format(x="x")} > {PLACE_OF.format(x="c")})))
    GROUP BY 1, 2
)
SELECT g.product_id, {{place}}, {MONTH.format(day='g."on"')}, count(DISTINCT g.account_id), sum(g.lost),
    sum(p.principal), sum(p.fee)
FROM gone g LEFT JOIN parts p ON p.account_id = g.account_id AND p."on" = g."on" {{home}}
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
CAME_BACK = f"""{KNOWN}
, placed AS (
    SELECT DISTINCT ON (m.id) m.*, g."on" FROM moved m
    LEFT JOIN gone g ON g.account_id = m.account_id AND g."on" <= m.effective_day
    WHERE m.kind <> {chart.CHARGE_OFF} ORDER BY m.id, g."on" DESC
)
SELECT m.product_id, {{place}}, {MONTH.format(day='m."on"')},
    {MONTH.format(day="m.effective_day")},
    coalesce(-sum(back) FILTER (WHERE kind NOT IN {(*BESIDE_MONEY, chart.PASSED)}), 0),
    coalesce(-sum(back) FILTER (WHERE kind IN {BESIDE_MONEY}), 0),
    coalesce(sum(off + back) FILTER (WHERE kind <> {chart.PASSED}), 0),
    coalesce(sum(back) FILTER (WHERE kind = {chart.PASSED}), 0),
    coalesce(sum(c.micro), 0)
FROM placed m LEFT JOIN (SELECT entry_id, sum(amount_minor::numeric * commission_ppm) AS micro
    FROM recovery_commission_line WHERE counted_on <= %(day)s GROUP BY 1) c ON c.entry_id = m.id {{home}}
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


class Cohort(NamedTuple):
    """The charge-offs of a product in a month, and what became of them by a day; amounts in minor units.

    lost: what left the books, which is `principal` and `fee` of it and `interest` with late interest, less the income
    that was never recognised. came_in: money by month after the charge-off (0: in its own month), bounces taken off.
    beside_money: recovered in the ledger by no money: the lender's own credits, what is disputed. given_up: waived,
    written off or closed as small. commission: what agencies earned by these entries,
    parts of a minor unit left out; what a refund of a credit balance took back is not in it. passed_on: what of the
    recoveries is another owner's. `left` is still charged off.
    """

    product: str
    kind: str
    currency: str
    exponent: int
    place: str
    month: date
    accounts: int
    lost: int
    principal: int
    interest: int
    fee: int
    came_in: tuple[int, ...]
    beside_money: int
    given_up: int
    passed_on: int
    commission: int

    @property
    def back(self) -> int:
        """All the money that came in since."""
        return sum(self.came_in)

    @property
    def left(self) -> int:
        """What is still charged off."""
        return self.lost - self.back - self.beside_money - self.given_up

    def share_ppm(self, month: int) -> int:
        """The share that was back at the end of a month after the charge-off, per million."""
        return sum(self.came_in[: month + 1]) * 10**6 // self.lost if self.lost else 0


class Cohorts(NamedTuple):
    """The cohorts of a day, and by currency what was recovered of accounts that were never charged off: of loans that
    were written off without it."""

    day: date
    rows: tuple[Cohort, ...]
    of_no_cohort: dict[str, int]


def of_day(*, day: date, product: str | None = None, by_place: bool = False) -> Cohorts:
    """Every cohort as known on a sealed day, by product, place (where asked; as it is now) and month.

    With every product the cohorts and what is of none add up to the ledger's recoveries, to the unit.
    """
    read.require_sealed(day)
    home = {name: HOME.format(account=f"{name}.account_id") if by_place else "" for name in ("g", "m")}
    place = "coalesce(home.place, '')" if by_place else "''"
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, code, currency, exponent FROM ledger_product")
        products = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(CHARGED_OFF.format(place=place, home=home["g"]), {"day": day})
        gone = cursor.fetchall()
        cursor.execute(CAME_BACK.format(place=place, home=home["m"]), {"day": day})
        back = cursor.fetchall()
    return put_together(day, products, gone, back, product)


def put_together(
    day: date,
    products: Mapping[int, tuple[str, str, int]],
    gone: Sequence[tuple[Any, ...]],
    back: Sequence[tuple[Any, ...]],
    wanted: str | None,
) -> Cohorts:
    """Cohorts of what left the books and what came back, by product (code, currency, exponent), place and month."""
    last = month_number(day)
    came: dict[tuple[int, str, int], dict[int, int]] = {}
    rest: dict[tuple[int, str, int], list[int]] = {}
    of_none: dict[str, int] = {}
    for product_id, place, month, then, *amounts in back:
        money, beside, given_up, passed, micro = map(int, amounts)
        if month is None:
            currency = products[product_id][1]
            of_none[currency] = of_none.get(currency, 0) + money + beside
            continue
        by_month = came.setdefault((product_id, place, month), {})
        by_month[then - month] = by_month.get(then - month, 0) + money
        before = rest.get((product_id, place, month), [0, 0, 0, 0])
        rest[product_id, place, month] = [
            one + two for one, two in zip(before, (beside, given_up, passed, micro), strict=True)
        ]
    rows = []
    for product_id, place, month, accounts, *amounts in gone:
        code, currency, exponent = products[product_id]
        lost, principal, fee = map(int, amounts)
        by_month = came.get((product_id, place, month), {})
        beside, given_up, passed, micro = rest.get((product_id, place, month), [0, 0, 0, 0])
        own = tuple(by_month.get(after, 0) for after in range(last - month + 1))
        rows.append(
            Cohort(
                code,
                of_code(code).kind,
                currency,
                exponent,
                place,
                first_of(month),
                accounts,
                lost,
                principal,
                lost - principal - fee,
                fee,
                own,
                beside,
                given_up,
                passed,
                micro // 10**6,
            )
        )
    if wanted is not None:
        rows = [one for one in rows if one.product == wanted]
    rows.sort(key=lambda one: (one.product, one.place, one.month))
    return Cohorts(day, tuple(rows), {money: amount for money, amount in of_none.items() if amount})


def month_number(day: date) -> int:
    """A month counted from the year 0: 2024-01 is 24288.

    >>> month_number(date(2024, 1, 31)), first_of(24288)
    (24288, datetime.date(2024, 1, 1))
    """
    return day.year * 12 + day.month - 1


def first_of(month: int) -> date:
    """The first day of a month that is counted so."""
    return date(month // 12, month % 12 + 1, 1)
