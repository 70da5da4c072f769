"""The first warning on loans of the book: features by month, what became of them, models beside those of lines."""

import csv
import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

FIRST, DAY = date(2024, 5, 31), date(2024, 9, 30)
PAYDAYS = [date(2024, 6, 30), date(2024, 7, 31), date(2024, 8, 31), DAY]
LOANS, LENT, ASKED = 60, 120_000, 10_662


@pytest.fixture(scope="module")
def book(module_db: str) -> Iterator[dict[str, int]]:
    """Loans of a year and one line, closed to the end of September; some pay always, some seldom. Small trees."""
    from duecourse.book import close
    from duecourse.risk import model, warning
    from duecourse.servicing import accounts, loan_opening, loans

    chance = random.Random(3)
    accounts.open_line(number="line", borrower_id=1, product="card_tw_2005", limit_minor=1_000_000, on=FIRST)
    found, careful = {}, {}
    for i in range(LOANS):
        account = loan_opening.open_loan(
            number=f"loan{i}", borrower_id=i + 2, product="loan_demo", approved_minor=LENT, on=FIRST, by="test",
            installments=12, rate_ppm=120_000,
        )  # fmt: skip
        loans.draw(account=account, amount_minor=LENT, on=FIRST, by="test", key=f"draw{i}")
        found[f"loan{i}"], careful[account] = account, chance.random()
    for day in PAYDAYS:
        close.through(day - timedelta(days=1))
        for account, care in careful.items():
            if chance.random() < 0.3 + 0.7 * care:
                loans.pay(account=account, amount_minor=asked(account), on=day, key=f"{account}:{day}")
    close.through(DAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "ROUNDS", 40)
        patch.setattr(model, "PARAMETERS", {**model.PARAMETERS, "min_data_in_leaf": 5, "lambda_l2": 1})
        patch.setattr(warning, "LEAST_MISSES", 10)
        yield found


def asked(account: int) -> int:
    """What a loan is asked by the next due day, what it missed before with it."""
    from duecourse.kernel.account import WIDTH
    from duecourse.ledger.tables import Balance

    dues = Balance.objects.get(account_id=account).dues
    return sum(sum(dues[at + 1 : at + 5]) for at in range(0, len(dues), WIDTH))


def of_loans(day: date) -> dict[int, dict[str, Any]]:
    """The features of a day by account."""
    from duecourse.risk import features

    return {row["account_id"]: row for row in features.LOANS.table(day).to_pyarrow().to_pylist()}


def test_the_features_of_a_loan_are_what_its_sealed_days_and_payments_say(book: dict[str, int]) -> None:
    from duecourse.book import read
    from duecourse.ledger.tables import Entry

    found = of_loans(DAY)
    stood = {row["account_id"]: row for row in read.day(DAY).to_pyarrow().to_pylist()}
    assert set(found) == set(book.values())
    paid_on = {account: set() for account in found}
    for account, day in Entry.objects.filter(kind=4).values_list("account_id", "effective_day"):
        paid_on[account].add(day)
    behind = [row for row in found.values() if row["behind_now"] > 0.5]
    assert 3 < len(behind) < LOANS - 3
    for account, row in found.items():
        now = stood[account]
        principal = now["revolving"] + now["past_due"]
        assert (row["months_since_made"], row["rate"], row["holidays"]) == (4, 0.12, 0)
        assert row["balance_share"] == pytest.approx(principal / LENT)
        assert row["behind_now"] == pytest.approx(now["past_due_minor"] * row["balance_installments"] / principal)
        assert (row["months_unpaid_6"], row["months_unpaid_1"]) == (
            len(PAYDAYS) - len(paid_on[account]), int(PAYDAYS[-1] not in paid_on[account]),
        )  # fmt: skip
        assert row["in_order"] == is_in_order(now, DAY)
        assert row["in_order"] <= (row["behind_now"] == 0)
    always = [account for account, days in paid_on.items() if len(days) == len(PAYDAYS)]
    assert len(always) > 3
    assert [found[account]["share_paid_3"] for account in always] == pytest.approx([1] * len(always), abs=0.05)


