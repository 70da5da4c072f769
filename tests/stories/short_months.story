# A statement on the 31st comes on the last day of a shorter month; a purchase on that day is on it.
line 1,000.00 at 18.00% from 2024-01-05, statement on the 31st, due 20 days later, minimum 10%
2024-01-10 buys 100.00
2024-01-31                → statement 100.00, due 2024-02-20
2024-02-20 pays 100.00    → owes 0.00
2024-02-21 buys 50.00
2024-02-29                → statement 50.00, due 2024-03-20
2024-03-20 pays 50.00
2024-03-31 buys 25.00     → statement 25.00, due 2024-04-20
2024-04-20 pays 25.00
2024-04-30 buys 10.00     → statement 10.00, due 2024-05-20
