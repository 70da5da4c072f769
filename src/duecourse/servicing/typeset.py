"""Documents as PDF: facts set by a typst sheet, in 中文 and English on the same page; the same facts, the same bytes.

The creation date is the day as of which a document speaks. Fonts differ between machines, and so then do the bytes.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import typst
from django.conf import settings

from duecourse.ledger.journal import Refused

SHEETS = Path(__file__).parent / "sheets"
FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans CJK TC",
    "Noto Sans CJK JP", "Microsoft YaHei", "PingFang SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
    "Droid Sans Fallback", "Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", "SimHei", "SimSun",
)  # fmt: skip
"""Families with Chinese characters, the first that is there is taken."""


class NoChineseFont(Refused):
    """No font with Chinese characters is on the machine."""

    code = "no_chinese_font"


@lru_cache
def fonts(folder: str) -> Any:
    """The fonts of the machine and of a folder; looked for once."""
    return typst.Fonts(font_paths=[folder] if folder else [])


def family(folder: str) -> str:
    """The family in which documents are set."""
    known = set(fonts(folder).families())
    chosen = next((name for name in FAMILIES if name in known), None)
    if chosen is None:
        raise NoChineseFont(
            "no font with Chinese characters is on this machine: install one (Debian: apt-get install fonts-noto-cjk), "
            "or name a folder with one in DUECOURSE_FONTS"
        )
    return chosen


def pdf(facts: Mapping[str, Any]) -> bytes:
    """A document as PDF. `facts` name its kind, and as of which day it speaks."""
    return drawn(facts, "pdf")[0]


def pages(facts: Mapping[str, Any]) -> list[bytes]:
    """The pages of a document as pictures (PNG), to be looked at."""
    return drawn(facts, "png")


def drawn(facts: Mapping[str, Any], form: Literal["pdf", "png"]) -> list[bytes]:
    """A document in a form of typst's."""
    chosen = family(settings.FONTS)
    made: Any = typst.compile(
        SHEETS / f"{facts['kind']}.typ",
        root=SHEETS,
        font_paths=fonts(settings.FONTS),
        format=form,
        sys_inputs={"facts": json.dumps({**facts, "family": chosen}, sort_keys=True, ensure_ascii=False)},
        timestamp=datetime.fromisoformat(facts["as_of"]).replace(tzinfo=UTC),
    )
    return made if isinstance(made, list) else [made]
