"""Taking a file that an agency sends: contacts made, payments taken, promises, complaints and disputes heard.

A row is known by the agency's own name of it: the same again changes nothing, another row under that name is refused.
What is wrong waits in quarantine with its field and reason; a corrected row is known by that name too. Contacts are
judged in the order of their instants.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction

from duecourse.care import complaints, disputes, promises
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.outreach import contact
from duecourse.recovery import agencies, agency_reports, legal
from duecourse.recovery.agency_reports import COMPLAINT, CONTACT, DISPUTE, KINDS, PAYMENT, PROMISE, Subject
from duecourse.rules import lender
from duecourse.rules.contact_rules import CHANNELS, RELATIONS
from duecourse.servicing import payments
from duecourse.servicing.tables import Account

from . import files
from .files import BadRow, ColumnsMissing, NothingToRetry
from .payments_file import REFERENCE_MAX, columns_called
from .tables import File, Quarantined

KIND = "agency"
NAMES = {
    "id": ("id", "编号", "回报编号"),
    "kind": ("kind", "类型"),
    "reference": ("reference", "委案编号"),
    "at": ("at", "时间", "发生时间"),
    "channel": ("channel", "渠道"),
    "result": ("result", "结果"),
    "reached": ("reached", "接听人", "联系对象"),
    "amount": ("amount", "金额"),
    "currency": ("currency", "币种"),
    "due_on": ("due_on", "承诺还款日"),
    "about": ("about", "事由"),
    "text": ("text", "内容"),
}
NEEDED = {
    CONTACT: ("channel", "result"),
    PAYMENT: ("amount",),
    PROMISE: ("channel", "amount", "due_on"),
    COMPLAINT: ("channel", "about", "text"),
    DISPUTE: ("channel", "about", "text"),
}
"""What a row of each kind says beside its id, kind, reference and instant."""
ALWAYS = ("id", "kind", "reference", "at")
CHANNEL_OF_PAYMENTS = 90
"""By which channel the ledger is told that a payment came: an agency took it."""


class Taken(NamedTuple):
    """What taking a file did: the file with its totals (`file.summary`), and how many rows are new."""

    file: File
    new: int


class Said(NamedTuple):
    """A row that can be read; `told`: its fields, `at` its instant."""

    row: int
    told: Mapping[str, str]
    at: datetime


class Wrong(Exception):
    """A row that cannot be taken: the field, a stable code, the reason."""

    def __init__(self, field: str, code: str, reason: str) -> None:
        super().__init__(reason)
        self.told = (field, code, reason)


def retry(path: Path, *, agency: str, at: datetime, by: str) -> Taken:
    """Take a file of corrected rows, or the same file once what was wrong is put right; refused when no row waits."""
    if not Quarantined.objects.filter(taken_by=None, file__kind=KIND).exists():
        raise NothingToRetry("no row of an agency's is in quarantine")
    return take(path, agency=agency, at=at, by=by, again=True)


def take(path: Path, *, agency: str, at: datetime, by: str, again: bool = False) -> Taken:
    """Take a file of an agency's, or go on with one that was stopped; the same file again changes nothing.

    `at`: now. With `again` a file that was taken is looked at again for the rows of it that wait.
    """
    agencies.named(agency=agency)
    found = files.read(path)
    columns = columns_called(path, found.table, NAMES)
    missing = [name for name in ALWAYS if name not in columns]
    if missing:
        raise ColumnsMissing(f"{path}: no column {', '.join(missing)}")
    size = len(found.rows) + len(found.bad)
    digest = hashlib.sha256(f"{KIND}:{agency}:".encode() + files.digest(path)).digest()
    file, _ = File.objects.get_or_create(digest=digest, defaults={"name": path.name, "rows": size, "kind": KIND})
    if file.summary.get("finished") and not again:
        return Taken(file, 0)
    texts = {name: column.to_pylist() for name, column in columns.items()}
    rows: list[Said] = []
    bad = list(found.bad)
    for place, number in enumerate(found.rows):
        told = {name: values[place] for name, values in texts.items() if values[place]}
        try:
            rows.append(Said(number, told, checked(told, at)))
        except Wrong as wrong:
            bad.append(BadRow(number, *wrong.told, name_of(agency, told)))
    new: dict[str, int] = dict.fromkeys(KINDS, 0)
    good = []
    for said in sorted(rows, key=lambda one: (one.told["kind"] != CONTACT, one.at, one.row)):
        try:
            new[said.told["kind"]] += write(agency, said, file, legal.day_of(at), by)
            good.append(said)
        except Wrong as wrong:
            bad.append(BadRow(said.row, *wrong.told, name_of(agency, said.told)))
        except Exception as refused:
            code = getattr(type(refused), "code", None)
            if not isinstance(code, str):
                raise
            bad.append(BadRow(said.row, "", code, str(refused), name_of(agency, said.told)))
    finish(file, agency, good, bad, {"agency": agency, "rows": size, **new})
    return Taken(file, sum(new.values()))


def name_of(agency: str, told: Mapping[str, str]) -> str | None:
    """By what a row in quarantine is known again."""
    return f"{agency}:{told['id'][:REFERENCE_MAX]}" if told.get("id") else None


def checked(told: Mapping[str, str], now: datetime) -> datetime:
    """The instant of a row that says what its kind needs, in words that are known."""
    for name in (*ALWAYS, *NEEDED.get(told.get("kind", ""), ())):
        if not told.get(name):
            raise Wrong(name, "missing", "nothing stands there")
    if len(told["id"]) > REFERENCE_MAX:
        raise Wrong("id", "reference_too_long", f"at most {REFERENCE_MAX} characters are taken")
    outcomes = {*contact.OUTCOMES_OF_CALLS, *contact.OUTCOMES_OF_MESSAGES} - {"not_made"}
    words = {
        "kind": KINDS, "channel": CHANNELS, "reached": RELATIONS, "result": sorted(outcomes),
        "about": {COMPLAINT: complaints.ABOUT, DISPUTE: disputes.KINDS}.get(told["kind"], (told.get("about"),)),
    }  # fmt: skip
    for name, known in words.items():
        if told.get(name) and told[name] not in known:
            raise Wrong(name, "unknown_word", f"{told[name][:40]!r}: there are {', '.join(map(str, known))}")
    try:
        at = datetime.fromisoformat(told["at"])
    except (ValueError, OverflowError):
        at = now.replace(tzinfo=None)
    if at.tzinfo is None:
        raise Wrong("at", "not_an_instant", f"{told['at'][:40]!r}: no instant with a zone (2026-08-31T23:59:00+08:00)")
    if at > now:
        raise Wrong("at", "not_yet", f"{told['at'][:40]} has not come")
    return at


def write(agency: str, said: Said, file: File, day: date, by: str) -> int:
    """Write down one row; 1 where it is new, 0 where it was known."""
    told = said.told
    about = agency_reports.subject(agency=agency, reference=told["reference"])
    common: dict[str, Any] = {
        "reference": told["id"], "told": told, "at": said.at, "file": file.id, "day": day, "by": by,
    }  # fmt: skip
    with transaction.atomic():
        agencies.alone()
        if agency_reports.before(about, told["id"], told):
            return 0
        if told["kind"] == CONTACT:
            reached = told.get("reached", "self")
            agency_reports.contacted(about, channel=told["channel"], result=told["result"], relation=reached, **common)
            return 1
        if why := agency_reports.outside(about, said.at):
            raise Wrong("at", "outside_placement", why)
        amount = amount_of(about, told) if told.get("amount") else None
        account = about.account.account_id if about.account else None
        row = WRITERS[told["kind"]](about, told, said.at, account, amount)
        agency_reports.keep(about, kind=told["kind"], row_id=row, account=account, amount_minor=amount, **common)
    return 1


def amount_of(about: Subject, told: Mapping[str, str]) -> int:
    """An amount of the account's currency, in minor units."""
    account = about.one_account()
    if told.get("currency", account.currency).upper() != account.currency:
        raise Wrong("currency", "other_currency", f"{told['currency'][:10]!r}: the account is in {account.currency}")
    exponent = Account.objects.values_list("product__exponent", flat=True).get(id=account.account_id)
    try:
        scaled = Decimal(told["amount"]).scaleb(exponent)
        is_whole = scaled.is_finite() and scaled == scaled.to_integral_value()
    except InvalidOperation:
        is_whole = False
    if not is_whole:
        raise Wrong("amount", "not_a_number", f"{told['amount'][:40]!r}: no amount of this currency")
    if not 0 < scaled <= AMOUNT_MAX:
        raise Wrong("amount", "not_positive" if scaled <= 0 else "amount_too_large", f"{told['amount'][:40]!r}")
    return int(scaled)


