"""The cost of credit of loans of 24 to 60 payments, against pyxirr's irr (Rust) on the same flows.

Three ways: a level series as one flow (closed form), the same payments one by one, and the printed figure with its
digits proven. pyxirr gives a float from a list of amounts one period apart; what it is given is made before the clock
starts. The rates of the two agree to 1e-9. Figures are medians of repeats in this run.

    python bench/bench_apr.py [--loans 20000] [--repeats 5]
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import pyxirr

from duecourse.kernel.apr import MONTHLY, Flow, pboc_compound
from duecourse.kernel.roots import period_rate


def loans(number: int) -> list[tuple[int, int, int]]:
    """So many loans: lent, the level payment of a monthly rate of 0.3% to 3%, how many payments."""
    draw = random.Random(0)
    found = []
    for _ in range(number):
        lent, rate, count = draw.randint(100_000, 10_000_000), draw.uniform(0.003, 0.03), draw.randint(24, 60)
        found.append((lent, round(lent * rate / (1 - (1 + rate) ** -count)), count))
    return found


def timed(work: Callable[[Any], Any], over: list[Any]) -> float:
    """The seconds of one."""
    start = time.perf_counter()
    for one in over:
        work(one)
    return (time.perf_counter() - start) / len(over)


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--loans", type=int, default=20_000)
    told.add_argument("--repeats", type=int, default=5)
    asked = told.parse_args()
    drawn = loans(asked.loans)
    series = [(Flow(lent), Flow(-paid, 1, number=count)) for lent, paid, count in drawn]
    singles = [(Flow(lent), *(Flow(-paid, at) for at in range(1, count + 1))) for lent, paid, count in drawn]
    amounts = [[float(lent), *[float(-paid)] * count] for lent, paid, count in drawn]
    apart = max(
        abs(period_rate(level) - pyxirr.irr(row)) for level, row in zip(series[:2_000], amounts[:2_000], strict=True)
    )
    print(f"{asked.loans:,} loans of 24 to 60 payments; rates differ from pyxirr's by at most {apart:.1e}")
    assert apart < 1e-9
    ways: list[tuple[str, Callable[[Any], Any], list[Any]]] = [
        ("pyxirr", pyxirr.irr, amounts),
        ("level series, float", period_rate, series),
        ("payments one by one, float", period_rate, singles),
        ("level series, printed", lambda flows: pboc_compound(flows, MONTHLY), series[:2_000]),
    ]
    spent: dict[str, list[float]] = {name: [] for name, _, _ in ways}
    for _ in range(asked.repeats):  # in turns, so that what else the machine does meets all alike
        for name, work, over in ways:
            spent[name].append(timed(work, over))
    middle = {name: statistics.median(times) for name, times in spent.items()}
    for name, each in middle.items():
        print(f"  {name:26} {each * 1e6:7.2f} us a loan, {1 / each:10,.0f} a second")
    for name, each in list(middle.items())[1:]:
        print(f"  ratio {name}/pyxirr: {each / middle['pyxirr']:.2f}")


if __name__ == "__main__":
    main()
