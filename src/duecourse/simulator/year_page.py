"""A simulated year under several strategies as one page, in English or 中文: what came of it, by assumption."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from duecourse.risk import card_charts
from duecourse.risk.card_page import STYLE, picture, rows, section
from duecourse.rules.year_terms import YearTerms

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
        "scale": "strength of the assumed effects (1: as assumed)",
        "over": "{bucket} days late and more, day by day",
        "swept": "The effects swept",
        "tie": "With all effects at 0 the strategies end alike: the draws are the same for each person and day.",
        "taken": "What is taken",
        "answered_ppm": "of late borrowers in work, who pay the day after one contact",
        "worn_ppm": "how much each further contact within 30 days works of the one before",
        "helped_ppm": "of those whose income fell, who accept a plan when help is offered",
        "keeps_ppm": "of the parts of a plan, those that are paid",
        "complains_ppm": "complaints for a contact, times the contacts of the week",
        "plan_parts": "parts of a plan",
        "cite": "source",
        "verified": "verified",
        "message": "message",
        "letter": "letter",
        "call": "call",
        "visit": "visit",
        "offer_help": "offer of help",
        "demand_letter": "demand",
        "agency": "agency",
        "legal_action": "legal step",
        "yes": "yes",
        "no": "no",
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
        "scale": "假设效果的强度（1为假设值）",
        "over": "逾期{bucket}天以上，逐日",
        "swept": "改变效果强度",
        "tie": "所有效果为0时各策略结果相同：每人每日的随机数相同。",
        "taken": "假设",
        "answered_ppm": "收入未受影响的逾期借款人在一次联系后次日还款的比例",
        "worn_ppm": "30天内每增加一次联系，其效果为前一次的比例",
        "helped_ppm": "收入下降者在提供帮助时接受方案的比例",
        "keeps_ppm": "方案各期中按约还款的比例",
        "complains_ppm": "每次联系的投诉概率，乘以当周联系次数",
        "plan_parts": "方案期数",
        "cite": "来源",
        "verified": "已核实",
        "message": "短信或消息",
        "letter": "信函",
        "call": "电话",
        "visit": "上门",
        "offer_help": "提供帮助",
        "demand_letter": "催告函",
        "agency": "委外催收",
        "legal_action": "法律步骤",
        "yes": "是",
        "no": "否",
        "persons": "模拟{persons:,}名借款人，每人一个额度账户；联系视为已完成，未询问联系闸门。",
    },
}
EVERY = 5
"""Of how many days one is drawn."""


def page(
    outcomes: Mapping[str, Outcome], swept: Sequence[tuple[str, float, float]], terms: YearTerms, language: str
) -> str:
    """The page as one file. swept: strategy, strength of the effects, share late more than 30 days over the year."""
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
    points = [{"strategy": name, "x": scale, "y": share} for name, scale, share in swept]
    swept_chart = lines(points, words["scale"], words["share"], words["swept"])
    parts.append(section(f"{words['swept']}: {words['late30']}", f"<p>{words['tie']}</p>{swept_chart}"))
    taken = [f"<li>{words[name]}: {escape(said(value, words))}</li>" for name, value in terms._asdict().items()]
    parts.append(section(words["taken"], f"<ul>{''.join(taken)}</ul>"))
    lang = {"en": "en", "zh": "zh-Hans"}[language]
    return (
        f"<!doctype html><html lang='{lang}'><head><meta charset='utf-8'><title>{words['title']}</title>"
        f"<meta name='viewport' content='width=device-width, initial-scale=1'><style>{STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def said(value: Any, words: Mapping[str, str]) -> str:
    """An assumption in words: shares as percentages, by treatment where there are several."""
    if isinstance(value, Mapping):
        return ", ".join(f"{words[name]} {share / 1e4:g}%" for name, share in value.items())
    if isinstance(value, bool):
        return words["yes" if value else "no"]
    return f"{value / 1e4:g}%" if isinstance(value, int) and value >= 100 else str(value)


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


def lines(points: list[dict[str, Any]], across: str, up: str, title: str) -> str:
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
            y=alt.Y("y:Q", title=up, axis=alt.Axis(format=".1%")),
            color=alt.Color(
                "strategy:N", title=None, scale=alt.Scale(domain=names, range=colours[: len(names)]),
                legend=alt.Legend(orient="top"),
            ),
        )
    )  # fmt: skip
    return picture(card_charts.drawn(chart, "light"), card_charts.drawn(chart, "dark"), title)
