"""The command that writes the features of a day, by the engine that is asked for."""

import contextlib
import os
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from duecourse import embedded

from .commands import DAY, EXISTING, console, main, ready


@main.command()
@click.option("--day", required=True, type=DAY, help="A sealed day.")
@click.option("--product", type=click.Choice(["line", "loan"]), default="line", show_default=True)
@click.option("--out", required=True, type=EXISTING, help="Where the Parquet file goes.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True)
@click.option("--master", help="The URL of a Spark cluster; without it, two workers are started on this machine.")
@click.option("--shared", type=EXISTING, help="A folder that all workers of the cluster see under the same path.")
def features(day: datetime, product: str, out: Path, engine: str, master: str | None, shared: Path | None) -> None:
    """Write what was known of each line or loan at the close of a day: its features, a row an account."""
    if engine != "spark" and (master or shared):
        raise click.UsageError("--master and --shared are for --engine spark")
    ready()
    from duecourse.book import parquet
    from duecourse.risk import engines

    on = day.date()
    told = on_spark(on, product, master, shared) if engine == "spark" else engines.on_duckdb(day=on, product=product)
    parquet.write(told, out.resolve())
    console.print(f"{told.num_rows:,} accounts, {told.num_columns} columns in {out}")


def on_spark(day: date, product: str, master: str | None, shared: Path | None) -> Any:
    """The features by a cluster: the one that is named, or one that is started for it."""
    from duecourse import cluster
    from duecourse.risk import engines

    place = shared or embedded.home() / "spark"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        on = master or held.enter_context(cluster.cluster(settings={"spark.sql.shuffle.partitions": "8"}))
        folder = held.enter_context(tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-features-", dir=place))
        session = held.enter_context(cluster.session(name="duecourse features", on=on, settings=DRIVER))
        return engines.on_spark(day=day, product=product, session=session, folder=Path(folder).resolve())


DRIVER = {"spark.driver.memory": "1g"}
"""The features of all accounts come back through it."""
