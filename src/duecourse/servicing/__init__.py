"""An account's life: opening, purchases, refunds, payments, their reversal, statements.

Words: account, line, terms, purchase, payment, reversal, replay, statement, excess. Invariants: terms are frozen at
opening; every change of money is an entry made in the same transaction as the balance row; a refused action leaves
no trace in the money. Decide with the kernel (pure), then post.
"""
