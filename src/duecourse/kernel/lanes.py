"""The same functions over a whole shard held as columns: the only file that knows numba.

A shard is `rows`, an int64 array of shape (len(FIELDS), accounts), and its open dues as one flat int64 array with
`offsets` (accounts + 1, in ints). A lane writes to fresh arrays; the dues it writes have one spare slot an account:
those of account i start at `offsets[i] + WIDTH * i`. Lanes are serial and release the GIL; shards run side by side.

The compiled code is cached in a folder named by the kernel's sources, numba's version and the processor, because
numba's own cache watches this file alone.
"""

import hashlib
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba
import numpy as np
from numba import njit, types
from numba.extending import overload, register_jitable

from . import account, accrual, ageing, allocation, days, evening, money, posting, terms
from .account import WIDTH, Account, Accrued, Beside, Kept, Owed, Principal
from .columns import FIELDS, NIGHT, STANDING, Array, Shard
from .days import Calendar
from .money import PPM
from .terms import LineTerms, Order

__all__ = ["FIELDS", "NIGHT", "STANDING", "Shard", "evening_lane", "post_lane", "standing_lane"]
SOURCES = (money, days, terms, account, accrual, allocation, ageing, evening, posting)


def fingerprint(folder: Path) -> str:
    """What the compiled code depends on: every kernel source that is compiled, numba's version, the processor."""
    seen = hashlib.sha256()
    compiled = {module.__name__.rpartition(".")[2] for module in SOURCES} | {"columns", "lanes"}
    for name in sorted(compiled):
        seen.update(name.encode() + b"\0" + (folder / f"{name}.py").read_bytes() + b"\0")
    seen.update(f"{numba.__version__} {platform.python_version()} {llvmlite.binding.get_host_cpu_name()}".encode())
    return seen.hexdigest()[:24]


