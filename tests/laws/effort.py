"""How many examples a law draws: as usual, twenty times more (`make laws`), or few (once for each mutant)."""

from typing import Any

from hypothesis import HealthCheck, settings

TIMES = {"same": (1, 1), "long": (20, 1), "short": (1, 4)}
"""By the profile: `pytest --hypothesis-profile long`; the profiles are made in tests/conftest.py."""


def examples(usual: int, **more: Any) -> settings:
    """Settings of a law that usually draws so many examples."""
    times, part = TIMES[settings.get_current_profile_name()]
    told = {"deadline": None, "suppress_health_check": list(HealthCheck)} | more
    return settings(max_examples=max(1, usual * times // part), **told)
