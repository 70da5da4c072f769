"""Training, scoring and explaining, on a card book of clients drawn with a seed."""

import csv
import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from drawn_clients import draw, written

CLIENTS = 700
DAY = date(2005, 9, 30)


@pytest.fixture(scope="module")
def book(module_db: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The drawn file, taken and closed to the end of September; to save time with fewer rounds than in earnest, and
    with examples found once."""
    from duecourse.intake import card
    from duecourse.risk import examples, model

    card.take(written(draw(CLIENTS, seed=5), tmp_path_factory.mktemp("card") / "card.csv"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "ROUNDS", 50)
        patch.setattr(examples, "of_day", cache(examples.of_day))
        yield module_db


@pytest.fixture(scope="module")
def told(book: str) -> Any:
    """The examples whose outcome is known."""
    from duecourse.risk import examples

    return examples.known(day=DAY)


@pytest.fixture(scope="module")
def trained(book: str) -> str:
    from duecourse.risk import warning

    return warning.train(day=DAY).name


def test_nothing_is_scored_without_a_model(book: str) -> None:
    from duecourse.risk import model, warning
    from duecourse.risk.tables import Warning

    for name in (None, "2005-09-30-00000000"):
        with pytest.raises(model.NoModel) as refused:
            warning.score(day=DAY, model_name=name)
        assert refused.value.code == "no_model"
    assert Warning.objects.count() == 0


def test_too_little_history_is_refused_by_name(book: str) -> None:
    from duecourse.risk import model, warning

    for day in (date(2005, 4, 30), date(2005, 5, 31)):
        with pytest.raises(model.TooLittleHistory) as refused:
            warning.train(day=day)
        assert refused.value.code == "too_little_history"
    assert model.names() == []


def test_a_day_that_is_not_sealed_is_neither_trained_on_nor_scored(book: str) -> None:
    from duecourse.book.read import NotSealed
    from duecourse.risk import warning

    with pytest.raises(NotSealed):
        warning.train(day=date(2005, 10, 1))
    with pytest.raises(NotSealed):
        warning.score(day=date(2005, 10, 1))


def test_an_example_is_missed_where_the_ledger_says_so_on_the_day_after_the_due_day(told: Any) -> None:
    from duecourse.book import read
    from duecourse.rules.read import day_number

    assert 0 < told.misses < len(told.missed)
    for on, after_due in ((date(2005, 5, 31), date(2005, 6, 21)), (date(2005, 8, 31), date(2005, 9, 21))):
        of_day = told.take(told.days == day_number(on))
        late = {one["account_id"] for one in read.day(after_due).to_pyarrow().to_pylist() if one["missed"] > 0}
        assert [account in late for account in of_day.account_ids.tolist()] == (of_day.missed == 1).tolist()


def test_an_example_was_in_order_and_owed_something(told: Any) -> None:
    from duecourse.book import read
    from duecourse.rules.read import day_number

    of_day = told.take(told.days == day_number(date(2005, 7, 31)))
    stands = {one["account_id"]: one for one in read.day(date(2005, 7, 31)).to_pyarrow().to_pylist()}
    assert all(stands[account]["days_past_due"] == 0 for account in of_day.account_ids.tolist())
    assert all(len(stands[account]["dues"]) > 0 for account in of_day.account_ids.tolist())


def test_training_twice_gives_the_same_model(trained: str) -> None:
    from duecourse.risk import examples, model, warning

    examples.of_day.cache_clear()  # type: ignore[attr-defined]
    before = (model.folder() / trained / "model.txt").read_bytes()
    again = warning.train(day=DAY)
    assert again.name == trained
    assert (model.folder() / trained / "model.txt").read_bytes() == before
    assert warning.train(day=DAY, seed=1).name != trained


def test_a_model_card_says_what_the_model_saw(trained: str) -> None:
    from duecourse.risk import model

    card = model.card_of(trained)
    assert card["trained_on"] == ["2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31"]
    assert card["tried_on"] == "2005-08-31"
    assert card["tried"]["auc"] > 0.55
    assert sum(card["weights"].values()) == pytest.approx(1, abs=0.01)


def test_no_feature_moves_the_chance_against_its_direction(trained: str, told: Any) -> None:
    from duecourse.risk import model
    from duecourse.risk.features import DIRECTION

    fitted = model.load(trained)
    rows = told.rows[-200:]
    for i, (name, direction) in enumerate(DIRECTION.items()):
        if direction == 0 or np.isnan(rows[:, i]).all():
            continue
        steps = np.nanquantile(rows[:, i], np.linspace(0, 1, 7))
        chances = []
        for step in steps:
            changed = rows.copy()
            changed[:, i] = step
            chances.append(fitted.chance(changed))
        moves = np.diff(np.array(chances), axis=0) * direction
        assert moves.min() >= -1e-12, name


def test_a_model_that_knew_later_days_scores_none_of_the_earlier(trained: str) -> None:
    from duecourse.risk import model, warning

    with pytest.raises(model.NoModel):
        warning.score(day=date(2005, 8, 31))
    assert warning.score(day=date(2005, 8, 31), model_name=trained).table.num_rows > 0


def test_scoring_again_changes_nothing(trained: str) -> None:
    from duecourse.risk import read, warning
    from duecourse.risk.tables import Warning

    first = warning.score(day=DAY, model_name=trained)
    kept = list(Warning.objects.filter(day=DAY).order_by("rank").values())
    assert warning.score(day=DAY, model_name=trained).table == first.table
    assert list(Warning.objects.filter(day=DAY).order_by("rank").values()) == kept
    assert [one["account_id"] for one in kept] == first.table.column("account_id").to_pylist()
    assert [one["rank"] for one in kept] == list(range(1, len(kept) + 1))
    chances = [one["chance_ppm"] for one in kept]
    assert chances == sorted(chances, reverse=True)
    listed = read.watch_list(day=DAY, first=2, count=3)
    assert [one.rank for one in listed] == [2, 3, 4]
    assert [one.chance for one in listed] == [chance / 1e6 for chance in chances[1:4]]


def test_who_is_past_due_or_owes_nothing_is_not_warned(trained: str) -> None:
    from duecourse.book import read
    from duecourse.risk import warning

    warned = set(warning.score(day=DAY, model_name=trained).table.column("account_id").to_pylist())
    stands = read.day(DAY).to_pyarrow().to_pylist()
    in_order = {one["account_id"] for one in stands if one["missed"] == 0}
    owes = {one["account_id"] for one in stands if one["dues"]}
    assert warned == in_order & owes


def test_reasons_are_facts_of_the_account_and_at_most_four(trained: str) -> None:
    from duecourse.risk import explain, features, warning

    scored = warning.score(day=DAY, model_name=trained)
    facts = {one["account_id"]: one for one in features.table(DAY).to_pyarrow().to_pylist()}
    seen = set()
    for account, told in zip(
        *(scored.table.column(name).to_pylist() for name in ("account_id", "reasons")), strict=True
    ):
        reasons = json.loads(told)
        assert len(reasons) <= explain.MOST
        assert len({one["code"] for one in reasons}) == len(reasons)
        for one in reasons:
            seen.add(one["code"])
            reason = explain.REASONS[one["code"]]
            fact = facts[account][reason.told_by]
            fact = fact / 100 if reason.scale == explain.MONEY else fact * reason.scale
            assert one["value"] == pytest.approx(fact, abs=0.5)
    assert {"no_payment", "past_due_before"} & seen


def test_the_top_of_the_list_has_reasons(trained: str) -> None:
    from duecourse.risk import read, warning

    warning.score(day=DAY, model_name=trained)
    top = read.watch_list(day=DAY, count=20)
    assert all(one.reasons for one in top)
    assert all(len(one.words("zh")) == len(one.words("en")) == len(one.reasons) for one in top)


def test_what_would_help_most_is_told_with_the_chance_after_it(trained: str) -> None:
    from duecourse.risk import advice, features, model, read, warning

    warning.score(day=DAY, model_name=trained)
    listed = read.watch_list(day=DAY, model_name=trained, count=CLIENTS)
    told = [one for one in listed if one.advice]
    assert len(told) > len(listed) / 4
    fitted = model.load(trained)
    of = features.PRODUCTS["line"]
    table = of.table(DAY).to_pyarrow()
    row = model.matrix(table, of.features)[table.column("account_id").to_pylist().index(told[0].account_id)][None, :]
    families = {one.name: one.family for one in (*features.LINE, *features.BESIDE)}
    found = {}
    for code, thing in advice.THINGS["line"].items():
        done = row.copy()
        for i, (name, sign) in enumerate(of.direction.items()):
            if families[name] in thing.families and name in fitted.usual:
                done[0, i] = (min if sign > 0 else max)(row[0, i], fitted.usual[name])
        found[code] = fitted.chance(done)[0]
    assert found[told[0].advice["code"]] == min(found.values())
    assert told[0].advice["chance_ppm"] == round(min(found.values()) * 1e6)
    for one in told:
        assert one.advice["chance_ppm"] / 1e6 <= one.chance - advice.LEAST + 1e-6
        assert f"{one.advice['chance_ppm'] / 1e6:.1%}" in one.to_do("zh")


def test_everything_to_do_has_words_and_families_that_there_are() -> None:
    from duecourse.risk import advice, explain

    for product, things in advice.THINGS.items():
        families = set(explain.OF_PRODUCT[product][1].values())
        for code, thing in things.items():
            assert set(thing.families) <= families
            assert thing.english in advice.words({"code": code, "chance_ppm": 123_000}, "en", product)
            assert "12.3%" in advice.words({"code": code, "chance_ppm": 123_000}, "zh", product)
    assert advice.words(None, "en") == ""
    with pytest.raises(explain.UnknownReason):
        advice.words({"code": "pray", "chance_ppm": 0}, "en")


def test_every_reason_has_words_in_both_languages_that_hold_its_value() -> None:
    from duecourse.risk import explain
    from duecourse.risk.features import FEATURES
    from duecourse.risk.recorded import STATUS_FEATURES

    for code in explain.CODES:
        for language in ("en", "zh"):
            assert "1,234" in explain.words(code, 1_234, language)
        assert explain.words(code, 1, "en").isascii()
        assert not explain.words(code, 1, "zh").isascii()
    assert set(explain.FAMILIES) == {*FEATURES, *STATUS_FEATURES}
    assert set(explain.FAMILIES.values()) == set(explain.CODES)
    for code, reason in explain.REASONS.items():
        assert explain.FAMILIES[reason.told_by] == code
    with pytest.raises(explain.UnknownReason):
        explain.words("no_such_reason", 1, "en")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_watch_list_is_written_with_reasons_in_both_languages(trained: str, tmp_path: Path, suffix: str) -> None:
    from duecourse.risk import warning

    scored = warning.score(day=DAY, model_name=trained)
    place = tmp_path / f"warn{suffix}"
    assert warning.write(scored=scored, path=place) == scored.table.num_rows
    if suffix == ".csv":
        with place.open(newline="", encoding="utf-8") as told:
            rows = list(csv.DictReader(told))
    else:
        rows = pq.read_table(place).to_pylist()
    told = ["account", "chance", "rank", "reasons_en", "reasons_zh", "advice_en", "advice_zh", "codes"]
    assert list(rows[0]) == told
    assert rows[0]["advice_en"].endswith("%)")
    assert rows[0]["advice_zh"].endswith("%）")
    assert rows[0]["account"].startswith("card-")
    assert float(rows[0]["chance"]) == pytest.approx(scored.table.column("chance_ppm")[0].as_py() / 1e6)
    assert rows[0]["reasons_en"].count("; ") == rows[0]["reasons_zh"].count("；") == rows[0]["codes"].count(" ")
    with pytest.raises(warning.UnknownFileKind):
        warning.write(scored=scored, path=tmp_path / "warn.xlsx")


def test_the_trial_on_recorded_outcomes_says_which_way_is_not_usable_and_the_honest_way_reads_no_status(
    book: str,
) -> None:
    from duecourse.intake import card
    from duecourse.risk import evaluate

    record = card.record()
    assert record is not None
    report = evaluate.card(record=record, day=DAY)
    assert report["clients"] == CLIENTS
    assert report["honest"]["auc"]["mean"] > 0.55
    assert report["published"]["usable_on_the_day"] is False
    assert report["published_baseline"]["usable_on_the_day"] is False
    assert report["ledger_misses"]["auc"]["mean"] > 0.55
    assert sum(tenth["accounts"] for tenth in report["honest"]["calibration"]["tenths_in_order"]) == report["in_order"]
    without = record.drop([name for name in record.column_names if name in evaluate.STATUSES])
    again = evaluate.card(record=without, day=DAY)
    assert "published" not in again
    assert again["honest"] == report["honest"]


def test_a_file_without_an_outcome_is_not_tried(book: str) -> None:
    from duecourse.risk import evaluate, model

    with pytest.raises(evaluate.NoOutcome) as refused:
        evaluate.card(record=pa.table({"account_id": [1]}), day=DAY)
    assert refused.value.code == "no_outcome"
    with pytest.raises(model.TooLittleHistory):
        evaluate.card(record=pa.table({"account_id": [1, 2], "DEFAULT": [0, 1]}), day=DAY)


def test_measures_are_what_they_say() -> None:
    from duecourse.risk import evaluate

    chance = np.linspace(0.05, 0.95, 10)
    missed = np.array([0, 0, 0, 0, 1, 0, 0, 1, 1, 1])
    assert evaluate.recall_in_top_fifth(chance, missed) == 0.5
    assert evaluate.measures(chance, missed)["auc"] == pytest.approx(22 / 24, abs=1e-4)
    assert evaluate.calibration_error(chance, missed) == pytest.approx(np.mean(abs(chance - missed)))


@pytest.fixture(scope="module")
def scored_early(trained: str) -> date:
    """A day that a model of the same day has scored, with a due day of all accounts after it."""
    from duecourse.risk import warning

    day = date(2005, 8, 31)
    warning.score(day=day, model_name=warning.train(day=day).name)
    return day


def test_a_watch_list_is_drawn_once_and_keeps_what_was_assumed(scored_early: date) -> None:
    from duecourse.ledger import journal
    from duecourse.risk import watch
    from duecourse.risk.tables import Warning, Watched, WatchList

    with pytest.raises(watch.NothingScored):
        watch.draw(day=date(2005, 7, 31), capacity=10, by="rita")
    with pytest.raises(watch.CapacityRefused):
        watch.draw(day=scored_early, capacity=0, by="rita")
    drawn = watch.draw(day=scored_early, capacity=200, by="rita")
    again = watch.draw(day=scored_early, capacity=200, by="otto")
    assert again.row.id == drawn.row.id
    assert again.row.by == "rita"
    assert again.table == drawn.table
    with pytest.raises(watch.ListMadeOtherwise, match="capacity"):
        watch.draw(day=scored_early, capacity=150, by="rita")
    assert (drawn.row.currency, drawn.row.effect_from, drawn.row.avoided_ppm) == ("TWD", "assumed", 63_000)
    contacts, control = drawn.of(watch.CONTACT), drawn.of(watch.CONTROL)
    assert contacts.num_rows == 200
    assert 0 < control.num_rows < 50
    assert Watched.objects.filter(list=drawn.row).count() == drawn.table.num_rows
    chances = dict(Warning.objects.filter(day=scored_early).values_list("account_id", "chance_ppm"))
    owed = {one["account_id"]: one for one in read_day(scored_early)}
    for one in drawn.table.slice(0, 50).to_pylist():
        row = owed[one["account_id"]]
        assert one["chance_ppm"] == chances[one["account_id"]]
        assert one["owed_minor"] == sum(row[name] for name in watch.OWED_THEN) - row["credit"] > 0
        assert one["avoided_minor"] == pytest.approx(one["chance_ppm"] * one["owed_minor"] / 1e6 * 0.063 * 0.05, abs=1)
    assert WatchList.objects.count() == 1
    assert watch.power(drawn)[0] > drawn.table.num_rows
    with pytest.raises(journal.Refused) as unnamed:
        watch.draw(day=scored_early, capacity=200, by=" ")
    assert unnamed.value.code == "nobody_named"


def read_day(day: date) -> list[dict[str, Any]]:
    from duecourse.book import read

    return list(read.day(day, known_on=day).to_pyarrow().to_pylist())


def test_what_a_list_did_is_counted_as_the_ledger_found_it(scored_early: date) -> None:
    from duecourse.risk import examples, watch

    with pytest.raises(watch.NoSuchList):
        watch.measure(experiment="none", through=DAY)
    drawn = watch.draw(day=scored_early, capacity=200, by="rita")
    with pytest.raises(watch.OutcomesNotKnown):
        watch.measure(through=date(2005, 9, 1))
    told = watch.measure(through=DAY)
    known = examples.of_day(scored_early, DAY)
    missed = dict(zip(known.account_ids.tolist(), known.missed.tolist(), strict=True))
    for group, name in ((told.found.contacted, watch.CONTACT), (told.found.control, watch.CONTROL)):
        ids = [one for one in drawn.of(name).column("account_id").to_pylist() if one in missed]
        assert (group.listed, group.missed) == (len(ids), sum(missed[one] for one in ids))
        assert group.listed > 0
    assert told.days == (scored_early,)
    assert told.found.low < told.found.avoided < told.found.high
    assert not told.found.is_sure, "nobody was contacted: groups drawn by hash differ by chance alone"
    assert told.lists > 1
    with pytest.raises(watch.EffectNotMeasured):
        watch.draw(day=DAY, capacity=200, by="rita", measured=True)


def test_rows_of_a_watch_list_are_never_changed(scored_early: date) -> None:
    from django.db import DatabaseError, ProgrammingError, connection, connections, transaction

    for table in ("risk_watch_list", "risk_watched"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
        with (
            pytest.raises(DatabaseError, match="risk_append_only"),
            transaction.atomic(using="owner"),
            connections["owner"].cursor() as cursor,
        ):
            cursor.execute(f"UPDATE {table} SET id = id")


def test_the_commands_draw_a_list_and_say_what_it_did(scored_early: date, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main

    out = tmp_path / "list.csv"
    words = f"warn watch --day {scored_early} --capacity 50 --experiment second --control 0.3 --avoided 0.2"
    told = CliRunner().invoke(main, [*words.split(), "--out", str(out)], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    assert "50 contacts of 50" in told.output
    assert "a contact avoids 20.0% of misses (assumed)" in " ".join(told.output.split())
    with out.open(encoding="utf-8") as rows:
        listed = list(csv.DictReader(rows))
    assert [one["drawn"] for one in listed].count("contact") == 50
    assert [float(one["avoided"]) for one in listed] == sorted((float(one["avoided"]) for one in listed), reverse=True)
    told = CliRunner().invoke(main, ["warn", "uplift", "--experiment", "second"], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    assert "contacts avoided" in told.output
