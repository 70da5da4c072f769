"""The arithmetic of credit: pure functions over ints and named tuples.

No clock, no database, no logging; imports only itself. Money is whole minor units (`_minor`, or a bare amount),
rates are parts per million a year (`_ppm`), days are day numbers (days since 1970-01-01).

Two lanes, one source: every function here runs as plain Python for one account; `lanes` compiles the same
functions for a shard held as columns. It is the only file that knows numba.
"""
