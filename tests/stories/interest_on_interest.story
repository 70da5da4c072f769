# Only where the terms say so: 17.10 of billed interest bear interest too.
# Ordinary: 917.10 x 9 days + 810.00 x 22 days at 0.1% = 26.07. Late: 107.10 x 22 days = 2.35.
line 5,000.00 at 36.50% from 2026-01-01, statement on the 1st, due 9 days later, minimum 10%, interest on interest
2026-01-15 buys 1,000.00
2026-02-10 pays 100.00
2026-03-01                → charged interest 17.10, statement 917.10, minimum 107.10
2026-04-01                → charged interest 26.07, charged late interest 2.35
