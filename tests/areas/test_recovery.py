"""Cases move on sealed days by an approved strategy; a strategy is tried on the past; work comes in order of good."""

import json
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest

from duecourse.recovery import path, strategy
from duecourse.recovery.path import At, Shares
from duecourse.recovery.strategy import Decided

FIRST, LAST = date(2024, 1, 5), date(2024, 4, 20)
MARCH = date(2024, 3, 20)
TERMS = {
    "late_rate_ppm": 240_000, "late_fee_minor": 500, "tolerance_ppm": 0, "cycle_day": 1, "due_after_days": 9,
    "nonaccrual_days": 90,
}  # fmt: skip


def text(name: str = "default") -> str:
    return files("duecourse.rules").joinpath(f"house/strategies/{name}.json").read_text(encoding="utf-8")


def changed(**what: Any) -> str:
    """The plain strategy with something changed in its table."""
    told = json.loads(text("do_nothing"))
    told["nodes"][1]["content"] |= what
    return json.dumps(told)


def test_the_strategies_of_the_house_can_be_read_and_speak_of_everybody() -> None:
    for name in ("default", "call_everyone_daily", "do_nothing"):
        read = strategy.read(text(name))
        plain = dict.fromkeys(read.inputs, 0) | {
            name: False for name in read.inputs if name.startswith(("is_", "has_", "in_"))
        }
        (said,) = strategy.decide(read, [plain])
        assert said == Decided("none", "nothing", "", 30 if name != "do_nothing" else said.every_days, "none")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("{", "not a decision model"),
        ("[]", "not a decision model"),
        (json.dumps({"nodes": []}), "not a decision model"),
        (changed(inputs=[{"id": "i0", "field": "religion", "name": ""}]), "input 'religion' is no fact"),
        (changed(outputs=[{"id": "o0", "field": "stage", "name": ""}]), "output 'channel': missing"),
        (changed(hitPolicy="collect"), "hitPolicy is first"),
        (changed(rules=[]), "_id of its own"),
        (
            changed(rules=[{"_id": "a", "i0": "", "o0": '"jail"', "o1": '"call"', "o2": '""', "o3": "1"}]),
            "row a: stage: 'jail'",
        ),
        (
            changed(rules=[{"_id": "a", "i0": "", "o0": '"late"', "o1": '"call"', "o2": '""', "o3": "0"}]),
            "every_days: 0",
        ),
        (changed(rules=[{"_id": "a", "i0": "", "o0": "1 +", "o1": '"call"', "o2": '""', "o3": "1"}]), "no plain value"),
    ],
)
def test_a_file_that_is_no_strategy_is_refused_by_what_is_wrong(file: str, message: str) -> None:
    with pytest.raises(strategy.StrategyRefused, match=message):
        strategy.read(file)


def test_a_strategy_that_says_nothing_of_somebody_is_refused() -> None:
    row = {"_id": "a", "i0": "> 5", "o0": '"late"', "o1": '"call"', "o2": '"call"', "o3": "1"}
    with pytest.raises(strategy.StrategyRefused, match="no row is met"):
        strategy.decide(strategy.read(changed(rules=[row])), [{"days_past_due": 3}])


def test_a_treatment_waits_until_it_may_be_done_again_and_the_control_group_gets_what_the_law_asks_for() -> None:
    call = Decided("late", "call", "call", 7, "late")
    day = date(2024, 3, 10)
    first = path.move(None, call, day, path.CHAMPION, is_over=False)
    assert first == path.Move("late", "call", "call", "late", path.CHAMPION)
    at = path.after(None, first, day)
    assert path.move(at, call, date(2024, 3, 16), path.CHAMPION, is_over=False) is None
    again = path.move(at, call, date(2024, 3, 17), path.CHAMPION, is_over=False)
    assert again is not None
    assert again.treatment == "call"
    held = path.move(None, call, day, path.CONTROL, is_over=False)
    assert held is not None
    assert (held.stage, held.treatment) == ("late", "nothing")
    letter = Decided("pre_legal", "demand_letter", "letter", 45, "pre-legal")
    asked = path.move(held and path.after(None, held, day), letter, day, path.CONTROL, is_over=False)
    assert asked is not None
    assert asked.treatment == "demand_letter"
    closed = path.move(at, call, date(2024, 3, 17), path.CHAMPION, is_over=True)
    assert closed is not None
    assert closed.stage == path.CLOSED
    assert path.move(At(path.CLOSED, day), call, day, path.CHAMPION, is_over=True) is None
    soon = path.move(at, letter, date(2024, 3, 11), path.CHAMPION, is_over=False)
    assert soon is not None
    assert soon.treatment == "demand_letter", "each treatment waits for itself"


