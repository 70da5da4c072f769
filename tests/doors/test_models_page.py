"""The pages of models: the registry, one model's life, cards, monitoring and alarms, and what watch lists did.

The cast: bob works for the lender and may view the book, charlie may not; alice trains, carol looks at alarms;
anonymous is nobody. Rows are written as the areas write them; that they do is tested there.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pages import client, text

DAY, BEFORE = date(2005, 9, 30), date(2005, 8, 31)
STYLE = "main { color: #123456; }"
CODE = re.compile(r"\b(?:[a-z]+_)+[a-z]+\b")
"""A name of the program, such as `rolled_back`."""
pytestmark = pytest.mark.usefixtures("seen_contexts", "people")


@pytest.fixture(scope="module")
def people(module_db: str) -> None:
    from django.contrib.auth.models import User

    from duecourse.web import staff

    staff.admit(username="bob", password="may view the book")
    User.objects.create_user("charlie", password="may not view it")


@pytest.fixture
def alone(people: None) -> Iterator[None]:
    """What a test writes is taken back: rows of the registry are never removed."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def registered(alone: None) -> list[Any]:
    """Two models of lines, the first live, retired for the second and live again by a rollback; one newer challenger;
    one of a file."""
    from duecourse.risk import registry
    from duecourse.risk.tables import RiskModel

    tried = {"auc": 0.751, "auc_low": 0.731, "auc_high": 0.772, "calibration_error": 0.012}
    common = {
        "kind": "boosted", "digest": "d" * 64, "body": b"{}", "code_version": "1+abc", "features": ["use", "paid"],
        "metrics": {"tried": tried, "one_rule": {"auc": 0.641}}, "reference": {}, "trained_by": "alice",
    }  # fmt: skip
    data = {"data_from": date(2005, 4, 30), "data_to": BEFORE}
    models = [RiskModel.objects.create(name=name, **common, **data) for name in ("first", "second", "third")]
    of_file = {"product": "file", "data_digest": "f" * 64, "data_rows": 24_000}
    models.append(RiskModel.objects.create(name="of-file", **common, **of_file))
    for one in models:
        registry.add(one.name, "registered", "alice", "trained")
    for name, state, by in (
        ("first", "live", "bob"), ("first", "retired", "bob"), ("second", "live", "dora"),
        ("second", "rolled_back", "carol"), ("first", "live", "carol"),
    ):  # fmt: skip
        found = [registry.Check("AUC", True, "0.731", "0.641")] if state == "live" else []
        registry.add(name, state, by, f"why {state}", found)
    return models


@pytest.fixture
def watched(registered: list[Any]) -> list[Any]:
    """The first model watched on two days; an alarm of each, the older one seen by carol."""
    from duecourse.risk import monitor
    from duecourse.risk.features import LINE
    from duecourse.risk.monitor import Figure, Watched

    name = LINE[0].name
    outcomes = [
        Figure("accounts", "", BEFORE, 400.0), Figure("share missed", "", BEFORE, 0.211),
        Figure("mean chance", "", BEFORE, 0.303, 0.17, 0.26), Figure("calibration error", "", BEFORE, 0.094),
        Figure("AUC", "", BEFORE, 0.702, least=0.6),
    ]  # fmt: skip
    monitor.keep(Watched(date(2005, 9, 29), "first", [Figure("drift", name, date(2005, 9, 29), 0.31, most=0.25)]))
    monitor.keep(Watched(DAY, "first", [Figure("drift", name, DAY, 0.12, most=0.25), *outcomes]))
    waiting = monitor.alarms()
    monitor.seen(alarm=waiting[0].id, by="carol", reason="the book is young")
    return waiting


def test_the_registry_says_which_model_is_live_since_when_by_whom_and_what_it_learned_from(
    registered: list[Any],
) -> None:
    response = client().get("/models")
    page = text(response)
    told = {one["row"].name: one["entry"] for one in response.context["entries"]}
    assert list(told) == ["first", "third", "second", "of-file"]
    assert [one.stands for one in told.values()] == ["live", "registered", "rolled_back", "registered"]
    for said in (
        "a line in order misses its next minimum", "boosted trees", "2005-04-30 – 2005-08-31", "AUC 0.751",
        "0.731 – 0.772", "one rule 0.641", "trained: alice", "let live: carol", "challengers: third",
        "clients of a file: 24,000", "never went live", "None waits.", "duecourse warn live",
    ):  # fmt: skip
        assert said in page, said
    lives = told["first"].lives
    assert [(one.by, one.ended) for one in lives] == [("bob", "retired"), ("carol", "")]
    assert lives[0].until is not None
    assert lives[1].until is None
    assert told["second"].lives[0].ended == "rolled_back"
    assert told["second"].challengers == told["third"].challengers == []


