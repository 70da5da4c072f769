"""Contact decisions over a whole book in one night, and one at a time.

A book of lines in mid-life whose borrowers live in four places and twelve time zones; nine in ten agreed to texts, some
withdrew it, some are blocked, a fifth was contacted within the last week, one in two hundred has had as many texts as a
day may have. Every account is asked about: a text, as a reminder before the due day, in the afternoon of Beijing.
Yardsticks of the same run: the same gate asked about each account alone, with the facts read in bulk (on a part of the
book), and reading the same rows without deciding. One at a time: `contact.may_we` with everything it keeps, beside a
bare transaction of one SELECT and one INSERT.

    python bench/bench_contact.py [--accounts 200000] [--runs 3] [--alone 20000] [--single 400]
"""

import argparse
import statistics
import time
from datetime import UTC, date, datetime, timedelta

import scratch

BOOK = date(2026, 8, 20)
AT = datetime(2026, 8, 20, 8, 0, tzinfo=UTC)
HOMES = """
    VALUES (0, 'CN', 'Asia/Shanghai'), (1, 'CN', 'Asia/Shanghai'), (2, 'CN', ''), (3, 'CN', 'Asia/Shanghai'),
        (4, 'CN', 'Asia/Shanghai'), (5, 'CN', 'Asia/Shanghai'), (6, 'US-NY', 'America/New_York'),
        (7, 'US-TX', 'America/Chicago'), (8, 'US-CA', ''), (9, 'US-MA', 'America/New_York'),
        (10, 'UK', 'Europe/London'), (11, 'DE', 'Europe/Berlin')
"""
FILL = (
    f"""INSERT INTO borrowers_residence (borrower_id, place, zone, language, by, reason)
    SELECT b, h.place, h.zone, 'en', 'bench', '' FROM generate_series(%(first)s::bigint, %(last)s) b
    JOIN ({HOMES}) h (n, place, zone) ON h.n = (b * 7919) %% 12""",
    """INSERT INTO borrowers_consent (borrower_id, kind, channel, purpose, given, at, by, reason)
    SELECT b, 'contact', 'sms', '', (b * 31) %% 50 <> 0, %(at)s - ((b * 13) %% 400) * interval '1 day', 'bench', ''
    FROM generate_series(%(first)s::bigint, %(last)s) b WHERE b %% 10 <> 0""",
    """INSERT INTO borrowers_block (borrower_id, kind, channel, purpose, since, opens, shuts, by, reason)
    SELECT b, (ARRAY['promise', 'dispute', 'hardship'])[1 + b %% 3], '', '', %(at)s - interval '9 days', 0, 1440,
        'bench', ''
    FROM generate_series(%(first)s::bigint, %(last)s) b WHERE b %% 33 = 0""",
    """INSERT INTO borrowers_contact_decision (borrower_id, channel, purpose, relation, at, allowed, refusals, fault,
        inputs, rule_set, key, by)
    SELECT b, (ARRAY['sms', 'call'])[1 + b %% 2], 'collection', 'self', %(at)s - ((b * 17) %% 150) * interval '1 hour',
        true, '[]', '', '{}', '', '', 'bench'
    FROM generate_series(%(first)s::bigint, %(last)s) b WHERE b %% 5 = 0""",
    """INSERT INTO borrowers_contact_decision (borrower_id, channel, purpose, relation, at, allowed, refusals, fault,
        inputs, rule_set, key, by)
    SELECT b, 'sms', 'marketing', 'self', %(at)s - n * interval '10 minutes', true, '[]', '', '{}', '', '', 'bench'
    FROM generate_series(%(first)s::bigint, %(last)s) b, generate_series(1, 5) n WHERE b %% 200 = 1""",
    """INSERT INTO borrowers_contact_outcome (decision_id, outcome, at, by, note)
    SELECT id, CASE channel WHEN 'sms' THEN 'sent' ELSE 'unanswered' END, at, 'bench', ''
    FROM borrowers_contact_decision""",
    "ANALYZE",
)
BARE = "INSERT INTO borrowers_contact_outcome (decision_id, outcome, at, by, note) VALUES (%s, 'sent', %s, '', '')"


