"""Expressions over tables in memory: compiled to SQL once for tables of the same columns, on this machine.

Of a small book, compiling the features of a day takes longer than finding them. What differs from day to day stands in
the tables and never in the expression, so that one day's SQL is every day's.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import ibis
import pyarrow as pa

from duecourse.book import read

_KEPT: dict[tuple[Any, ...], tuple[str, ibis.Schema]] = {}


class Made(NamedTuple):
    """What is made of tables: `making` is a function of a module, from Ibis tables to an expression.

    tables: in the order of its arguments; None: there is none of a kind, which `making` gets as None.
    """

    making: Callable[..., Any]
    tables: tuple[pa.Table | None, ...]

    def expression(self) -> Any:
        """One expression over tables in memory, for any engine."""
        return self.making(*(None if table is None else ibis.memtable(table) for table in self.tables))

    def table(self) -> Any:
        """The same as an Ibis table of DuckDB, to ask more of."""
        engine, sql, schema = self.ready()
        return engine.sql(sql, schema=schema)

    def arrow(self, then: str = "") -> pa.Table:
        """The same as an Arrow table. then: what SQL says behind FROM; without it the rows are in no order."""
        engine, sql, schema = self.ready()
        found: pa.Table = engine.con.sql(f"FROM ({sql}) {then}").to_arrow_table()
        return found.cast(schema.to_pyarrow())

    def ready(self) -> tuple[Any, str, ibis.Schema]:
        """An engine that has the tables, the SQL over them, the columns that come out."""
        engine = read.engine()
        for number, table in enumerate(self.tables):
            if table is not None:
                engine.con.register(f"source_{number}", table)
        return (engine, *self.compiled(engine))

    def compiled(self, engine: Any) -> tuple[str, ibis.Schema]:
        """The SQL over `source_0` and so on, compiled where no tables of such columns were before."""
        key = (self.making, *(None if table is None else table.schema for table in self.tables))
        if key not in _KEPT:
            expression = self.making(
                *(
                    None
                    if table is None
                    else ibis.table(ibis.Schema.from_pyarrow(table.schema), name=f"source_{number}")
                    for number, table in enumerate(self.tables)
                )
            )
            _KEPT[key] = engine.compile(expression), expression.schema()
        return _KEPT[key]
