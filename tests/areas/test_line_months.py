"""The months of lines in columns are those that a plain reading of the rows gives; their features those of pandas."""

import runpy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import drawn_lines
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

SCORED = date(2026, 6, 30)
DRAWN = 300
YARDSTICK = Path(__file__).parents[2] / "bench" / "pandas_features.py"


@pytest.fixture(scope="module")
def told(server: Path) -> Any:
    return drawn_lines.sources(DRAWN, SCORED)


def test_what_happened_to_a_line_lies_in_its_months(told: Any) -> None:
    from duecourse.risk.features import FACTS, line_placed

    found = {row["account_id"]: row for row in line_placed.in_columns(*told).to_pylist()}
    assert len(found) == DRAWN
    seen: dict[str, int] = dict.fromkeys(FACTS, 0)
    for account in told.now.to_pylist():
        row = found[account["account_id"]]
        months = plainly(account, told)
        assert row["months_known"] == (len(months) or None)
        for name, reach in FACTS.items():
            own = [month[name] for month in months] + [None] * reach
            assert [row[f"{name}_{month}"] for month in range(1, reach + 1)] == pytest.approx(own[:reach]), name
            seen[name] += len([value for value in own[:reach] if value])
    assert min(seen.values()) > DRAWN
    assert None in {row["months_known"] for row in found.values()}


def plainly(account: dict[str, Any], told: Any) -> list[dict[str, Any]]:
    """The months of an account, the newest first, row by row."""
    own = account["account_id"]
    bills = {row["ends_on"]: row for row in rows_of(told.statements, account_id=own)}
    late = {row["ends_on"]: row["missed_then"] for row in rows_of(told.missed, account_id=own)}
    payments = rows_of(told.payments, payer=own)
    found = []
    for month in rows_of(told.months, terms_id=account["terms_id"], awaits_statement=account["awaits_statement"]):
        if month["ends_on"] < account["opened_on"]:
            continue
        bill, before = bills.get(month["ends_on"], {}), bills.get(month["begins_after"])
        came = [row for row in payments if month["begins_after"] < row["effective_day"] <= month["ends_on"]]
        paid = sum(row["amount"] for row in came)
        is_coming = account["awaits_statement"] and month["month"] == 1
        found.append(
            {
                "balance": account["owed_minor"] if is_coming else bill.get("balance", 0),
                "minimum": bill.get("minimum", 0),
                "paid": paid,
                "missed_then": account["missed"] if month["month"] == 1 else late.get(month["ends_on"]),
                "days_early": sum((before["due_on"] - row["effective_day"]).days * row["amount"] for row in came) / paid
                if came and before
                else None,
            }
        )
    if found:
        found[-1]["paid"] = None
    return found


def rows_of(table: pa.Table, **of: Any) -> list[dict[str, Any]]:
    """The rows of a table in which columns have these values."""
    wanted = pc.scalar(True)
    for name, value in of.items():
        wanted &= pc.field(name) == value
    return table.filter(wanted).to_pylist()


def test_the_features_of_lines_are_those_of_the_same_in_pandas(told: Any) -> None:
    import ibis

    from duecourse.risk.features import LINE, line_book, line_placed

    ours = line_book.table_of(ibis.memtable(line_placed.in_columns(*told))).to_pandas().set_index("account_id")
    frames = {name: table.to_pandas(date_as_object=False) for name, table in told._asdict().items()}
    theirs = runpy.run_path(str(YARDSTICK))["features"](frames).set_index("account_id")
    assert set(theirs.index) == set(ours.index[ours.months_known.notna()])
    for feature in LINE:
        pair = [frame.loc[theirs.index, feature.name].to_numpy(float, na_value=np.nan) for frame in (ours, theirs)]
        np.testing.assert_allclose(*pair, rtol=1e-9, err_msg=feature.name)
    unknown = ours[ours.months_known.isna()]
    assert len(unknown) > 0
    assert unknown[[feature.name for feature in LINE]].isna().all(axis=None)


def test_rows_find_their_accounts_by_look_up_and_by_search_alike_and_others_rows_find_none(
    told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from duecourse.risk.features import line_placed

    some = told._replace(now=told.now.take(pa.array([*range(7, 90), *range(120, 260, 3)])))
    known = some.now.column("account_id").to_numpy()
    assert len(line_placed.rows_by_id(np.sort(known))) > 0
    looked_up = line_placed.in_columns(*some)
    whole = line_placed.in_columns(*told)
    mine = whole.filter(pa.array(np.isin(whole.column("account_id").to_numpy(), known)))
    assert looked_up.to_pylist() == mine.to_pylist()
    monkeypatch.setattr(line_placed, "SPARSE", 1)
    assert len(line_placed.rows_by_id(np.sort(known))) == 0
    assert line_placed.in_columns(*some).to_pylist() == looked_up.to_pylist()


def test_what_features_ask_of_a_month_is_the_same_from_columns_of_its_own(told: Any) -> None:
    import ibis

    from duecourse.risk.features import LINE, History, line_book, line_placed

    months = ibis.memtable(line_placed.in_columns(*told))
    assert ibis.to_sql(line_book.table_of(months)).count("SELECT") == 2, "columns of their own are not told apart"
    by_column = line_book.table_of(months).order_by("account_id").to_pandas()
    inside = History(months)
    plain = months.select("account_id", **{feature.name: feature.of(inside) for feature in LINE})
    for name, column in plain.order_by("account_id").to_pandas().items():
        assert by_column[name].equals(column), name


def test_a_book_without_accounts_has_no_months(told: Any) -> None:
    from duecourse.risk.features import line_book, line_placed

    for months in (told.months, line_book.empty_months()):
        nobody = told._replace(now=told.now.slice(0, 0), months=months)
        assert line_placed.in_columns(*nobody).num_rows == 0


def test_a_payment_counts_in_the_month_of_its_day_alone(told: Any) -> None:
    from duecourse.risk.features import line_placed

    line = told.now.filter(pa.compute.invert(told.now["awaits_statement"])).slice(0, 1)
    own, ends = line["account_id"].to_pylist(), {}
    for month in rows_of(told.months, terms_id=line["terms_id"][0].as_py(), awaits_statement=False):
        ends[month["month"]] = month["ends_on"]
    days = [ends[2], ends[2] + timedelta(days=1), ends[1], ends[1] + timedelta(days=1), ends[24] - timedelta(days=40)]
    payments = drawn_lines.columns("effective_day payer amount", [(day, own[0], 10**at) for at, day in enumerate(days)])
    opened = pa.array([ends[24]])
    old = line.set_column(line.column_names.index("opened_on"), "opened_on", opened)
    row = line_placed.in_columns(*told._replace(now=old, payments=payments)).to_pylist()[0]
    assert [row[f"paid_{month}"] for month in (1, 2, 3)] == [110, 1, 0]
    assert sum(row[f"paid_{month}"] for month in range(1, 24)) == 111