def filled() -> int:
    """Write what is known of reaching the borrowers of the book; how many rows there are to read."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT min(borrower_id), max(borrower_id) FROM servicing_account")
        first, last = cursor.fetchone()
        for sql in FILL:
            cursor.execute(sql, {"first": first, "last": last, "at": AT} if "%(" in sql else None)
        cursor.execute(
            "SELECT (SELECT count(*) FROM borrowers_residence) + (SELECT count(*) FROM borrowers_consent) "
            "+ (SELECT count(*) FROM borrowers_block) + (SELECT count(*) FROM borrowers_contact_decision)"
        )
        return int(cursor.fetchone()[0])


def screened(*, keep: bool) -> tuple[float, int, int]:
    """Seconds to ask about every account, how many there are, and how many are refused."""
    from duecourse.outreach import screening

    began, count, refused = time.perf_counter(), 0, 0
    for batch in screening.screen(channel="sms", purpose="reminder_before_due", at=AT, by="bench", keep=keep):
        count += len(batch.borrower)
        refused += int((~batch.allowed).sum())
    return time.perf_counter() - began, count, refused


def alone(accounts: int) -> float:
    """Accounts a second when each is asked about alone, the facts read in bulk."""
    from duecourse.outreach import gate, screening
    from duecourse.outreach.asked import Asked

    looking = screening.looked(["CN", "US-NY", "UK", "DE"], Asked("sms", "reminder_before_due", AT))
    began = time.perf_counter()
    _, _, told, borrower, account = screening.brought(0, accounts, looking)
    for person, one in zip(borrower.tolist(), account.tolist(), strict=True):
        gate.decide(told.person(person, own=True), looking.asked._replace(debt=str(one)))
    return len(borrower) / (time.perf_counter() - began)


def reading() -> float:
    """Seconds to read the same rows and decide nothing."""
    from duecourse.ledger.bulk import arrow

    began = time.perf_counter()
    for sql in (
        "SELECT borrower_id, id FROM servicing_account",
        "SELECT borrower_id, place, zone FROM borrowers_residence",
        "SELECT borrower_id, kind, channel, purpose, given, at, until FROM borrowers_consent",
        "SELECT borrower_id, kind, since, until FROM borrowers_block",
        "SELECT d.borrower_id, d.at, d.channel, o.outcome, d.purpose FROM borrowers_contact_decision d "
        "JOIN borrowers_contact_outcome o ON o.decision_id = d.id",
    ):
        arrow(sql)
    return time.perf_counter() - began


def singly(count: int) -> tuple[float, float]:
    """Milliseconds of one decision with all it keeps, and of a bare transaction; medians."""
    from django.db import connection, transaction

    from duecourse.outreach import contact

    ours, bare = [], []
    for person in range(1, count + 1):
        began = time.perf_counter()
        at = AT + timedelta(seconds=person)
        contact.may_we(person=person, channel="sms", purpose="reminder_before_due", at=at, by="bench")
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT place FROM borrowers_residence WHERE borrower_id = %s", [person])
            cursor.execute(BARE, [10**9, at])
        bare.append(time.perf_counter() - began)
    return statistics.median(ours) * 1_000, statistics.median(bare) * 1_000


def main() -> None:
    asked = argparse.ArgumentParser()
    for name, value in (("accounts", 200_000), ("runs", 3), ("alone", 20_000), ("single", 400)):
        asked.add_argument(f"--{name}", type=int, default=value)
    told = asked.parse_args()
    with scratch.database():
        import django

        django.setup()
        from duecourse.simulator import load

        load.book_for_load(told.accounts, on=BOOK)
        rows = filled()
        one_by_one = alone(told.alone)
        seconds, read = [], []
        for _ in range(told.runs):
            took, count, refused = screened(keep=False)
            seconds.append(took)
            read.append(reading())
        kept, _, _ = screened(keep=True)
        took = statistics.median(seconds)
        print(f"{count:,} accounts, {rows:,} rows about reaching them, {refused:,} refused")
        print(f"screened: {took:.1f} s, {count / took:,.0f} a second", end=", ")
        print(
            f"{count / took / one_by_one:.1f} times as fast as each asked alone ({one_by_one:,.0f} a second)", end=", "
        )
        print(f"{took / statistics.median(read):.1f} times as long as reading the same rows")
        print(f"with the refusals kept: {kept:.1f} s, {count / kept:,.0f} a second")
        ours, bare = singly(told.single)
        print(f"one at a time: {ours:.2f} ms, {ours / bare:.1f} times a bare transaction ({bare:.2f} ms)")


if __name__ == "__main__":
    main()
