# 10 May 2026 is a Sunday: the due day is Monday, and days past due count from Monday.
line 5,000.00 at 18.00% from 2026-04-01, statement on the 1st, due 9 days later, minimum 10%,
moved to the next business day
2026-04-20 buys 400.00
2026-05-01                → statement 400.00, minimum 40.00, due 2026-05-11
2026-05-10                → past due 0, overdue 0.00, purchases allowed
2026-05-11                → past due 0, overdue 40.00
2026-05-12                → past due 1
