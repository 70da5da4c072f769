"""What a trial of warnings on a loan book found, as a page of Markdown: what the command prints, and nothing else."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from .loan_examples import SERIOUS
from .loan_holidays import THRESHOLD, Confirmed, Found
from .loan_months import Book
from .loan_trial import BOOSTED, EVERY, FOLDS, ROUNDS, Measured, Month, Trial, Tried
from .markdown import table

BAR = 0.85
PRINTED = {6: "logistic 0.856, LightGBM 0.871 (tried on a later pool)", 12: "logistic 0.857, LightGBM 0.860"}
"""What has been reached elsewhere on such loans, by the months of the window."""


def page(
    *, book: Book, trial: Trial, found: Found, holidays: Confirmed | None, files: Sequence[Path], cures: str = "",
    advised: str = "",
) -> str:  # fmt: skip
    """The whole page; cures, advised: what `loan_cures` and `loan_advice` found, as parts of it."""
    parts = [
        "# Auto loans: who will fall behind\n",
        f"Written by `duecourse warn report loans {' '.join(path.name for path in files)}"
        f"{' --holidays FILE' if holidays else ''} --out FILE`.\n",
        of_book(book),
        "## Payment holidays\n",
        of_holidays(trial, found, holidays),
    ]
    for one in trial.targets:
        parts += [f"## {one.target.name[0].upper()}{one.target.name[1:]}\n", of_target(book, one)]
    if trial.without is not None:
        parts += ["## Without the holidays\n", of_difference(trial.targets[0], trial.without, trial)]
    for title, part in (("How long lateness lasts", cures), ("What a borrower can do", advised)):
        parts += [f"## {title}\n", part] if part else []
    parts += ["## How it was tried\n", how()]
    return "\n".join(parts)


def of_book(book: Book) -> str:
    """What was looked at."""
    left_out = ", ".join(f"{count:,} {reason}" for reason, count in book.left_out.items()) or "none"
    return (
        f"{len(book.ids):,} loans, {int(book.alive.sum()):,} months in which something was owed, {book.called(0)} to "
        f"{book.called(book.months - 1)}. Left out: {left_out}. Charged off: {int(book.charged_off.sum()):,}. "
        f"{int(book.lost.any(axis=1).sum()):,} loans end unpaid without a word; they count as what their arrears say.\n"
    )


def of_holidays(trial: Trial, found: Found, holidays: Confirmed | None) -> str:
    """Which months are unusual, what was proposed, and what a person confirmed of it."""
    unusual = [one for one in found.looked if one.is_unusual]
    usual = max((one.above for one in found.looked if one.above is not None and not one.is_unusual), default=0.0)
    rows = [
        (
            one.month, f"{one.in_order:,}", percent(one.unpaid), percent(one.expected or 0), f"{one.above or 0:.1f}",
            f"{one.behind:,}", percent(one.unpaid_behind), percent(one.expected_behind or 0),
        )
        for one in unusual
    ]  # fmt: skip
    head = ("month", "in order", "unpaid", "usual", "deviations above", "behind", "unpaid", "usual")
    said = (
        f"{len(unusual)} of {len(found.looked)} months are more than {THRESHOLD:.0f} standard deviations above the "
        "usual share of loans in order that paid nothing and did not make it good; the highest of the others is "
        f"{usual:.1f}. Proposed: {len(found.events):,} loan-months.\n"
    )
    if holidays is None:
        told = "Nobody has confirmed any: every figure below takes a month without a payment as missed.\n"
    else:
        told = (
            f"Confirmed by {holidays.by} on {holidays.on}: {holidays.events:,} loan-months ("
            + ", ".join(f"{month} {count:,}" for month, count in holidays.months.items())
            + f"). In the last month {percent(trial.serious)} of the loans are {SERIOUS:.0f} installments or more "
            f"behind; without the holidays {percent(trial.serious_without)}.\n"
        )
    return "\n".join([said, table(head, rows) if rows else "", told])


def of_target(book: Book, one: Tried) -> str:
    """One target: the months, the counts, how each way did, and how true the chances of the first are."""
    trained, tried = one.windows
    whose = "loans less than half an installment behind" if one.target.in_order_only else "all loans that are owed"
    best = one.measured[0]
    bar = "reached" if best.auc >= BAR else "not reached"
    said = (
        f"Trained on {one.trained:,} loan-months seen from {book.called(trained[0])} to {book.called(trained[-1])} "
        f"(every {ordinal(EVERY)} month; {one.trained_bad_loans} bad loans), tried on {whose} seen from "
        f"{book.called(tried[0])} to {book.called(tried[-1])}: {one.tried:,} loan-months of {one.loans:,} loans, "
        f"{one.bad:,} of them ({percent(one.bad / one.tried)}), of {one.bad_loans:,} loans, bad.\n"
    )
    verdict = (
        f"The bar of {BAR} is {bar}: {best.auc:.3f}. Printed elsewhere: {PRINTED.get(one.target.months, 'nothing')}.\n"
    )
    tenths = table(
        ("tenth", "loan-months", "mean chance", "share bad"),
        [
            (str(i), f"{t['accounts']:,}", percent(t["chance"]), percent(t["missed"]))
            for i, t in enumerate(best.tenths, start=1)
        ],
    )
    return "\n".join([said, ways(one.measured), verdict, f"Chances of {best.way}, in tenths:\n", tenths])


def of_difference(one: Tried, without: Tried, trial: Trial) -> str:
    """The same trial with every month without a payment taken as missed, month by month beside the other."""
    first, other = one.measured[0], without.measured[0]
    said = (
        "The same months, the same features and the same model, but holidays taken as missed payments: "
        f"{without.bad:,} loan-months of {without.bad_loans:,} loans are bad instead of {one.bad:,} of "
        f"{one.bad_loans:,}, and the AUC is {other.auc:.3f} ({other.low:.3f} to {other.high:.3f}) instead of "
        f"{first.auc:.3f}. In the last month {percent(trial.serious_without)} of the loans look {SERIOUS:.0f} "
        f"installments or more behind instead of {percent(trial.serious)}.\n"
    )
    beside = {month.month: month for month in without.by_month}
    rows = [
        (month.month, str(month.bad), auc(month), str(beside[month.month].bad), auc(beside[month.month]))
        for month in one.by_month
        if month.month in beside
    ]
    head = ("seen in", "bad", "AUC", "bad without holidays", "AUC without holidays")
    return "\n".join([said, table(head, rows), ways(without.measured)])


def how() -> str:
    """What holds of all figures."""
    return (
        f"Each loan is scored by a model made without it ({FOLDS} folds by a hash of its number), trained on months "
        "whose windows end before the first month tried begins. Features of a month know nothing after it; holidays "
        "are known from their own month on. The interval holds 95% of draws of loans, each with all its months. Recall "
        "is the share of all bad loan-months in the fifth with the highest chances. Calibration is the mean distance "
        f"of chance and share bad over tenths. {BOOSTED}: {ROUNDS} trees, taught serious arrears or charge-off within "
        "the window (charge-offs alone are few); one line for all loans makes chances of what is foretold out of the "
        "scores of the training months (Platt), and leaves the order as it is.\n"
    )


def ways(measured: Iterable[Measured]) -> str:
    """A row for each way."""
    rows = [
        (
            one.way,
            f"{one.auc:.3f}",
            f"{one.low:.3f} to {one.high:.3f}",
            percent(one.recall),
            percent(one.calibration, 2),
        )
        for one in measured
    ]
    return table(("way", "AUC", "95% of draws", "recall in the top fifth", "calibration error"), rows)


def auc(month: Month) -> str:
    """A month's AUC, where it has one."""
    return "" if month.auc is None else f"{month.auc:.3f}"


def percent(share: float, places: int = 1) -> str:
    """A share in per cent."""
    return f"{100 * share:.{places}f}%"


def ordinal(number: int) -> str:
    """The few that are needed, in words."""
    return {1: "single", 2: "second", 3: "third"}.get(number, f"{number}th")
