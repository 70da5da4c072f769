# The same life without that term. Ordinary: 900.00 x 9 days + 810.00 x 22 days = 25.92. Late: 90.00 x 22 days = 1.98.
line 5,000.00 at 36.50% from 2026-01-01, statement on the 1st, due 9 days later, minimum 10%
2026-01-15 buys 1,000.00
2026-02-10 pays 100.00
2026-03-01                → charged interest 17.10, statement 917.10, minimum 107.10
2026-04-01                → charged interest 25.92, charged late interest 1.98
