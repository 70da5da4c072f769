"""Who reaches the book from outside: a partner's keys, what each key may see and do, how often, and what is told back.

A partner is a party of the ledger or the lender itself. A lender's key sees every account; a party's key those that
it owns or funds on the open day, and nothing tells it that there are others. A key is kept as its digest. A request
that changes something is done once for its idempotency key, and its answer is kept with what it did.
"""