def test_what_became_of_a_loan_is_whether_its_next_installment_was_missed(book: dict[str, int]) -> None:
    from duecourse.book import read
    from duecourse.risk import examples
    from duecourse.rules.read import to_date

    on = date(2024, 8, 31)
    told = examples.of_day(on, DAY, "loan")
    due = {account: to_date(row["next_due_on"]) for account, row in of_loans(on).items()}
    assert set(due.values()) == {DAY}
    missed = day_missed(DAY)
    assert sorted(told.account_ids.tolist()) == sorted(
        row["account_id"] for row in read.day(on).to_pyarrow().to_pylist()
        if is_in_order(row, on) and row["account_id"] in due
    )  # fmt: skip
    assert 0 < told.misses < len(told.missed)
    assert [account in missed for account in told.account_ids.tolist()] == (told.missed == 1).tolist()


def is_in_order(row: dict[str, Any], day: date) -> bool:
    """Whether nothing that was due by a day is unmet at its close."""
    from duecourse.rules.read import day_number

    return not row["dues"] or row["dues"][0] > day_number(day)


def day_missed(day: date) -> list[int]:
    """The loans whose oldest open due was of a day at its close."""
    from duecourse.book import read
    from duecourse.rules.read import day_number

    number = day_number(day)
    rows = read.day(day).to_pyarrow().to_pylist()
    return [row["account_id"] for row in rows if row["dues"] and row["dues"][0] == number]


