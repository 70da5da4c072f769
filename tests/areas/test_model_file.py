"""Models of a file of clients: lived in memory, trained, kept as one file, used on other files."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from drawn_clients import draw, written

CLIENTS = 900


def quiet(stage: str, done: int, of: int) -> None:
    """No progress is shown."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(draw(CLIENTS, seed=7), tmp_path_factory.mktemp("clients") / "clients.csv")


@pytest.fixture(scope="module")
def told(server: Path, place: Path) -> Any:
    from duecourse.intake import card_clients

    return card_clients.read(place, progress=quiet)


@pytest.fixture(scope="module")
def kept(told: Any) -> Any:
    from duecourse.intake import card_clients
    from duecourse.risk import model, model_file

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "ROUNDS", 40)
        return model_file.train(
            table=told.features, missed=card_clients.outcome(told), information="ledger", champion="boosted"
        )


def test_a_model_that_was_kept_scores_as_before_to_the_last_bit(kept: Any, told: Any, tmp_path: Path) -> None:
    from duecourse.risk import model_file

    digest = model_file.write(kept=kept, path=tmp_path / "model.json")
    again = model_file.read(tmp_path / "model.json")
    assert model_file.write(kept=again, path=tmp_path / "again.json") == digest
    for kind in model_file.KINDS:
        before = model_file.score(kept=kept, table=told.features, exponent=2, use=kind)
        after = model_file.score(kept=again, table=told.features, exponent=2, use=kind)
        assert before.chance.tolist() == after.chance.tolist()
        assert before.reasons == after.reasons
        assert ((before.low <= before.chance) & (before.chance <= before.high)).all()
        assert all(len(one) <= 4 and len({why["code"] for why in one}) == len(one) for one in before.reasons)


def test_clients_without_outcome_and_status_are_scored_alike(kept: Any, told: Any, tmp_path: Path) -> None:
    from duecourse.intake import card_clients
    from duecourse.risk import model_file

    names = ("ID", "LIMIT_BAL", *(f"{kind}_AMT{k}" for kind in ("BILL", "PAY") for k in range(1, 7)))
    columns = draw(CLIENTS, seed=7)
    bare = card_clients.read(written({name: columns[name] for name in names}, tmp_path / "bare.csv"), progress=quiet)
    assert bare.features.equals(told.features)
    chances = [model_file.score(kept=kept, table=one.features, exponent=2).chance.tolist() for one in (told, bare)]
    assert chances[0] == chances[1]
    with pytest.raises(card_clients.NoOutcome, match="DEFAULT"):
        card_clients.outcome(bare)
    with pytest.raises(card_clients.ColumnsMissing, match="PAY_0"):
        card_clients.with_information(bare, "all")
    with pytest.raises(model_file.FeaturesMissing, match="status_most"):
        model_file.columns(bare.features, list(model_file.directions("all")))


def test_nothing_of_the_person_enters_a_model_and_statuses_only_where_all_is_said(kept: Any) -> None:
    from duecourse.risk import model_file, recorded

    person = {name.lower() for name in recorded.PERSON}
    for information in model_file.INFORMATION:
        features = {name.lower() for name in model_file.directions(information)}
        assert not features & person
        assert any(name.startswith("status") for name in features) == (information == "all")
    text = json.dumps({kind: one.body() for kind, one in kept.models.items()}).lower()
    assert not any(word in text for word in ("education", "marriage", '"sex"', '"age"', "pay_"))


def test_both_kinds_rank_clients_not_seen_and_a_rule_and_a_constant_stand_beside_them(kept: Any) -> None:
    tried = kept.card["tried"]
    assert min(tried["boosted"]["auc"], tried["scorecard"]["auc"]) > 0.65
    assert tried["one_rule"]["auc"] > 0.5
    assert 0 < kept.card["constant"] < 1
    assert "days_before_due" in kept.card["left_out"]  # a file of months does not say it


def test_a_scorecard_is_its_points_and_they_follow_the_signs(kept: Any, told: Any) -> None:
    from duecourse.risk import model
    from duecourse.risk.features import DIRECTION

    card = kept.models["scorecard"]
    rows = model.matrix(told.features, card.features)
    total = card.points(rows).sum(axis=1)
    assert np.array_equal(card.chance(rows), 1 / (1 + np.exp(card.slope * total + card.intercept)))
    assert card.slope > 0
    for part in card.parts:
        steps = np.diff(part.points)
        if DIRECTION[part.feature]:
            assert (steps * DIRECTION[part.feature] <= 0).all(), part
        assert len(part.points) == len(part.ends) + 1
    assert (card.contributions(rows) >= 0).all()


def test_the_card_of_a_scorecard_prints_every_point_of_it(kept: Any, told: Any) -> None:
    from duecourse.intake import card_clients
    from duecourse.risk import card_page, card_tables, card_words, model_card

    facts = model_card.facts(
        kept=kept, digest="d" * 64, table=told.features, missed=card_clients.outcome(told), person={}, exponent=2,
        use="scorecard",
    )  # fmt: skip
    rows = card_tables.telling(facts, card_words.in_language("en", facts), "en")
    card = kept.models["scorecard"]
    assert [int(row[1]) for row in rows if len(row) == 2] == [
        points for part in card.parts for points in (*part.points, part.unknown)
    ]
    assert len([row for row in rows if len(row) == 1]) == len(card.parts)
    page = card_page.html(facts=facts, language="en")
    assert f"{card.slope:.6f}" in page
    assert "one month only" in page
    assert facts.months == []


