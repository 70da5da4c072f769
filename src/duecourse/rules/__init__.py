"""What changes without code: law by place and the house's own products, dated and cited, as TOML.

Words: product, class, stage. Invariants: every row of law has a day from which it holds, a citation and whether it was
verified; the row in force on a day is the latest that began on or before it; a missing rule is refused, not guessed.
"""
