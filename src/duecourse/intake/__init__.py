"""Files that come in: card books, and the rows of them that could not be taken.

Words: file, quarantine. Invariants: nothing of a file is dropped silently; a second import of the same file changes
nothing; a bad row is kept with file, row, field and reason, and can be corrected and taken again.
"""
