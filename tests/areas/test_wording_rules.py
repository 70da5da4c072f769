"""rules.wording_rules: what a text falls under, by which phrase, forbidden by which rule."""

from datetime import date

import pytest

from duecourse.rules import catalogue, wording_rules

ON = date(2026, 6, 1)


def classes(text: str, place: str = "CN") -> list[str]:
    """The classes that a text falls under."""
    return [one.name for one in wording_rules.found(text, place=place, on=ON)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("再不还款就报警抓你，等着坐牢", "threat_of_arrest"),
        ("Pay today or you will be ARRESTED.", "threat_of_arrest"),
        ("你好，我 是 警 察，请配合", "impersonation"),
        ("This is  the\ncourt speaking", "impersonation"),
        ("你这个老赖", "insult"),
        ("不还就爆·通·讯·录", "exposing_contacts"),
        ("We’ll tell your employer about this", "exposing_contacts"),
        ("付 500 元帮你删除征信记录", "bureau_deletion"),
        ("你可以先找朋友借钱还款", "borrowing_to_repay"),
        ("小心你的家人", "threat_of_violence"),
        ("逮捕\u200b你", "threat_of_arrest"),
        ("再不还我们就报警，你会被抓", "threat_of_arrest"),
        ("我是法院的工作人员", "impersonation"),
        ("今天不还就通知你父母和单位", "exposing_contacts"),
        ("还了就给你把征信清零", "bureau_deletion"),
        ("Take out another loan to pay us", "borrowing_to_repay"),
        ("Pay or else", "threat_of_violence"),
    ],
)
def test_a_text_falls_under_the_class_of_its_words_however_they_are_spaced(text: str, name: str) -> None:
    assert classes(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "您的账单 800.00 元将于 6 月 10 日到期。如还款有困难，请联系我们商量延期。",
        "Your payment of 800.00 is due on 10 June. If you cannot pay, tell us: we can offer a plan. Reply STOP to end.",
        "You are 12 days in arrears. A free debt adviser can help.",
        "如您怀疑受到诈骗，请向公安机关报案。妈妈的生日快乐！",
        "逾期未还的，我们可能依法向人民法院提起诉讼，并通知您到期日。",
        "A payment missed may hurt your credit record and harm your chances of new credit.",
        "If you do not agree, we may ask a court to decide. You can dispute the debt in writing.",
        "",
    ],
)
def test_a_plain_reminder_falls_under_none(text: str) -> None:
    assert [classes(text, place) for place in ("CN", "US", "UK", "EU", "DE")] == [[]] * 5


def test_the_rules_that_forbid_a_class_come_with_it() -> None:
    (found,) = wording_rules.found("You will go to jail", place="US", on=ON)
    assert (found.name, found.phrases) == ("threat_of_arrest", ("go to jail",))
    assert [(one.rule, one.verified) for one in found.rules] == [("US-FD-807", False)]
    (found,) = wording_rules.found("You could borrow from friends", place="UK", on=ON)
    assert [(one.rule, one.verified) for one in found.rules] == [("UK-02", True)]
    assert classes("You could borrow from friends", "US") == []


def test_every_class_that_a_law_names_has_phrases_and_each_phrase_is_found_by_itself() -> None:
    told = [one for one in catalogue.every() if one.topic == "wording"]
    named = {name for one in told if one.kind == "prohibited" for name in one.parameters["classes"]}
    phrased = [one for one in told if one.kind == "phrases"]
    assert named == {one.parameters["class"] for one in phrased}
    for one in phrased:
        for phrase in (*one.parameters["zh_phrases"], *one.parameters["en_phrases"]):
            assert phrase in wording_rules.read_as(phrase), "a phrase is written as it is looked for"
            assert one.parameters["class"] in classes(f"再说一次：{phrase}！") or phrase.isascii()
            assert one.parameters["class"] in classes(f"so: {phrase}, yes") + classes(phrase)
