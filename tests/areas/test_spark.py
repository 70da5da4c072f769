"""On a real Spark cluster of this machine: the lane over Parquet shards gives the rows that it gives here."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from duecourse import cluster

DAY = date(2026, 3, 10)
ACCOUNTS = 20_000
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
    try:
        with cluster.cluster(workers=2, cores=1, memory_mb=512, home=tmp_path_factory.mktemp("home")) as found:
            yield found
            assert all(cluster.members(pid) for pid in (found.master, *found.workers))
    except (cluster.SparkNotInstalled, cluster.NoJava) as refusal:
        pytest.skip(f"{refusal.code}: {refusal}")
    assert not any(cluster.members(pid) for pid in (found.master, *found.workers))
    assert not found.folder.exists()


@pytest.fixture(scope="module")
def session(here: cluster.Cluster) -> Iterator[Any]:
    with cluster.session(name="tests", on=here, settings=SETTINGS) as found:
        yield found


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
    import pyarrow as pa
    import pyarrow.parquet as pq

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
