"""Models of a file of clients in the registry: registered once their trial came out again, then as the book's."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from drawn_clients import draw, written

CLIENTS = 600


class Made:
    """A model file that alice trained, the file that it was made from, and what was read of that."""

    def __init__(self, folder: Path) -> None:
        from duecourse.intake import card_clients
        from duecourse.risk import model, model_file

        self.data = written(draw(CLIENTS, seed=5), folder / "clients.csv")
        self.told = card_clients.read(self.data, progress=lambda stage, done, of: None)
        self.missed = card_clients.outcome(self.told)
        self.model = folder / "model.json"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(model, "ROUNDS", 20)
            kept = model_file.train(
                table=self.told.features, missed=self.missed, information="ledger", champion="boosted", by="alice"
            )
        model_file.write(kept=kept, path=self.model)

    def register(self, body: bytes = b"", **other: Any) -> Any:
        """Register it, or what is said instead, by bob."""
        from duecourse.risk import file_registry

        given = {"table": self.told.features, "missed": self.missed, "by": "bob"} | other
        digest = hashlib.sha256(self.data.read_bytes()).hexdigest()
        return file_registry.register(body=body or self.model.read_bytes(), data_digest=digest, **given)


@pytest.fixture(scope="module")
def made(module_db: str, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("clients"))


@pytest.fixture(autouse=True)
def alone(made: Made, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test writes is taken back at its end. The trial of so few clients tells next to nothing: its interval is
    made narrow and any calibration passes, so that the model may go live."""
    from django.db import transaction

    from duecourse.risk import intervals, registry

    monkeypatch.setattr(intervals, "LOW", 45)
    monkeypatch.setattr(intervals, "HIGH", 55)
    monkeypatch.setattr(registry, "MOST_CALIBRATION_ERROR", 1.0)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_a_model_file_is_registered_byte_by_byte_with_the_file_that_made_it(made: Made) -> None:
    from duecourse.risk import evaluate, model_file, registry
    from duecourse.risk.tables import RiskModel

    row = made.register()
    assert bytes(row.body) == made.model.read_bytes()
    assert row.digest == hashlib.sha256(row.body).hexdigest()
    assert (row.data_from, row.data_to, row.data_rows) == (None, None, CLIENTS)
    assert row.data_digest == hashlib.sha256(made.data.read_bytes()).hexdigest()
    assert (row.trained_by, row.states.get().by) == ("alice", "bob")
    assert row.code_version == registry.code_version()
    kept = model_file.read(made.model)
    assert row.reference == kept.card["spread"]
    ids = made.told.features.column("account_id").to_numpy()
    scored = model_file.score(kept=kept, table=made.told.features, exponent=2)
    unseen = model_file.held_out(ids)
    for name, value in evaluate.measures(scored.chance[unseen], made.missed[unseen]).items():
        assert row.metrics["tried"][name] == value, "of what is scored"
    assert made.register(by="carol").id == row.id
    assert RiskModel.objects.count() == 1


def test_what_the_data_do_not_bear_out_is_not_registered(made: Made) -> None:
    from duecourse.risk import file_registry, model_file
    from duecourse.risk.tables import RiskModel

    body = json.loads(made.model.read_bytes())
    better = {**body, "card": {**body["card"], "tried": {**body["card"]["tried"], "boosted": {"auc": 0.99}}}}
    nameless = {**body, "card": {key: one for key, one in body["card"].items() if key != "code_version"}}
    few = made.told.features.slice(0, CLIENTS - 1)
    for refused, match, told, other in (
        (file_registry.TrialDiffers, "boosted auc", better, {}),
        (file_registry.CodeNotTold, "train it again", nameless, {}),
        (file_registry.TrialDiffers, "these clients", body, {"table": few, "missed": made.missed[:-1]}),
        (file_registry.TrialDiffers, "does not come out", body, {"missed": 1 - made.missed}),
        (model_file.NotAModel, "not a model file", {"format": 1}, {}),
    ):
        with pytest.raises(refused, match=match):
            made.register(json.dumps(told).encode(), **other)
    assert RiskModel.objects.count() == 0


