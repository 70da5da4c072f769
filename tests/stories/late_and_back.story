# A minimum partly met: late interest at its own rate on 50.00 only, one late fee, no purchases until it is met.
# 50.00 x 24% x 9 / 365 = 0.29 (the day of payment does not count); 720.00 x 18% x 19 / 365 = 6.74.
line 5,000.00 at 18.00% from 2026-01-01, late 24.00%, statement on the 1st, due 9 days later, minimum 10%,
late fee 15.00
2026-01-15 buys 800.00
2026-02-01                → statement 800.00, minimum 80.00
2026-02-10 pays 30.00     → overdue 50.00, past due 0, late fee 15.00, owes 785.00, purchases suspended
2026-02-11                → past due 1, bucket 1-30
2026-02-12                → past due 2, bucket 1-30, late fees so far 15.00
2026-02-20 pays 50.00     → past due 0, bucket current, overdue 0.00, owes 735.00, purchases allowed
2026-03-01                → charged interest 6.74, charged late interest 0.29, statement 742.03, minimum 94.03
2026-03-10 pays 742.03    → owes 0.00, available 5,000.00, accrued 2.84
# What grew between the statement and the payment comes with the next statement.
2026-04-01                → statement 2.84, minimum 2.84, due 2026-04-10
2026-04-10 pays 2.84      → owes 0.00
2026-05-01                → owes 0.00, interest so far 9.87, late fees so far 15.00
