"""Counts the events that the laws draw, so that a run can say how much of what may happen it has seen."""

from collections import Counter

COUNT: Counter[str] = Counter()


def seen(product: str, events: int, late: int) -> None:
    """So many events of a product were drawn, so many of them recorded late or taken back."""
    COUNT[product] += events
    COUNT[f"{product} late"] += late
