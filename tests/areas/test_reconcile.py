"""Bank statements and settlement files against the ledger: every fault is found and named, and nothing else is."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duecourse.intake import bank_file, bank_match, files, merchant_file, statement_layout
from duecourse.intake.bank_match import Event, Line, Match

FIRST = date(2005, 4, 20)
TODAY = date(2005, 5, 3)
CNY = {"CNY": 2}
PLAIN = statement_layout.Layout()


class Drawn(NamedTuple):
    """Events, the lines that a bank would report of them with faults, and what should be said of these."""

    events: list[Event]
    lines: list[Line]
    expected: set[tuple[str, int | None, int | None]]


@st.composite
def ledgers(draw: st.DrawFn) -> Drawn:
    """Events of two days and two channels, each of an account of its own; no two sums of amounts are alike.

    A line tells by its reference, or by the account's number, or by nothing but amount and day.
    """
    count = draw(st.integers(2, 16))
    events = [
        Event(
            100 + i,
            day=12_900 + draw(st.integers(0, 1)),
            amount=(100 << i) * draw(st.sampled_from((1, 1, 1, -1))),
            number=f"L-{i:03d}",
            channel=draw(st.integers(1, 2)),
        )
        for i in range(count)
    ]
    groups: dict[tuple[int, int, bool], list[Event]] = {}
    for event in events:
        groups.setdefault((event.day, event.channel, event.amount > 0), []).append(event)
    lines: list[Line] = []
    expected: set[tuple[str, int | None, int | None]] = set()

    def add(day: int, amount: int, **told: Any) -> int:
        lines.append(Line(len(lines) + 1, day, amount, **told))
        return len(lines)

    for (day, channel, _), group in groups.items():
        if len(group) > 1 and draw(st.booleans()):
            told = {"channel": channel} if draw(st.booleans()) else {}
            add(day, sum(event.amount for event in group), text=f"batch {len(lines)}", **told)
            continue
        for event in group:
            how = draw(st.sampled_from(("reference", "account", "amount")))
            told = {
                "reference": {"reference": f"R{event.id}", "named": (event.id,)},
                "account": {"text": f"还款{event.number}"},
                "amount": {},
            }[how]
            fault = draw(st.sampled_from(("", "", "missing", "doubled", "changed")))
            if fault == "missing":
                expected.add((bank_match.MISSING_THERE, None, event.id))
            elif fault == "changed" and how != "amount":
                line = add(day, event.amount + (50 if event.amount > 0 else -50), **told)
                expected.add((bank_match.DIFFERS, line, event.id))
            else:
                add(day, event.amount, **told)
                if fault == "doubled" and how != "amount":
                    expected.add((bank_match.DUPLICATE, add(day, event.amount, **told), None))
    for i in range(draw(st.integers(0, 3))):
        line = add(12_900, 33 + 200 * i, reference=f"X{i}")
        expected.add((bank_match.MISSING_HERE, line, None))
    return Drawn(events, draw(st.permutations(lines)), expected)


@given(ledgers())
@settings(max_examples=400, deadline=None)
def test_each_fault_of_a_file_is_found_and_named_and_nothing_else(drawn: Drawn) -> None:
    found = bank_match.match(drawn.lines, drawn.events)
    doubles = {item.line: item.repeats for item in found.items if item.kind == bank_match.DUPLICATE}
    twin = {line.id: bank_match.twin_of(line) for line in drawn.lines}
    first_of = {line: min(line, repeats) for line, repeats in doubles.items() if repeats is not None}
    said = {(item.kind, max(item.line, item.repeats) if item.repeats else item.line, item.event)
            for item in found.items if item.line is None or item.line not in first_of}  # fmt: skip
    said |= {(bank_match.DUPLICATE, max(line, repeats), None) for line, repeats in doubles.items() if repeats}
    assert said == drawn.expected
    assert all(twin[line] == twin[repeats] for line, repeats in doubles.items() if repeats)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(("", "A1X", "B2Y"))), max_size=9),
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(("A1X", "B2Y"))), max_size=9),
)
@settings(max_examples=300, deadline=None)
def test_matched_and_open_make_up_both_sides_however_alike_the_amounts(
    theirs: list[tuple[int, int, str]], ours: list[tuple[int, int, str]]
) -> None:
    lines = [Line(i, day, amount, text=text) for i, (day, amount, text) in enumerate(theirs, 1)]
    events = [Event(i, day, amount, number) for i, (day, amount, number) in enumerate(ours, 1)]
    found = bank_match.match(lines, events)
    matched = sum(one.amount for one in found.matches)
    open_lines = [item.line for item in found.items if item.line is not None]
    open_events = [item.event for item in found.items if item.event is not None]
    assert matched + sum(lines[line - 1].amount for line in open_lines) == sum(line.amount for line in lines)
    assert matched + sum(events[event - 1].amount for event in open_events) == sum(event.amount for event in events)
    assert sorted({one.line for one in found.matches} | set(open_lines)) == [line.id for line in lines]
    assert sorted({one.event for one in found.matches} | set(open_events)) == [event.id for event in events]


def test_a_batch_that_lacks_one_payment_names_it() -> None:
    events = [Event(i, 9, amount, f"L-{i}", 1) for i, amount in ((1, 100), (2, 230), (3, 470))]
    found = bank_match.match([Line(1, 9, 570, text="batch")], events)
    assert found.matches == [Match(1, 1, 100, "batch less one"), Match(1, 3, 470, "batch less one")]
    assert [(item.kind, item.event) for item in found.items] == [(bank_match.MISSING_THERE, 2)]


def test_a_disbursement_that_the_bank_paid_in_two_is_one_event() -> None:
    lines = [Line(1, 9, -300, text="放款 L-77"), Line(2, 9, -200, text="放款 L-77")]
    found = bank_match.match(lines, [Event(5, 9, -500, "L-77")])
    assert found.matches == [Match(1, 5, -300, "account, many to one"), Match(2, 5, -200, "account, many to one")]
    assert found.items == []


def test_a_line_booked_two_days_later_is_matched_where_there_is_no_choice() -> None:
    one = bank_match.match([Line(1, 11, 500)], [Event(5, 9, 500, "L-1")])
    assert one.matches == [Match(1, 5, 500, "amount and day, booked later")]
    two = bank_match.match([Line(1, 11, 500)], [Event(5, 9, 500, "L-1"), Event(6, 10, 500, "L-2")])
    assert two.matches == []


def test_a_payment_taken_back_before_the_bank_saw_it_is_no_difference() -> None:
    events = [Event(5, 9, 500, "L-1"), Event(6, 12, -500, "L-1", takes_back=5)]
    assert bank_match.match([], events).undone == [5, 6]
    seen = bank_match.match([Line(1, 9, 500, "R", named=(5,))], events)
    assert [(item.kind, item.event) for item in seen.items] == [(bank_match.MISSING_THERE, 6)]


# Reading files.


def lines_of(path: Path, layout: Any = PLAIN) -> list[tuple[Any, ...]]:
    """Day, amount, references and text of every line that a file has."""
    return [
        (str(row.day), row.amount_minor, row.references, row.text)
        for one in bank_file.read(path, layout, CNY).statements
        for row in one.rows
    ]


def test_a_csv_is_read_by_its_layout(tmp_path: Path) -> None:
    path, layout = tmp_path / "b.csv", tmp_path / "b.toml"
    path.write_bytes(
        "某某银行对账单\n交易日期,贷方金额,借方金额,余额,流水号,摘要\n"
        '20260902,,"1,000.00",100.50,F2,放款 L-1002\n20260901,"1,000.50",,"1,100.50",F1,还款 L-1001\n'.encode("gb18030")
    )
    layout.write_text(
        '[file]\nencoding = "gb18030"\nskip = 1\nnewest_first = true\naccount = "6222"\ncurrency = "CNY"\n'
        '[columns]\nday = "交易日期"\ncredit = "贷方金额"\ndebit = "借方金额"\nbalance = "余额"\n'
        'reference = ["流水号"]\ntext = "摘要"\n[ledger]\nchannels = [1, 2]\n'
    )
    told = statement_layout.read(layout)
    assert lines_of(path, told) == [
        ("2026-09-01", 100_050, ("F1",), "还款 L-1001"),
        ("2026-09-02", -100_000, ("F2",), "放款 L-1002"),
    ]
    one = bank_file.read(path, told, CNY).statements[0]
    assert (one.account, one.opening_minor, one.closing_minor, told.channels) == ("6222", 10_000, 10_050, (1, 2))


@pytest.mark.parametrize(
    "text",
    [
        "[file]\nskipp = 1\n", "[columns]\nmoney = 'x'\n", "[file]\nencoding = 'no-such'\n", "[other]\n", "[file\n",
        "[file]\ndelimiter = ';;'\n", "[ledger]\nchannels = ['a']\n", "[ledger]\nmoney = 1\n",
    ],
)  # fmt: skip
def test_a_layout_that_says_what_there_is_not_is_refused(tmp_path: Path, text: str) -> None:
    place = tmp_path / "l.toml"
    place.write_text(text)
    with pytest.raises(statement_layout.LayoutWrong):
        statement_layout.read(place)


CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr><Stmt>
<Id>S-7</Id><ElctrncSeqNb>7</ElctrncSeqNb><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>CNY</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-09-01</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{closing}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-09-02</Dt></Dt></Bal>
<Ntry><Amt Ccy="CNY">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-09-01</Dt></BookgDt>
<AcctSvcrRef>BANK1</AcctSvcrRef><NtryDtls>
<TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs><Amt Ccy="CNY">10.00</Amt>
<RmtInf><Ustrd>L-1001</Ustrd></RmtInf></TxDtls>
<TxDtls><Refs><EndToEndId>E2</EndToEndId></Refs><Amt Ccy="CNY">20.00</Amt></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="CNY">{refund}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-09-02</Dt></BookgDt>
<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId><TxId>T9</TxId></Refs></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="CNY">9.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts></Ntry>
</Stmt></BkToCstmrStmt></Document>
"""


