"""The features of a day by the engine that is chosen: DuckDB on this machine, or a Spark cluster. One expression."""

from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.operations as ops
import pyarrow as pa
import pyarrow.parquet as pq

from . import features


def on_duckdb(*, day: date, product: str = "line") -> pa.Table:
    """The features of a sealed day, in order of account, computed on this machine."""
    return features.PRODUCTS[product].made(day).arrow("ORDER BY account_id")


def on_spark(*, day: date, session: Any, folder: Path, product: str = "line") -> pa.Table:
    """The features of a sealed day, in order of account, computed on a cluster.

    What they are made of is written as Parquet to `folder`, which every worker must see under the same path.
    """
    return computed(features.PRODUCTS[product].made(day).expression(), session=session, folder=folder)


def computed(expression: Any, *, session: Any, folder: Path) -> pa.Table:
    """What an expression over tables in memory comes to on a cluster, which reads these tables as files of a folder.

    Answers the rows in order of account.
    """
    engine = ibis.pyspark.connect(session)
    told = expression.op()
    read = {}
    for number, table in enumerate(told.find(ops.InMemoryTable)):
        place = folder / f"source-{number}.parquet"
        pq.write_table(table.data.to_pyarrow(table.schema), place, compression="zstd")
        read[table] = engine.read_parquet(place.as_uri(), table_name=f"source_{number}").op()
    found: pa.Table = engine.to_pyarrow(told.replace(read).to_expr())
    return found.sort_by("account_id")
