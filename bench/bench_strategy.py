"""A strategy over many persons: one call of the engine for all, beside one call for each.

The default strategy of the house and made-up facts. The yardstick is what one would write at first: the same table,
evaluated person by person with a decision that was compiled once.

    python bench/bench_strategy.py [--persons 200000] [--runs 5]
"""

import argparse
import json
import random
import statistics
import time
from importlib.resources import files

import scratch


def people(count: int, names: tuple[str, ...]) -> list[dict[str, object]]:
    """Made-up persons: a third in order, some blocked, the others late."""
    draw = random.Random(1)
    found = []
    for _ in range(count):
        one: dict[str, object] = {name: draw.random() < 0.02 for name in names}
        one["days_past_due"] = draw.choice([0, 2, 9, 20, 40, 70, 120, 300])
        one["past_due_minor"] = draw.randrange(200_000)
        one["charged_off_minor"] = 0
        found.append(one)
    return found


def main() -> None:
    asked = argparse.ArgumentParser()
    for name, value in (("persons", 200_000), ("runs", 5)):
        asked.add_argument(f"--{name}", type=int, default=value)
    told = asked.parse_args()
    with scratch.database():
        import django
        import zen

        django.setup()
        from duecourse.recovery import strategy

        text = files("duecourse.rules").joinpath("house/strategies/default.json").read_text(encoding="utf-8")
        read = strategy.read(text)
        persons = people(told.persons, read.inputs)
        some = persons[: told.persons // 10]
        plain = zen.ZenEngine().create_decision(json.dumps(json.loads(text)))
        at_once, each = [], []
        for _ in range(told.runs):
            began = time.perf_counter()
            strategy.decide(read, persons)
            at_once.append(len(persons) / (time.perf_counter() - began))
            began = time.perf_counter()
            for one in some:
                plain.evaluate(one)
            each.append(len(some) / (time.perf_counter() - began))
        ours, theirs = statistics.median(at_once), statistics.median(each)
        print(f"{ours:,.0f} persons a second in one call, {ours / theirs:.1f} times one call each ({theirs:,.0f})")


if __name__ == "__main__":
    main()
