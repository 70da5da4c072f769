"""Taking a card book: each client an account, its statements and payments replayed and closed day by day.

The book begins on 1 April 2005. A payment of month n pays the statement of month n - 1 and is received between the 5th
and the 18th (the file has no days; the client number decides). On the last day of a month the purchases are posted
that make the statement come out as recorded; where what was charged is already more than that, an adjustment credit is.

What the file cannot tell: April's payment pays a statement of March that is not in it, and is not posted. Arrears from
before April come from the status of April's statement, once; no status is used after that.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection, models, transaction

from duecourse.book import close
from duecourse.book.read import last_sealed
from duecourse.borrowers import people
from duecourse.kernel import days, plain, posting
from duecourse.kernel.account import WIDTH, Account, Accrued, Kept, Owed, Principal, owed_total
from duecourse.kernel.accrual import grow
from duecourse.kernel.columns import AT, PRINCIPALS, STANDING, fields_of
from duecourse.kernel.money import PPM, share_up
from duecourse.kernel.terms import LineTerms
from duecourse.ledger import balances, chart
from duecourse.ledger.journal import Refused
from duecourse.rules.read import day_number
from duecourse.servicing import accounts, agreed, batch, standing
from duecourse.servicing.tables import Account as Contract

from . import card_file, card_late, files
from .card_file import BILLS, MINOR, MONTHS, PAYMENTS, Clients
from .files import BadRow, NothingToRetry
from .tables import File, Quarantined

PRODUCT = "card_tw_2005"
FIRST, LAST = date(2005, 4, 1), date(2005, 9, 30)
CYCLES = [days.day_number(2005, 5 + month, 1) - 1 for month in range(MONTHS)]
"""The cycle days: the last day of each month from April on."""
MOST_ARREARS = 11

Progress = Callable[[str, int, int], None]


class OtherFileUnfinished(Refused):
    code = "other_file_unfinished"


class BookWentOn(Refused):
    code = "book_went_on"


class ImportStopped(Refused):
    code = "import_stopped"


class Taken(NamedTuple):
    """What taking a file did: clients opened now, clients known before, rows quarantined, days closed."""

    file: File
    opened: int
    known: int
    quarantined: int
    days: int


def retry(path: Path, *, by: str = "system", progress: Progress | None = None) -> Taken:
    """Take a file of corrected rows; refused when no row is waiting in quarantine."""
    if not Quarantined.objects.filter(taken_by=None, file__kind="card").exists():
        raise NothingToRetry("no row is in quarantine")
    return take(path, by=by, progress=progress)


def take(path: Path, *, by: str = "system", progress: Progress | None = None) -> Taken:
    """Take a card book, or go on with one that was interrupted; the same file again changes nothing."""
    tell = progress or (lambda stage, done, of: None)
    tell("read the file", 0, 1)
    clients, bad = card_file.read(path)
    with transaction.atomic():
        file, is_new = File.objects.get_or_create(
            digest=files.digest(path), defaults={"name": path.name, "rows": len(clients.rows) + len(bad)}
        )
        if file.summary.get("finished"):
            return Taken(file, 0, len(clients.rows), len(bad), 0)
        other = File.objects.exclude(id=file.id).filter(kind="card", summary__finished__isnull=True).first()
        if other is not None:
            raise OtherFileUnfinished(f"{other.name} is not finished: take it again first")
        clients, clashing = without_clashing(clients, file)
        if is_new:
            quarantine(file, bad + clashing)
    replayed = file.summary.get("replayed_through")
    if replayed and (last_sealed() or FIRST) > date.fromisoformat(replayed):
        raise BookWentOn(f"{path.name} was replayed through {replayed}; the book was closed beyond that without it")
    numbers = [number(client) for client in clients.ids]
    ids = dict(Contract.objects.filter(number__in=numbers).values_list("number", "id"))
    fresh = np.array([told not in ids for told in numbers], dtype=bool)
    tell("open accounts", 0, int(fresh.sum()))
    if fresh.any():
        open_day = balances.book_day()
        if open_day is None or open_day <= FIRST:
            ids |= open_accounts(clients.take(fresh))
        else:
            ids |= card_late.open_late(clients.take(fresh), by=by, progress=tell)
    account_ids = np.array([ids[told] for told in numbers], dtype=np.int64)
    keep_record(file, clients, account_ids)
    closed = run_days(file, clients, account_ids, by, tell)
    mark_taken(file, clients)
    file.summary = {"finished": True, **summary(clients, account_ids)}
    file.save(update_fields=["summary"])
    return Taken(file, int(fresh.sum()), int((~fresh).sum()), len(bad) + len(clashing), closed)


def number(client: int) -> str:
    """The account number of a client of the card data."""
    return f"card-{client:06d}"


def record_folder() -> Path:
    """Where the recorded columns of taken files are kept, for comparison only."""
    return Path(settings.HOME) / "intake" / str(connection.settings_dict["NAME"])


def record() -> pa.Table | None:
    """What the taken files recorded, with account ids; None when no file was taken."""
    places = sorted(record_folder().glob("*.parquet"))
    return pa.concat_tables([pq.read_table(place) for place in places], promote_options="default") if places else None


def keep_record(file: File, clients: Clients, account_ids: Any) -> None:
    """Keep a file's columns beside its account ids."""
    record_folder().mkdir(parents=True, exist_ok=True)
    place = record_folder() / f"{bytes(file.digest).hex()[:16]}.parquet"
    draft = place.with_suffix(".tmp")
    pq.write_table(
        pa.table({"account_id": account_ids, **{name: told for name, told in clients.values.items() if name != "ROW"}}),
        draft,
    )
    draft.replace(place)


