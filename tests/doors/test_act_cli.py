"""`duecourse act`: any act of servicing from the command line or a file of JSON lines, once for its request key."""

import importlib
import inspect
import json
import pkgutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from books import dump
from click.testing import CliRunner, Result

from duecourse.kernel.terms import FEE

FIRST, TODAY = date(2024, 1, 10), date(2024, 2, 11)
ELSEWHERE = {
    "adjustments.credit": "goodwill says who and why",
    "loans.act": "by its kinds",
    "loans.draw": "by its kind",
    "loans.give": "goodwill",
    "loans.pay": "payment",
    "loans.undo": "undo",
    "loans.undo_payment": "reversal",
    "changes.do": "by its kinds",
    "correction.reverse": "reversal",
    "counted.count_from": "duecourse incident apply",
    "suspense.attribute": "duecourse suspense attribute",
}
"""Acts that have another way in."""


def run(*words: str) -> Result:
    from duecourse.cli import main

    return CliRunner(env={"COLUMNS": "160"}).invoke(main, list(words), catch_exceptions=False)


@pytest.fixture
def book(made: tuple[int, int], db_copy: str) -> tuple[int, int]:
    """The line and the loan below, for one test."""
    return made


@pytest.fixture(scope="module")
def made(module_db: str) -> tuple[int, int]:
    """A line that bought for 1,000.00 and owes a statement of it, and a loan of 12,000.00 just drawn."""
    from duecourse.book import close
    from duecourse.servicing import accounts, loan_opening, loans, purchases

    line = accounts.open_line(number="L1", borrower_id=1, product="line_demo", limit_minor=500_000, on=FIRST)
    loan = loan_opening.open_loan(
        number="C1", borrower_id=2, product="loan_demo", approved_minor=1_200_000, on=FIRST, by="alice", installments=12
    )
    purchases.post(account=line, amount_minor=100_000, on=FIRST, key="buy")
    loans.draw(account=loan, amount_minor=1_200_000, on=FIRST, by="alice", key="draw")
    close.through(TODAY - timedelta(days=1))
    return line, loan


def kinds_recorded(account: int) -> list[str]:
    from duecourse.servicing import changes

    return [one.kind for one in changes.told_of(account=account)]


def owed(number: str) -> int:
    from duecourse.servicing import read

    return read.account(number=number).figures["owed"]


def test_every_act_of_servicing_can_be_asked_for(db: str) -> None:
    import duecourse.servicing as servicing
    from duecourse.intake import act_kinds

    asked = {
        getattr(do, "__wrapped__", do)
        for table in (act_kinds.OF_BOTH, act_kinds.OF_LINE, act_kinds.OF_LOAN)
        for do in table.values()
    }
    missing = []
    for found in pkgutil.iter_modules(servicing.__path__):
        module = importlib.import_module(f"duecourse.servicing.{found.name}")
        for name, one in vars(module).items():
            if inspect.isfunction(one) and one.__module__ == module.__name__:
                takes = inspect.signature(one).parameters.values()
                keyword_only = all(each.kind is not each.POSITIONAL_OR_KEYWORD for each in takes)
                if keyword_only and {"account", "key"} <= {each.name for each in takes} and one not in asked:
                    missing.append(f"{found.name}.{name}")
    assert sorted(missing) == sorted(ELSEWHERE), sorted({*missing} ^ {*ELSEWHERE})


def test_the_list_of_acts_names_their_fields(db: str) -> None:
    told = run("act", "--kinds").stdout
    for word in ("conversion_end", "write_off", "arrangement_cure", "mandate_revoke", "payout_failed", "re_amortise"):
        assert word in told


def test_an_act_on_a_line_is_done_once(book: tuple[int, int]) -> None:
    words = ("act", "L1", "limit", "--on", str(TODAY), "--reason", "income proved", "--limit", "8000.00")
    told = run(*words)
    assert (told.exit_code, "limit" in told.stdout, "act " in told.stdout) == (0, True, True), told.stdout
    again = run(*words)
    assert "as before" in again.stdout
    assert kinds_recorded(book[0]) == ["limit"]
    assert run("act", "L1", "suspend", "--on", str(TODAY), "--reason", "stolen", "--key", "s").exit_code == 0
    refused = run("act", "L1", "suspend", "--on", str(TODAY), "--reason", "stolen", "--key", "s2")
    assert (refused.exit_code, "line_already_so" in refused.stderr) == (2, True)


