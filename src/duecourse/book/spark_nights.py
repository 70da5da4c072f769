"""The evening of lines that lie in Parquet files, on a Spark cluster: the same lane, batch by batch, on its workers.

Spark reads the files and writes what comes out; between the two each worker's Python runs `arrow_nights.evenings`
over Arrow batches of at most so many rows, so what a worker holds does not grow with the book. A worker needs this
package and the folder of the files, under the same path.
"""

import resource
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import pyarrow as pa

from . import arrow_nights
from .arrow_nights import BATCH, Under
from .schemas import EVENINGS, ROWS

ROW_GROUP_BYTES = 8 * 2**20
"""What Spark's writer of Parquet gathers before it writes: its own 128 MB would not fit in a small heap."""


def evenings_of_files(
    session: Any,
    source: str,
    out: str,
    *,
    under: Mapping[int, Under],
    day: int,
    batch: int = BATCH,
    python_mb: int | None = None,
) -> None:
    """Run an evening over all Parquet files of a folder into files of a new folder, both named by URI.

    `python_mb`: what a worker's Python may allocate at most; it fails with MemoryError above.
    """
    from pyspark.sql.pandas.types import from_arrow_schema

    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(batch))
    rows = session.read.schema(from_arrow_schema(ROWS)).parquet(source)
    lane = partial(capped, under=dict(under), day=day, python_mb=python_mb)
    done = rows.mapInArrow(lane, from_arrow_schema(EVENINGS))
    done.write.option("parquet.block.size", ROW_GROUP_BYTES).parquet(out)


def capped(
    batches: Iterable[pa.RecordBatch], *, under: Mapping[int, Under], day: int, python_mb: int | None
) -> Iterator[pa.RecordBatch]:
    """`arrow_nights.evenings` in a process that may not allocate more than it is allowed."""
    if python_mb is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (python_mb * 2**20, hard))
    yield from arrow_nights.evenings(batches, under=under, day=day)
