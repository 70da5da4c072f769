"""Recovery: what is past due as work on persons, by strategies that were tried and approved, lawful at each step.

Words: case, stage, treatment, strategy, arm, queue. Invariants: a case is one person with all accounts; it moves on
sealed days only, by the strategy that is live; each move is a row with the strategy, the rule of its table and what it
saw; who is in the control group gets nothing extra; whether a contact may be made is the contact gate's to say.
"""
