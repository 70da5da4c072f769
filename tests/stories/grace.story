# Three days of grace put off the fee and the suspension; days past due count from the due day all the same.
line 5,000.00 at 18.00% from 2026-01-01, statement on the 1st, due 9 days later, minimum 10%, late fee 25.00,
3 days of grace
2026-01-15 buys 800.00
2026-02-01                → minimum 80.00
2026-02-10                → overdue 80.00, late fee 0.00, purchases allowed
2026-02-12                → past due 2, late fee 0.00, purchases allowed
2026-02-13                → past due 3, late fee 25.00, purchases suspended
2026-02-14                → late fee 0.00, late fees so far 25.00
2026-02-15 pays 80.00     → past due 0, purchases allowed
# March: 72.00 + 6.74 + 0.15 late interest (80.00, four days) + the fee. It is met within its grace: no second fee.
2026-03-01                → late fees so far 25.00, minimum 103.89
2026-03-12 pays 103.89    → past due 0
2026-03-20                → late fees so far 25.00