def without_clashing(clients: Clients, file: File) -> tuple[Clients, list[BadRow]]:
    """Leave out clients whose values differ from those that an earlier file gave for them."""
    earlier = record()
    own = f"{bytes(file.digest).hex()[:16]}.parquet"
    if earlier is None or (record_folder() / own).exists():
        return clients, []
    good = np.ones(len(clients.rows), dtype=bool)
    bad = []
    place = {client: i for i, client in enumerate(earlier.column("ID").to_pylist())}
    shared = np.array([i for i, client in enumerate(clients.ids.tolist()) if client in place], dtype=np.int64)
    there = np.array([place[int(clients.ids[i])] for i in shared], dtype=np.int64)
    for name in card_file.REQUIRED[1:]:
        before = earlier.column(name).to_numpy()[there]
        for i, value in zip(
            shared[before != clients.values[name][shared]], before[before != clients.values[name][shared]], strict=True
        ):
            if good[i]:
                reason = f"{clients.values[name][i]} differs from the {value} of an earlier file"
                bad.append(BadRow(int(clients.rows[i]), name, "differs_from_earlier_file", reason, str(clients.ids[i])))
            good[i] = False
    return clients.take(good), bad


def quarantine(file: File, bad: list[BadRow]) -> None:
    """Keep the rows that could not be taken."""
    Quarantined.objects.bulk_create(
        [Quarantined(file=file, row=one.row, field=one.field, code=one.code, reason=one.reason, reference=one.reference)
         for one in bad],
        batch_size=1_000,
    )  # fmt: skip


def mark_taken(file: File, clients: Clients) -> None:
    """Mark quarantined rows of earlier files that this file brought in order: by client, or by the row it names."""
    waiting = Quarantined.objects.filter(taken_by=None, file__kind="card").exclude(file=file)
    waiting.filter(reference__in=[str(client) for client in clients.ids]).exclude(code="repeated_client").update(
        taken_by=file
    )
    newest = waiting.order_by("-file_id").first()
    if "ROW" in clients.values and newest is not None:
        of_client = waiting.filter(file_id=newest.file_id, row__in=clients.values["ROW"].tolist())
        of_client.filter(models.Q(field="ID") | models.Q(reference=None)).update(taken_by=file)


