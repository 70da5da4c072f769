"""Who owes. A borrower is known here alone; everywhere else by an opaque id.

Words: borrower. Invariants: a person is one by keyed identity, whatever account; what identifies a person is never
stored in clear and never logged.
"""
