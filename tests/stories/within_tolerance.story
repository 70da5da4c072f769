# A minimum met within 5% counts as met: 95.00 of 100.00. And what is over the limit is part of the minimum.
line 1,000.00 at 18.00% from 2026-01-01, statement on the 1st, due 9 days later, minimum 10%, late fee 15.00,
met within 5%
2026-01-10 buys 1,000.00
2026-02-01                → statement 1,000.00, minimum 100.00
2026-02-10 pays 95.00     → past due 0, overdue 0.00, late fee 0.00
2026-02-11                → past due 0, purchases allowed
2026-02-20 buys 295.00    → available -200.00
# 905.00 x 18% x 19 / 365 = 8.47; 10% of 1,200.00 + 8.47 + 200.00 over the limit
2026-03-01                → statement 1,208.47, minimum 328.47