def opening(clients: Clients, terms: LineTerms) -> list[tuple[tuple[int, ...], list[int]] | None]:
    """The arrears that clients bring from before April, from the status of April's statement; None for none.

    A status k >= 2 says that k - 1 minimums are outstanding after the due day of April's statement, in May. So many are
    opened that this many are left once May's payment has met what it meets; each is of the size of April's minimum.
    """
    states: list[tuple[tuple[int, ...], list[int]] | None] = [None] * len(clients.rows)
    if "PAY_6" not in clients.values:
        return states
    bills, paid = clients.minor(BILLS)[0], clients.minor(PAYMENTS)[1]
    for i in np.flatnonzero((clients.values["PAY_6"] >= 2) & (bills > 0)):
        bill, payment = int(bills[i]), int(paid[i])
        minimum = max(1, min(bill, max(terms.minimum_floor_minor, share_up(bill, terms.minimum_share_ppm))))
        met = payment // minimum
        if payment % minimum and (minimum - payment % minimum) * PPM <= terms.tolerance_ppm * minimum:
            met += 1
        arrears = min(MOST_ARREARS, max(0, int(clients.values["PAY_6"][i]) - 2 + met))
        if payment < bill and arrears:
            states[i] = state_with_arrears(
                int(clients.values["LIMIT_BAL"][i]) * MINOR, arrears, min(minimum, bill // arrears), terms
            )
    return states


def state_with_arrears(
    limit: int, arrears: int, minimum: int, terms: LineTerms
) -> tuple[tuple[int, ...], list[int]] | None:
    """An account at the close of 31 March with so many minimums open: due on 20 April and the months before."""
    if minimum == 0:
        return None
    day = day_number(FIRST) - 1
    last_due = day + terms.due_after_days
    dues: list[int] = []
    for back in reversed(range(arrears)):
        told = days.civil(last_due)
        month = told.year * 12 + told.month - 1 - back
        dues += [days.day_number(month // 12, month % 12 + 1, told.day), minimum, 0, 0, 0, minimum]
    account = Account(
        day,
        days.next_cycle(day, terms.cycle_day),
        last_due,
        limit,
        Principal(0, 0, 0, minimum, minimum * (arrears - 1)),
        Owed(0, 0, 0, 0),
        0,
        Accrued(0, 0, 0, 0),
        Kept(0, 0, 0, 0),
        minimum * arrears,
        0,
        0,
    )
    return fields_of(account), dues


def open_accounts(clients: Clients) -> dict[str, int]:
    """Open an account for each client, all of them or none; answers their ids by number."""
    terms = agreed.in_force(product=PRODUCT, day=FIRST)
    terms_id = agreed.freeze(product=PRODUCT, agreed=terms)
    borrowers = people.enrol(source="uci-350", references=[str(client) for client in clients.ids])
    new = [
        accounts.New(number(client), borrower, int(limit) * MINOR, taken_on)
        for client, borrower, limit, taken_on in zip(
            clients.ids, borrowers, clients.values["LIMIT_BAL"], opening(clients, terms), strict=True
        )
    ]
    ids = accounts.open_many(product=PRODUCT, terms_id=terms_id, on=FIRST, new=new)
    return dict(zip((one.number for one in new), ids, strict=True))


def pay_day(month: int, clients: Any) -> Any:
    """The day numbers on which clients pay in a month (0 is April): from the 5th to the 18th."""
    return days.day_number(2005, 4 + month, 5) + clients % 14


def keys(file: File, clients: Any, month: int, word: bytes) -> Any:
    """Request keys: the file, the client, the month and what it is, always 40 characters."""
    head = f"card:{bytes(file.digest).hex()[:8]}:"
    told = [f"{head}{client:012d}:2005{4 + month:02d}:".encode() + word for client in clients.tolist()]
    return np.array(told, dtype=f"S{batch.KEY_LENGTH}")


def run_days(file: File, clients: Clients, account_ids: Any, by: str, tell: Progress) -> int:
    """Post each open day's entries and close it, up to the end of September."""
    paid, bills = clients.minor(PAYMENTS), clients.minor(BILLS)
    closed = 0
    total = (LAST - FIRST).days + 1
    while (day := balances.book_day()) is not None and day <= LAST:
        today = day_number(day)
        month = day.month - FIRST.month
        tell("replay and close", (day - FIRST).days, total)
        if month > 0:
            due = (pay_day(month, clients.ids) == today) & (paid[month] > 0)
            post(file, "paymnt", chart.PAYMENT, clients.ids[due], account_ids[due], paid[month][due], month, day)
        if today == CYCLES[month]:
            bill_as_recorded(file, clients, account_ids, bills[month], month, day)
        if not close.through(day, by=by)[-1].sealed:
            raise ImportStopped(
                f"{day} is not sealed: accounts are set aside (duecourse check); then take the file again"
            )
        file.summary = {"replayed_through": str(day)}
        file.save(update_fields=["summary"])
        closed += 1
    tell("replay and close", total, total)
    return closed


def post(file: File, word: str, kind: int, clients: Any, account_ids: Any, amounts: Any, month: int, day: date) -> None:
    """Post entries of one kind; every row was checked, so one that fails stops the import."""
    if not len(clients):
        return
    taken = batch.post(
        entries=batch.Entries(
            account_ids, np.full(len(clients), kind), amounts, keys(file, clients, month, word.encode())
        ),
        on=day,
    )
    if taken.faults:
        raise ImportStopped(f"{len(taken.faults)} entries of {day} could not be posted: {taken.faults[0].message}")


def bill_as_recorded(file: File, clients: Clients, account_ids: Any, bills: Any, month: int, day: date) -> None:
    """Post the purchases, or the adjustment credit, with which tonight's statement comes out as recorded."""
    book = balances.read(batch.in_accounts(account_ids))
    place = np.searchsorted(book.ids, account_ids)
    missing = bills - standing_balance(book, day)[place]
    missing[billed_before(file, clients.ids, month)] = 0
    bought = missing > 0
    post(file, "bought", chart.PURCHASE, clients.ids[bought], account_ids[bought], missing[bought], month, day)
    over = np.flatnonzero(missing < 0)
    credits = np.array([credit_for(book, int(place[i]), int(bills[i]), day) for i in over], dtype=np.int64)
    post(file, "adjust", chart.ADJUSTMENT, clients.ids[over], account_ids[over], credits, month, day)


def billed_before(file: File, clients: Any, month: int) -> Any:
    """Which clients' purchases or credits of a month were posted before an interruption."""
    wanted = [keys(file, clients, month, word) for word in (b"bought", b"adjust")]
    with connection.cursor() as cursor:
        told = [key.decode() for one in wanted for key in one.tolist()]
        cursor.execute("SELECT key FROM ledger_request WHERE key = ANY(%s)", [told])
        known = np.array([row[0].encode() for row in cursor.fetchall()], dtype=f"S{batch.KEY_LENGTH}")
    return np.isin(wanted[0], known) | np.isin(wanted[1], known)


def standing_balance(book: balances.Book, day: date) -> Any:
    """What each account's statement would say tonight if nothing more happened: owed and accrued, less the credit."""
    stand = dict(zip(STANDING, standing.of(book, day), strict=True))
    rows = book.shard.rows
    owed = sum(rows[AT[name]] for name in (*PRINCIPALS, "interest", "fee", "penalty"))
    return owed - rows[AT["credit"]] + stand["interest_to_date"] + stand["penalty_to_date"]


def credit_for(book: balances.Book, i: int, bill: int, day: date) -> int:
    """The adjustment credit with which the statement of the account in column i comes to `bill` tonight."""
    told = agreed.of(book.terms[i])
    held = plain.account_of(*book.shard, i)
    return credit_to(held.account, held.dues[: held.open_dues * WIDTH], told, bill, day_number(day))


def credit_to(account: Account, open_dues: list[int], told: agreed.Agreed, bill: int, today: int) -> int:
    """The adjustment credit, effective today, with which an account's statement tonight comes to `bill`.

    A credit lowers the day's interest a little too, so it is sought by trying; a cent may be left, and then the
    statement is a cent above what was recorded.
    """
    before = grow(account, list(open_dues), 0, len(open_dues) // WIDTH, told.terms, today - 1)

    def balance_after(amount: int) -> int:
        dues = list(open_dues)
        now, count = before, len(dues) // WIDTH
        if amount:
            posted = posting.post(now, dues, 0, count, told.terms, chart.ADJUSTMENT, amount, today)
            now, count = posted.account, posted.open_dues
        after = grow(now, dues, 0, count, told.terms, today)
        return owed_total(after) + after.accrued.interest + after.accrued.penalty - after.credit

    amount = 0
    for _ in range(8):
        over = balance_after(amount) - bill
        if over == 0:
            break
        amount += over
    while balance_after(amount) < bill:
        amount -= 1
    return max(amount, 1)


def summary(clients: Clients, account_ids: Any) -> dict[str, Any]:
    """What the file held and what became of it, in counts and sums (minor units)."""
    bills, paid = clients.minor(BILLS), clients.minor(PAYMENTS)
    told = np.stack([clients.values[name] for name in sorted(clients.values) if name not in ("ID", "ROW")])
    _, repeats = np.unique(told, axis=1, return_counts=True)
    over_limit = bills.max(axis=0) > clients.values["LIMIT_BAL"] * MINOR
    counted: dict[str, Any] = {
        "clients": len(clients.rows),
        "statements_with_nothing_owed": int((bills <= 0).sum()),
        "credit_balances": int((bills < 0).sum()),
        "clients_without_a_positive_bill": int((bills.max(axis=0) <= 0).sum()),
        "clients_ever_over_limit": int(over_limit.sum()),
        "clients_alike_but_for_their_number": int((repeats - 1).sum()),
        "payments_of_april_not_posted": int((paid[0] > 0).sum()),
        "payments_of_april_not_posted_minor": int(paid[0].sum()),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, count(*), coalesce(sum(coalesce(cash, 0) + coalesce(merchant, 0) + coalesce(adjustment, 0) "
            "+ coalesce(take_on, 0)), 0) FROM ledger_entry WHERE kind = ANY(%s) AND account_id = ANY(%s) GROUP BY kind",
            [[chart.PURCHASE, chart.PAYMENT, chart.ADJUSTMENT, chart.TAKE_ON], account_ids.tolist()],
        )
        for kind, count, total in cursor.fetchall():
            name = chart.KINDS[kind][0].replace("-", "_") + "s"
            counted[name], counted[f"{name}_minor"] = count, abs(int(total))
        cursor.execute(
            "SELECT rule, count(*) FROM servicing_breach WHERE account_id = ANY(%s) GROUP BY rule",
            [account_ids.tolist()],
        )
        counted |= {f"purchases_{rule}": count for rule, count in cursor.fetchall()}
    return counted
