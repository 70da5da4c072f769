# Where the terms let refunds meet the minimum, the same life has nothing past due.
line 5,000.00 at 18.00% from 2026-01-01, statement on the 1st, due 9 days later, minimum 10%,
refunds meet the minimum
2026-01-10 buys 1,000.00
2026-02-01                    → statement 1,000.00, minimum 100.00
2026-02-05 is refunded 100.00 → owes 900.00
2026-02-11                    → past due 0, overdue 0.00