def test_camt_053_gives_each_transaction_of_a_batch_and_passes_over_what_is_not_booked(tmp_path: Path) -> None:
    path = tmp_path / "s.xml"
    path.write_text(CAMT.format(closing="125.00", refund="5.00"))
    read = bank_file.read(path, PLAIN, CNY)
    assert read.pending == 1
    assert (read.statements[0].account, read.statements[0].number) == ("DE02120300000000202051", "7")
    assert lines_of(path) == [
        ("2026-09-01", 1_000, ("E1",), "L-1001"),
        ("2026-09-01", 2_000, ("E2",), ""),
        ("2026-09-02", -500, ("T9",), ""),
    ]


@pytest.mark.parametrize(
    ("closing", "refund", "code"),
    [("125.01", "5.00", "balance_differs"), ("x", "5.00", "statement_unreadable"), ("125.00", "5.00", "")],
)
def test_camt_053_that_does_not_add_up_is_refused_with_the_figures(
    tmp_path: Path, closing: str, refund: str, code: str
) -> None:
    path = tmp_path / "s.xml"
    path.write_text(CAMT.format(closing=closing, refund=refund))
    if not code:
        assert len(bank_file.read(path, PLAIN, CNY).statements[0].rows) == 3
        return
    with pytest.raises(files.Refused) as reason:
        bank_file.read(path, PLAIN, CNY)
    assert reason.value.code == code
    assert code != "balance_differs" or "12,501" in str(reason.value)