def test_who_never_owed_has_no_history_and_a_short_one_gets_the_simpler_card(
    kept: Any, tmp_path: Path, server: Path
) -> None:
    from duecourse.intake import card_clients
    from duecourse.risk import model_file

    columns = {name: values[:3].copy() for name, values in draw(CLIENTS, seed=8).items()}
    for k in range(1, 7):
        columns[f"BILL_AMT{k}"][0] = columns[f"PAY_AMT{k}"][0] = 0
    few = card_clients.read(written(columns, tmp_path / "few.csv"), progress=quiet).features
    at = few.column_names.index("months_known")
    few = few.set_column(at, "months_known", pa.array([6, 2, 6]))
    scores = model_file.score(kept=kept, table=few, exponent=2)
    assert scores.by == [model_file.NO_HISTORY, "thin history", "boosted"]
    assert scores.reasons[0] == []
    assert scores.unsure[0]
    own = model_file.columns(few, kept.thin.features)
    assert scores.chance[:2].tolist() == kept.thin.chance(own)[:2].tolist()


def test_a_file_that_is_no_model_is_refused(tmp_path: Path, server: Path) -> None:
    from duecourse.risk import model_file

    for text in ("", "[]", '{"format": 99}', '{"format": 1}'):
        (tmp_path / "other.json").write_text(text)
        with pytest.raises(model_file.NotAModel, match=r"other\.json"):
            model_file.read(tmp_path / "other.json")


def test_the_commands_train_on_a_file_and_score_another(place: Path, tmp_path: Path, server: Path) -> None:
    from click.testing import CliRunner

    from duecourse import cli
    from duecourse.risk import model

    out, scored = tmp_path / "model.json", tmp_path / "scores.csv"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "ROUNDS", 20)
        trained = CliRunner().invoke(
            cli.main, ["warn", "train", "--data", str(place), "--out", str(out), "--information", "all"]
        )
    assert trained.exit_code == 0, trained.output
    asked = ["warn", "score", "--model", str(out), "--data", str(place), "--out", str(scored), "--use", "scorecard"]
    assert CliRunner().invoke(cli.main, asked).exit_code == 0
    with scored.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [int(row["id"]) for row in rows] == list(range(1, CLIENTS + 1))
    assert all(0 <= float(row["low"]) <= float(row["chance"]) <= float(row["high"]) <= 1 for row in rows)
    assert CliRunner().invoke(cli.main, ["warn", "train", "--data", str(place)]).exit_code == 2


def test_a_model_card_counts_only_clients_kept_from_training_and_reads_the_person_for_the_page_alone(
    kept: Any, told: Any, tmp_path: Path
) -> None:
    from duecourse.intake import card_clients
    from duecourse.risk import card_page, model, model_card

    missed, person = card_clients.outcome(told), card_clients.person(told)
    assert set(person) == {"SEX", "AGE", "EDUCATION"}
    facts = model_card.facts(kept=kept, digest="d" * 64, table=told.features, missed=missed, person=person, exponent=2)
    unseen = model.spread(told.features.column("account_id").to_numpy(), 5, salt=0) == 0
    assert facts.held_out_only
    assert facts.clients == int(unseen.sum())
    assert facts.missed_share == pytest.approx(missed[unseen].mean())
    for value, low, high in facts.measures.values():
        assert low <= high
        assert 0 <= value <= 1
    assert sum(one.clients for one in facts.tenths) == facts.clients
    assert sum(one.lift * one.clients for one in facts.tenths) == pytest.approx(facts.clients)
    without = model_card.facts(kept=kept, digest="d" * 64, table=told.features, missed=missed, person={}, exponent=2)
    assert without.groups == []
    assert without._replace(groups=facts.groups, gaps=facts.gaps) == facts
    written = card_page.write(facts=facts, out=tmp_path, as_of="2026-01-31")
    assert [one.suffix for one in written] == [".html", ".pdf"] * 2
    assert all(one.read_bytes().startswith(b"%PDF") for one in written if one.suffix == ".pdf")
    for page in (one.read_text() for one in written if one.suffix == ".html"):
        assert page.count("<img ") == page.count(" alt='") == 2
        assert "<script" not in page
        assert "http" not in page.replace("http://www.w3.org", "")


def test_groups_are_told_where_they_are_large_enough_and_agree_with_a_count_by_hand(kept: Any, told: Any) -> None:
    from duecourse.risk import model_card

    drawn = np.random.default_rng(3)
    chance, missed = drawn.random(1_000), drawn.integers(0, 2, 1_000)
    sex = np.where(np.arange(1_000) < 950, drawn.integers(1, 3, 1_000), 3)
    groups, gaps = model_card.by_group(chance, missed, {"SEX": sex, "AGE": np.full(1_000, 24)})
    top = chance >= np.sort(chance)[-200]
    men = groups[0]
    assert men.value == "sex_1"
    assert men.selected == pytest.approx(top[sex == 1].mean())
    assert men.found == pytest.approx(top[(sex == 1) & (missed == 1)].mean())
    assert men.missed == pytest.approx(missed[sex == 1].mean())
    assert gaps["SEX"]["selected"] == pytest.approx(abs(groups[0].selected - groups[1].selected))
    assert groups[2] == model_card.Group("SEX", "sex_other", 50, None, None, None, None)
    assert [one.value for one in groups[3:]] == ["<25"]
    few = told.features.slice(0, 20)
    with pytest.raises(model_card.TooFewOutcomes):
        model_card.facts(kept=kept, digest="", table=few, missed=np.zeros(20), person={}, exponent=2)
