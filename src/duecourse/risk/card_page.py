"""A model card as a page (HTML without scripts, whole in one file) and as PDF, in English or 中文."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from django.conf import settings

from duecourse.servicing import typeset

from . import card_about, card_charts, card_tables, card_words
from .card_about import percent
from .card_facts import Facts

STYLE = """
:root { --paper: #f4f6f7; --panel: #fff; --ink: #1b242d; --soft: #5b6875; --rule: #dde3e8; --bad: #b3352c; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #10151a; --panel: #181f26; --ink: #e2e8ee; --soft: #95a2b0; --rule: #2b353f; --bad: #f0887c; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI",
  "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1080px; margin: 0 auto; padding: 24px 16px 48px; display: grid; gap: 14px;
  grid-template-columns: minmax(0, 1fr); }
section { background: var(--panel); border: 1px solid var(--rule); border-radius: 8px; padding: 14px 16px;
  min-width: 0; }
h1 { font-size: 24px; line-height: 1.25; margin: 0; }
h2 { font-size: 16px; margin: 0 0 8px; }
p { margin: 0 0 8px; max-width: 75ch; }
.soft, p.soft { color: var(--soft); }
.bad { color: var(--bad); font-weight: 600; }
.digest { font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px; align-items: start; }
img { display: block; max-width: 100%; height: auto; margin: 0 auto 10px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { padding: 4px 12px 4px 0; text-align: right; vertical-align: top; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-weight: 400; font-size: 13px; vertical-align: bottom; }
tbody th { font-weight: 400; }
tbody tr.part th { font-weight: 600; padding-top: 12px; }
dl { display: grid; grid-template-columns: minmax(7em, auto) minmax(0, 1fr); gap: 4px 16px; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; }
ul { margin: 0; padding-left: 1.2em; }
td { white-space: nowrap; }
@media (max-width: 760px) { .pair { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 480px) {
  main { padding: 16px 8px 32px; }
  section { padding: 12px; }
  table { font-size: 12.5px; }
  thead th { font-size: 11.5px; }
  th, td { padding-right: 7px; }
}
@media print { body { background: #fff; } section { break-inside: avoid; } }
"""


def html(*, facts: Facts, language: str) -> str:
    """The card as one page; light and dark as the reader's system is."""
    words = card_words.in_language(language, facts)
    lang = {"en": "en", "zh": "zh-Hans"}[language]
    parts = (
        f"<header><h1>{words['title']}</h1><p class='soft'>{card_about.subtitle(facts, language)}</p></header>",
        section(words["what"], about(facts, words, language)),
        section(
            words["fares"],
            f"<p>{escape(card_about.measured(facts, words))}</p>"
            + rows([words["measure"], words["value"], words["interval"]], card_tables.measures(facts, words)),
        ),
        f"<div class='pair'>{calibration(facts, words)}{lift(facts, words)}</div>",
        months(facts, words),
        telling(facts, words, language),
        section(words["drift"], drifts(facts, words, language)),
        section(words["fairness"], fairness(facts, words)),
        section(
            words["limits"], "<ul>" + "".join(f"<li>{one}</li>" for one in card_about.limits(facts, words)) + "</ul>"
        ),
    )
    return (
        f"<!doctype html>\n<html lang='{lang}'>\n<head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta name='color-scheme' content='light dark'>"
        f"<title>{words['title']} {facts.digest[:12]}</title><style>{STYLE}</style></head>\n<body><main>\n"
        + "\n".join(parts)
        + "\n</main></body></html>\n"
    )


def pdf(*, facts: Facts, language: str, as_of: str) -> bytes:
    """The card as PDF; `as_of` is the day on which it was made, YYYY-MM-DD."""
    words = card_words.in_language(language, facts)
    return typeset.pdf(
        {
            "kind": "model_card",
            "as_of": as_of,
            "account": facts.digest[:16],
            "lender": settings.LENDER,
            "exponent": 2,
            "words": {**words, "subtitle": card_about.subtitle(facts, language)},
            "about": card_about.pairs(facts, language),
            "measured": card_about.measured(facts, words),
            "measures": card_tables.measures(facts, words),
            "tenths": card_tables.tenths(facts),
            "calibration": card_charts.calibration(facts.tenths, words, "light"),
            "calibration_alt": calibration_alt(facts, words),
            "lift": card_charts.lift(facts.tenths, words, "light"),
            "lift_alt": lift_alt(facts, words),
            "months_note": card_tables.months_note(facts, words),
            "months_head": card_tables.months_head(words) if facts.months else [],
            "months": card_tables.months(facts, words),
            "auc_by_month": card_charts.auc_by_month(facts.months, words, "light") if facts.months else "",
            "chance_by_month": card_charts.chance_by_month(facts.months, words, "light") if facts.months else "",
            "telling_title": words["points_title" if facts.points else "telling"],
            "telling_note": card_tables.telling_note(facts, words),
            "telling_head": card_tables.telling_head(facts, words),
            "telling": card_tables.telling(facts, words, language),
            "drifts": card_tables.drifts(facts, language),
            "drift_shown": card_tables.drift_shown(facts, words),
            "groups": card_tables.groups(facts, words),
            "limits": card_about.limits(facts, words),
        }
    )


def write(*, facts: Facts, out: Path, as_of: str) -> list[Path]:
    """Write the card into a folder: a page and a PDF in each language."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for language in card_words.LANGUAGES:
        page, sheet = out / f"model-card.{language}.html", out / f"model-card.{language}.pdf"
        page.write_text(html(facts=facts, language=language), encoding="utf-8")
        sheet.write_bytes(pdf(facts=facts, language=language, as_of=as_of))
        written += [page, sheet]
    return written


def section(title: str, body: str) -> str:
    """A part of the page."""
    return f"<section><h2>{title}</h2>{body}</section>"


def rows(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A table; a row of one cell heads those after it. A value that begins with ! is marked."""
    told = "".join(f"<th scope='col'>{escape(one)}</th>" for one in head)
    lines = []
    for row in body:
        if len(row) == 1:
            lines.append(f"<tr class='part'><th scope='rowgroup' colspan='{len(head)}'>{escape(row[0])}</th></tr>")
            continue
        cells = "".join(
            f"<td class='bad'>{escape(one[1:])}</td>" if one.startswith("!") else f"<td>{escape(one)}</td>"
            for one in row[1:]
        )
        lines.append(f"<tr><th scope='row'>{escape(row[0])}</th>{cells}</tr>")
    return f"<div class='scroll'><table><thead><tr>{told}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"


def picture(light: str, dark: str, told: str) -> str:
    """A chart for light and for dark, with words for who does not see it."""
    one, other = (base64.b64encode(svg.encode()).decode() for svg in (light, dark))
    address = "data:image/svg+xml;base64,"
    return (
        f"<picture><source media='(prefers-color-scheme: dark)' srcset='{address}{other}'>"
        f"<img src='{address}{one}' alt='{escape(told, quote=True)}'></picture>"
    )


def about(facts: Facts, words: dict[str, str], language: str) -> str:
    """What the model is, as a list of terms."""
    small = (words["digest"], words["code_digest"])
    return "<dl>" + "".join(
        f"<dt>{name}</dt><dd{' class=digest' if name in small else ''}>{escape(value)}</dd>"
        for name, value in card_about.pairs(facts, language)
    ) + "</dl>"  # fmt: skip


def calibration_alt(facts: Facts, words: dict[str, str]) -> str:
    """The calibration chart in words."""
    low, high = facts.tenths[0], facts.tenths[-1]
    return words["calibration_alt"].format(
        first=percent(low.missed), low=percent(low.chance), last=percent(high.missed), high=percent(high.chance)
    )


def lift_alt(facts: Facts, words: dict[str, str]) -> str:
    """The lift chart in words."""
    return words["lift_alt"].format(first=f"{facts.tenths[-1].lift:.2f}", last=f"{facts.tenths[0].lift:.2f}")


def calibration(facts: Facts, words: dict[str, str]) -> str:
    """The calibration: chart and table."""
    light, dark = (card_charts.calibration(facts.tenths, words, shade) for shade in ("light", "dark"))
    head = [words[name] for name in ("tenth", "mean_chance", "share_missed", "interval")]
    body = [row[:4] for row in card_tables.tenths(facts)]
    return section(words["calibration"], picture(light, dark, calibration_alt(facts, words)) + rows(head, body))


def lift(facts: Facts, words: dict[str, str]) -> str:
    """The lift: chart and table."""
    light, dark = (card_charts.lift(facts.tenths, words, shade) for shade in ("light", "dark"))
    head = [words[name] for name in ("tenth", "share_missed", "lift")]
    body = [[row[0], row[2], row[4]] for row in card_tables.tenths(facts)]
    return section(words["lift_title"], picture(light, dark, lift_alt(facts, words)) + rows(head, body))


def months(facts: Facts, words: dict[str, str]) -> str:
    """How the model fares by month: charts and table, or why there is nothing to tell."""
    note = f"<p class='soft'>{card_tables.months_note(facts, words)}</p>"
    if not facts.months:
        return section(words["months"], note)
    drawn = "".join(
        f"<div>{picture(draw(facts.months, words, 'light'), draw(facts.months, words, 'dark'), words[alt])}</div>"
        for draw, alt in ((card_charts.auc_by_month, "auc_alt"), (card_charts.chance_by_month, "chance_alt"))
    )
    table = rows(card_tables.months_head(words), card_tables.months(facts, words))
    return section(words["months"], f"{note}<div class='pair'>{drawn}</div>{table}")


def telling(facts: Facts, words: dict[str, str], language: str) -> str:
    """The points of a scorecard, or the features of trees that tell most."""
    note = f"<p class='soft'>{escape(card_tables.telling_note(facts, words))}</p>"
    table = rows(card_tables.telling_head(facts, words), card_tables.telling(facts, words, language))
    return section(words["points_title" if facts.points else "telling"], note + table)


def drifts(facts: Facts, words: dict[str, str], language: str) -> str:
    """The drift of the features."""
    note = f"<p class='soft'>{card_tables.drift_shown(facts, words)}</p>"
    return note + (rows([words["feature"], words["psi"]], card_tables.drifts(facts, language)) if facts.drifts else "")


def fairness(facts: Facts, words: dict[str, str]) -> str:
    """The figures by group."""
    if not facts.groups:
        return f"<p class='soft'>{words['fairness_none']}</p>"
    head = [words[name] for name in ("group", "clients", "share_missed", "mean_chance", "selected", "found")]
    return f"<p class='soft'>{words['fairness_note']}</p>" + rows(head, card_tables.groups(facts, words))