def test_arms_follow_from_the_person_and_have_their_shares() -> None:
    shares = Shares(challenger_ppm=300_000, control_ppm=100_000)
    arms = [path.arm_of(person, "spring", shares) for person in range(5_000)]
    assert arms == [path.arm_of(person, "spring", shares) for person in range(5_000)]
    assert abs(arms.count(path.CHALLENGER) - 1_500) < 120
    assert abs(arms.count(path.CONTROL) - 500) < 80


@pytest.fixture(scope="module")
def made(module_db: str) -> dict[str, int]:
    """A book from January to April: one pays, one is late, one promised, one paid in April, one has two accounts."""
    from duecourse.book import close
    from duecourse.borrowers import people, reach
    from duecourse.servicing import accounts, payments, purchases

    names = ("pays", "late", "promised", "cured", "two")
    who = dict(zip(names, people.enrol(source="test", references=names), strict=True))
    lines = {}
    for name, number in [(name, name) for name in names] + [("two", "two again")]:
        reach.reside(borrower=who[name], place="CN", zone="Asia/Shanghai", language="zh", by="t", reason="")
        lines[number] = accounts.open_line(
            number=number, borrower_id=who[name], product="card_tw_2005", limit_minor=500_000, on=FIRST, **TERMS
        )
        purchases.post(account=lines[number], amount_minor=200_000, on=FIRST, key=f"{number} bought")
    at = datetime(2024, 3, 1, tzinfo=UTC)
    reach.block(borrower=who["promised"], kind="promise", since=at, by="t", reason="")
    for month in (2, 3, 4):
        close.through(date(2024, month, 8))
        for number in ("pays", *(["cured"] if month == 4 else [])):
            payments.receive(
                account=lines[number], amount_minor=60_000, received_on=date(2024, month, 9), key=f"{number} {month}"
            )
    close.through(LAST)
    return who


def approved(name: str = "default") -> int:
    from duecourse.recovery import strategies

    number = strategies.register(name=name, text=text(name), by="alice")
    for by in ("bob", "carol"):
        strategies.approve(strategy=number, on=FIRST, by=by, reason="tried")
    return number


def test_a_strategy_goes_live_only_with_two_approvals_of_others(made: dict[str, int], db_copy: str) -> None:
    from duecourse.recovery import strategies

    number = strategies.register(name="default", text=text(), by="alice")
    assert strategies.register(name="again", text=text(), by="bob") == number
    for by in ("alice", "bob", "bob"):
        if by == "bob" and not strategies.StrategyState.objects.exists():
            assert strategies.approve(strategy=number, on=FIRST, by=by, reason="") == 1
            continue
        with pytest.raises(strategies.NotApproved):
            strategies.approve(strategy=number, on=FIRST, by=by, reason="")
    with pytest.raises(strategies.NotApproved, match="1 of 2"):
        strategies.go_live(strategy=number, role="champion", on=FIRST, by="bob", reason="")
    with pytest.raises(strategies.NoSuchStrategy):
        strategies.live(on=LAST)
    strategies.approve(strategy=number, on=FIRST, by="carol", reason="")
    with pytest.raises(strategies.SharesRefused):
        strategies.go_live(strategy=number, role="champion", on=FIRST, by="bob", reason="", control_ppm=10**6)
    strategies.go_live(strategy=number, role="champion", on=FIRST, by="bob", reason="", control_ppm=50_000)
    live = strategies.live(on=LAST)
    assert (live.champion, live.challenger, live.shares) == (number, None, Shares(0, 50_000))


