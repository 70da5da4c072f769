"""An evening over Parquet shards on a Spark cluster of this machine, in less memory than the accounts take.

The book is lines in mid-life (simulator.shards), a Parquet file for each 50,000. The local lane runs over the files
one after the other in this process; then a standalone cluster (one master, two workers of one core each, on loopback)
runs the same lane over the same files. A worker's executor gets a heap of so many MB and its Python may allocate so
many; both are limits that the programs fail at. The size of the data is that of its Arrow columns, uncompressed. What
the workers take is measured five times a second from /proc (proportional set size: pages that processes share are
counted once): executors and Pythons, and beside them the workers' own daemons.

    python bench/bench_spark.py [--accounts 4000000] [--heap-mb 450] [--python-mb 320] [--batch 10000]

Needs `make spark` and Java 17 or newer; says so and ends where Spark is not installed.
"""

import argparse
import resource
import tempfile
import threading
import time
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

import scratch
from duecourse import cluster

DAY = date(2026, 3, 10)
MB = 2**20


class Watch(threading.Thread):
    """Keeps the highest memory of a cluster's workers: of executors and their Pythons, and of the daemons."""

    def __init__(self, workers: tuple[int, ...]) -> None:
        super().__init__(daemon=True)
        self.workers = workers
        self.java = self.python = self.both = self.of_one = self.daemons = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.2):
            java = [sum(held(pid) for pid in self.members(worker) if name(pid) == "java") for worker in self.workers]
            python = [sum(held(pid) for pid in self.members(worker) if name(pid) != "java") for worker in self.workers]
            each = [sum(pair) for pair in zip(java, python, strict=True)]
            self.java, self.python = max(self.java, sum(java)), max(self.python, sum(python))
            self.both, self.of_one = max(self.both, sum(each)), max(self.of_one, *each)
            self.daemons = max(self.daemons, sum(held(worker) for worker in self.workers))

    def members(self, worker: int) -> list[int]:
        return [pid for pid in cluster.members(worker) if pid != worker]


def held(pid: int) -> int:
    """The proportional set size of a process in bytes; 0 where it is no more."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def name(pid: int) -> str:
    """The program of a process."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def arrow_bytes(folder: Path) -> int:
    """The size of all rows of a folder's files as Arrow columns."""
    return sum(pq.read_table(file).nbytes for file in sorted(folder.glob("*.parquet")))


def disk_bytes(folder: Path) -> int:
    """The size of a folder's Parquet files."""
    return sum(file.stat().st_size for file in folder.glob("*.parquet"))


def run(asked: argparse.Namespace, place: Path) -> None:
    """Write the book, run both lanes, print the figures."""
    from duecourse.book import arrow_nights, spark_nights
    from duecourse.rules.read import day_number
    from duecourse.simulator import shards

    begun = time.perf_counter()
    under = shards.write(place / "in", accounts=asked.accounts, on=DAY)
    read_bytes, day = arrow_bytes(place / "in"), day_number(DAY)
    print(
        f"book: {asked.accounts:,} accounts in {len(list((place / 'in').iterdir()))} files,"
        f" {read_bytes / MB:,.0f} MB as Arrow, {disk_bytes(place / 'in') / MB:,.0f} MB on disk"
        f" (made in {time.perf_counter() - begun:.0f} s)"
    )
    begun = time.perf_counter()
    arrow_nights.evenings_of_files(place / "in", place / "local", under=under, day=day, batch=asked.batch)
    local = time.perf_counter() - begun
    written = arrow_bytes(place / "local")
    print(f"local lane: {local:.1f} s, {asked.accounts / local:,.0f} accounts/s; {written / MB:,.0f} MB written")
    settings = {
        "spark.driver.memory": f"{cluster.LEAST_MB}m",
        "spark.executor.memory": f"{asked.heap_mb}m",
        "spark.executor.extraJavaOptions": "-XX:+UseSerialGC",
    }
    if asked.heap_mb < cluster.LEAST_MB:  # Spark's own floor is for the safety of large jobs
        settings["spark.testing.reservedMemory"] = str(asked.heap_mb * MB // 3)
    begun = time.perf_counter()
    with cluster.cluster(workers=2, cores=1, memory_mb=max(asked.heap_mb, 512), home=place) as here:
        print(f"cluster: up in {time.perf_counter() - begun:.1f} s")
        begun = time.perf_counter()
        with cluster.session(name="bench", on=here, settings=settings) as session:
            print(f"session: up in {time.perf_counter() - begun:.1f} s")
            watch = Watch(here.workers)
            watch.start()
            uris = [(place / part).as_uri() for part in ("in", "there")]
            begun = time.perf_counter()
            spark_nights.evenings_of_files(
                session, *uris, under=under, day=day, batch=asked.batch, python_mb=asked.python_mb
            )
            spent = time.perf_counter() - begun
            watch.over.set()
            watch.join()
    cap = asked.heap_mb + asked.python_mb
    print(f"cluster lane: {spent:.1f} s, {asked.accounts / spent:,.0f} accounts/s")
    print(f"  allowed: {asked.heap_mb} MB heap + {asked.python_mb} MB Python a worker, {2 * cap:,} MB in all")
    print(
        f"  held at most: {watch.both / MB:,.0f} MB in all (executors {watch.java / MB:,.0f},"
        f" Pythons {watch.python / MB:,.0f}), {watch.of_one / MB:,.0f} MB by one worker;"
        f" the two daemons beside them {watch.daemons / MB:,.0f} MB"
    )
    print(f"  ratio held/read: {watch.both / read_bytes:.2f}; held/(read + written): ", end="")
    print(f"{watch.both / (read_bytes + written):.2f}; ratio cluster/local time: {spent / local:.1f}")
    digests = [arrow_nights.digest(place / part) for part in ("local", "there")]
    print(f"  digest local   {digests[0]}\n  digest cluster {digests[1]}")
    assert digests[0] == digests[1], "the cluster's rows are not those of the local lane"
    print(f"equal; this process held at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--accounts", type=int, default=4_000_000)
    told.add_argument("--heap-mb", type=int, default=cluster.LEAST_MB)
    told.add_argument("--python-mb", type=int, default=320)
    told.add_argument("--batch", type=int, default=10_000)
    asked = told.parse_args()
    try:
        cluster.spark_home()
    except cluster.SparkNotInstalled as refusal:
        print(f"left out: {refusal}")
        return
    with scratch.database(), tempfile.TemporaryDirectory(prefix="duecourse-spark-") as place:
        import django

        django.setup()
        run(asked, Path(place))


if __name__ == "__main__":
    main()
