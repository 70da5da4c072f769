# 全额计息: one yuan short, and the whole statement bears 0.05% a day from the purchase day until it is paid.
# 1,000.00 x 30 days (12 January to 10 February) x 0.05% = 15.00.
line 5,000.00 at 18.25% from 2026-01-01, statement on the 1st, due 9 days later, minimum 10%,
interest from the purchase day, interest on the whole statement
2026-01-12 buys 1,000.00
2026-02-01                → statement 1,000.00, minimum 100.00
2026-02-10 pays 999.00    → owes 1.00, accrued 15.00, past due 0
2026-02-20                → accrued 20.00
2026-03-01                → charged interest 24.50, statement 25.50, minimum 24.60
2026-03-05 pays 25.50     → owes 0.00, accrued 1.50
2026-04-01                → statement 1.50
2026-04-10 pays 1.50
2026-05-01                → owes 0.00, interest so far 26.00
