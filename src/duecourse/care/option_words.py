"""The words of options in English and 中文: their kinds, why one is not offered, the heads of their table."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from . import options
from .options import LeftOut, Option

Amounts = Callable[[int], str]
"""How an amount in minor units is written."""
EN, ZH = 0, 1
LANGUAGES = {"en": EN, "zh": ZH}

KINDS: Mapping[str, tuple[str, str]] = {
    options.AS_AGREED: ("as agreed", "按原约定"),
    "deferral": ("a due day moved", "延期还款"),
    "past_due_spread": ("what is past due spread", "逾期部分分摊"),
    "installments": ("in parts", "分期归还全部欠款"),
    "rate_relief": ("at a lower rate", "降低利率"),
    "interest_freeze": ("without interest", "停息"),
    "fees_forgiven": ("fees forgiven", "减免费用"),
    "longer": ("a longer term", "延长期限"),
    "no_principal": ("no principal for a while", "暂缓还本"),
    "re_age": ("new installments for all", "全部欠款重新分期"),
    "settlement": ("a settlement for less", "减额结清"),
    "referral": ("free debt advice", "免费债务咨询"),
}
WHY: Mapping[str, tuple[str, str]] = {
    options.TOO_MUCH: ("asks {minor} a month more than can be paid", "每月比可还金额多出 {minor}"),
    options.WORTH_LESS: ("is worth {minor} less to the lender than doing nothing", "对出借人而言比不作安排少 {minor}"),
    options.BEATEN: (
        "{by} asks no more a month, costs no more and is worth no less",
        "「{by}」每月不多还、总费用不更高、对出借人价值不更低",
    ),
    options.TIME_IS_ENOUGH: ("all can be paid as agreed: time alone is offered", "可按原约定还款，仅提供延期类方案"),
    options.ENOUGH_SHOWN: ("as good, but enough are shown", "同样合适，但已列出足够方案"),
    options.NOT_PAID_OFF: ("it would not be paid off", "无法还清"),
    "nothing_due_then": ("nothing is due yet that could be moved", "目前没有可顺延的应还款"),
    "nothing_past_due": ("nothing is past due", "没有逾期款项"),
    "nothing_charged": ("no fee or penalty is charged", "没有已计收的费用或罚息"),
    "nothing_owed": ("nothing is owed", "没有欠款"),
    "not_offered": ("this account cannot have it", "该账户不适用"),
    "not_due_days": ("more parts than its product has", "超过产品允许的期数"),
    "arrangement_too_long": ("longer than the law lets it be", "超过法规允许的期限"),
    "settlement_stands_apart": ("something is disputed, held or converted", "有争议、冻结或已转分期的金额"),
    "not_a_plan": ("it would change nothing here", "对该账户没有任何改变"),
}
HEADS: Mapping[str, tuple[str, str]] = {
    "offer": ("offer", "方案号"),
    "kind": ("kind", "方案"),
    "most": ("most a month", "每月最多"),
    "times": ("times", "次数"),
    "until": ("until", "还清日"),
    "in_all": ("in all", "共还"),
    "cost": ("cost", "费用"),
    "chance": ("chance", "完成可能"),
    "record": ("late until", "逾期至"),
    "value": ("lender's value", "出借人现值"),
    "why": ("why not", "未提供原因"),
}
SENTENCES: Mapping[str, tuple[str, str]] = {
    "left": ("{minor} a month can be paid", "每月可还 {minor}"),
    "shared": (
        "{household} a month is left to the household; arrangements on other accounts ask {arranged}, {others} other "
        "accounts get their part",
        "家庭每月余 {household}；其他账户的安排占 {arranged}，另有 {others} 个账户按欠款分配",
    ),
    "why": ("Not offered:", "未提供的方案："),
    "group": ("{kind} ({count}): {why}", "{kind}（{count} 种）：{why}"),
    "refused": ("{kind}: {why}", "{kind}：{why}"),
    "nearest": ("the nearest {why}", "最接近的{why}"),
    "nothing_fits": (
        "Nothing fits: the least that any option asks in a month is {least}, {minor} can be paid.",
        "没有合适的方案：各方案中每月最少需还 {least}，可还 {minor}。",
    ),
    "as_agreed_fits": ("It can be paid as agreed.", "可以按原约定还款。"),
    "not_over": (
        "As agreed, paying the least that is asked, {left} is still owed after {years} years.",
        "按原约定每期只还最低额，{years} 年后仍欠 {left}。",
    ),
    "nothing_done": ("Nothing done is worth {minor} to the lender.", "不作安排时，对出借人的现值为 {minor}。"),
    "estimates": ("Chance and value are estimates{unverified}: {cite}", "可能性与现值均为估计{unverified}：{cite}"),
    "unverified": (", not verified", "（未经核实）"),
    "refer": (
        "Always there: free debt advice, {adviser} (duecourse hardship refer {hardship})",
        "随时可以：免费债务咨询，{adviser}（duecourse hardship refer {hardship}）",
    ),
    "no_adviser": ("no adviser is kept for where the borrower lives", "借款人所在地未登记咨询机构"),
}


def said(words: tuple[str, str], language: str, **figures: object) -> str:
    """A text in a language with its figures."""
    return words[LANGUAGES[language]].format(**figures)


def kind(of: str, language: str) -> str:
    """A kind of option in words."""
    return KINDS[of][LANGUAGES[language]]


RECORD: Mapping[str, tuple[str, str]] = {
    "now": (
        "nothing is past due from now on; the account is shown as under an arrangement",
        "即日起不再逾期；账户会标注为已有还款安排",
    ),
    "later": (
        "days past due go on until {day}; the account is shown as under an arrangement",
        "逾期天数会累计到 {day}；账户会标注为已有还款安排",
    ),
    "settled": (
        "days past due go on until {day}; then it is over, as settled for less than was owed",
        "逾期天数会累计到 {day}，之后账户以减额结清方式了结",
    ),
    "unknown": (
        "days past due go on; the account is shown as under an arrangement",
        "逾期天数继续累计；账户会标注为已有还款安排",
    ),
}
"""What an option does to the record, if it is kept."""


def record(kind: str, in_order_on: date | None, offered_on: date, language: str) -> str:
    """What an option of a kind does to the record: until when days past due go on, and how the account is shown."""
    if in_order_on is None:
        return said(RECORD["unknown"], language)
    if kind == "settlement":
        return said(RECORD["settled"], language, day=in_order_on)
    return said(RECORD["now" if in_order_on <= offered_on else "later"], language, day=in_order_on)


def named(one: Option, language: str) -> str:
    """An option by its kind and how many payments it has."""
    times = ("{kind} × {n}", "{kind} × {n} 次")
    return said(times, language, kind=kind(one.kind, language), n=one.installments)


def why(one: LeftOut, language: str, amount: Amounts) -> str:
    """Why an option is left out. What has no words here says what the refusal said, with its code."""
    if one.code not in WHY:
        return f"{one.said} ({one.code})"
    by = named(one.by, language) if one.by else ""
    told = said(WHY[one.code], language, minor=amount(one.minor), by=by)
    return f"{told} ({one.said})" if one.said and language == "en" else told


def grouped(left_out: Sequence[LeftOut], language: str, amount: Amounts) -> Iterator[str]:
    """One line for each kind and reason: how many there are, and of those that ask too much the nearest."""
    groups: dict[tuple[str, str], list[LeftOut]] = {}
    for one in left_out:
        groups.setdefault((one.kind, one.code), []).append(one)
    for (of, code), found in groups.items():
        nearest = min(found, key=lambda one: one.minor)
        told = why(nearest, language, amount)
        if len(found) > 1 and code in (options.TOO_MUCH, options.WORTH_LESS):
            told = said(SENTENCES["nearest"], language, why=told)
        words = SENTENCES["group" if nearest.option else "refused"]
        yield said(words, language, kind=kind(of, language), count=len(found), why=told)