def test_an_empty_registry_says_what_to_do(alone: None) -> None:
    page = text(client().get("/models"))
    for said in ("No model is registered yet", "duecourse warn train", "None waits.", "duecourse warn uplift",
                 "duecourse warn watch"):  # fmt: skip
        assert said in page
    assert "尚无登记的模型" in text(client(language="zh-Hans").get("/models"))


def test_a_model_shows_its_life_and_how_it_fared_day_by_day(watched: list[Any]) -> None:
    response = client().get("/models/first")
    page = text(response)
    for said in (
        "why live", "AUC : passes", "2005-09-30", "PSI 0.310", "PSI 0.120", "30.3%", "21.1% 17.0% – 26.0%", "0.702",
        "carol", "the book is young", "nobody yet", "risk officer", "waiting: 1", "seen",
        "No card of it is kept", "third",
    ):  # fmt: skip
        assert said.replace(" : ", ": ") in page.replace(" : ", ": "), said
    assert [one.name for one in response.context["charts"]] == ["drift", "outcomes", "ranking", "calibration"]
    assert response.context["drifted"] == [], "on the last day nothing drifted beyond its limit"
    waiting = text(client().get("/models"))
    assert "alarms that wait: 1" in waiting
    assert "mean chance" in waiting
    never = text(client().get("/models/third"))
    assert "It has not been watched on any day" in never
    assert "It has raised none." in never
    assert "models of files are not watched" in text(client().get("/models/of-file"))


def test_pages_are_in_the_language_of_the_reader_without_names_of_the_program(watched: list[Any]) -> None:
    page = text(client(language="zh-Hans").get("/models/first"))
    for said in (
        "正常循环额度未按时支付下一期最低还款额",
        "提升树",
        "上线",
        "退役",
        "风险官",
        "尚无人查看",
        "逐日情况",
    ):
        assert said in page, said
    listed = text(client(language="zh-Hans").get("/models"))
    for said in ("模型登记册", "挑战者： third", "回退", "批准上线： carol"):
        assert said in listed, said
    assert not CODE.findall(page + listed)


@pytest.mark.parametrize("shape", ["wide", "narrow"])
@pytest.mark.parametrize("shade", ["light", "dark"])
@pytest.mark.parametrize("what", ["drift", "outcomes", "ranking", "calibration"])
def test_charts_are_drawn(watched: list[Any], what: str, shade: str, shape: str) -> None:
    told = client(language="zh-Hans").get(f"/models/first/charts/{what}.svg?shape={shape}&shade={shade}")
    assert told.status_code == 200
    assert told.headers["Content-Type"] == "image/svg+xml"
    assert told.content.decode().startswith("<svg")
    assert client().get(f"/models/third/charts/{what}.svg").status_code == 404


@pytest.fixture
def card(registered: list[Any]) -> int:
    """A card of the first model, kept."""
    from duecourse.risk.tables import ModelCard

    page = f"<!doctype html><title>card</title><style>{STYLE}</style><main>as it was made</main>"
    row = ModelCard.objects.create(model=registered[0], day=BEFORE, language="en", page=page, digest="c" * 64)
    return int(row.id)


def test_a_card_is_shown_as_it_was_made_under_a_policy_that_lets_in_its_own_styles_and_no_script(card: int) -> None:
    assert f'href="/models/first/cards/{card}"' in client().get("/models/first").content.decode()
    assert "尚无存档的模型卡" in text(client(language="zh-Hans").get("/models/first")), "this card is in English"
    told = client().get(f"/models/first/cards/{card}")
    assert "as it was made" in told.content.decode()
    policy = told.headers["Content-Security-Policy"]
    assert "'sha256-" in policy
    assert "sandbox" in policy
    assert "unsafe" not in policy
    assert "script" not in policy
    assert policy.startswith("default-src 'none'")


def test_a_card_of_another_model_is_no_page(card: int) -> None:
    assert client().get(f"/models/second/cards/{card}").status_code == 404
    assert client().get("/models/first/cards/0").status_code == 404


