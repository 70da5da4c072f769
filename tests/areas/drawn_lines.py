"""Lines drawn for tests of features: what these are made of, with no book behind it."""

import random
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

CYCLES = {1: 5, 2: 15}
"""The terms of lines, by id: their cycle day."""


def sources(count: int, scored: date) -> Any:
    """Sources of so many lines on a day: months with a statement or none, payments early and late, minimums missed or
    not. Accounts come in no order; with the rows come some of accounts that do not stand among them."""
    from duecourse.risk.features import line_book

    draw = random.Random(4)

    def end(terms_id: int, ago: int) -> date:
        month = scored.year * 12 + scored.month - 1 - ago
        return date(month // 12, month % 12 + 1, CYCLES[terms_id])

    now, statements, payments, missed = [], [], [], []
    for account in range(1, count + 10):
        terms_id, late = draw.choice([1, 2]), draw.choice([0, 0, 0, 1, 2])
        opened = scored - timedelta(days=draw.randrange(10, 900))
        owed = draw.randrange(500_000)
        now.append((account, 1, terms_id, draw.randrange(10, 200) * 10_000, 20 * late, late, owed, opened,
                    not late and draw.random() < 0.5, not late))  # fmt: skip
        for ago in range(14):
            day, balance = end(terms_id, ago), draw.randrange(-100, 400_000)
            if draw.random() < 0.85:
                statements.append((account, day, balance, max(balance, 0) // 10, day + timedelta(days=20)))
            if draw.random() < 0.7:
                missed.append((account, draw.choice([0, 0, 0, 1, 2]), day))
            for _ in range(draw.randrange(3)):
                payments.append((day - timedelta(days=draw.randrange(28)), account, draw.randrange(1, 100_000)))
    draw.shuffle(now)
    months = []
    for terms_id in CYCLES:
        ended = [end(terms_id, ago) for ago in range(line_book.MONTHS + 1)]
        for awaits, ends in ((False, ended), (True, [scored, *ended])):
            months += [(terms_id, awaits, i + 1, ends[i], ends[i + 1]) for i in range(line_book.MONTHS)]
    return line_book.Sources(
        now=columns("account_id product_id terms_id limit_minor days_past_due missed owed_minor opened_on"
                  " awaits_statement in_order", now[:count]),
        months=columns(" ".join(line_book.Month._fields), months),
        statements=columns("account_id ends_on balance minimum due_on", statements),
        payments=columns("effective_day payer amount", payments),
        missed=columns("account_id missed_then ends_on", missed),
    )  # fmt: skip


def columns(names: str, rows: list[Any]) -> pa.Table:
    """Rows as a table."""
    return pa.table(dict(zip(names.split(), map(list, zip(*rows, strict=True)), strict=True)))