def cache_folder(folder: Path) -> Path:
    """Where the compiled code of these sources lies: DUECOURSE_CACHE, else the user's cache, else a folder in /tmp."""
    told = os.environ.get("DUECOURSE_CACHE")
    base = Path(told) if told else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "duecourse"
    place = base / "lanes" / fingerprint(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        place = Path(tempfile.gettempdir()) / f"duecourse-lanes-{os.getuid()}" / place.name
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


numba.config.CACHE_DIR = str(cache_folder(Path(__file__).parent))


def unsigned_quotient(amount: int, by: int) -> Any:
    """`money.quotient` as the lanes compute it: without a sign, and by a multiplication where the divisor is known."""
    if by == PPM * 365:
        return types.int64(types.uint64(amount) // types.uint64(PPM * 365))
    if by == PPM * 360:
        return types.int64(types.uint64(amount) // types.uint64(PPM * 360))
    if by == PPM:
        return types.int64(types.uint64(amount) // types.uint64(PPM))
    return types.int64(types.uint64(amount) // types.uint64(by))


@overload(money.quotient, inline="never", jit_options={"forceinline": True})
def quotient_in_lanes(amount: int, by: int) -> Any:
    """Tells numba which function stands for `money.quotient`; a test holds the two equal."""
    return unsigned_quotient


for module in SOURCES:
    for function in vars(module).values():
        own = getattr(function, "__module__", None) == module.__name__ and hasattr(function, "__code__")
        if own and function is not money.quotient:
            register_jitable(forceinline=True)(function)

i64 = types.int64
FLAT = types.Array(i64, 1, "C")
COLUMNS = types.Array(i64, 2, "C")
ORDER = types.NamedUniTuple(i64, 4, Order)
TERMS = types.NamedTuple((i64,) * (len(LineTerms._fields) - 1) + (ORDER,), LineTerms)
CALENDAR = types.NamedTuple((i64, FLAT), Calendar)
RULES = types.NamedUniTuple(i64, len(ageing.AgeRules._fields), ageing.AgeRules)
OPTIONS = {"nogil": True, "error_model": "python", "cache": True}


def calendar(plain: Calendar) -> Calendar:
    """A calendar as the lanes take it."""
    return Calendar(plain.first, np.array(plain.open, dtype=np.int64))  # type: ignore[arg-type]


@register_jitable(forceinline=True)
def account_at(rows: Array, i: int) -> Account:
    """The account in column i."""
    return Account(
        rows[0, i],
        rows[1, i],
        rows[2, i],
        rows[3, i],
        Principal(rows[4, i], rows[5, i], rows[6, i], rows[7, i], rows[8, i]),
        Owed(rows[9, i], rows[10, i], rows[11, i], rows[12, i]),
        rows[13, i],
        Accrued(rows[14, i], rows[15, i], rows[16, i], rows[17, i]),
        Kept(rows[18, i], rows[19, i], rows[20, i], rows[21, i]),
        rows[22, i],
        rows[23, i],
        rows[24, i],
        Beside(rows[25, i], rows[26, i], rows[27, i]),
    )


@register_jitable(forceinline=True)
def write_account(rows: Array, i: int, now: Account) -> None:
    """Write an account into column i."""
    rows[0, i] = now.day
    rows[1, i] = now.statement_on
    rows[2, i] = now.due_on
    rows[3, i] = now.limit
    rows[4, i] = now.principal.unbilled
    rows[5, i] = now.principal.bearing
    rows[6, i] = now.principal.window
    rows[7, i] = now.principal.revolving
    rows[8, i] = now.principal.past_due
    rows[9, i] = now.owed.interest
    rows[10, i] = now.owed.fee
    rows[11, i] = now.owed.penalty
    rows[12, i] = now.owed.unbilled_fee
    rows[13, i] = now.credit
    rows[14, i] = now.accrued.interest
    rows[15, i] = now.accrued.interest_carry
    rows[16, i] = now.accrued.penalty
    rows[17, i] = now.accrued.penalty_carry
    rows[18, i] = now.kept.unbilled
    rows[19, i] = now.kept.window
    rows[20, i] = now.kept.paid_in_window
    rows[21, i] = now.kept.paid_bearing
    rows[22, i] = now.statement_left
    rows[23, i] = now.suspended
    rows[24, i] = now.nonaccrual
    rows[25, i] = now.beside.apart
    rows[26, i] = now.beside.in_full
    rows[27, i] = now.beside.charged_off


def packed(shard: Shard, rows: Array, spaced_dues: Array, counts: Array) -> Shard:
    """What a lane wrote, with the spare slots of its dues closed up."""
    starts = shard.offsets[:-1] + WIDTH * np.arange(len(counts))
    lengths = counts * WIDTH
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    source = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    return Shard(rows, spaced_dues[source], offsets)


@njit(types.void(i64, TERMS, CALENDAR, COLUMNS, FLAT, FLAT, COLUMNS, FLAT, FLAT, COLUMNS, COLUMNS), **OPTIONS)
def evening_lane(
    day: int,
    agreed: LineTerms,
    calendar: Calendar,
    rows: Array,
    dues: Array,
    offsets: Array,
    out_rows: Array,
    out_dues: Array,
    out_counts: Array,
    out_night: Array,
    out_bases: Array,
) -> None:
    """`evening.evening` for every account of a shard.

    out_bases has five rows: the ordinary and late base during the day, the same after its close, and the next event.
    """
    for i in range(rows.shape[1]):
        start, stop = offsets[i], offsets[i + 1]
        place = start + WIDTH * i
        for k in range(stop - start):
            out_dues[place + k] = dues[start + k]
        count = (stop - start) // WIDTH
        before = account_at(rows, i)
        base = accrual.bases(before, out_dues, place, count, agreed)
        out_bases[0, i] = base.ordinary
        out_bases[1, i] = base.late
        closed = evening.evening(before, out_dues, place, count, agreed, calendar, day)
        base = accrual.bases(closed.account, out_dues, place, closed.open_dues, agreed)
        out_bases[2, i] = base.ordinary
        out_bases[3, i] = base.late
        out_bases[4, i] = evening.next_event(closed.account, out_dues, place, closed.open_dues, agreed)
        write_account(out_rows, i, closed.account)
        out_counts[i] = closed.open_dues
        night = closed.night
        out_night[0, i] = night.interest
        out_night[1, i] = night.penalty
        out_night[2, i] = night.fee
        out_night[3, i] = night.suspended
        out_night[4, i] = night.recognised
        out_night[5, i] = night.credit_used
        out_night[6, i] = night.late_days
        out_night[7, i] = night.statement
        out_night[8, i] = night.balance
        out_night[9, i] = night.minimum
        out_night[10, i] = night.past_due
        out_night[11, i] = night.due_on


@njit(types.void(i64, TERMS, FLAT, FLAT, FLAT, COLUMNS, FLAT, FLAT, COLUMNS, FLAT, FLAT, COLUMNS), **OPTIONS)
def post_lane(
    day: int,
    agreed: LineTerms,
    of_account: Array,
    kinds: Array,
    amounts: Array,
    rows: Array,
    dues: Array,
    offsets: Array,
    out_rows: Array,
    out_dues: Array,
    out_counts: Array,
    out_moves: Array,
) -> None:
    """Grow every account to the day before and post its entries, in the order given.

    of_account names the column of each entry. out_moves (len(MOVES), entries) gets what each entry moved.
    """
    for i in range(rows.shape[1]):
        start, stop = offsets[i], offsets[i + 1]
        place = start + WIDTH * i
        for k in range(stop - start):
            out_dues[place + k] = dues[start + k]
        count = (stop - start) // WIDTH
        write_account(out_rows, i, accrual.grow(account_at(rows, i), out_dues, place, count, agreed, day - 1))
        out_counts[i] = count
    for e in range(len(of_account)):
        i = of_account[e]
        place = offsets[i] + WIDTH * i
        coming = evening.next_event(
            account_at(rows, i), dues, offsets[i], (offsets[i + 1] - offsets[i]) // WIDTH, agreed
        )
        assert coming >= day, "posting: an evening of the account was left out"
        before = account_at(out_rows, i)
        oldest = ageing.oldest_due(out_dues, place, out_counts[i])
        out_moves[9, e] = account.available(before)
        out_moves[10, e] = int(ageing.is_suspended(oldest, day, agreed.grace_days))
        out_moves[11, e] = evening.next_event(before, out_dues, place, out_counts[i], agreed)
        base = accrual.bases(before, out_dues, place, out_counts[i], agreed)
        posted = posting.post(before, out_dues, place, out_counts[i], agreed, kinds[e], amounts[e], day)
        after = posted.account
        then = accrual.bases(after, out_dues, place, posted.open_dues, agreed)
        out_counts[i] = posted.open_dues
        write_account(out_rows, i, after)
        out_moves[0, e] = account.principal_total(after.principal) - account.principal_total(before.principal)
        out_moves[1, e] = after.owed.interest - before.owed.interest
        out_moves[2, e] = after.owed.fee - before.owed.fee
        out_moves[3, e] = after.owed.penalty - before.owed.penalty
        out_moves[4, e] = before.credit - after.credit
        out_moves[5, e] = before.suspended - after.suspended
        out_moves[6, e] = then.ordinary - base.ordinary
        out_moves[7, e] = then.late - base.late
        out_moves[8, e] = before.beside.charged_off - after.beside.charged_off
        out_moves[12, e] = evening.next_event(after, out_dues, place, posted.open_dues, agreed)


@njit(types.void(i64, TERMS, RULES, COLUMNS, FLAT, FLAT, COLUMNS), **OPTIONS)
def standing_lane(
    day: int, agreed: LineTerms, rules: ageing.AgeRules, rows: Array, dues: Array, offsets: Array, out: Array
) -> None:
    """What follows from the day alone, for every account: eight rows of `STANDING`."""
    for i in range(rows.shape[1]):
        start = offsets[i]
        count = (offsets[i + 1] - start) // WIDTH
        now = accrual.grow(account_at(rows, i), dues, start, count, agreed, day)
        oldest = ageing.oldest_due(dues, start, count)
        late = ageing.days_past_due(oldest, day, agreed.first_day)
        out[0, i] = late
        out[1, i] = ageing.bucket(late)
        out[2, i] = ageing.stage(late, rules)
        out[3, i] = ageing.risk_class(late, rules)
        out[4, i] = now.accrued.interest
        out[5, i] = now.accrued.penalty
        past_due = 0
        missed = 0
        for k in range(count):
            if dues[start + k * WIDTH] < day + agreed.first_day:
                past_due += account.due_left(dues, start + k * WIDTH)
                missed += 1
        out[6, i] = past_due
        out[7, i] = missed
