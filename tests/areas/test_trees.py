"""Several trainings kept as one model: their mean, in one text."""

import numpy as np
import pytest


def test_a_model_of_several_trainings_scores_and_explains_as_their_mean_does(server: object) -> None:
    import lightgbm

    from duecourse.risk import model, trees

    chance = np.random.default_rng(1)
    rows = chance.normal(size=(3_000, 4))
    rows[chance.random(rows.shape) < 0.1] = np.nan
    missed = (chance.random(3_000) < 1 / (1 + np.exp(1.5 - np.nan_to_num(rows[:, 0] - rows[:, 1])))).astype(np.int64)
    directions = {"a": 1, "b": -1, "c": 0, "d": 0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "ROUNDS", 12)
        whole = model.grow(rows, missed, directions, seed=3)
        patch.setattr(model, "TRAININGS", 1)
        alone = [model.grow(rows, missed, directions, seed=lot) for lot in (6, 7)]
    assert len(alone) == model.TRAININGS
    raw = [one.predict(rows, raw_score=True, num_threads=1) for one in alone]
    assert np.abs(raw[0] - raw[1]).max() > 0.001, "the lots differ"
    assert np.allclose(whole.predict(rows, raw_score=True, num_threads=1), np.mean(raw, axis=0), rtol=0, atol=1e-12)
    told = [one.predict(rows[:200], pred_contrib=True) for one in alone]
    assert np.allclose(whole.predict(rows[:200], pred_contrib=True), np.mean(told, axis=0), rtol=0, atol=1e-12)
    gains = sum(one.feature_importance("gain") for one in alone)
    assert np.allclose(whole.feature_importance("gain"), gains)
    assert whole.num_trees() == 24
    kept = lightgbm.Booster(model_str=whole.model_to_string())
    assert (kept.predict(rows, num_threads=1) == whole.predict(rows, num_threads=1)).all()
    assert kept.model_to_string() == whole.model_to_string()
    constant = trees.mean_of([model.grow(np.zeros(rows.shape), missed, directions, seed=0)] * 2)
    assert np.allclose(constant.predict(rows), missed.mean())
