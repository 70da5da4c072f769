"""Published answers, computed again: files of vectors and what becomes of each.

Words: vector (one case with its published answer), shape (what a file's vectors are about), cell (one figure compared).
Invariants: an answer is computed from the vector's inputs alone, what was published is only ever compared; a shape or
a field that is not known fails by its name.
"""
