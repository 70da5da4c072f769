"""On a real Spark cluster of this machine, features and the lane over Parquet shards are what they are here."""

import os
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import drawn_lines
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from drawn_lines import columns

from duecourse import cluster

DAY = date(2026, 3, 10)
ACCOUNTS = 20_000
SCORED = date(2026, 6, 30)
LINES, DRAWN = 9, 300
SETTINGS = {
    "spark.executor.memory": f"{cluster.LEAST_MB}m",
    "spark.executor.extraJavaOptions": cluster.QUICK,
    "spark.sql.shuffle.partitions": "2",
    "spark.task.maxFailures": "1",
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cluster.Cluster]:
    """One master and two workers."""
    home = tmp_path_factory.mktemp("home")
    try:
        with cluster.cluster(workers=2, cores=1, memory_mb=512, home=home, settings=SETTINGS) as found:
            yield found
            assert all(cluster.members(pid) for pid in (found.master, *found.workers))
    except (cluster.SparkNotInstalled, cluster.NoJava) as refusal:
        pytest.skip(f"{refusal.code}: {refusal}")
    assert not any(cluster.members(pid) for pid in (found.master, *found.workers))
    assert not found.folder.exists()


@pytest.fixture(scope="module")
def session(here: cluster.Cluster) -> Iterator[Any]:
    with cluster.session(name="tests", on=here) as found:
        yield found


