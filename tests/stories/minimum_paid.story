# The minimum is met, the rest bears interest from the day after the due day: 720.00 x 18% x 19 / 365 = 6.74.
line 5,000.00 at 18.00% from 2026-01-01, statement on the 1st, due 9 days later, minimum 10%
2026-01-15 buys 800.00
2026-02-01                → statement 800.00, minimum 80.00, due 2026-02-10
2026-02-10 pays 80.00     → owes 720.00, past due 0, bucket current, accrued 0.00, purchases allowed
2026-02-11                → accrued 0.35
2026-03-01                → charged interest 6.74, statement 726.74, minimum 78.74, due 2026-03-10