def test_models_of_loans_stand_beside_those_of_lines(book: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main
    from duecourse.risk import explain, model, monitor, read, registry, warning
    from duecourse.risk.features import LOANS

    assert warning.products() == ["line", "loan"]
    told = CliRunner().invoke(main, ["warn", "train", "--day", str(DAY), "--by", "alice"], catch_exceptions=False)
    assert "(loan, next)" in told.output
    assert "not enough history: no minimum of an account in order" in told.output
    (name,) = model.names()
    assert model.foretells(name) == registry.foretells(name) == ("loan", "next")
    assert tuple(registry.row_of(name).features) == LOANS.features
    with pytest.raises(model.NoModel, match="line, next"):
        warning.score(day=DAY)
    (scored,) = warning.score_all(day=DAY)
    listed = read.watch_list(day=DAY, count=5)
    assert [one.account_id for one in listed] == scored.table.column("account_id").to_pylist()[:5]
    reasons = [json.loads(one) for one in scored.table.column("reasons").to_pylist()]
    given = [one for some in reasons for one in some]
    assert given
    assert {one["code"] for one in given} <= set(explain.OF_PRODUCT["loan"][0])
    assert all(explain.words(one["code"], one["value"], "zh") for one in given)
    monkeypatch.setattr(registry, "checks", lambda name: [])
    registry.go_live(name=name, by="bob", reason="the first")
    assert registry.live() is None
    assert registry.live(product="loan") == name
    assert registry.lives() == [("loan", "next")]
    with pytest.raises(monitor.NoLiveModel):
        monitor.watch(day=DAY)
    (watched,) = monitor.watch_all(day=DAY)
    assert {one.feature for one in watched.figures if one.what == "drift"} <= set(LOANS.features)


def test_an_outcome_of_months_is_read_off_every_close_of_the_horizon(book: dict[str, int]) -> None:
    from duecourse.book import read
    from duecourse.risk import examples

    on = date(2024, 6, 30)
    told = examples.of_day(on, DAY, "loan", "late30_3m")
    in_order = {account for account, row in of_loans(on).items() if row["in_order"]}
    assert set(told.account_ids.tolist()) == in_order
    late = set()  # installments fall due on the last day of a month: 30 days later is looked at, and the horizon's end
    for day in (date(2024, 7, 30), date(2024, 8, 30), date(2024, 9, 30)):
        rows = read.day(day).to_pyarrow().to_pylist()
        late |= {row["account_id"] for row in rows if row["days_past_due"] >= 30}
    assert 0 < told.misses < len(told.missed)
    assert [account in late for account in told.account_ids.tolist()] == (told.missed == 1).tolist()
    assert (
        len(examples.of_day(on, date(2024, 9, 29), "loan", "late30_3m").missed) == 0
    )  # its last day is not sealed yet


def test_models_of_two_targets_are_live_beside_each_other(
    book: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from duecourse.risk import model, monitor, registry, targets, warning

    monkeypatch.setitem(targets.TARGETS, "late5_1m", targets.late(5, 1))
    monkeypatch.setattr(registry, "checks", lambda name: [])
    monkeypatch.setattr(warning, "HELD_OUT", 2)
    live = registry.live(product="loan")
    with pytest.raises(model.NoModel):
        warning.score(day=DAY, product="loan", target="late5_1m")
    kept = warning.train(day=date(2024, 9, 29), product="loan", target="late5_1m")
    assert kept.card["what"].startswith("the chance that a loan in order is 5 days past due")
    assert (kept.card["trained_on"][-1], kept.card["tried_on"]) == ("2024-07-29", "2024-08-29")
    registry.register(name=kept.name, by="alice", reference=kept.reference)
    registry.go_live(name=kept.name, by="bob", reason="another target")
    assert registry.live(product="loan") == live != kept.name
    assert registry.live(product="loan", target="late5_1m") == kept.name
    assert warning.score(day=DAY, product="loan", target="late5_1m").model == kept.name
    assert warning.score(day=DAY, product="loan").model == live
    with pytest.raises(registry.NothingToRollBack):
        registry.roll_back(by="carol", reason="no", product="loan", target="late5_1m")
    watched = monitor.watch(day=date(2024, 9, 29), product="loan", target="late5_1m")
    assert {one.of_day for one in watched.figures if one.what == "accounts"} == {date(2024, 8, 29)}
    with pytest.raises(model.TooLittleHistory, match="no loan was in order with the 12 months after it sealed"):
        warning.train(day=DAY, product="loan", target="late90_12m")


def test_every_target_has_words_in_both_languages() -> None:
    from duecourse.cli import warn
    from duecourse.risk import targets
    from duecourse.risk.features import PRODUCTS

    assert tuple(targets.TARGETS) == warn.TARGETS
    for target in targets.TARGETS.values():
        for product in PRODUCTS.values():
            assert target.words(product, "en").isascii()
            assert not target.words(product, "zh").isascii()
            assert "{" not in target.words(product, "zh") + target.words(product, "en") + target.events(product)


def test_the_command_tells_how_long_lateness_lasts_and_each_late_account_has_to_go(
    book: dict[str, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from click.testing import CliRunner

    from duecourse.book import read
    from duecourse.cli import main
    from duecourse.risk import cure

    def run() -> list[dict[str, str]]:
        place = tmp_path / "late.csv"
        told = CliRunner().invoke(
            main, ["warn", "cure", "--day", str(DAY), "--out", str(place)], catch_exceptions=False
        )
        assert told.exit_code == 0, told.output
        assert all(len(line) <= 80 for line in told.output.splitlines() if str(tmp_path) not in line)
        assert "not enough history (spells; 30 are needed): loan" in told.output
        with place.open(newline="") as out:
            return list(csv.DictReader(out))

    late = {book_name(book, row["account_id"]): str(row["days_past_due"])
            for row in read.day(DAY).to_pyarrow().to_pylist() if row["days_past_due"] > 0}  # fmt: skip
    rows = run()
    assert {row["account"]: row["days_past_due"] for row in rows} == late
    assert {row["by"] for row in rows} == {"curve", ""}
    assert all(row["days_late"] == row["days_past_due"] for row in rows if int(row["days_past_due"]) < 31)
    monkeypatch.setattr(cure, "LEAST_MODELLED", 40)
    monkeypatch.setattr(cure, "LEAST_CURED", 20)
    rows = run()
    assert {(int(row["days_past_due"]) > 30, row["by"]) for row in rows} == {(False, "model"), (True, "")}
    modelled = [row for row in rows if row["by"]]
    assert all(0 < float(row["expected_days_left"]) <= cure.LONGEST for row in modelled)
    assert all(0 < float(row["cured_within_30"]) < 1 for row in modelled)
    told = cure.of(day=FIRST)
    assert (told.curves, set(told.fitted), told.accounts.num_rows) == ([], {None}, 0)


def book_name(book: dict[str, int], account: int) -> str:
    """The number of an account of the book."""
    return next(number for number, one in book.items() if one == account)


def test_a_book_with_too_few_misses_of_loans_says_so(book: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.risk import model, warning

    monkeypatch.setattr(warning, "LEAST_MISSES", 10_000)
    with pytest.raises(model.TooLittleHistory, match="missed installments in the months before the latest"):
        warning.train(day=DAY, product="loan")
    with pytest.raises(model.TooLittleHistory, match="no installment of an account in order"):
        warning.train(day=FIRST, product="loan")


def test_every_reason_of_loans_has_words_in_both_languages_that_hold_its_value() -> None:
    from duecourse.risk import explain
    from duecourse.risk.features.loan import LOAN
    from duecourse.risk.features.loan_beside import BESIDE

    told, families = explain.OF_PRODUCT["loan"]
    assert set(families) == {feature.name for feature in (*LOAN, *BESIDE)}
    assert set(families.values()) == set(told)
    assert not set(told) & set(explain.CODES)
    for code, reason in told.items():
        assert families[reason.told_by] == code
        for language in ("en", "zh"):
            assert "1,234" in explain.words(code, 1_234, language)
        assert explain.words(code, 1, "en").isascii()
        assert not explain.words(code, 1, "zh").isascii()


def test_what_is_booked_later_changes_nothing_of_an_earlier_day_and_is_known_afterwards(book: dict[str, int]) -> None:
    """The last test of the file: it goes on with the book; a payment comes late, and a loan is charged off."""
    from duecourse.book import close, read, stretches
    from duecourse.risk import spells
    from duecourse.rules.read import day_number
    from duecourse.servicing import loans

    late, gone, *_ = (account for account, row in of_loans(DAY).items() if row["behind_now"] > 1.5)
    since, next_day = date(2024, 7, 31), DAY + timedelta(days=1)
    days = (since, DAY)
    before = [of_loans(day) for day in days]
    sealed = stretches.of(since=since, through=DAY)
    loans.pay(account=late, amount_minor=asked(late), on=date(2024, 8, 20), key="late")
    loans.act(account=gone, kind="charge_off", on=next_day, by="test", reason="lost", key="gone")
    close.through(next_day)
    assert [of_loans(day) for day in days] == before
    assert of_loans(next_day)[late]["share_paid_6"] > before[1][late]["share_paid_6"]
    assert stretches.of(since=since, through=DAY) == sealed
    told = stretches.of(since=since, through=next_day)
    assert told.filter(told.column("charged_off")).column("account_id").unique().to_pylist() == [gone]
    rows = told.append_column("late", [stretches.days_late(told)]).to_pylist()
    for day in (since, date(2024, 8, 19), date(2024, 8, 20), date(2024, 9, 1), date(2024, 9, 29), DAY, next_day):
        number = day_number(day)
        by_day = {row["account_id"]: max(row["late"] - row["to_day"] + number, 0) * (row["oldest"] > 0) for row in rows
                  if row["from_day"] <= number <= row["to_day"]}  # fmt: skip
        known = read.day(day, known_on=next_day).to_pyarrow().to_pylist()
        assert by_day == {row["account_id"]: row["days_past_due"] for row in known}, day
    found = spells.of(day=next_day, buckets=1)
    assert [how for account, how in zip(found.account_ids.tolist(), found.how.tolist(), strict=True)
            if account == gone][-1] == spells.LEFT  # fmt: skip
