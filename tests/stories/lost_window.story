# While 500.00 revolve (0.50 a day), a new purchase of 200.00 bears 0.20 a day from its own day on.
# 19 x 0.50 + 15 x 0.20 = 12.50. Once all is paid, the window is back.
line 5,000.00 at 36.50% from 2026-01-01, statement on the 1st, due 9 days later, minimum 10%,
new purchases lose the window
2026-01-15 buys 1,000.00
2026-02-01                → statement 1,000.00
2026-02-10 pays 500.00    → owes 500.00
2026-02-15 buys 200.00    → accrued 2.70
2026-03-01                → charged interest 12.50, statement 712.50, minimum 82.50
2026-03-10 pays 712.50    → owes 0.00, accrued 5.60
2026-03-12 buys 300.00
2026-04-01                → statement 305.60
2026-04-10 pays 305.60
2026-05-01                → owes 0.00, interest so far 18.10