@pytest.mark.parametrize(
    "text",
    ["<Document/>", "<Document>", "<!DOCTYPE d [<!ENTITY a 'b'>]><Document>&a;</Document>", ":20:X\n:61:bad\n",
     ":20:X\n:25:1\n:61:2609010901C1,00NTRFR\n"],
)  # fmt: skip
def test_a_file_that_is_no_whole_statement_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s"
    path.write_text(text)
    with pytest.raises(bank_file.StatementUnreadable):
        bank_file.read(path, PLAIN, CNY)


def test_an_entry_of_camt_that_cannot_be_read_is_named_and_the_others_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "s.xml"
    path.write_text(CAMT.format(closing="125.00", refund="5.001"))
    read = bank_file.read(path, PLAIN, CNY)
    assert [(bad.row, bad.field, bad.code) for bad in read.bad] == [(3, "amount", "below_exponent")]
    assert len(read.statements[0].rows) == 2
    assert read.statements[0].unread


MT940 = """:20:START
:25:12030000/0000202051
:28C:00007/001
:60F:C260901CNY100,00
:61:2609010901C10,00NTRFREF1//BANK1
:86:Zahlung L-1001
:61:2609020902D5,00NTRFNONREF//BANK2
:62F:C260902CNY{closing}
-
"""


