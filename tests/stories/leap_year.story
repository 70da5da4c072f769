# On the actual basis a day of 2024 is 1/366 of a year and a day of 2023 is 1/365.
# 913.50 from 11 to 31 December: 913.50 x 36.6% x 21 / 365 = 19.2361; and 1 January: 913.50 x 36.6% / 366 = 0.9135.
line 5,000.00 at 36.60% from 2023-11-01, statement on the 1st, due 9 days later, minimum 10%, actual days a year
2023-11-15 buys 1,015.00
2023-12-10 pays 101.50 → accrued 0.00, overdue 0.00, owes 913.50
2023-12-31             → accrued 19.23
2024-01-01             → charged interest 20.14, statement 933.64