def test_only_those_who_may_view_the_book_see_any_of_it(watched: list[Any], card: int) -> None:
    for path in ("/models", "/models/first", f"/models/first/cards/{card}", "/models/first/charts/drift.svg"):
        assert client("charlie").get(path).status_code == 403
        assert client(None).get(path).status_code == 302
        assert client("bob").post(path).status_code == 405
    assert 'href="/models"' in client("bob").get("/rules").content.decode()


@pytest.mark.parametrize("path", ["/models/nobody", "/models/first/charts/nonsense.svg",
                                  "/models/first/charts/drift.svg?shape=round", "/models/a%00b"])  # fmt: skip
def test_what_there_is_not_is_not_found(watched: list[Any], path: str) -> None:
    assert client().get(path).status_code == 404


def test_watch_lists_are_shown_with_what_was_foretold_what_came_and_every_look(alone: None) -> None:
    from duecourse.ledger.tables import Product
    from duecourse.risk import uplift, watch
    from duecourse.risk.tables import Watched, WatchList

    Product.objects.create(code="card", currency="TWD", exponent=2, year_days=365)
    row = WatchList.objects.create(
        day=BEFORE, experiment="first", currency="TWD", scored_by=["first"], capacity=9, cost_minor=0,
        effect_from="assumed", avoided_ppm=63_000, lost_ppm=50_000, control_ppm=100_000, by="ann",
    )  # fmt: skip
    Watched.objects.bulk_create(
        Watched(list=row, account_id=one, place=one, drawn=drawn, chance_ppm=400_000 if drawn == "contact" else 500_000,
                owed_minor=10_000, avoided_minor=12_345)
        for one, drawn in ((1, "contact"), (2, "contact"), (3, "control"))
    )  # fmt: skip
    assert "not known yet" in text(client().get("/models"))
    found = uplift.difference(uplift.Group(800, 160, 800.0), uplift.Group(90, 20, 90.0))
    parts = (watch.Part(row.id, "contact", 800, 160, 0.25), watch.Part(row.id, "control", 90, 20, 0.31))
    told = watch.Measured((BEFORE,), found, 0.063, 9_999, 7, parts)
    for day in (BEFORE, DAY, DAY):
        watch.keep(measured=told, experiment="first", through=day)
    response = client().get("/models")
    assert [one.day for one in response.context["looked"]] == [DAY, BEFORE], "a look of the same day counts once"
    page = text(response)
    assert "22.2% 20 / 90" in page
    assert f"+{found.avoided:.1%}" in page
    assert "20.0% foretold: 25.0% · 160 / 800" in page
    assert "40.0%" in page
    assert not found.is_worse
    assert "this may be chance · more lists needed: 7" in page
    assert "the contacted missed more" not in page
    worse = uplift.difference(uplift.Group(800, 400, 800.0), uplift.Group(90, 9, 90.0))
    watch.keep(measured=told._replace(found=worse), experiment="second", through=DAY)
    assert "the contacted missed more" in text(client().get("/models"))


def test_a_model_is_let_live_by_another_person_once_its_checks_pass(registered: list[Any]) -> None:
    import hashlib

    from duecourse.risk import registry
    from duecourse.risk.tables import RiskModel
    from duecourse.web import staff

    third = registered[2]
    fields = {name: getattr(third, name) for name in (
        "kind", "body", "code_version", "features", "metrics", "reference", "trained_by", "data_from", "data_to"
    )}  # fmt: skip
    RiskModel.objects.create(name="fourth", digest=hashlib.sha256(b"{}").hexdigest(), **fields)
    registry.add("fourth", "registered", "alice", "trained")
    staff.admit(username="alice", password=None)
    staff.admit(username="rea", password=None, roles=["compliance"])
    page = text(client().get("/models/fourth"))
    assert "Waits to be let live by another person" in page
    assert "does not pass" in text(client().get("/models/third"))
    for who, name, reason, code in (
        ("bob", "third", "better", "checks_not_passed"), ("alice", "fourth", "mine", "same_person"),
        ("bob", "fourth", " ", "no_reason_given"), ("bob", "fourth", "better", ""),
    ):  # fmt: skip
        told = client(who).post(f"/models/{name}/live", {"reason": reason})
        assert (told.status_code, code in text(told)) == (409 if code else 302, True), (who, name)
    assert registry.live() == "fourth"
    assert "Waits to be let live" not in text(client().get("/models/fourth"))
    assert client().post("/models/none/live", {"reason": "x"}).status_code == 404
    assert client("charlie").post("/models/second/live", {"reason": "x"}).status_code == 403