def test_mt940_is_read_with_its_balances(tmp_path: Path) -> None:
    path = tmp_path / "s.sta"
    path.write_text(MT940.format(closing="105,00"))
    assert lines_of(path) == [
        ("2026-09-01", 1_000, ("REF1", "BANK1"), "Zahlung L-1001"),
        ("2026-09-02", -500, ("BANK2",), ""),
    ]
    path.write_text(MT940.format(closing="104,00"))
    with pytest.raises(bank_file.BalanceDiffers, match="10,400"):
        bank_file.read(path, PLAIN, CNY)


def test_a_settlement_file_is_proved_row_by_row_and_in_all(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    head = "merchant,kind,reference,day,amount,fee,net\n"
    path.write_text(head + "M1,消费,P1,2026-09-01,100.00,0.60,99.40\nM1,退款,P2,2026-09-01,20.00,0,-20.00\n"
                    "M1,手续费,,2026-09-01,3.00,,-3.00\nTOTAL,3,76.40\n")  # fmt: skip
    rows = merchant_file.read(path, PLAIN, CNY).statements[0].rows
    assert [(row.kind, row.amount_minor, row.fee_minor, row.owner) for row in rows] == [
        ("purchase", 10_000, 60, "M1"), ("refund", -2_000, 0, "M1"), ("fee", 0, 300, "M1"),
    ]  # fmt: skip
    for wrong in ("M1,sale,P1,2026-09-01,100.00,0.60,99.41\n", "M1,sale,P1,2026-09-01,100.00,,\nTOTAL,1,100.01\n",
                  "M1,sale,P1,2026-09-01,100.00,,\nTOTAL,2,100.00\n"):  # fmt: skip
        path.write_text(head + wrong)
        with pytest.raises(merchant_file.SettlementDiffers):
            merchant_file.read(path, PLAIN, CNY)


# Against the ledger.


def a_book(count: int = 6) -> dict[str, int]:
    """Lines that bought on their first day, open on TODAY; answers their ids by number."""
    from duecourse.book import close
    from duecourse.servicing import accounts, agreed, purchases

    terms = agreed.freeze(product="card_tw_2005", agreed=agreed.in_force(product="card_tw_2005", day=FIRST))
    new = [accounts.New(f"L-{i}", i, 10_000_000) for i in range(1, count + 1)]
    ids = accounts.open_many(product="card_tw_2005", terms_id=terms, on=FIRST, new=new)
    for account in ids:
        purchases.post(account=account, amount_minor=500_000, on=FIRST, key=f"b{account}")
    close.through(TODAY - timedelta(days=1))
    return {one.number: account for one, account in zip(new, ids, strict=True)}


@pytest.fixture(scope="module")
def made(module_db: str) -> dict[str, int]:
    return a_book()


@pytest.fixture
def book(made: dict[str, int], db_copy: str) -> dict[str, int]:
    return made


def pay(account: int, amount: int, reference: str, on: date = TODAY, channel: int = 0) -> int:
    from duecourse.servicing import payments

    return payments.receive(
        account=account, amount_minor=amount, received_on=on, key=reference, channel=channel
    ).entry_id


def statement(path: Path, rows: list[tuple[Any, ...]], opening: int = 0) -> Path:
    """A CSV of (day, amount, reference, text), amounts in minor units, with a running balance."""
    balance, told = opening, ["day,amount,reference,text,balance"]
    for day, amount, reference, text in rows:
        balance += amount
        told.append(f"{day},{amount / 100:.2f},{reference},{text},{balance / 100:.2f}")
    path.write_text("\n".join(told) + "\n")
    return path


def bank(path: Path, **told: Any) -> Any:
    from duecourse.intake import reconcile

    return reconcile.bank(path, by="fay", **told)


def open_items(side: str = "bank") -> list[tuple[Any, ...]]:
    from duecourse.intake import reconcile_report

    return [(one.kind, one.theirs_minor, one.ours_minor) for one in reconcile_report.open_ones(side)]


def dump() -> dict[str, list[Any]]:
    """Every table of money and of intake, as it stands."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for name in sorted(connection.introspection.table_names(cursor)):
            if name.partition("_")[0] in ("ledger", "servicing", "intake", "book"):
                cursor.execute(f"SELECT t::text FROM {name} t ORDER BY 1")
                found[name] = cursor.fetchall()
    return found


def refused(path: Path, **told: Any) -> str:
    """The code with which a file is refused; nothing has changed."""
    before = dump()
    with pytest.raises(files.Refused) as reason:
        bank(path, **told)
    assert dump() == before
    return reason.value.code


def test_a_statement_is_matched_and_the_same_file_again_changes_nothing(book: dict[str, int], tmp_path: Path) -> None:
    pay(book["L-1"], 10_000, "R1")
    pay(book["L-2"], 20_000, "R2")
    path = statement(tmp_path / "a.csv", [(TODAY, 10_000, "R1", ""), (TODAY, 20_500, "R2", ""), (TODAY, 700, "R9", "")])
    done = bank(path)
    assert open_items() == [("amount_differs", 20_500, 20_000), ("missing_here", 700, None)]
    assert [(row["outcome"], row["lines"], row["theirs_minor"]) for row in done.file.summary["figures"]] == [
        ("matched", 1, 10_000), ("amount_differs", 1, 20_500), ("missing_here", 1, 700),
    ]  # fmt: skip
    before = dump()
    assert bank(path).again
    assert dump() == before


def test_the_key_of_a_payments_file_is_known_by_its_reference(book: dict[str, int], tmp_path: Path) -> None:
    from duecourse.intake import receive
    from duecourse.intake.tables import Match as Kept

    received = tmp_path / "p.csv"
    long = "流水" + "9" * 60
    received.write_text(
        f"account,amount,received_on,reference,channel\nL-1,100.00,{TODAY},BK1,3\nL-2,50.00,{TODAY},{long},3\n"
    )
    receive.take(received)
    bank(statement(tmp_path / "a.csv", [(TODAY, 10_000, "BK1", ""), (TODAY, 5_000, long, "")]))
    assert open_items() == []
    assert set(Kept.objects.values_list("rule", flat=True)) == {"reference"}


def test_a_later_file_explains_what_was_open(book: dict[str, int], tmp_path: Path) -> None:
    from duecourse.book import close
    from duecourse.intake.tables import Resolution

    pay(book["L-1"], 10_000, "R1")
    bank(statement(tmp_path / "a.csv", [(TODAY, 700, "R9", "")]))
    assert open_items() == [("missing_here", 700, None), ("missing_there", None, 10_000)]
    close.through(TODAY)
    pay(book["L-2"], 700, "R9")  # booked a day late, effective on the day that it came
    from duecourse.servicing import payments

    payments.receive(account=book["L-3"], amount_minor=300, received_on=TODAY + timedelta(days=1), key="R10")
    next_day = [(TODAY + timedelta(days=1), 10_000, "R1", ""), (TODAY + timedelta(days=1), 300, "R10", "")]
    done = bank(statement(tmp_path / "b.csv", next_day, opening=700))
    assert open_items() == []
    assert done.file.summary["resolved"] == 2
    assert set(Resolution.objects.values_list("reason", flat=True)) == {"reference"}


def test_a_person_resolves_an_item_with_a_reason_once(book: dict[str, int], tmp_path: Path) -> None:
    from duecourse.intake import reconcile
    from duecourse.intake.tables import OpenItem

    bank(statement(tmp_path / "a.csv", [(TODAY, 700, "R9", "")]))
    item = OpenItem.objects.get().id
    with pytest.raises(reconcile.ReasonMissing):
        reconcile.resolve(item=item, by="fay", reason=" ")
    assert open_items() == [("missing_here", 700, None)]
    reconcile.resolve(item=item, by="fay", reason="interest that the bank pays us")
    assert open_items() == []
    with pytest.raises(reconcile.NoSuchItem):
        reconcile.resolve(item=item, by="fay", reason="again")
    bank(statement(tmp_path / "b.csv", [(TODAY, 5, "R8", "")], opening=700))
    assert open_items() == [("missing_here", 5, None)]


def test_a_statement_that_does_not_follow_is_refused_with_the_figures(book: dict[str, int], tmp_path: Path) -> None:
    from duecourse.intake import reconcile

    bank(statement(tmp_path / "a.csv", [(TODAY, 700, "R9", "")]))
    gap = statement(tmp_path / "b.csv", [(TODAY, 5, "R8", "")], opening=699)
    assert refused(gap) == "balance_does_not_follow"
    with pytest.raises(reconcile.BalanceDoesNotFollow, match=r"699.*700"):
        bank(gap)
    wrong = tmp_path / "c.csv"
    wrong.write_text(f"day,amount,reference,balance\n{TODAY},1.00,A,8.00\n{TODAY},1.00,B,9.50\n")
    assert refused(wrong) == "balance_differs"


def test_bad_rows_wait_and_corrected_ones_must_make_the_balances_come_out(book: dict[str, int], tmp_path: Path) -> None:
    from duecourse.intake.tables import Quarantined

    pay(book["L-1"], 10_000, "R1")
    path = tmp_path / "a.csv"
    path.write_text(f"day,amount,reference,balance\n{TODAY},5.00,A,5.00\n{TODAY},1oo.00,R1,105.00\nx,1.00,B,106.00\n")
    done = bank(path)
    assert [(one.row, one.field, one.code) for one in Quarantined.objects.order_by("row")] == [
        (2, "amount", "not_a_number"), (3, "day", "not_a_day"),
    ]  # fmt: skip
    assert done.file.summary["quarantined"] == 2
    again = tmp_path / "again.csv"
    again.write_text(f"day,amount,reference,row\n{TODAY},100.00,R1,\n{TODAY},2.00,B,3\n")
    assert refused(again, again=True) == "balance_differs"
    again.write_text(f"day,amount,reference,row\n{TODAY},100.00,R1,2\n{TODAY},1.00,B,3\n{TODAY},4.00,C,\n")
    bank(again, again=True)
    assert not Quarantined.objects.filter(taken_by=None).exclude(code="corrects_nothing").exists()
    assert Quarantined.objects.get(taken_by=None).code == "corrects_nothing"
    assert open_items() == [("missing_here", 500, None), ("missing_here", 100, None)]


def test_nothing_waits_and_a_retry_is_refused(book: dict[str, int], tmp_path: Path) -> None:
    assert refused(statement(tmp_path / "a.csv", [(TODAY, 1, "A", "")]), again=True) == "nothing_to_retry"


def test_a_payment_posted_again_by_a_replay_is_one_event_and_one_that_bounced_is_two(
    book: dict[str, int], tmp_path: Path
) -> None:
    from duecourse.servicing import payments

    first = pay(book["L-1"], 10_000, "R1")
    pay(book["L-1"], 300, "R0", on=TODAY - timedelta(days=3))  # R1 may come out otherwise and be posted again
    bounced = pay(book["L-2"], 20_000, "R2")
    payments.reverse(account=book["L-2"], entry=bounced, reason="bounced", by="fay", key="v")
    rows = [(TODAY - timedelta(days=3), 300, "R0", ""), (TODAY, 10_000, "R1", ""), (TODAY, 20_000, "R2", ""),
            (TODAY, -20_000, "X", "return L-2")]  # fmt: skip
    bank(statement(tmp_path / "a.csv", rows))
    assert first
    assert open_items() == []


def test_channels_of_a_layout_leave_others_alone(book: dict[str, int], tmp_path: Path) -> None:
    pay(book["L-1"], 10_000, "R1", channel=1)
    pay(book["L-2"], 20_000, "R2", channel=2)
    layout = tmp_path / "l.toml"
    layout.write_text("[ledger]\nchannels = [1]\n")
    bank(statement(tmp_path / "a.csv", [(TODAY, 10_000, "R1", "")]), layout=layout)
    assert open_items() == []
    bank(statement(tmp_path / "b.csv", [(TODAY, 1, "Z", "")], opening=10_000))
    assert open_items() == [("missing_here", 1, None), ("missing_there", None, 20_000)]


def test_money_that_nobody_knows_goes_into_suspense_and_is_one_event_when_it_is_attributed(
    book: dict[str, int], tmp_path: Path
) -> None:
    from duecourse.book import check
    from duecourse.servicing import suspense

    path = statement(tmp_path / "a.csv", [(TODAY, 700, "R9", "from Wang"), (TODAY, -5, "F", ""),
                                          (TODAY + timedelta(days=1), 9, "R8", "")])  # fmt: skip
    done = bank(path, into_suspense=True)
    assert done.file.summary["in_suspense"] == 1
    assert open_items() == [("missing_here", -5, None), ("missing_here", 9, None)]
    item = suspense.open_items()[0]
    assert (item.amount_minor, item.reference, item.payer) == (700, "R9", "from Wang")
    suspense.attribute(item=item.id, account=book["L-1"], on=TODAY, by="fay", reason="said so", key="R9x")
    before = dump()
    assert bank(path, into_suspense=True).again
    assert dump() == before
    bank(statement(tmp_path / "b.csv", [(TODAY, 700, "R9", "from Wang")], opening=704))
    assert open_items() == [("missing_here", -5, None), ("duplicate", 700, None), ("missing_here", 9, None)]
    assert all(one.ok for one in check.everything())


def test_purchases_are_matched_with_the_acquirers_file_and_what_is_charged_back_is_marked(
    book: dict[str, int], tmp_path: Path
) -> None:
    from duecourse.intake import reconcile, reconcile_report
    from duecourse.servicing import purchases

    purchases.post(account=book["L-1"], amount_minor=10_000, on=TODAY, key="P1")
    purchases.post(account=book["L-2"], amount_minor=20_000, on=TODAY, key="P2")
    purchases.post(account=book["L-3"], amount_minor=30_000, on=TODAY, key="P3")
    purchases.refund(account=book["L-1"], amount_minor=4_000, on=TODAY, key="P1-back")
    path = tmp_path / "m.csv"
    path.write_text(
        "merchant,kind,reference,day,amount,fee,net\n"
        f"M1,purchase,P1,{TODAY},100.00,0.60,99.40\nM1,refund,P1-back,{TODAY},40.00,0,-40.00\n"
        f"M2,purchase,P2,{TODAY},201.00,1.00,200.00\nM2,chargeback,P3,{TODAY},300.00,,\nM1,fee,,{TODAY},3.00,,\n"
    )
    done = reconcile.merchant(path, by="fay")
    assert sorted(open_items("merchant")) == sorted(
        [("amount_differs", 20_100, 20_000), ("disputed", -30_000, 30_000), ("missing_there", None, 30_000)]
    )
    told = {row["merchant"]: row for row in reconcile_report.merchants(done.file)}
    assert (told["M1"]["purchase"], told["M1"]["refund"], told["M1"]["fee"], told["M1"]["net"]) == (
        10_000, -4_000, 360, 5_640,
    )  # fmt: skip
    assert (told["M2"]["chargeback"], told["M2"]["open"]) == (-30_000, 2)
    assert open_items("bank") == []


@st.composite
def files_with_faults(draw: st.DrawFn) -> list[tuple[int, int, str]]:
    """For each payment its account's place, its day and what the bank does with its line."""
    count = draw(st.integers(3, 9))
    faults = ("", "", "missing", "doubled", "changed", "merged")
    return [(i, draw(st.integers(1, 2)), draw(st.sampled_from(faults))) for i in range(count)]


@given(drawn=files_with_faults(), foreign=st.integers(0, 2))
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_drawn_ledger_and_a_file_with_drawn_faults(
    module_db: str, tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, int, str]], foreign: int
) -> None:
    import books

    from duecourse.intake import reconcile_known
    from duecourse.intake.tables import FileLine
    from duecourse.intake.tables import Match as Kept

    books.empty()
    ids = list(a_book(10).values())
    rows: list[tuple[Any, ...]] = []
    merged: dict[int, int] = {}
    expected: list[tuple[Any, ...]] = []
    for place, channel, fault in drawn:
        amount = 100 << place
        is_merged = fault == "merged"
        pay(ids[place], amount, f"R{place}", channel=channel + 10 * is_merged)
        if is_merged:
            merged[channel] = merged.get(channel, 0) + amount
        elif fault == "missing":
            expected.append(("missing_there", None, amount))
        else:
            theirs = amount + 7 * (fault == "changed")
            rows += [(TODAY, theirs, f"R{place}", "")] * (1 + (fault == "doubled"))
            if fault == "changed":
                expected.append(("amount_differs", theirs, amount))
            if fault == "doubled":
                expected.append(("duplicate", amount, None))
    rows += [(TODAY, total, "", f"batch {channel}") for channel, total in merged.items()]
    rows += [(TODAY, 33 + 2 * i, f"X{i}", "") for i in range(foreign)]
    expected += [("missing_here", 33 + 2 * i, None) for i in range(foreign)]
    rows = rows or [(TODAY, 1, "X", "")]
    expected += [("missing_here", 1, None)] * (rows == [(TODAY, 1, "X", "")])
    done = bank(statement(tmp_path_factory.mktemp("law") / "a.csv", rows))
    assert sorted(open_items(), key=str) == sorted(expected, key=str)
    matched = sum(Kept.objects.values_list("amount_minor", flat=True))
    items = open_items()
    assert matched + sum(theirs or 0 for _, theirs, _ in items) == sum(row[1] for row in rows)
    assert sum(FileLine.objects.filter(file=done.file).values_list("amount_minor", flat=True)) == sum(
        row[1] for row in rows
    )
    known = reconcile_known.events("bank", "TWD", TODAY, TODAY)
    assert matched + sum(ours or 0 for _, _, ours in items) == sum(one.amount for one in known.events.values())


def test_the_examples_of_the_guide_hold() -> None:
    import doctest

    page = Path(__file__).parents[2] / "docs" / "guide" / "reconcile.md"
    found = doctest.testfile(str(page), module_relative=False)
    assert (found.failed, found.attempted) == (0, 5)
    assert doctest.testmod(bank_match).failed == 0
