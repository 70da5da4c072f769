"""Reasons that an area gives in English, said in the language of the page by patterns that name their parts."""

import re
from collections.abc import Callable, Sequence
from typing import Any

Value = Callable[[str, str], str]
Patterns = Sequence[tuple[str, Any]]


def reason(told: str, patterns: Patterns, value: Value) -> str:
    """One reason in words, each of its parts as `value` says it; "" for one that has none."""
    for pattern, says in patterns:
        if found := re.fullmatch(pattern, told):
            return str(says) % {name: value(name, text) for name, text in found.groupdict().items()}
    return ""
