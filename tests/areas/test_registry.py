"""Models in the registry: checked, let live by another person, rolled back, watched; on one drawn card book."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_clients import draw, written

CLIENTS = 700
DAY = date(2005, 9, 30)


@pytest.fixture(scope="module")
def names(module_db: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two models of one book, trained and registered by alice; fewer rounds than in earnest, to save time.

    The trial of so small a book tells next to nothing: intervals are made narrow, so that models may go live.
    """
    from duecourse.intake import card
    from duecourse.risk import examples, intervals, model, registry, warning

    card.take(written(draw(CLIENTS, seed=5), tmp_path_factory.mktemp("card") / "card.csv"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "ROUNDS", 30)
        patch.setattr(examples, "of_day", cache(examples.of_day))  # both learn from the same
        patch.setattr(intervals, "LOW", 45)
        patch.setattr(intervals, "HIGH", 55)
        kept = [warning.train(day=DAY, seed=seed) for seed in (0, 1)]
        for one in kept:
            registry.register(name=one.name, by="alice", reference=one.reference)
    return [one.name for one in kept]


@pytest.fixture(autouse=True)
def alone(names: list[str]) -> Iterator[None]:
    """What a test writes is taken back at its end: states are never removed, so that tests would see each other's."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def easy(monkeypatch: pytest.MonkeyPatch, names: list[str]) -> None:
    """Let any calibration pass, for the same reason."""
    from duecourse.risk import registry

    monkeypatch.setattr(registry, "MOST_CALIBRATION_ERROR", 1.0)


def test_a_model_is_registered_once_with_all_that_makes_it(names: list[str]) -> None:
    from duecourse.risk import registry
    from duecourse.risk.features import FEATURES
    from duecourse.risk.tables import ModelState, RiskModel

    again = registry.register(name=names[0], by="dora", reference={})
    assert again.trained_by == "alice"
    assert RiskModel.objects.count() == 2
    assert list(ModelState.objects.values_list("state", flat=True)) == ["registered", "registered"]
    row = registry.row_of(names[0])
    assert (row.data_from, row.data_to) == (date(2005, 4, 30), DAY)
    assert row.code_version == registry.code_version()
    assert row.features == list(FEATURES)
    assert set(row.reference) == set(FEATURES)
    assert row.metrics["one_rule"]["auc"] < row.metrics["tried"]["auc_low"] < row.metrics["tried"]["auc_high"]
    for spread in row.reference.values():
        assert sum(spread["shares"]) == pytest.approx(1)


def test_every_chance_from_the_registry_alone_is_the_same_to_the_last_bit(names: list[str]) -> None:
    from duecourse.risk import examples, model, registry, warning

    rows = examples.of_day(date(2005, 8, 31), DAY).rows
    before = [model.load(name).chance(rows) for name in names]
    listed = warning.score(day=DAY, model_name=names[0]).table
    shutil.move(model.folder(), model.folder().with_name("away"))
    try:
        with pytest.raises(model.NoModel):
            model.load(names[0])
        after = [registry.load(name=name).chance(rows) for name in names]
        assert [one.tobytes() for one in after] == [one.tobytes() for one in before]
        assert warning.score(day=DAY, model_name=names[0]).table == listed
    finally:
        shutil.move(model.folder().with_name("away"), model.folder())
    assert before[0].tobytes() != before[1].tobytes()


def test_the_application_may_not_change_or_remove_a_row_of_the_registry(names: list[str]) -> None:
    from django.db import ProgrammingError, connection, transaction

    for table in (
        "risk_model",
        "risk_model_state",
        "risk_monitoring",
        "risk_alarm",
        "risk_alarm_seen",
        "risk_card",
        "risk_uplift",
    ):
        for told in (f"UPDATE {table} SET id = 0", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(told)


def test_the_owner_of_the_tables_is_refused_too(names: list[str]) -> None:
    from django.db import DatabaseError, connections, transaction

    with (
        pytest.raises(DatabaseError, match="risk_append_only"),
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
    ):
        cursor.execute("UPDATE risk_model SET digest = ''")


@pytest.mark.usefixtures("easy")
def test_a_model_goes_live_by_another_person_and_then_scores(names: list[str]) -> None:
    from duecourse.risk import registry, warning
    from duecourse.risk.tables import ModelState

    assert warning.live_on(DAY) is None
    registry.go_live(name=names[0], by="bob", reason="the first")
    assert registry.live() == names[0]
    assert warning.live_on(date(2005, 9, 29)) is None
    assert warning.score(day=DAY).model == names[0]
    told = {one.name: (one.stands, one.approved_by) for one in registry.models()}
    assert told == {names[0]: ("live", "bob"), names[1]: ("registered", "")}
    state = ModelState.objects.get(state="live")
    assert (state.by, state.reason) == ("bob", "the first")
    assert [one["passed"] for one in state.checks] == [True] * 4


@pytest.mark.usefixtures("easy")
def test_what_may_not_be_decided_is_refused_and_nothing_is_written(names: list[str]) -> None:
    from duecourse.risk import registry
    from duecourse.risk.tables import ModelState

    registry.go_live(name=names[0], by="bob", reason="the first")
    before = list(ModelState.objects.order_by("id").values())
    for refused, name, by, reason in (
        (registry.SamePerson, names[1], "Alice", "mine"),
        (registry.NobodyNamed, names[1], " ", "good"),
        (registry.NoReasonGiven, names[1], "bob", ""),
        (registry.AlreadyLive, names[0], "bob", "again"),
        (registry.NoSuchModel, "2005-09-30-00000000", "bob", "good"),
    ):
        with pytest.raises(refused):
            registry.go_live(name=name, by=by, reason=reason)
    with pytest.raises(registry.NothingToRollBack):
        registry.roll_back(by="bob", reason="no good")
    assert list(ModelState.objects.order_by("id").values()) == before


@pytest.mark.usefixtures("easy")
def test_a_model_that_was_turned_down_never_goes_live(names: list[str]) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main
    from duecourse.ledger.journal import Refused
    from duecourse.risk import read_models, registry

    def code_of(work: Any, **told: str) -> str:
        with pytest.raises(Refused) as caught:
            work(name=names[0], by="bob", **told)
        return str(caught.value.code)

    assert code_of(registry.turn_down, reason=" ") == "no_reason_given"
    words = ["warn", "turn-down", names[0], "--by", "bob", "--why", "too few examples"]
    assert "is turned down" in CliRunner().invoke(main, words, catch_exceptions=False).output
    assert code_of(registry.go_live, reason="all the same") == "model_turned_down"
    assert code_of(registry.turn_down, reason="again") == "model_turned_down"
    assert {one.row.name: one.stands for one in read_models.entries()} == {
        names[0]: "turned_down", names[1]: "registered"
    }  # fmt: skip
    registry.go_live(name=names[1], by="bob", reason="better")
    with pytest.raises(registry.AlreadyLive):
        registry.turn_down(name=names[1], by="dan", reason="too late")


def test_a_model_whose_checks_fail_does_not_go_live_and_each_failure_is_told(
    names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from duecourse.risk import recorded, registry

    monkeypatch.setattr(registry, "MOST_CALIBRATION_ERROR", 0.0)
    monkeypatch.setattr(recorded, "PERSON", (*recorded.PERSON, "LIMIT_MINOR"))
    with pytest.raises(registry.ChecksNotPassed, match=r"calibration error: .* nothing of the person: limit_minor"):
        registry.go_live(name=names[0], by="bob", reason="the first")
    assert registry.live() is None


@pytest.mark.usefixtures("easy")
def test_rolling_back_goes_to_the_one_before_and_no_further(names: list[str]) -> None:
    from duecourse.risk import registry

    first, second = names
    for name in (first, second):
        registry.go_live(name=name, by="bob", reason="better")
    assert registry.live() == second
    assert registry.roll_back(by="alice", reason="alarms") == first == registry.live()
    with pytest.raises(registry.NothingToRollBack):
        registry.roll_back(by="alice", reason="alarms")
    registry.go_live(name=second, by="bob", reason="mended")
    registry.go_live(name=first, by="bob", reason="changed our mind")
    assert registry.roll_back(by="bob", reason="and back") == second


def test_nothing_is_watched_without_a_live_model(names: list[str]) -> None:
    from duecourse.risk import monitor

    with pytest.raises(monitor.NoLiveModel):
        monitor.watch(day=DAY)


@pytest.mark.usefixtures("easy")
def test_the_live_model_is_watched_once_a_day_and_an_alarm_waits_until_somebody_says_what_came_of_it(
    names: list[str],
) -> None:
    from duecourse.risk import examples, monitor, registry
    from duecourse.risk.features import FEATURES
    from duecourse.risk.tables import Alarm, Monitoring

    registry.go_live(name=names[0], by="bob", reason="the first")
    with pytest.raises(monitor.NoLiveModel):
        monitor.watch(day=date(2005, 8, 31))
    watched = monitor.watch(day=DAY)
    drifted = [one.feature for one in watched.figures if one.what == "drift"]
    assert len(drifted) > 40
    assert set(drifted) <= set(FEATURES)
    told = {one.what: one for one in watched.figures if not one.feature}
    matured = examples.of_day(date(2005, 8, 31), DAY)
    assert {one.of_day for one in told.values()} == {date(2005, 8, 31)}
    assert told["accounts"].value == len(matured.missed)
    assert told["share missed"].value == pytest.approx(matured.missed.mean())
    assert told["mean chance"].value == pytest.approx(registry.load(name=names[0]).chance(matured.rows).mean())
    assert told["mean chance"].least < told["share missed"].value < told["mean chance"].most
    beyond = [one for one in watched.figures if one.beyond]
    kinds = {(one.what, one.of_day) for one in beyond}
    assert Alarm.objects.count() == len(kinds) > 0
    assert len(beyond) > len(kinds)
    for raised in monitor.alarms():
        alike = [one for one in beyond if (one.what, one.of_day) == (raised.figure.what, raised.figure.of_day)]
        assert raised.figure.distance == max(one.distance for one in alike) > 0
    rows = list(Monitoring.objects.order_by("id").values())
    assert monitor.watch(day=DAY) == watched
    assert list(Monitoring.objects.order_by("id").values()) == rows
    waiting = monitor.alarms()
    assert {one.role for one in waiting} <= set(monitor.LOOKS.values())
    with pytest.raises(registry.NoReasonGiven):
        monitor.seen(alarm=waiting[0].id, by="carol", reason="")
    with pytest.raises(monitor.NoSuchAlarm):
        monitor.seen(alarm=0, by="carol", reason="nothing")
    monitor.seen(alarm=waiting[0].id, by="carol", reason="the book is young")
    assert monitor.alarms() == waiting[1:]


def test_drift_is_none_of_the_same_accounts_and_large_of_others() -> None:
    from duecourse.risk import drift

    drawn = np.random.default_rng(0)
    rows = drawn.normal(size=(4_000, 2))
    rows[:400, 1] = np.nan
    spread = drift.reference(rows, ["a", "b"])
    assert spread["b"]["shares"][-1] == pytest.approx(0.1)
    assert drift.of_each(spread, rows, ["a", "b"]) == {"a": 0.0, "b": 0.0}
    moved = np.column_stack([rows[:, 0] + 1, np.where(np.arange(4_000) % 2, np.nan, rows[:, 1])])
    indices = drift.of_each(spread, moved, ["a", "b"])
    assert indices["a"] > 0.5
    assert indices["b"] < 0.02  # half as many are known, and those are as before
    then, now = drift.not_known(spread, moved, ["a", "b"])["b"]
    assert then == pytest.approx(0.1)
    assert now == pytest.approx(0.55)
    assert drift.of_each(spread, np.full((10, 2), np.nan), ["a", "b"]) == {}


def test_the_auc_and_its_interval_are_what_they_say() -> None:
    from sklearn.metrics import roc_auc_score

    from duecourse.risk import intervals

    drawn = np.random.default_rng(1)
    missed = drawn.integers(0, 2, 500)
    chance = np.round(drawn.random(500) + 0.4 * missed, 2)
    assert intervals.auc(chance, missed) == pytest.approx(roc_auc_score(missed, chance))
    low, high = intervals.bootstrap(intervals.auc, chance, missed)
    assert low < intervals.auc(chance, missed) < high
    assert (low, high) == intervals.bootstrap(intervals.auc, chance, missed)


@pytest.mark.usefixtures("easy")
def test_the_commands_tell_the_same_on_a_screen_of_80_columns(names: list[str]) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main
    from duecourse.risk import monitor

    def run(*words: str) -> str:
        told = CliRunner().invoke(main, ["warn", *words], catch_exceptions=False)
        assert told.exit_code == 0, told.output
        assert all(len(line) <= 80 for line in told.output.splitlines())
        return told.output

    assert "is live" in run("live", names[0], "--by", "bob", "--why", "the first")
    assert "same_person" in CliRunner().invoke(main, ["warn", "live", names[1], "--by", "alice", "--why", "x"]).stderr
    assert "bob" in run("models")
    assert "mean chance" in run("monitor", "--day", str(DAY))
    waiting = monitor.alarms()
    assert str(waiting[0].id) in run("alarms")
    run("seen", str(waiting[0].id), "--by", "carol", "--why", "the book is young")
    assert monitor.alarms() == waiting[1:]


def test_the_card_of_a_registered_model_finds_its_trial_again_and_tells_it_by_month(
    names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main
    from duecourse.risk import book_card, card_page, examples, intervals, kept_cards, monitor, registry
    from duecourse.risk.features import PRODUCTS

    monkeypatch.setattr(examples, "of_day", cache(examples.of_day))
    monkeypatch.setattr(book_card, "facts", cache(book_card.facts))
    for name, percentile in (("LOW", 45), ("HIGH", 55)):  # as when the models were tried
        monkeypatch.setattr(intervals, name, percentile)
    row = registry.row_of(names[0])
    facts = book_card.facts(name=names[0], day=DAY)
    tried = row.metrics["tried"]
    assert facts.subject.as_registered
    assert facts.clients == tried["examples"]
    assert [round(one, 4) for one in facts.measures["auc"]] == [tried["auc"], tried["auc_low"], tried["auc_high"]]
    assert [round(one.chance, 4) for one in facts.tenths] == [one["chance"] for one in tried["tenths"]]
    told = {one.day: one for one in facts.months}
    assert list(told) == ["2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31", "2005-08-31"]
    assert [one.role for one in facts.months] == ["learned"] * 4 + ["trial"]
    trial = told["2005-08-31"]
    assert trial.missed == facts.missed_share
    assert trial.auc == facts.measures["auc"]
    watched = {one.feature: one.value for one in monitor.drifted(row, DAY) if one.what == "drift"}
    assert facts.drifts == watched
    assert list(facts.drifts.values()) == sorted(watched.values(), reverse=True)
    assert {one.feature for one in facts.telling} <= set(PRODUCTS["line"].features)
    assert sum(one.share for one in facts.telling) == pytest.approx(1, abs=0.01)
    page = card_page.html(facts=facts, language="zh")
    assert "与当前运行的代码一致" in page
    assert "重新计算的结果与登记一致" in page
    with pytest.raises(book_card.KnewLaterDays):
        book_card.facts(name=names[0], day=date(2005, 8, 31))
    done = CliRunner().invoke(main, ["warn", "card", names[0], "--out", str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert sorted(one.suffix for one in tmp_path.iterdir()) == [".html", ".html", ".pdf", ".pdf"]
    for page in (one.read_text() for one in tmp_path.glob("*.html")):
        assert page.count("<img ") == page.count(" alt='") == 4
        assert all(day in page for day in told)
        assert "<script" not in page
    assert "by an id alone" in (tmp_path / "model-card.en.html").read_text()
    (card,) = kept_cards.of(name=names[0], language="en")
    assert card.day == DAY
    assert kept_cards.page(name=names[0], card=card.id) == (tmp_path / "model-card.en.html").read_text()
    assert kept_cards.page(name=names[1], card=card.id) is None
    again = CliRunner().invoke(main, ["warn", "card", names[0]], catch_exceptions=False)
    assert "the console's page of models shows it" in again.output
    assert len(kept_cards.of(name=names[0], language="zh")) == 1, "the same card again is not kept twice"


def test_the_card_tells_months_since_the_trial_and_where_the_figures_are_not_those_registered(
    names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from duecourse.risk import book_card, bounds, card_about, card_words, examples, model, registry
    from duecourse.risk.tables import RiskModel

    monkeypatch.setattr(examples, "of_day", cache(examples.of_day))
    earlier, day, tried_on = date(2005, 8, 31), date(2005, 9, 30), date(2005, 7, 31)
    row = registry.row_of(names[0])
    body = json.loads(bytes(row.body))
    body["card"] |= {"day": str(earlier), "trained_on": body["card"]["trained_on"][:1], "tried_on": str(tried_on)}
    text = json.dumps(body).encode()
    told = {key: getattr(row, key) for key in ("kind", "features", "metrics", "reference", "data_from", "trained_by")}
    RiskModel.objects.create(
        **told, name="2005-08-31-earlier", body=text, digest=hashlib.sha256(text).hexdigest(), data_to=earlier,
        code_version="0.0.1+other",
    )  # fmt: skip
    facts = book_card.facts(name="2005-08-31-earlier", day=day)
    assert [(one.day, one.role) for one in facts.months][-2:] == [("2005-07-31", "trial"), ("2005-08-31", "later")]
    known = examples.of_day(earlier, day)
    unseen = model.spread(known.account_ids, 5, salt=0) == 0
    last = facts.months[-1]
    assert last.accounts == int(unseen.sum())
    assert last.missed == known.missed[unseen].mean()
    assert (last.low, last.high) == bounds.wilson(float(known.missed[unseen].sum()), int(unseen.sum()))
    assert last.chance == registry.load(name=names[0]).chance(known.rows[unseen]).mean()
    assert not facts.subject.as_registered
    words = card_words.in_language("en", facts)
    assert "NOT the figures" in card_about.measured(facts, words)
    assert "other code than runs now" in dict(card_about.pairs(facts, "en"))["code"]
