"""A simulated year under several strategies as one page, in English or 中文: what came of it, effect by effect."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from duecourse.risk import card_charts
from duecourse.risk.card_page import STYLE, picture, rows, section
from duecourse.rules.year_terms import YearTerms

from .swept import ALL, Point
from .treated import BUCKETS, Outcome

WORDS = {
    "en": {
        "title": "A simulated year under each strategy",
        "warning": "Assumptions, not evidence: what contact does is taken from other markets or from no source at all.",
        "what": "What came of it",
        "strategy": "strategy",
        "late30": "more than 30 days late, average of the year",
        "late90": "more than 90 days late, average of the year",
        "end30": "at its end, 30 days",
        "contacts": "contacts for a person",
        "week": "most in a week",
        "cost": "cost for a person",
        "complaints": "complaints",
        "plans": "plans made, ended and kept",
        "share": "share of borrowers",
        "day": "day of the year",
        "factor": "strength of the effect (1: as assumed)",
        "over": "{bucket} days late and more, day by day",
        "swept": "All effects made weaker and stronger together: an assumption, not evidence",
        "tie": "With all effects at 0 the strategies end alike: the draws are the same for each person and day.",
        "each": "One effect at a time, the others as assumed: assumptions, not evidence",
        "assumed": "Assumed: {shares}. Source: {cite}. {verified}",
        "per_person": "complaints a person",
        "taken": "What else is taken",
        "in_time_days": "days of lateness within which a message is in time",
        "keeps_ppm": "of the parts of a plan, those that are paid",
        "plan_parts": "parts of a plan",
        "verified": "Verified.",
        "unverified": "Not verified.",
        "in_time": "message in time",
        "helped": "plan accepted",
        "tires": "less for each further contact",
        "complains": "complaint",
        "message": "message",
        "letter": "letter",
        "call": "call",
        "visit": "visit",
        "offer_help": "offer of help",
        "demand_letter": "demand",
        "agency": "agency",
        "legal_action": "legal step",
        "persons": "{persons:,} simulated borrowers with one line each; contacts count as made, the gate is not asked.",
    },
    "zh": {
        "title": "各策略下的模拟一年",
        "warning": "以下为假设，不是证据：联系的效果取自其他市场的研究，或由我们设定，没有来源。",
        "what": "结果",
        "strategy": "策略",
        "late30": "逾期30天以上，全年平均",
        "late90": "逾期90天以上，全年平均",
        "end30": "年末，30天以上",
        "contacts": "人均联系次数",
        "week": "一周最多",
        "cost": "人均成本",
        "complaints": "投诉",
        "plans": "达成、年内履行完毕的方案",
        "share": "借款人占比",
        "day": "年内第几天",
        "factor": "效果的强度（1为假设值）",
        "over": "逾期{bucket}天以上，逐日",
        "swept": "同时改变所有效果的强度：假设，不是证据",
        "tie": "所有效果为0时各策略结果相同：每人每日的随机数相同。",
        "each": "逐个改变一种效果，其余为假设值：假设，不是证据",
        "assumed": "假设值：{shares}。来源：{cite}。{verified}",
        "per_person": "人均投诉次数",
        "taken": "其他假设",
        "in_time_days": "逾期多少天以内的消息算及时",
        "keeps_ppm": "方案各期中按约还款的比例",
        "plan_parts": "方案期数",
        "verified": "已核实。",
        "unverified": "未核实。",
        "in_time": "及时的消息",
        "helped": "接受方案",
        "tires": "每多一次联系减少",
        "complains": "投诉",
        "message": "短信或消息",
        "letter": "信函",
        "call": "电话",
        "visit": "上门",
        "offer_help": "提供帮助",
        "demand_letter": "催告函",
        "agency": "委外催收",
        "legal_action": "法律步骤",
        "persons": "模拟{persons:,}名借款人，每人一个额度账户；联系视为已完成，未询问联系闸门。",
    },
}
EVERY = 5
"""Of how many days one is drawn."""


def page(outcomes: Mapping[str, Outcome], swept: Sequence[Point], terms: YearTerms, language: str) -> str:
    """The page as one file; `swept`: what came of the effects made weaker and stronger."""
    words = WORDS[language]
    persons = next(iter(outcomes.values())).persons
    head = [
        words[name]
        for name in ("strategy", "late30", "late90", "end30", "contacts", "week", "cost", "complaints", "plans")
    ]
    parts = [
        f"<header><h1>{words['title']}</h1><p class='bad'>{words['warning']}</p>"
        f"<p class='soft'>{words['persons'].format(persons=persons)}</p></header>",
        section(words["what"], rows(head, [told(name, one) for name, one in outcomes.items()])),
    ]
    charts = []
    for bucket in BUCKETS:
        points = [
            {"strategy": name, "x": day, "y": share}
            for name, one in outcomes.items()
            for day, share in enumerate(one.late[bucket], 1)
            if day % EVERY == 0
        ]
        title = words["over"].format(bucket=bucket)
        charts.append(section(title, lines(points, words["day"], words["share"], title)))
    parts.append(f"<div class='pair'>{''.join(charts)}</div>")
    chart = turned(ALL, swept, words, words["swept"])
    parts.append(section(words["swept"], f"<p>{words['tie']}</p>{chart}"))
    parts.append(f"<h2>{words['each']}</h2><div class='pair'>{''.join(sweeps(terms, swept, language))}</div>")
    shown = ("in_time_days", "keeps_ppm", "plan_parts")
    taken = [f"<li>{words[name]}: {said(name, getattr(terms, name))}</li>" for name in shown]
    parts.append(section(words["taken"], f"<ul>{''.join(taken)}</ul><p class='soft'>{escape(terms.cite)}</p>"))
    lang = {"en": "en", "zh": "zh-Hans"}[language]
    return (
        f"<!doctype html><html lang='{lang}'><head><meta charset='utf-8'><title>{words['title']}</title>"
        f"<meta name='viewport' content='width=device-width, initial-scale=1'><style>{STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def sweeps(terms: YearTerms, swept: Sequence[Point], language: str) -> Iterator[str]:
    """A section for each effect: what it is, what is assumed and by which source, what came of it at each strength."""
    words = WORDS[language]
    for effect in terms.effects:
        title = f"{effect.rule}: {effect.text(language)}"
        shares = ", ".join(f"{words[name]} {said('ppm', share)}" for name, share in effect.ppm.items())
        verified = words["verified" if effect.verified else "unverified"]
        source = words["assumed"].format(shares=shares, cite=escape(effect.cite), verified=verified)
        yield section(escape(title), f"{turned(effect.rule, swept, words, title)}<p class='soft'>{source}</p>")


def turned(effect: str, swept: Sequence[Point], words: Mapping[str, str], title: str) -> str:
    """What came of one effect, or of all, by its strength, for each strategy; complaints where lateness stays."""
    own = [one for one in swept if one.effect == effect]
    is_late = any(one.late != same.late for one in own for same in own if one.strategy == same.strategy)
    points = [{"strategy": one.strategy, "x": one.factor, "y": one.late if is_late else one.complaints} for one in own]
    up = words["late30"] if is_late else words["per_person"]
    return lines(points, words["factor"], up, title, ".1%" if is_late else ".2f")


def said(name: str, value: int) -> str:
    """A figure as it is read: shares per million as percentages."""
    return f"{value / 1e4:g}%" if name.endswith("ppm") else str(value)


def told(name: str, one: Outcome) -> list[str]:
    """A row of the table."""
    mean = {bucket: sum(one.late[bucket]) / len(one.late[bucket]) for bucket in BUCKETS}
    return [
        name,
        *(f"{mean[bucket]:.2%}" for bucket in BUCKETS),
        f"{one.late[BUCKETS[0]][-1]:.2%}",
        f"{one.contacts / one.persons:.1f}",
        str(one.most_in_a_week),
        f"{one.cost_minor / one.persons / 100:,.2f}",
        f"{one.complaints:,}",
        f"{one.plans:,}, {one.plans_kept:,}",
    ]


def lines(points: list[dict[str, Any]], across: str, up: str, title: str, form: str = ".1%") -> str:
    """A line for each strategy, light and dark."""
    import altair as alt

    light = card_charts.SHADES["light"]
    names = list(dict.fromkeys(point["strategy"] for point in points))
    colours = [light["mark"], light["other"], light["faint"], light["ink"]]
    chart = (
        alt.Chart(alt.Data(values=points))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("x:Q", title=across),
            y=alt.Y("y:Q", title=up, axis=alt.Axis(format=form)),
            color=alt.Color(
                "strategy:N", title=None, scale=alt.Scale(domain=names, range=colours[: len(names)]),
                legend=alt.Legend(orient="top"),
            ),
        )
    )  # fmt: skip
    return picture(card_charts.drawn(chart, "light"), card_charts.drawn(chart, "dark"), title)
