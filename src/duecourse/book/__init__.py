"""The book, day by day: close, seal, check, read.

Words: close, seal, shard, run, agenda, set aside. A close runs the evening of every account on the day's agenda, shard
by shard; a day is sealed when every shard is in and none of its accounts is set aside.

Invariants: closing twice equals closing once; day by day equals catching up; what was sealed stays readable.
"""
