# Paid in full by the due day: no interest, and the limit is back.
line 5,000.00 at 18.00% from 2026-01-01, statement on the 1st, due 9 days later, minimum 10%
2026-01-15 buys 800.00    → owes 800.00, available 4,200.00, purchases allowed
2026-02-01                → statement 800.00, minimum 80.00, due 2026-02-10
2026-02-10 pays 800.00    → owes 0.00, available 5,000.00, past due 0
2026-03-01                → owes 0.00, interest so far 0.00