def test_the_command_gives_the_same_features_by_either_engine(
    here: cluster.Cluster, db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first test of the file: a worker has one core, and `session` keeps it."""
    from click.testing import CliRunner

    from duecourse.cli import main

    live_half_a_year()
    monkeypatch.setenv("SPARK_CONF_DIR", str(here.folder / "conf"))  # where the cluster's secret is
    asked = ["features", "--day", str(SCORED), "--out"]
    by_duckdb = CliRunner().invoke(main, [*asked, str(tmp_path / "duckdb.parquet")])
    assert by_duckdb.exit_code == 0, by_duckdb.output
    engine = ["--engine", "spark", "--master", here.url]
    by_spark = CliRunner().invoke(main, [*asked, str(tmp_path / "spark.parquet"), *engine])
    assert by_spark.exit_code == 0, by_spark.output
    found = [pq.read_table(tmp_path / f"{name}.parquet") for name in ("duckdb", "spark")]
    assert found[0].num_rows == LINES
    assert_equal(*found)
    assert sum(found[0]["months_past_due"].to_pylist()) > 0
    refused = CliRunner().invoke(main, [*asked, str(tmp_path / "none.parquet"), "--master", here.url])
    assert refused.exit_code == 2
    assert not (tmp_path / "none.parquet").exists()


def live_half_a_year() -> None:
    """Lines that buy each month and pay by habit: in full, a part, or nothing."""
    from duecourse.book import close
    from duecourse.servicing import accounts, payments, purchases

    first = date(2026, 1, 1)
    lines = [
        accounts.open_line(
            number=f"L{i}", borrower_id=1, product="card_tw_2005", limit_minor=1_000_000, on=first, cycle_day=1 + i
        )
        for i in range(LINES)
    ]
    for month in range(1, 7):
        day = date(2026, month, 17)
        close.through(day - timedelta(days=1))
        for i, line in enumerate(lines):
            if i % 3 or month == 1:  # who pays nothing is suspended
                purchases.authorise(account=line, amount_minor=20_000 + 7_000 * i, on=day, key=f"buy {i} {month}")
            if i % 3 and month > 1:
                amount = 9_000 + 1_000 * i if i % 3 == 1 else 18_000 + 7_000 * i
                payments.receive(account=line, amount_minor=amount, received_on=day, key=f"pay {i} {month}")
    close.through(SCORED)


def assert_equal(one: pa.Table, other: pa.Table) -> None:
    """Whole numbers are the same, fractions but for their last digits."""
    assert one.schema.equals(other.schema)
    for name in one.column_names:
        pair = list(zip(one[name].to_pylist(), other[name].to_pylist(), strict=True))
        if pa.types.is_floating(one.schema.field(name).type):
            assert all((a is None) == (b is None) for a, b in pair), name
            assert [a for a, _ in pair if a is not None] == pytest.approx(
                [b for _, b in pair if b is not None], rel=1e-9, abs=0
            ), name
        else:
            assert [a for a, _ in pair] == [b for _, b in pair], name


def test_features_of_drawn_months_are_the_same_on_the_cluster(server: Path, session: Any, tmp_path: Path) -> None:
    import ibis

    from duecourse.risk import engines
    from duecourse.risk.features import line_beside, line_book, line_placed

    told = drawn_lines.sources(DRAWN, SCORED)
    features = line_book.table_of(ibis.memtable(line_placed.in_columns(*told)))
    kinds = (line_beside.ACTS, line_beside.PURCHASES, line_beside.DEBTS, line_beside.CONTACTS, line_beside.DISPUTED)
    facts = [*drawn_facts(kinds, told.now.column("account_id").to_pylist()), (line_beside.INCOMES, None)]
    features = line_beside.joined(features, facts)
    here = features.to_pyarrow().sort_by("account_id")
    assert here.num_rows == DRAWN
    assert_equal(here, engines.computed(features, session=session, folder=tmp_path))


def drawn_facts(kinds: tuple[tuple[str, ...], ...], ids: list[int]) -> list[tuple[tuple[str, ...], Any]]:
    """What stands beside some of the accounts, of these kinds, some of it not known."""
    import ibis
    import pyarrow as pa

    chance = random.Random(5)
    found = []
    for names in kinds:
        some = chance.sample(ids, len(ids) // 3)
        columns = {
            name: pa.array([chance.choice((None, 0, chance.randrange(9_000))) for _ in some], pa.int64())
            for name in names
        }
        found.append((names, ibis.memtable(pa.table({"account_id": pa.array(some, pa.int64()), **columns}))))
    return found


def test_features_of_drawn_loans_are_the_same_on_the_cluster(server: Path, session: Any, tmp_path: Path) -> None:
    import ibis

    from duecourse.risk import engines
    from duecourse.risk.features import beside_book, loan_book
    from duecourse.risk.features.month_days import shifted

    draw = random.Random(5)
    ends = [shifted(SCORED, -back) for back in range(loan_book.MONTHS + 1)]
    now, stood, dues, paid, holidays = [], [], [], [], []
    for account in range(1, 41):
        left, opened = 120_000, draw.randrange(2, 14)
        now.append((account, 2, 1, 120_000, 0, 0, left, 0, 0.12, shifted(SCORED, -opened), draw.random() < 0.8))
        for back in range(opened, -1, -1):
            late = draw.choice([0, 0, 10_000, 25_000])
            stood.append((account, left, late, ends[back]))
            day = ends[back] - timedelta(days=draw.randrange(12))
            dues.append((account, ends[back], draw.choice([0, 10_600, 10_700]), draw.choice([None, day])))
            if draw.random() < 0.7:
                paid.append((account, day, draw.choice([5_000, 10_600, 40_000, -300]), draw.randrange(1_000)))
                left -= 9_000
        if draw.random() < 0.2:
            holidays.append((account, ends[1], ends[1] + timedelta(days=31)))
    told = loan_book.Sources(
        now=columns("account_id product_id terms_id limit_minor days_past_due missed owed_minor next_due_on rate"
                    " opened_on in_order", now),
        months=columns("month ends_on begins_after", list(zip(range(1, 25), ends[:-1], ends[1:], strict=True))),
        stood=columns("account_id principal past_due ends_on", stood),
        dues=columns("account_id due_on asked met_on", dues),
        paid=columns("payer effective_day amount interest", paid),
        holidays=columns("account_id since until", holidays),
    )  # fmt: skip
    beside = [table for _, table in drawn_facts(beside_book.OF_LOAN, list(range(1, 41)))]
    features = loan_book.making(*(ibis.memtable(table) for table in told), *beside)
    here = features.to_pyarrow().sort_by("account_id")
    assert here.num_rows == 40
    assert sum(here["holidays"].to_pylist()) > 0
    assert {"owed_elsewhere", "income_to_due", "disputes_open"} < set(here.column_names)
    assert_equal(here, engines.computed(features, session=session, folder=tmp_path))


def test_the_lane_gives_the_same_rows_on_the_cluster(server: Path, session: Any, tmp_path: Path) -> None:
    from duecourse.book import arrow_nights, spark_nights
    from duecourse.rules.read import day_number
    from duecourse.simulator import shards

    day = day_number(DAY)
    under = shards.write(tmp_path / "in", accounts=ACCOUNTS, on=DAY, size=ACCOUNTS // 8)
    break_one(tmp_path / "in")
    done = arrow_nights.evenings_of_files(tmp_path / "in", tmp_path / "here", under=under, day=day, batch=1_000)
    assert done == ACCOUNTS
    uris = [(tmp_path / part).as_uri() for part in ("in", "there")]
    spark_nights.evenings_of_files(session, *uris, under=under, day=day, batch=1_500, python_mb=1_024)
    digests = [arrow_nights.digest(tmp_path / part) for part in ("here", "there")]
    assert digests[0] == digests[1]
    there = session.read.parquet(uris[1])
    assert there.count() == ACCOUNTS
    faulty = there.where("fault is not null").collect()
    assert [(row.account_id, row.next_event) for row in faulty] == [(1, 0)]
    assert "cycle day went by" in faulty[0].fault
    assert there.where("night_statement = 1").count() > 0


def break_one(folder: Path) -> None:
    """Let the first account's cycle day be long gone."""
    place = min(folder.glob("*.parquet"))
    table = pq.read_table(place)
    gone = table["statement_on"].to_numpy().copy()
    gone[0] = table["day"][0].as_py() - 5
    pq.write_table(table.set_column(table.column_names.index("statement_on"), "statement_on", pa.array(gone)), place)


def test_an_account_under_other_terms_is_refused_on_the_cluster_too(server: Path, session: Any, tmp_path: Path) -> None:
    from duecourse.book import arrow_nights, spark_nights
    from duecourse.rules.read import day_number
    from duecourse.simulator import shards

    under = shards.write(tmp_path / "in", accounts=200, on=DAY, size=100)
    missing = dict(list(under.items())[:1])
    with pytest.raises(arrow_nights.TermsNotGiven):
        arrow_nights.evenings_of_files(tmp_path / "in", tmp_path / "here", under=missing, day=day_number(DAY))
    uris = [(tmp_path / part).as_uri() for part in ("in", "there")]
    with pytest.raises(Exception, match="of which nothing was said"):
        spark_nights.evenings_of_files(session, *uris, under=missing, day=day_number(DAY))


def test_the_cluster_listens_on_loopback_alone_and_shows_its_secret_to_nobody(
    here: cluster.Cluster, session: Any
) -> None:
    conf = here.folder / "conf" / "spark-defaults.conf"
    assert conf.stat().st_mode & 0o077 == 0
    secret = next(line.split()[1] for line in conf.read_text().splitlines() if line.startswith("spark.authenticate.s"))
    pids = [pid for daemon in (here.master, *here.workers) for pid in cluster.members(daemon)]
    assert len(pids) >= 5
    inodes = set()
    for pid in pids:
        assert secret not in Path(f"/proc/{pid}/cmdline").read_text()
        assert b"DATABASE_URL" not in Path(f"/proc/{pid}/environ").read_bytes()
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            if fd.is_symlink() and (target := os.readlink(fd)).startswith("socket:"):
                inodes.add(target[8:-1])
    tables = [Path(f"/proc/net/{kind}").read_text().splitlines()[1:] for kind in ("tcp", "tcp6")]
    listening = [line.split() for table in tables for line in table]
    ours = {row[1].rpartition(":")[0] for row in listening if row[3] == "0A" and row[9] in inodes}
    assert ours
    assert ours <= {"0100007F", "0000000000000000FFFF00000100007F"}


def test_a_program_without_the_secret_gets_nothing_of_the_cluster(here: cluster.Cluster, tmp_path: Path) -> None:
    bare = cluster.environment_of(tmp_path, cluster.spark_home(), here.java_home)
    stranger = cluster.launch(tmp_path, "stranger", bare, "worker.Worker", "--work-dir", str(tmp_path), here.url)
    try:
        assert cluster.awaited(tmp_path, "stranger", stranger, "(client does not have SASL enabled)")
    finally:
        stranger.terminate()
        cluster.end(stranger)
    assert "registered with master" not in (tmp_path / "stranger.log").read_text()
    assert (here.folder / "master.log").read_text().count("Registering worker") == 2


def test_spark_is_refused_by_name_where_no_java_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    old.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(cluster.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(cluster.NoJava, match="17 or newer"):
        cluster.java(tmp_path / "found")
    with pytest.raises(cluster.SparkNotInstalled, match="make spark"):
        cluster.spark_home()
