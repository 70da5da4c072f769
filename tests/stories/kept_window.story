# The same life where new purchases keep their window: only the 500.00 bear interest, 19 x 0.50 = 9.50.
line 5,000.00 at 36.50% from 2026-01-01, statement on the 1st, due 9 days later, minimum 10%
2026-01-15 buys 1,000.00
2026-02-01                → statement 1,000.00
2026-02-10 pays 500.00    → owes 500.00
2026-02-15 buys 200.00    → accrued 2.50
2026-03-01                → charged interest 9.50, statement 709.50, minimum 79.50