def paid(about: Subject, told: Mapping[str, str], at: datetime, account: int | None, amount: int | None) -> int:
    """Post a payment that the agency took, whole, whatever of it the agency keeps back; its entry."""
    assert account is not None
    assert amount is not None
    on = lender.clock(on=at.date()).day_of(at)
    receipt = payments.receive(
        account=account, amount_minor=amount, received_on=on, key=f"{KIND}:{about.agency.code}:{told['id']}",
        channel=CHANNEL_OF_PAYMENTS,
    )  # fmt: skip
    return receipt.entry_id


def promised(about: Subject, told: Mapping[str, str], at: datetime, account: int | None, amount: int | None) -> int:
    """Note a promise that was made to the agency."""
    assert amount is not None
    try:
        due_on = date.fromisoformat(told["due_on"])
    except ValueError:
        raise Wrong("due_on", "not_a_day", f"{told['due_on'][:40]!r}: no day (2026-08-31)") from None
    return promises.promise(
        person=about.placement.borrower_id,
        amount_minor=amount,
        due_on=due_on,
        account=account,
        **said_to(about, told, at),
    ).promise


def complained(about: Subject, told: Mapping[str, str], at: datetime, account: int | None, amount: int | None) -> int:
    """Note a complaint that the agency heard; it counts against the agency."""
    return complaints.receive(
        person=about.placement.borrower_id, about=told["about"], text=told["text"], account=account,
        agency=about.agency.code, **said_to(about, told, at),
    )  # fmt: skip


