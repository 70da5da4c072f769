# Nothing is paid for five months: buckets, IFRS 9 stages, the five classes, income suspended; then all is paid.
# 36.5% of 1,600.00 is 1.60 a day.
line 10,000.00 at 36.50% from 2026-01-01, statement on the 1st, due 9 days later, minimum 50%,
no income from 90 days past due
2026-01-20 buys 1,600.00
2026-02-01                → statement 1,600.00, minimum 800.00, due 2026-02-10
2026-02-10                → past due 0, bucket current, class normal, stage 1
2026-02-11                → past due 1, bucket 1-30, class special mention, stage 1, purchases suspended
2026-03-01                → statement 1,630.40, minimum 1,230.40, charged interest 15.20, charged late interest 15.20
2026-03-12                → past due 30, bucket 1-30, stage 1
2026-03-13                → past due 31, bucket 31-60, stage 2
2026-04-01                → statement 1,680.00, minimum 1,480.00
2026-05-01                → statement 1,728.00, minimum 1,628.00, past due 80, bucket 61-90
2026-05-11                → past due 90, bucket 61-90, stage 2, class special mention
2026-05-12                → past due 91, bucket 91-120, stage 3, class substandard
2026-06-01                → statement 1,777.60, suspended income 0.00
2026-06-11                → past due 121, class doubtful
2026-07-01                → statement 1,825.60, suspended income 48.00, bucket 121-150
2026-07-05 pays 1,825.60  → owes 0.00, suspended income 0.00, past due 0, bucket current, purchases allowed, accrued 0.15, late accrued 4.65
2026-08-01                → statement 4.80, stage 1, suspended income 0.00
