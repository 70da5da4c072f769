# By these terms the whole statement is past due once its minimum is missed: 1,880.00 at 0.15% a day, and no ordinary
# interest beside it. The late fee is 5% of the 80.00 that were unmet, but at least 5.00.
line 5,000.00 at 36.50% from 2026-01-01, late 54.75%, statement on the 1st, due 9 days later, minimum 10%,
the whole statement past due, late fee 5% of the unmet minimum between 5.00 and 100.00
2026-01-15 buys 2,000.00
2026-02-01                → statement 2,000.00, minimum 200.00
2026-02-10 pays 120.00    → overdue 1,880.00, late fee 5.00, owes 1,885.00, purchases suspended
2026-02-11                → past due 1, late accrued 2.82, accrued 0.00
2026-02-20 pays 80.00     → overdue 1,800.00, past due 10, late accrued 28.08
2026-02-21 pays 1,800.00  → past due 0, purchases allowed, owes 5.00
2026-03-01                → charged interest 0.00, charged late interest 28.08, statement 33.08, minimum 33.08