def disputed(about: Subject, told: Mapping[str, str], at: datetime, account: int | None, amount: int | None) -> int:
    """Note what the person disputes, as the agency heard it."""
    if (told["about"] == "amount") != (amount is not None):
        raise Wrong(
            "amount", "missing" if amount is None else "not_needed", "a disputed amount has one, others have none"
        )
    return disputes.open_dispute(
        person=about.placement.borrower_id, kind=told["about"], text=told["text"], account=account, amount_minor=amount,
        **said_to(about, told, at),
    )  # fmt: skip


WRITERS = {PAYMENT: paid, PROMISE: promised, COMPLAINT: complained, DISPUTE: disputed}
"""What writes a row of a kind; answers what it became."""


def said_to(about: Subject, told: Mapping[str, str], at: datetime) -> dict[str, Any]:
    """When, how and to whom something was said, and the key of the request."""
    return {
        "at": at, "channel": told["channel"], "by": about.by, "reason": f"told to the agency: {told['reference']}",
        "key": f"{KIND}:{about.agency.code}:{told['id']}",
    }  # fmt: skip


def finish(file: File, agency: str, good: list[Said], bad: list[BadRow], totals: Mapping[str, Any]) -> None:
    """Keep the rows that wait and the totals; rows that waited and were taken now do not wait any more."""
    with transaction.atomic():
        waiting = set(file.quarantined.filter(taken_by=None).values_list("row", flat=True))
        Quarantined.objects.bulk_create(
            Quarantined(file=file, **one._asdict()) for one in sorted(bad) if one.row not in waiting
        )
        still = Quarantined.objects.filter(taken_by=None, file__kind=KIND)
        still.filter(file=file, row__in=[one.row for one in good]).update(taken_by=file)
        named = {name_of(agency, one.told) for one in good}
        still.exclude(file=file).filter(reference__in=named).update(taken_by=file)
        file.summary = {"finished": True, **totals, "quarantined": len(bad)}
        file.save(update_fields=["summary"])
