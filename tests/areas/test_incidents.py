"""Incidents: whom they concern, what undoing does, two approvals, undone once, told where it cannot be."""

import csv
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result
from refusing import trace

FIRST, DUE, PAID, LAST = date(2024, 1, 10), date(2024, 2, 21), date(2024, 3, 5), date(2024, 3, 10)
WINDOW = datetime.fromisoformat("2024-02-21T09:00:00+08:00"), datetime.fromisoformat("2024-02-21T12:00:00+08:00")
CHANNEL, AMOUNT = 3, 5_000
NAMES = ("reference", "amount", "intime", "unpaid", "debit", "waived")
ATTEMPTS = """account,tried_at,amount,reference
reference,2024-02-21T10:00:00+08:00,50.00,R-1
amount,2024-02-21T10:05:00+08:00,50.00,R-2
amount,2024-02-21T10:06:00+08:00,50.00,R-3
intime,2024-02-21T10:00:00+08:00,50.00,R-4
unpaid,2024-02-21T10:00:00+08:00,50.00,R-5
waived,2024-02-21T11:00:00+08:00,50.00,R-6
"""


class Book(NamedTuple):
    """The accounts by name, the payment of each, and the waiver of a late fee."""

    ids: dict[str, int]
    waiver: int
    incident: int


