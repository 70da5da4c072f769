# 40.00 of February's minimum stay past due from February's due day; March's payment meets them first.
# March: 900.00 x 18% x 19 / 365 = 8.43, 40.00 x 18% x 19 / 365 = 0.37; minimum 90.00 + 8.80 + 40.00 past due.
line 5,000.00 at 18.00% from 2026-01-01, statement on the 1st, due 9 days later, minimum 10%
2026-01-15 buys 1,000.00
2026-02-01                → statement 1,000.00, minimum 100.00
2026-02-10 pays 60.00     → overdue 40.00, past due 0
2026-03-01                → past due 19, statement 948.80, minimum 138.80, due 2026-03-10
2026-03-09                → past due 27, overdue 40.00
2026-03-10 pays 60.00     → past due 0, overdue 78.80
2026-03-11                → past due 1
2026-03-12 pays 78.80     → past due 0, overdue 0.00, purchases allowed, owes 810.00
