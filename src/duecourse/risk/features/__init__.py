"""Features: what is known of an account on a day, as named Ibis expressions with a direction and words.

`feature` is what one is; `line` has those of lines, `line_months` their months in columns, `line_placed` brings what
happened into these columns, `line_book` finds it in the sealed days; `line_beside` and `loan_beside` have those of what
stands beside the months, `beside_book` finds its facts; `loan` has those of installment loans, `loan_book` their facts
in the sealed days; `products` names both. The same expressions run on DuckDB, where `compiled` keeps their SQL, and on
Spark.

Invariant: a feature of a day is computed from what was known at the close of that day.
"""

from .feature import Feature, aggregate
from .line import LINE
from .line_beside import BESIDE
from .line_book import DIRECTION, FEATURES, Sources, sources, table, table_of
from .line_months import FACTS, History
from .products import LINES, LOANS, PRODUCTS, Product

__all__ = [
    "BESIDE",
    "DIRECTION",
    "FACTS",
    "FEATURES",
    "LINE",
    "LINES",
    "LOANS",
    "PRODUCTS",
    "Feature",
    "History",
    "Product",
    "Sources",
    "aggregate",
    "sources",
    "table",
    "table_of",
]
