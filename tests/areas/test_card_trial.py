"""The trial of models on a card file, and the page that says how they did."""

from pathlib import Path

import numpy as np
import pytest
from drawn_clients import draw, written

FEW = ("utilisation", "share_paid_recent", "months_unpaid", "months_past_due", "missed_now", "paid_most_minor")


def test_each_client_is_scored_by_a_model_that_has_not_seen_it_and_the_page_says_how_well(
    server: Path, tmp_path: Path
) -> None:
    from duecourse.intake import card_clients, card_trial
    from duecourse.risk import evaluate, model, model_file, scorecard
    from duecourse.risk.features import DIRECTION

    place = written(draw(700, seed=3), tmp_path / "clients.csv")
    told = card_clients.read(place, progress=lambda stage, done, of: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "ROUNDS", 10)
        patch.setattr(scorecard, "MOST_RANGES", 4)
        patch.setattr(card_trial, "SETTINGS", ("ledger",))
        patch.setattr(card_trial, "DIRECTION", {name: DIRECTION[name] for name in FEW})
        patch.setattr(model_file, "LEAST_MISSES", 20)
        tried = card_trial.run(told=told, progress=lambda stage, done, of: None)
    assert sorted(np.concatenate(tried.folds).tolist()) == list(range(700))
    for chance in tried.chances.values():
        assert ((chance > 0) & (chance < 1)).all()
    assert evaluate.measures(tried.chances["ledger", "scorecard"], tried.missed)["auc"] > 0.65
    page = card_trial.page(told=told, tried=tried, path=place)
    assert "700 clients" in page
    assert all(f"| {kind} | in order |" in page for kind in card_trial.KINDS)
    assert all(name not in dict(card_trial.matrix(told, "all")[1]) for name in ("SEX", "AGE", "EDUCATION", "MARRIAGE"))