def test_cases_open_move_and_close_and_a_day_is_moved_once(made: dict[str, int], db_copy: str) -> None:
    from duecourse.recovery import cases, strategies, work
    from duecourse.recovery.case_tables import CaseState

    strategies.go_live(strategy=approved(), role="champion", on=FIRST, by="bob", reason="")
    night = cases.move(day=MARCH, by="system")
    assert (night.cases, night.again) == (4, False)
    by_person = {person: one.at.stage for person, one in cases.open_cases().items()}
    assert by_person == {
        made["late"]: "late", made["cured"]: "late", made["two"]: "late", made["promised"]: "reminder",
    }  # fmt: skip
    assert cases.move(day=MARCH, by="system") == (4, night.moves, True)
    row = CaseState.objects.get(on=MARCH, case_id=cases.open_cases()[made["two"]].id)
    assert (row.rule, row.treatment, row.facts["days_past_due"]) == ("late-help", "offer_help", 39)
    queue = work.queue(on=MARCH)
    assert queue[0].person == made["two"], "two accounts past due: more good"
    assert {one.person for one in queue} == {made["late"], made["cured"], made["two"]}
    assert [one.good_minor for one in queue] == sorted((one.good_minor for one in queue), reverse=True)
    cases.own(case=queue[0].case, owner="dan", by="bob", reason="knows them")
    assert [one.person for one in work.queue(on=MARCH, owner="eve")] == [one.person for one in queue[1:]]
    for asked in ({"is_done": False, "reason": " "}, {"decision": 999, "reason": ""}):
        with pytest.raises(cases.WorkRefused):
            cases.done(state=queue[0].state, by="dan", **asked)
    cases.done(state=queue[0].state, by="dan", reason="a plan was agreed")
    with pytest.raises(cases.NoSuchCase):
        cases.done(state=queue[0].state, by="dan", reason="again")
    assert len(work.queue(on=MARCH)) == 2
    cases.move(day=LAST, by="system")
    assert made["cured"] not in cases.open_cases()
    with pytest.raises(cases.CasesBehind):
        cases.move(day=date(2024, 3, 21), by="system")


def test_the_control_group_and_the_challenger_are_drawn_by_hash(made: dict[str, int], db_copy: str) -> None:
    from duecourse.recovery import cases, strategies
    from duecourse.recovery.case_tables import CaseState

    champion, challenger = approved(), approved("call_everyone_daily")
    strategies.go_live(strategy=champion, role="champion", on=FIRST, by="bob", reason="")
    strategies.go_live(
        strategy=challenger, role="challenger", on=FIRST, by="bob", reason="", experiment="e", challenger_ppm=400_000,
        control_ppm=300_000,
    )  # fmt: skip
    cases.move(day=MARCH, by="system")
    persons = {one.id: person for person, one in cases.open_cases().items()}
    rows = list(CaseState.objects.all())
    assert rows
    for row in rows:
        arm = path.arm_of(persons[row.case_id], "e", Shares(400_000, 300_000))
        assert (row.arm, row.strategy_id) == (arm, challenger if arm == path.CHALLENGER else champion)
        assert arm != path.CONTROL or row.treatment == "nothing"
    with pytest.raises(strategies.SharesRefused):
        strategies.go_live(strategy=champion, role="challenger", on=MARCH, by="bob", reason="", challenger_ppm=1)
    with pytest.raises(strategies.NoSuchStrategy):
        strategies.retire(strategy=champion, on=MARCH, by="bob", reason="")
    strategies.retire(strategy=challenger, on=MARCH, by="bob", reason="costly")
    assert strategies.live(on=LAST).challenger is None


def test_a_strategy_is_tried_on_the_past_beside_others(made: dict[str, int], db_copy: str) -> None:
    from duecourse.recovery import past

    tried = past.tried(
        {name: strategy.read(text(name)) for name in ("default", "call_everyone_daily", "do_nothing")},
        first=date(2024, 2, 1),
        last=LAST,
    )
    assert {name: one.days for name, one in tried.items()} == dict.fromkeys(tried, 80)
    assert sum(tried["do_nothing"].treatments.values()) == 0
    daily = tried["call_everyone_daily"]
    assert set(daily.treatments) == {("late", "call")}
    assert daily.most_for_a_person == 70, "every day from the day after the first due day"
    assert 0 < sum(tried["default"].treatments.values()) < sum(daily.treatments.values()) // 5
    assert daily.cost_minor["TWD"] == 400 * sum(daily.treatments.values())