@pytest.fixture(scope="module")
def made(module_db: str, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Lines of which 50.00 were due on a day when the bank was down; closed for eighteen days more."""
    from duecourse.book import close
    from duecourse.intake import receive
    from duecourse.servicing import accounts, agreed, debit_results, debits, fees, mandates, purchases

    place = tmp_path_factory.mktemp("files")
    ids = {}
    for name in NAMES:
        told = {"number": name, "borrower_id": 1, "product": "line_demo", "limit_minor": 500_000, "on": FIRST}
        if not ids:
            terms = agreed.of(agreed_of(accounts.open_line(**{**told, "number": "model"}))).terms
            terms_id = agreed.freeze(
                product="line_demo", agreed=terms._replace(late_fee_minor=2_500, late_fee_cap_minor=10**6)
            )
        new = accounts.New(name, 1, 500_000)
        ids[name] = accounts.open_many(product="line_demo", terms_id=terms_id, on=FIRST, new=[new])[0]
        purchases.post(account=ids[name], amount_minor=100_000, on=FIRST, key=f"buy{name}")
    source = [mandates.Source("bank_card", "6222020200112233")]
    by = {"by": "ann", "reason": "asked for"}
    mandates.grant(account=ids["debit"], takes="minimum", sources=source, on=FIRST, key="m", consent="C", **by)

    def paid(on: date, *names: str) -> None:
        file = place / f"paid{on}.csv"
        rows = [f"{name},50.00,{on},{'R-1' if name == 'reference' else 'P-' + name},{CHANNEL}" for name in names]
        file.write_text("\n".join(["account,amount,received_on,reference,channel", *rows, ""]))
        assert receive.take(file).file.summary["quarantined"] == 0

    close.through(DUE - timedelta(days=1))
    for offset in range((LAST - DUE).days + 1):
        on = DUE + timedelta(days=offset)
        for one in debits.due(day=on).orders:
            result = "failed" if offset == 0 else "paid"
            debit_results.settled(
                order=one.key, result=result, on=on, key=f"a{one.key}", reason_code="down" * (not offset)
            )
        if on == DUE:
            paid(on, "intime")
        if on == PAID:
            paid(on, "reference", "amount", "waived")
        if on == LAST:
            told = {
                "component": "fee",
                "amount_minor": 2_500,
                "on": on,
                "by": "bob",
                "reason": "first time",
                "key": "w",
            }
            waiver = fees.waive(account=ids["waived"], **told).act
        close.through(on)
    return Book(ids, waiver, opened())


def agreed_of(account: int) -> int:
    from duecourse.servicing.tables import Account

    return Account.objects.get(id=account).terms_id


def opened(key: str = "i", **more: Any) -> int:
    from duecourse.care import incidents

    told = {"from_at": WINDOW[0], "to_at": WINDOW[1], "channels": [0, CHANNEL], "cause": "bank", "by": "ann"}
    return incidents.open_incident(**{**told, "description": "the bank was down", "key": key, **more})


@pytest.fixture
def book(made: Book, db_copy: str) -> Book:
    """The same for one test."""
    return made


@pytest.fixture
def attempts(tmp_path: Path) -> Path:
    file = tmp_path / "attempts.csv"
    file.write_text(ATTEMPTS)
    return file


def found(book: Book, attempts: Path, incident: int | None = None) -> Any:
    from duecourse.care import incident_finding, incidents
    from duecourse.intake import attempts_file

    number = incident or book.incident
    attempts_file.take(attempts, incident=number, by="ann")
    return incident_finding.find(incident=incidents.get(number), by="ann")


def findings(book: Book) -> dict[str, tuple[str, date, date]]:
    from duecourse.care import incidents

    names = {account: name for name, account in book.ids.items()}
    taken, _ = incidents.findings_of(book.incident)
    return {names[row.account_id]: (row.kind, row.tried_on, row.paid_on) for row in taken}


def approved(book: Book) -> None:
    from duecourse.care import incidents

    for by in ("bob", "cyd"):
        incidents.approve(incident=book.incident, by=by, reason="the bank's letter")


def applied(book: Book) -> dict[str, str]:
    """How each account came out of undoing."""
    from duecourse.care import incidents

    names = {account: name for name, account in book.ids.items()}
    return {
        names[one.account]: one.code or ("before" if one.is_done else "undone")
        for one in incidents.apply(incident=book.incident, by="bob")
    }


def refused(fault: type[Exception], do: Callable[[], object]) -> None:
    """It is refused, and nothing was written."""
    before = trace()
    with pytest.raises(fault):
        do()
    assert trace() == before


def test_payments_are_found_by_reference_by_amount_and_by_debit_order(book: Book, attempts: Path) -> None:
    told = found(book, attempts)
    later = DUE + timedelta(days=2)
    assert findings(book) == {
        "reference": ("attempt", DUE, PAID),
        "amount": ("attempt", DUE, PAID),
        "debit": ("debit", DUE, later),
        "waived": ("attempt", DUE, PAID),
    }
    assert told.new == 4
    assert sorted((one.account, one.in_time) for one in told.waiting) == sorted(
        [(book.ids["intime"], True), (book.ids["unpaid"], False)]
    )
    assert found(book, attempts).new == 0, "looked for again, nothing is found twice"


def test_a_failed_order_without_the_banks_reason_asked_for_is_not_of_the_incident(book: Book) -> None:
    from duecourse.care import incident_finding, incidents

    one = incidents.get(book.incident)
    assert incident_finding.find(incident=one, by="ann", reason_codes=["timeout"]) == (0, [])
    assert incident_finding.find(incident=one, by="ann", reason_codes=["down"]).new == 1


def test_a_payment_of_the_amount_that_came_long_after_is_another_one(book: Book, attempts: Path) -> None:
    short = opened("short", within_days=5)
    assert found(book, attempts, short).new == 2, "by reference, and the debit"


def test_undoing_is_foreseen_exactly_and_leaves_no_fee_no_late_interest_and_no_days_past_due(
    book: Book, attempts: Path
) -> None:
    from duecourse.care import incidents

    found(book, attempts)
    before = trace()
    foreseen = list(incidents.preview(incident=book.incident))
    assert trace() == before, "a preview writes nothing"
    approved(book)
    done = list(incidents.apply(incident=book.incident, by="bob"))
    assert [(one.account, one.before, one.after, one.code) for one in done] == [
        (one.account, one.before, one.after, one.code) for one in foreseen
    ]
    one = next(one for one in done if one.account == book.ids["amount"])
    assert (one.before.fees_minor, one.after.fees_minor) == (2_500, 0)
    assert one.before.late_interest_minor > one.after.late_interest_minor == 0
    assert [status.days_past_due for status in one.before.months] == [8, 0]
    assert {status[1:] for status in one.after.months} == {(0, 0, 1, 1)}


def test_two_others_than_who_opened_it_approve_exactly_what_is_found(book: Book, attempts: Path) -> None:
    from duecourse.care import incidents

    told = {"incident": book.incident, "reason": "seen"}
    refused(incidents.NothingFound, lambda: incidents.approve(by="bob", **told))
    found(book, attempts)
    refused(incidents.NotByOpener, lambda: incidents.approve(by="ann", **told))
    assert incidents.approve(by="bob", **told) == incidents.approve(by="bob", **told) == 1
    refused(incidents.NotApproved, lambda: applied(book))
    assert incidents.approve(by="cyd", **told) == 2
    taken, _ = incidents.findings_of(book.incident)
    incidents.leave_out(finding=taken[0].id, by="bob", reason="paid by cash that day")
    refused(incidents.NotApproved, lambda: applied(book))
    incidents.take_in(finding=taken[0].id, by="bob", reason="the cash was another's")
    refused(incidents.NotApproved, lambda: applied(book))
    approved(book)
    assert len(applied(book)) == 4


def test_an_account_that_was_relieved_is_told_the_others_go_on_and_later_it_is_undone_too(
    book: Book, attempts: Path
) -> None:
    from duecourse.care import incident_tables as t
    from duecourse.servicing import changes

    found(book, attempts)
    approved(book)
    assert applied(book) == dict.fromkeys(("reference", "amount", "debit"), "undone") | {
        "waived": "incident_relieved_since"
    }
    count = t.IncidentOutcome.objects.count()
    assert applied(book) == dict.fromkeys(("reference", "amount", "debit"), "before") | {
        "waived": "incident_relieved_since"
    }
    assert t.IncidentOutcome.objects.count() == count
    changes.undo(account=book.ids["waived"], act=book.waiver, by="bob", reason="the incident undoes it", key="u")
    assert applied(book)["waived"] == "undone"
    assert set(applied(book).values()) == {"before"}


def test_stopped_after_an_account_it_goes_on_where_it_stopped(book: Book, attempts: Path) -> None:
    from duecourse.care import incidents
    from duecourse.care.incident_tables import IncidentUndone

    found(book, attempts)
    approved(book)
    next(iter(incidents.apply(incident=book.incident, by="bob")))
    assert IncidentUndone.objects.count() == 1
    assert sorted(applied(book).values()) == ["before", "incident_relieved_since", "undone", "undone"]


def test_another_incident_of_the_same_hours_undoes_nothing_again(book: Book, attempts: Path) -> None:
    from duecourse.care import incidents
    from duecourse.servicing import counted

    other = opened("other")
    found(book, attempts, other)
    found(book, attempts)
    approved(book)
    for by in ("bob", "cyd"):
        incidents.approve(incident=other, by=by, reason="seen")
    applied(book)
    codes = {one.account: one.code for one in incidents.apply(incident=other, by="bob")}
    assert codes[book.ids["amount"]] == codes[book.ids["debit"]] == "incident_undone_before"
    third = opened("third")
    assert found(book, attempts, third).new == 1, "only the account that was not undone"
    (paid,) = counted.of(accounts=[book.ids["amount"]])
    told = {"account": paid.account, "payment": paid.payment, "tried_on": DUE, "by": "ann", "reason": "log"}
    refused(incidents.UndoneBefore, lambda: incidents.add(incident=third, **told))


def test_a_payment_that_was_taken_back_since_is_told(book: Book, attempts: Path) -> None:
    from duecourse.servicing import counted, payments

    found(book, attempts)
    approved(book)
    (paid,) = counted.of(accounts=[book.ids["amount"]])
    payments.reverse(account=paid.account, entry=paid.payment, reason="bounced", by="bob", key="back")
    assert applied(book)["amount"] == "incident_payment_changed"


def test_a_person_adds_a_payment_of_the_window_and_no_other(book: Book) -> None:
    from duecourse.care import incident_finding, incidents
    from duecourse.servicing import counted

    (paid,) = counted.of(accounts=[book.ids["amount"]])
    told = {"incident": book.incident, "account": paid.account, "payment": paid.payment, "by": "ann", "reason": "log"}
    refused(incident_finding.OutsideWindow, lambda: incidents.add(tried_on=DUE - timedelta(days=1), **told))
    refused(counted.NotReversible, lambda: incidents.add(tried_on=DUE, **{**told, "payment": 1}))
    first = incidents.add(tried_on=DUE, **told)
    assert incidents.add(tried_on=DUE, **told) == first
    assert findings(book) == {"amount": ("by_hand", DUE, PAID)}


def test_a_payment_counts_from_an_earlier_day_only(book: Book) -> None:
    from duecourse.servicing import counted

    (paid,) = counted.of(accounts=[book.ids["amount"]])
    told = {"account": paid.account, "payment": paid.payment, "by": "ann", "reason": "log", "key": "k"}
    refused(counted.NotEarlier, lambda: counted.count_from(on=PAID, **told))
    entry = counted.count_from(on=DUE, **told)
    assert counted.count_from(on=DUE, **told) == entry
    (now,) = counted.of(accounts=[book.ids["amount"]])
    assert now == paid._replace(on=DUE), "it is the same payment, of its channel, on another day"


def test_a_loans_payment_that_was_charged_back_stays_where_it_is(book: Book) -> None:
    from duecourse.book import close
    from duecourse.servicing import counted, loan_opening, loans, payments
    from duecourse.servicing.tables import Act

    today = LAST + timedelta(days=1)
    told = {"number": "loan", "borrower_id": 1, "product": "loan_demo", "approved_minor": 90_000, "by": "ann"}
    loan = loan_opening.open_loan(**told, on=today)
    loans.draw(account=loan, amount_minor=90_000, on=today, by="ann", key="draw")
    close.through(today + timedelta(days=40))
    on = today + timedelta(days=41)
    entry = payments.receive(account=loan, amount_minor=5_000, received_on=on, key="paid", channel=CHANNEL).entry_id
    move = {"account": loan, "payment": entry, "on": on - timedelta(days=9), "by": "ann", "reason": "log"}
    act = Act.objects.get(account_id=loan, kind="payment").id
    back = {"account": loan, "kind": "chargeback", "on": on, "by": "ann", "reason": "the bank's", "key": "back"}
    loans.act(**back, of=act, amount=5_000)
    refused(counted.NotReversible, lambda: counted.count_from(**move, key="move"))


@pytest.mark.parametrize(
    "wrong",
    [{"channels": []}, {"channels": [40_000]}, {"cause": "weather"}, {"description": ""}, {"within_days": -1},
     {"to_at": WINDOW[0]}, {"key": ""}],
)  # fmt: skip
def test_an_incident_that_cannot_be_is_refused(book: Book, wrong: dict[str, Any]) -> None:
    from duecourse.care import keyed

    refused(keyed.CareRefused, lambda: opened(**{"key": "new", **wrong}))
    assert opened() == book.incident
    refused(keyed.KeyReused, lambda: opened(cause="ours"))


def test_rows_of_attempts_that_cannot_be_read_wait_until_they_are_corrected(book: Book, tmp_path: Path) -> None:
    from duecourse.intake import attempts_file

    file = tmp_path / "bad.csv"
    head = "账号,发起时间,金额,流水号\n"
    good, at = "amount,2024-02-21T10:00:00+08:00,50,R-9\n", "2024-02-21T10:00:00+08:00"
    file.write_text(
        head + good + f"nobody,{at},50,a\namount,2024-02-21T10:00:00,50,b\namount,2024-02-22T10:00:00+08:00,50,c\n"
        f"amount,{at},1.005,d\namount,{at},,e\namount,{at},-1,f\namount,{at},50,\n"
    )
    taken = attempts_file.take(file, incident=book.incident, by="ann")
    waiting = taken.file.quarantined.filter(taken_by=None).order_by("row").values_list("row", "field", "code")
    assert list(waiting) == [
        (2, "account", "no_such_account"), (3, "tried_at", "not_an_instant"),
        (4, "tried_at", "incident_outside_window"), (5, "amount", "not_a_number"), (6, "amount", "not_a_number"),
        (7, "amount", "not_positive"), (8, "reference", "missing"),
    ]  # fmt: skip
    assert taken.told == 1
    assert attempts_file.take(file, incident=book.incident, by="ann").told == 0
    fixed = tmp_path / "fixed.csv"
    fixed.write_text(head + f"amount,{at},50,a\n")
    assert attempts_file.take(fixed, incident=book.incident, by="ann").told == 1
    assert taken.file.quarantined.filter(taken_by=None).count() == 6


def test_a_borrower_who_would_be_worse_off_is_left_alone_until_a_person_takes_it_in(book: Book) -> None:
    from duecourse.book import close
    from duecourse.care import incidents
    from duecourse.servicing import accounts, payments, purchases

    day = LAST + timedelta(days=1)
    told = {"number": "early", "borrower_id": 1, "product": "line_demo", "limit_minor": 500_000, "on": day}
    account = accounts.open_line(**told)
    purchases.post(account=account, amount_minor=100_000, on=day, key="early")
    close.through(date(2024, 4, 9))
    payments.receive(account=account, amount_minor=AMOUNT, received_on=date(2024, 4, 10), key="april")
    close.through(date(2024, 5, 4))
    may = {"account": account, "amount_minor": 20_000, "received_on": date(2024, 5, 5), "channel": CHANNEL}
    paid = payments.receive(**may, key="may").entry_id
    close.through(date(2024, 5, 25))
    at = [datetime.fromisoformat(f"2024-04-25T{hour}:00+08:00") for hour in ("09:00", "12:00")]
    one = opened("before the bill", from_at=at[0], to_at=at[1])
    added = {"account": account, "payment": paid, "tried_on": date(2024, 4, 25), "by": "ann", "reason": "log"}
    finding = incidents.add(incident=one, **added)
    here = book._replace(incident=one, ids={"early": account})
    approved(here)
    assert applied(here) == {"early": "incident_worse_without"}
    incidents.take_in(finding=finding, by="bob", reason="asked for by the borrower")
    refused(incidents.NotApproved, lambda: applied(here))
    approved(here)
    assert applied(here) == {"early": "undone"}


def run(*words: str) -> Result:
    from duecourse.cli import main

    return CliRunner().invoke(main, ["incident", *words], catch_exceptions=False)


def test_an_incident_is_undone_from_the_command_line(
    book: Book, attempts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from duecourse.cli import commands

    monkeypatch.setattr(commands.console, "_width", 200)
    monkeypatch.setattr(commands.console, "_height", 50)
    window = ("--from", WINDOW[0].isoformat(), "--to", WINDOW[1].isoformat())
    told = (
        "open",
        *window,
        "--channel",
        "3",
        "--channel",
        "0",
        "--cause",
        "bank",
        "--description",
        "down",
        "--by",
        "ann",
    )
    number = run(*told).stdout.split()[-1]
    assert run(*told).stdout.split()[-1] == number
    assert run("open", "--from", "2024-02-21T09:00:00", *told[3:]).exit_code == 2, "no zone"
    printed = run("find", number, "--attempts", str(attempts), "--by", "ann").stdout
    assert "6 rows, 6 attempts now, 0 quarantined" in printed
    assert "4 payments found now, 1 were in time" in printed
    out, months = tmp_path / "out.csv", tmp_path / "months.csv"
    assert "4 accounts" not in run("preview", number, "--out", str(out), "--months", str(months)).stdout.split(":")[0]
    rows = {row["account"]: row for row in csv.DictReader(out.open())}
    assert (rows["amount"]["fees_before"], rows["amount"]["fees_after"]) == ("25.00", "0.00")
    assert rows["waived"]["refused"] == "incident_relieved_since"
    ends = [(row["account"], row["on"], row["days_past_due_before"], row["days_past_due_after"])
            for row in csv.DictReader(months.open())]  # fmt: skip
    assert ("amount", "2024-02-29", "8", "0") in ends
    early = run("apply", number, "--by", "bob")
    assert (early.exit_code, "incident_not_approved" in early.stderr) == (2, True)
    assert "1 of 2 approvals" in run("approve", number, "--by", "bob", "--why", "letter").stdout
    assert "2 of 2 approvals" in run("approve", number, "--by", "cyd", "--why", "letter").stdout
    assert "3 accounts, of which 0 were undone before; 1 refused" in run("apply", number, "--by", "bob").stdout
    assert "3 accounts, of which 3 were undone before; 1 refused" in run("apply", number, "--by", "bob").stdout
    assert "3 undone" in run("list").stdout
    assert "reference R-1" in run("list", number).stdout
    assert "kept" in run("leave-out", run("list", number).stdout.split("waived")[0].split()[-2], "--why", "x").stdout


def test_those_whose_payment_was_moved_are_told_once_and_others_are_not(
    book: Book, attempts: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from django.conf import settings

    from duecourse.borrowers import reach
    from duecourse.care import incident_notices
    from duecourse.outreach import send
    from duecourse.outreach.tables import InboxItem, Message

    monkeypatch.setattr(settings, "LENDER", "Due & Course Bank")
    monkeypatch.setattr(settings, "LENDER_CONTACT", "400-000-0000")
    noon = datetime.fromisoformat("2024-03-12T12:00:00+08:00")
    found(book, attempts)
    assert list(incident_notices.tell(incident=book.incident, at=noon, by="ann")) == [], "nothing is undone yet"
    approved(book)
    applied(book)
    out = tmp_path / "told.csv"
    assert run("tell", str(book.incident), "--out", str(out)).stdout.strip() == "3 no way", (
        "where they live is not known"
    )
    assert [row["account"] for row in csv.DictReader(out.open())] == ["reference", "amount", "debit"]
    reach.reside(borrower=1, place="CN", zone="Asia/Shanghai", language="zh", by="ann", reason="application")
    told = [one.how for one in incident_notices.tell(incident=book.incident, at=noon, by="ann")]
    assert told == ["queued"] * 3
    told = [one.how for one in incident_notices.tell(incident=book.incident, at=noon, by="ann")]
    assert told == ["queued before"] * 3
    assert {row.purpose for row in Message.objects.all()} == {"service"}
    send.deliver(now=lambda: noon, seconds=lambda: 0.0, wait=lambda _: None, by="ann")
    assert InboxItem.objects.count() > 0
    text = Message.objects.order_by("id")[0].text
    assert "2024年2月21日" in text
    assert "银行系统故障" in text
