"""What the rows of the book are in files; the workers of a cluster know them too, who see no database."""

import pyarrow as pa

from duecourse.kernel.columns import FIELDS, NIGHT

KEYS = ("account_id", "product_id", "terms_id")
ROWS = pa.schema([(name, pa.int64()) for name in (*KEYS, *FIELDS)] + [("dues", pa.list_(pa.int64()))])
"""An account at the close of a day."""
CHANGE = pa.struct([("id", pa.int64()), ("since_day", pa.date32()), ("by", pa.string()), ("reason", pa.string())])
CORRECTIONS = pa.schema([("from_day", pa.date32()), ("through_day", pa.date32()), *ROWS, ("changes", pa.list_(CHANGE))])
"""An account at the closes of the days `from_day` to `through_day`, as it is known since; and what brought it about."""

BASES = ("ordinary_before", "late_before", "ordinary_after", "late_after", "next_event")
NUMBERS = (*KEYS, *FIELDS, *(f"night_{name}" for name in NIGHT), *BASES)
EVENINGS = pa.schema(
    [(name, pa.int64()) for name in NUMBERS] + [("dues", pa.list_(pa.int64())), ("fault", pa.string())]
)
"""An account after its evening: what the night did to it, the bases of interest before and after, its next event."""