def test_neither_who_trained_nor_who_registered_lets_it_go_live_and_it_rolls_back(made: Made) -> None:
    from duecourse.risk import file_registry, model, monitor, registry

    with pytest.raises(model.NoModel):
        file_registry.live()
    first = made.register().name
    for person in ("alice", "Bob"):
        with pytest.raises(registry.SamePerson):
            registry.go_live(name=first, by=person, reason="mine")
    found = registry.go_live(name=first, by="carol", reason="the first")
    assert [one.name for one in found][-2:] == ["content", "known on the day"]
    assert all(one.passed for one in found)
    assert file_registry.live() == first
    assert registry.live() is None
    with pytest.raises(monitor.NoLiveModel):
        monitor.watch_all(day=date(2005, 9, 30))
    body = json.loads(made.model.read_bytes())
    second = made.register(json.dumps({**body, "card": {**body["card"], "trained_by": "dora"}}).encode()).name
    registry.go_live(name=second, by="alice", reason="another's, as good")
    assert file_registry.live() == second != first
    assert registry.roll_back(product="file", by="alice", reason="alarms") == first == file_registry.live()


def test_a_model_that_uses_what_is_known_later_does_not_go_live(made: Made) -> None:
    from duecourse.intake import card_clients
    from duecourse.risk import model, model_file, registry

    table = card_clients.with_information(made.told, "all")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "ROUNDS", 5)
        kept = model_file.train(table=table, missed=made.missed, information="all", champion="scorecard")
    model_file.write(kept=kept, path=made.model.with_name("all.json"))
    name = made.register(made.model.with_name("all.json").read_bytes(), table=table).name
    assert registry.row_of(name).trained_by == "bob"
    with pytest.raises(registry.ChecksNotPassed, match="known on the day: status_"):
        registry.go_live(name=name, by="carol", reason="the best")


def test_a_model_is_of_the_book_or_of_a_file(made: Made) -> None:
    from django.db import IntegrityError, transaction

    from duecourse.risk import file_registry, registry
    from duecourse.risk.tables import RiskModel

    name = made.register().name
    with pytest.raises(registry.OtherKindOfModel):
        registry.load(name=name)
    line: dict[str, Any] = {
        "name": "x", "product": "line", "kind": "boosted", "digest": "", "body": b"", "code_version": "",
        "features": [], "metrics": {}, "reference": {}, "trained_by": "alice",
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="risk_model_data_told"), transaction.atomic():
        RiskModel.objects.create(**line)
    RiskModel.objects.create(**line, data_from="2005-04-30", data_to="2005-09-30")
    with pytest.raises(registry.OtherKindOfModel):
        file_registry.load(name="x")


def test_the_registry_scores_a_file_as_the_model_file_does_to_the_last_byte(made: Made, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main

    def run(*words: str) -> str:
        told = CliRunner().invoke(main, ["warn", *map(str, words)], catch_exceptions=False)
        assert told.exit_code == 0, told.output
        return told.output

    def scored(*words: str) -> bytes:
        run("score", "--data", made.data, "--out", tmp_path / "scores.csv", *words)
        return (tmp_path / "scores.csv").read_bytes()

    by_file, by_card = scored("--model", made.model), scored("--model", made.model, "--use", "scorecard")
    assert by_file != by_card
    registered = run("register", "--model", made.model, "--data", made.data, "--by", "bob")
    name = registered.split("registered as ")[1].split(":")[0]
    assert scored("--model", name) == by_file
    assert scored("--model", name, "--use", "scorecard") == by_card
    run("live", name, "--by", "carol", "--why", "the first")
    assert scored() == by_file
    shown = run("models")
    assert name in shown
    assert "…" not in shown
    assert len({len(line) for line in shown.splitlines()}) == 1, "the table has its right edge"
    run("card", name, "--data", made.data, "--out", tmp_path)
    assert hashlib.sha256(made.model.read_bytes()).hexdigest() in (tmp_path / "model-card.zh.html").read_text()
