"""Simulated borrowers: where no real file is at hand, and to load-test.

Words: borrower, habit, shock, margin. Margins are figures of the card data that the simulated book is held to
(margins); borrowers decide from what they really see, their statement (borrowers); the days go through the same
servicing and close as any other book (run). Invariants: the same seed gives the same book; an interrupted run goes on
to the same end.
"""
