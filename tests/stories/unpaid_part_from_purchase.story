# Only the unpaid 400.00 bear interest, but from the purchase day: 400.00 x 30 x 0.05% = 6.00, then 0.20 a day.
line 5,000.00 at 18.25% from 2026-01-01, statement on the 1st, due 9 days later, minimum 10%,
interest from the purchase day
2026-01-12 buys 1,000.00
2026-02-01                → statement 1,000.00
2026-02-10 pays 600.00    → owes 400.00, accrued 6.00
2026-02-15                → accrued 7.00
2026-03-01                → charged interest 9.80, statement 409.80
