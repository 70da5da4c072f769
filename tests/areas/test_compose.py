"""The words of reminders: whole in both languages, with all that the law of each place asks for, nothing it forbids."""

from datetime import date
from typing import Any

import pytest

from duecourse.rules import catalogue, reminder_terms, wording_rules

ON = date(2026, 9, 2)
PLACES = ("CN", "US", "US-MA", "UK", "DE", "EU")
CHANNELS = ("email", "sms", "app", "im")


@pytest.fixture(autouse=True)
def named(server: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "LENDER", "Due & Course Bank")
    monkeypatch.setattr(settings, "LENDER_CONTACT", "400-000-0000")


def about(place: str, moment: str, **more: Any) -> Any:
    from duecourse.outreach import compose

    late = 3 if moment == "after" or moment in compose.OF_CASES else 0
    purpose = "service" if moment == "case_help" else "collection" if late else "reminder_before_due"
    told: dict[str, Any] = {
        "borrower": 1, "place": place, "on": ON, "purpose": purpose,
        "tail": "0042", "amount_minor": 123_456, "currency": "CNY", "exponent": 2, "due_on": date(2026, 8, 30),
        "days_late": late,
    }  # fmt: skip
    return compose.About(**told | more)


def words(place: str, moment: str, language: str, channel: str = "email") -> Any:
    from duecourse.outreach import compose

    return compose.words(moment=moment, channel=channel, language=language, about=about(place, moment))


def moments() -> tuple[str, ...]:
    from duecourse.outreach import compose

    return (*compose.MOMENTS, *compose.OF_CASES)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("place", PLACES)
def test_no_message_falls_under_a_prohibited_class_at_any_place(place: str, language: str) -> None:
    for moment in (*moments(), "demand"):
        for channel in CHANNELS:
            told = words(place, moment, language, channel)
            for text in (told.subject, told.text, told.html):
                found = wording_rules.found(text, place=place, on=ON)
                assert found == (), f"{moment} {channel}: {found}"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("place", PLACES)
def test_a_reminder_says_amount_day_account_how_to_get_help_and_how_to_stop_and_all_that_the_law_asks(
    place: str, language: str
) -> None:
    from duecourse.outreach import compose

    day = {"zh": "2026年8月30日", "en": "August 30, 2026" if place.startswith("US") else "30 August 2026"}[language]
    for moment in moments():
        for channel in CHANNELS:
            told = words(place, moment, language, channel)
            for text in (told.text, *([told.html] if channel == "email" else [])):
                for part in ("1,234.56", day, "0042", "400-000-0000", "/stop/1-" + channel):
                    assert part in text, f"{moment} {channel}: {part}"
            purpose = about(place, moment).purpose
            asked = reminder_terms.required(place=place, on=ON, purpose=purpose, channel=channel)
            for name in (name for one in asked for name in one.states):
                begins = compose.STATEMENTS[name][language == "en"].partition("{")[0]
                assert begins in told.text, name


def test_the_law_of_china_asks_a_collection_message_for_four_statements() -> None:
    assert "投诉：400-000-0000。" in words("CN", "after", "zh", "sms").text
    assert "投诉" not in words("CN", "before", "zh", "sms").text


def test_who_collects_for_others_says_so_where_the_law_asks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    own = reminder_terms.house_words(on=ON, language="en")
    assert "debt collector" not in words("US", "after", "en").text
    monkeypatch.setattr(reminder_terms, "house_words", lambda **asked: own._replace(acts_as="debt_collector"))
    told = words("US", "after", "en").text
    assert "This is from a debt collector" in told
    assert "To stop these messages: http" in told
    assert "debt collector" not in words("US", "before", "en").text
    assert "debt collector" not in words("UK", "after", "en").text


def test_everything_that_some_law_asks_a_message_to_state_has_words() -> None:
    from duecourse.outreach import compose

    told = [one for one in catalogue.every() if (one.topic, one.kind) == ("required", "statement")]
    assert told
    assert {name for one in told for name in one.parameters["must_state"]} <= set(compose.STATEMENTS)


def test_names_are_escaped_in_html_and_not_in_text() -> None:
    told = words("CN", "before", "en")
    assert "Due &amp; Course Bank" in told.html
    assert "Due & Course Bank" in told.text
    assert "{{" not in told.html + told.text


def test_a_version_names_the_words_that_a_message_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.outreach import compose

    first = words("CN", "before", "zh")
    assert first.version == words("CN", "before", "zh").version
    assert first.version != words("CN", "due", "zh").version
    monkeypatch.setattr(compose, "frame", lambda form, language, around: "{{ opening }}")
    assert words("CN", "before", "zh").version != first.version


def test_a_lender_that_nobody_names_sends_no_reminder(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    from duecourse.outreach import compose

    monkeypatch.setattr(settings, "LENDER_CONTACT", "")
    with pytest.raises(compose.LenderNotNamed):
        words("CN", "before", "zh")


@pytest.mark.parametrize(
    ("days", "before_days", "is_early", "found"),
    [
        (3, 3, False, "before"), (3, 3, True, "before"), (4, 3, False, None), (4, 3, True, "early"),
        (11, 3, True, None), (5, 5, False, "before"), (3, 5, False, None), (3, 0, False, None),
        (0, 0, False, "due"), (0, 3, True, "due"),
        (-1, 3, False, "after_1"), (-2, 3, True, None), (-3, 0, False, "after_3"), (-7, 3, False, "after_7"),
        (-8, 3, True, None),
    ],
)  # fmt: skip
def test_which_reminder_of_a_due_goes_out_on_a_day(days: int, before_days: int, is_early: bool, found: str) -> None:
    from datetime import timedelta

    from duecourse.outreach import reminders

    terms = reminder_terms.reminder_terms(on=ON)
    moment = reminders.moment_of(ON + timedelta(days=days), ON, terms, before_days, is_early)
    assert (moment and moment.key) == found


def test_a_reminder_is_of_use_until_its_day_is_over_or_the_next_one_comes() -> None:
    from datetime import timedelta

    from duecourse.outreach import reminders

    terms = reminder_terms.reminder_terms(on=ON)
    days = {}
    for ahead in (3, 0, -1, -3, -7):
        moment = reminders.moment_of(ON + timedelta(days=ahead), ON, terms, 3, False)
        assert moment is not None
        days[moment.key] = moment.days
    assert days == {"before": 3, "due": 0, "after_1": 1, "after_3": 3, "after_7": 6}


@pytest.mark.parametrize("cause", ["ours", "bank", "partner"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_notice_of_an_incident_says_what_was_put_right_and_asks_for_nothing(language: str, cause: str) -> None:
    from duecourse.outreach import compose

    for place in PLACES:
        for channel in CHANNELS:
            told = compose.words(
                moment="incident", channel=channel, language=language, around=compose.NOTICE, cause=cause,
                about=about(place, "incident", purpose="service"),
            )  # fmt: skip
            assert wording_rules.found(told.text, place=place, on=ON) == ()
            for said in ("1,234.56", "0042", "400-000-0000", "/stop/"):
                assert said in told.text, f"{place} {channel}: {said}"
            assert not any(word in told.text for word in ("How to pay", "怎样付款", "Due day", "到期日", "{{"))
            assert (told.html != "") == (channel == "email")
