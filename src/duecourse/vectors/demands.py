"""Vectors of a ledger with rows by demand: single figures of loans and credit lines, dates of a schedule."""

from collections.abc import Callable, Mapping
from typing import Any

FIGURES: dict[str, Callable[[Mapping[str, Any], Any], Any]] = {}
"""The figures that can be asked."""