def test_an_act_on_a_loan_takes_days_and_amounts(book: tuple[int, int]) -> None:
    assert run(
        "act", "C1", "interest_pause", "--on", str(TODAY), "--reason", "flood", "--until", "2024-03-01"
    ).exit_code == 0  # fmt: skip
    assert run(
        "act", "C1", "charge", "--on", str(TODAY), "--reason", "letter", "--component", "fee", "--amount=12.5",
        "--until", "2024-03-01",
    ).exit_code == 0  # fmt: skip
    from duecourse.servicing import changes

    _, _, pause, fee = changes.told_of(account=book[1])
    assert (pause.kind, pause.body) == ("interest_pause", {"until": 19_783})
    assert (fee.kind, fee.body["amount"], fee.body["component"]) == ("charge", 1_250, FEE)
    undone = run("act", "C1", "undo", "--act", str(fee.id), "--reason", "mistake")
    assert undone.exit_code == 0, undone.stderr
    assert kinds_recorded(book[1])[-1] == "undo"


@pytest.mark.parametrize(("words", "code"), [
    (("L9", "limit", "--limit", "1.00"), "no_such_account"),
    (("L1", "write_off"), "act_not_offered"),
    (("C1", "conversion"), "act_not_offered"),
    (("L1", "limit"), "field_missing"),
    (("L1", "limit", "--limit", "1.001"), "field_unreadable"),
    (("L1", "limit", "--limit", "NaN"), "field_unreadable"),
    (("L1", "limit", "--limit", "1e99"), "field_unreadable"),
    (("L1", "limit", "--limit", "1.00", "--colour", "red"), "field_unknown"),
    (("L1", "deferral", "--due-on", "someday", "--until", "2024-03-01"), "field_unreadable"),
    (("L1", "arrangement", "--terms", '{"amounts": [{"due_on": "2024-03-01"}]}'), "field_missing"),
    (("L1", "arrangement", "--terms", '{"hope": true}'), "field_unknown"),
    (("L1", "mandate_revoke", "--mandate", "77"), "no_mandate"),
    (("L1", "undo", "--act", "5"), "field_unknown"),
])  # fmt: skip
def test_what_cannot_be_read_or_done_is_refused_by_code(
    book: tuple[int, int], words: tuple[str, ...], code: str
) -> None:

    before = dump()
    refused = run("act", *words, "--on", str(TODAY), "--reason", "why not")
    assert (refused.exit_code, code in refused.stderr) == (2, True), refused.stderr
    assert dump() == before


@pytest.mark.parametrize("words", [
    ("L1",), ("L1", "limit", "--limit"), ("L1", "limit", "oops"), ("L1", "limit", "--limit", "1", "--limit", "2"),
    ("L1", "arrangement", "--terms", "{"), ("L1", "arrangement", "--terms", "@/nowhere"), (),
])  # fmt: skip
def test_a_command_that_is_no_command_ends_with_2(book: tuple[int, int], words: tuple[str, ...]) -> None:
    assert run("act", *words, "--on", str(TODAY), "--reason", "why").exit_code == 2


def line(account: str, kind: str, key: str, on: date | None = TODAY, by: str = "alice", **fields: object) -> str:
    """A line of a file of acts."""
    told = {"account": account, "kind": kind, "on": str(on) if on else None, "by": by, "why": "asked for", "key": key}
    return json.dumps({**told, "fields": fields}, ensure_ascii=False)