def test_an_open_case_stands_where_its_moves_led_one_after_the_other(db: str) -> None:
    from duecourse.recovery import cases
    from duecourse.recovery.case_tables import Case, CaseState

    moves = [
        ("early", "message"), ("late", "nothing"), ("late", "call"), ("early", "message"), ("early", "call"),
        ("early", "nothing"),
    ]  # fmt: skip
    for person, ends in ((1, ()), (2, (("closed", "nothing"),)), (3, (("late", "nothing"),))):
        case = Case.objects.create(borrower_id=person, opened_on=date(2024, 3, 1))
        at = None
        for number, (stage, treatment) in enumerate([*moves, *ends]):
            on = date(2024, 3, 1 + number)
            CaseState.objects.create(
                case_id=case.id, on=on, stage=stage, treatment=treatment, channel="", arm="champion", strategy_id=1,
                rule="", currency="CNY", facts={}, by="t",
            )  # fmt: skip
            at = path.after(at, path.Move(stage, treatment, "", "", ""), on)
        found = cases.open_cases().get(person)
        assert (found and found.at) == (None if person == 2 else at)
    assert found is not None
    assert (found.at.since, dict(found.at.treated)) == (
        date(2024, 3, 7), {"message": date(2024, 3, 4), "call": date(2024, 3, 5)},
    )  # fmt: skip


def test_an_experiment_is_measured_by_whom_it_could_reach_as_a_slow_reckoning_says(
    made: dict[str, int], db_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from duecourse.book import read
    from duecourse.care import complaints
    from duecourse.cli import commands, main
    from duecourse.recovery import cases, measured, strategies, work
    from duecourse.servicing.tables import Account

    began, shares = date(2024, 2, 20), Shares(400_000, 300_000)
    champion, challenger = approved(), approved("call_everyone_daily")
    strategies.go_live(strategy=champion, role="champion", on=FIRST, by="bob", reason="")
    strategies.go_live(
        strategy=challenger, role="challenger", on=began, by="bob", reason="", experiment="e", challenger_ppm=400_000,
        control_ppm=300_000,
    )  # fmt: skip
    cases.move(day=MARCH, by="system")
    first = next(one for one in work.queue(on=MARCH) if one.treatment == "offer_help")
    cases.done(state=first.state, by="dan", reason="a plan was agreed")
    complaints.receive(
        person=first.person, about="contact", text="too often", channel="call", account=None,
        at=datetime(2024, 3, 22, 8, tzinfo=UTC), by="dan", reason="called", key="c",
    )  # fmt: skip
    person = dict(Account.objects.values_list("id", "borrower_id"))
    late = {
        day: {person[row["account_id"]] for row in read.day(day).to_pyarrow().to_pylist() if row["days_past_due"] > 0}
        for day in read.sealed_days() if day >= began
    }  # fmt: skip
    came = {one: min(day for day, those in late.items() if one in those) for one in set().union(*late.values())}
    told = measured.measure(on=LAST)
    assert (told.experiment, told.since, told.through) == ("e", began, LAST)
    assert sum(one.persons for one in told.arms) == len(came) >= 4
    for one in told.arms:
        own = {who: day for who, day in came.items() if path.arm_of(who, "e", shares) == one.name}
        assert one.persons == len(own)
        for after, group in zip(measured.AFTER, one.late, strict=True):
            known = {
                who: day + timedelta(days=after) for who, day in own.items() if day + timedelta(days=after) <= LAST
            }
            assert (group.listed if group else 0) == len(known)
            assert (group.missed if group else 0) == sum(who in late[day] for who, day in known.items())
        is_treated = first.person in own
        assert (one.contacts, one.complaints, one.cost_minor > 0) == (is_treated, is_treated, is_treated)
    assert measured.measure(on=LAST, experiment=f"strategy-{champion}").through == LAST
    with pytest.raises(measured.NoExperiment):
        measured.measure(on=LAST, experiment="another")
    monkeypatch.setattr(commands.console, "_width", 160)
    said = CliRunner().invoke(main, ["strategy", "measure"], catch_exceptions=False).output
    assert "e: 2024-02-20 to 2024-04-20" in said
    assert "95% intervals" in said
