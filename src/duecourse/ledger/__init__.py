"""What happened to the money. Append-only.

Words: entry, posting, control account, reversal, effective and booked day. An entry is one row with one column for each
control account, debit positive; `ledger_posting` shows its debits and credits. A balance row is one account tonight:
the kernel's numbers and its open dues.

Invariants: the columns of an entry sum to zero (a CHECK); entries are never changed nor removed (guards.sql); the same
request key with the same body answers the first result. The ledger never learns a person's name.
"""