def test_a_file_does_its_good_lines_and_keeps_the_bad_ones(book: tuple[int, int], tmp_path: Path) -> None:
    from duecourse.intake.tables import Quarantined
    from duecourse.servicing import arrangements, changes, parties
    from duecourse.servicing.party_tables import Funding

    parties.introduce(code="fund", name="A fund", by="alice")
    plan = {"amounts": [{"due_on": "2024-03-05", "amount": "200.00"}], "rate": {"rate_ppm": 0}, "cure_days": 5}
    shares = [{"party": "fund", "share_ppm": 300_000, "rate_ppm": 0}]
    lines = [
        line("L1", "goodwill", "g1", amount="15.50"),
        "not json",
        line("C1", "rate_change", "r1", rate_ppm=90_000),
        "",
        line("L1", "limit", "l1", limit="lots"),
        line("L1", "arrangement", "a1", terms=plan),
        line(
            "C1",
            "funding",
            "f1",
            shares=shares,
            prices={"fund": "10.50"},
            guarantee={"guarantor": "fund", "days": 90, "cap_ppm": 50_000},
        ),
        line("L1", "fee", "g1", amount="1.00"),
        json.dumps({"account": "L1", "kind": "fee", "key": "x", "amount": "1.00", "why": "w"}),
        json.dumps({"account": "L1", "kind": "fee", "key": "y", "why": None}),
    ]
    file = tmp_path / "acts.jsonl"
    file.write_text("\n".join(lines) + "\n")
    before = owed("L1")
    told = run("act", str(file))
    assert "9 lines, 4 done, 0 known before, 5 quarantined" in told.stdout, told.stdout
    waiting = Quarantined.objects.filter(taken_by=None).order_by("row").values_list("row", "field", "code", "reference")
    assert list(waiting) == [
        (2, "", "line_not_json", None),
        (5, "limit", "field_unreadable", "l1"),
        (8, "", "request_key_reused", "g1"),
        (9, "amount", "field_unknown", "x"),
        (10, "why", "field_missing", "y"),
    ]
    assert owed("L1") == before - 1_550
    made = {one.kind: one for one in changes.told_of(account=book[0])}
    assert (made["goodwill"].by, made["goodwill"].reason) == ("alice", "asked for")
    assert arrangements.standing(account=book[0], on=TODAY) is not None
    assert list(Funding.objects.values_list("prices", flat=True)) == [{"1": 1_050}]
    again = run("act", str(file))
    assert "4 done" in again.stdout
    assert owed("L1") == before - 1_550
    mended = tmp_path / "mended.jsonl"
    mended.write_text("\n".join([*lines[:1], line("L1", "limit", "l1", limit="9000")]) + "\n")
    retried = run("act", str(mended), "--retry")
    assert "2 lines, 1 done, 1 known before, 0 quarantined" in retried.stdout
    assert "as before" in retried.stdout
    assert not Quarantined.objects.filter(taken_by=None, reference="l1").exists()
    assert [one.kind for one in changes.told_of(account=book[0])].count("limit") == 1


def test_a_line_may_name_an_amount_in_minor_units_and_need_not_say_by_whom(
    book: tuple[int, int], tmp_path: Path
) -> None:
    from duecourse.servicing import changes

    file = tmp_path / "acts.jsonl"
    file.write_text(line("L1", "fee", "m", by="", amount_minor=725) + "\n" + line("C1", "payment", "p", amount=100))
    assert "2 lines, 2 done" in run("act", str(file)).stdout
    fee = changes.told_of(account=book[0])[-1]
    assert fee.body["amount"] == 725
    assert fee.by not in ("", "alice")
    assert changes.told_of(account=book[1])[-1].body == {"amount": 10_000}


@pytest.mark.parametrize(("content", "code"), [(None, "file_missing"), (b"\xff\xfe{", "file_not_utf8")])
def test_a_file_that_cannot_be_read_is_refused(
    book: tuple[int, int], tmp_path: Path, content: bytes | None, code: str
) -> None:
    file = tmp_path / "acts.jsonl"
    if content is not None:
        file.write_bytes(content)
    refused = run("act", str(file))
    assert (refused.exit_code, code in refused.stderr) == (2, True)
    assert (run("act", str(file), "--retry").exit_code, kinds_recorded(book[0])) == (2, [])
