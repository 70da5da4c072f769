"""The first warning: who, now in order, will miss what falls due next, and why.

Words: warning, watch list, chance (parts per million where stored), reason, model card.

Invariants: a feature of a day is computed from what was known at the close of that day; a model scores no day before
the last that it was trained on; a reason states a fact of the account's own and only what raised its chance; a chance
written for a day, account and model is never changed.
"""
