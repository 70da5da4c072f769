# Refunds before and after the statement, a credit balance, and purchases that use it up.
line 1,000.00 at 18.00% from 2026-01-01, statement on the 1st, due 9 days later, minimum 10%
2026-01-10 buys 300.00
2026-01-20 is refunded 50.00  → owes 250.00
2026-02-01                    → statement 250.00, minimum 25.00
2026-02-05 buys 100.00
# It counts towards the statement, not towards the purchase of four days ago: the statement is paid in full.
2026-02-06 is refunded 250.00 → owes 100.00, available 900.00
2026-02-10                    → past due 0, overdue 0.00
2026-03-01                    → statement 100.00, interest so far 0.00
2026-03-05 pays 150.00        → owes 0.00, credit balance 50.00, available 1,050.00
2026-03-20 buys 80.00         → owes 30.00, credit balance 0.00, available 970.00
2026-04-01                    → statement 30.00, minimum 3.00
2026-04-10 pays 45.00         → credit balance 15.00
2026-05-01                    → statement -15.00, minimum 0.00, due never
