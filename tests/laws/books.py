"""Drawn books on the real database: accounts, acts that arrive in time or late, reversals, daily closes."""

import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

import histories as h
from drawn import seen
from hypothesis import strategies as st

from duecourse.kernel.posting import ADJUSTMENT, PAYMENT, PURCHASE, REFUND
from duecourse.kernel.terms import PLAIN_LINE, LineTerms

PRODUCT = "card_tw_2005"
FIRST = date(2024, 1, 10)
REVERSAL = 9
RICH = PLAIN_LINE._replace(late_rate_ppm=240_000, late_fee_minor=500, new_purchases=1, compound=1, nonaccrual_days=31)
"""Terms under which much happens to a line that is not paid."""


class Act(NamedTuple):
    """An act booked `booked` days after the first day, effective `back` days earlier, on the account `who`.

    Of a reversal, `amount` chooses among the payments made before.
    """

    booked: int
    who: int
    kind: int
    amount: int
    back: int

    @property
    def effective(self) -> int:
        return self.booked - self.back


class Plan(NamedTuple):
    """Terms and limits of accounts, what happens to them, and for how many days."""

    terms: tuple[LineTerms, ...]
    limits: tuple[int, ...]
    acts: tuple[Act, ...]
    days: int


@st.composite
def plans(draw: st.DrawFn, accounts: int = 12, days: int = 75, late: bool = True) -> Plan:
    """Books of some accounts; where `late`, many acts are backdated and payments reversed.

    The acts come from a drawn seed: a book that is rich enough to be worth its closes is too large to be drawn.
    """
    terms = [draw(h.terms())._replace(year_days=365) for _ in range(accounts // 2)]
    terms = [
        one._replace(nonaccrual_days=min(one.nonaccrual_days, 1 + 1_000_000 * (i % 2))) for i, one in enumerate(terms)
    ]
    chance = Random(draw(st.integers(0, 2**32)))
    kinds = [PURCHASE, PURCHASE, PURCHASE, PAYMENT, PAYMENT, REFUND, ADJUSTMENT] + [REVERSAL] * late
    acts = []
    for _ in range(8 * accounts):
        booked = chance.randrange(days)
        back = chance.randrange(booked + 1) if late and chance.random() < 0.3 else 0
        largest = chance.choice((300, 30_000, 200_000))
        acts.append(
            Act(booked, chance.randrange(accounts), chance.choice(kinds), chance.randrange(1, largest + 1), back)
        )
    acts.sort(key=lambda act: act.booked)
    seen("line", len(acts), sum(act.back > 0 or act.kind == REVERSAL for act in acts))
    limits = tuple(chance.choice((20_000, 10**7)) for _ in range(accounts))
    return Plan(tuple(terms[i % len(terms)] for i in range(accounts)), limits, tuple(acts), days)


def in_right_order(plan: Plan) -> Plan:
    """The same book had everything come in on its day, and had what is reversed never come in."""
    standing: list[Act] = []
    for act in plan.acts:
        if act.kind != REVERSAL:
            standing.append(act)
            continue
        paid = [i for i, one in enumerate(standing) if one.kind == PAYMENT and one.who == act.who]
        if paid:
            del standing[paid[act.amount % len(paid)]]
    ordered = sorted(standing, key=lambda act: act.effective)
    return plan._replace(acts=tuple(act._replace(booked=act.effective, back=0) for act in ordered))


def empty() -> None:
    """Empty the test's database and its folder of sealed days; ids of terms go on, since terms stay in memory."""
    from django.db import connections

    from duecourse.book import parquet

    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = 'public' AND "
            "tablename ~ '^(audit|book|borrowers|care|ledger|servicing|intake)_' AND tablename <> 'servicing_terms' "
            "AND tablename <> 'ledger_product'"
        )
        tables = cursor.fetchone()[0]
        turn_guards(cursor, "DISABLE")
        cursor.execute(f"TRUNCATE {tables}")
        turn_guards(cursor, "ENABLE")
        cursor.execute("ALTER SEQUENCE servicing_account_id RESTART")
    shutil.rmtree(parquet.root(), ignore_errors=True)


def turn_guards(cursor: Any, turned: str) -> None:
    """Let the guards of tables that are never emptied stand (ENABLE) or not (DISABLE); their owner may."""
    cursor.execute(
        "SELECT string_agg(format('ALTER TABLE %I " + turned + " TRIGGER %I', c.relname, t.tgname), ';') "
        "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname LIKE '%_never_emptied'"
    )
    cursor.execute(cursor.fetchone()[0])


def next_ids_from(account_id: int) -> None:
    """Let the next account get this id."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER SEQUENCE servicing_account_id RESTART WITH %s", [account_id])


def day_of(offset: int) -> date:
    """The date of a day of the plan."""
    return FIRST + timedelta(days=offset)


class Keeper:
    """A book in the making: its accounts, and which payments stand on each."""

    def __init__(self, plan: Plan, name: str, *, shards: Sequence[int] = ()) -> None:
        from duecourse.servicing import accounts, agreed

        self.plan, self.name = plan, name
        self.ids: list[int] = []
        self.entries: list[tuple[Act, int]] = []
        for i, (terms, limit) in enumerate(zip(plan.terms, plan.limits, strict=True)):
            if shards:
                next_ids_from(shards[i % len(shards)] * 50_000 + 1 + i)
            terms_id = agreed.freeze(product=PRODUCT, agreed=terms)
            new = accounts.New(f"{name}{i}", i + 1, limit)
            self.ids += accounts.open_many(product=PRODUCT, terms_id=terms_id, on=FIRST, new=[new])

    def do(self, offset: int) -> None:
        """Everything that is booked on a day."""
        for i, act in enumerate(self.plan.acts):
            if act.booked == offset:
                self.act(act, f"{self.name}:{i}")

    def act(self, act: Act, key: str) -> None:
        """One act."""
        from duecourse.servicing import adjustments, payments, purchases

        account, on = self.ids[act.who], day_of(act.effective)
        given: dict[str, Any] = {"account": account, "amount_minor": act.amount, "on": on, "key": key}
        if act.kind == PURCHASE:
            purchases.post(**given)
        elif act.kind == REFUND:
            purchases.refund(**given)
        elif act.kind == ADJUSTMENT:
            adjustments.credit(**given)
        elif act.kind == PAYMENT:
            paid = payments.receive(account=account, amount_minor=act.amount, received_on=on, key=key)
            self.entries.append((act, paid.entry_id))
        else:
            mine = [i for i, (paid_by, _) in enumerate(self.entries) if paid_by.who == act.who]
            if mine:
                _, entry = self.entries.pop(mine[act.amount % len(mine)])
                payments.reverse(account=account, entry=entry, reason="bounced", by="test", key=key)


def state(account_id: int, on: date) -> tuple[tuple[int, ...], list[int]]:
    """An account's numbers and dues, grown to the close of a day."""

    from duecourse.kernel.accrual import grow
    from duecourse.kernel.columns import FIELDS, account_from, fields_of
    from duecourse.ledger.tables import Balance
    from duecourse.rules.read import day_number
    from duecourse.servicing import agreed

    row = Balance.objects.get(account_id=account_id)
    told = agreed.of(row.terms_id)
    account = account_from([getattr(row, field) for field in FIELDS])
    grown = grow(account, list(row.dues), 0, len(row.dues) // 6, told.terms, day_number(on))
    return fields_of(grown), list(row.dues)


VOLATILE = ("recorded_at", "xid")
"""Columns that say when something was written, not what."""


def tables() -> list[str]:
    """Every table of the application."""
    from django.apps import apps

    own = [model._meta.db_table for model in apps.get_app_config("duecourse").get_models()]
    return sorted({*own, "ledger_agenda"})


def dump(leave_out: Sequence[str] = ()) -> dict[str, list[str]]:
    """Every row of every table as text, in order; some columns left out by name.

    Two queries whatever the number of tables: laws and refusals ask for it before and after each act.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attrelid::regclass::text, string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute "
            "WHERE attrelid = ANY(%s::regclass[]) AND attnum > 0 AND NOT attisdropped AND attname <> ALL(%s) "
            "GROUP BY attrelid",
            [tables(), [*VOLATILE, *leave_out]],
        )
        columns = dict(cursor.fetchall())
        assert sorted(columns) == tables()
        found: dict[str, list[str]] = {table: [] for table in tables()}
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{table}', row({columns[table]})::text FROM {table}" for table in found)
        )
        for table, line in cursor.fetchall():
            found[table].append(line)
    return {table: sorted(lines) for table, lines in found.items()}
