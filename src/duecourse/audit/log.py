"""Append to the log; compute its root; prove and check that a leaf is in it (RFC 6962, section 2.1)."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper


def leaf_hash(body: bytes) -> bytes:
    """The hash of a leaf: SHA-256 over 0x00 and the body."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node: SHA-256 over 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of leaf hashes; of none, the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    cut = split(len(leaves))
    return node_hash(root(leaves[:cut]), root(leaves[cut:]))


def path(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """The audit path of the leaf at `place`, from the leaf up."""
    if len(leaves) == 1:
        return []
    cut = split(len(leaves))
    if place < cut:
        return [*path(leaves[:cut], place), root(leaves[cut:])]
    return [*path(leaves[cut:], place - cut), root(leaves[:cut])]


def paths(leaves: Sequence[bytes], places: Sequence[int]) -> dict[int, list[bytes]]:
    """The audit paths of several leaves; each full tree below is hashed once, however many paths go by it."""
    known: dict[tuple[int, int], bytes] = {}

    def top(first: int, end: int) -> bytes:
        if end - first == 1:
            return leaves[first]
        if (first, end) not in known:
            cut = first + split(end - first)
            known[first, end] = node_hash(top(first, cut), top(cut, end))
        return known[first, end]

    def up(place: int, first: int, end: int) -> list[bytes]:
        if end - first == 1:
            return []
        cut = first + split(end - first)
        if place < cut:
            return [*up(place, first, cut), top(cut, end)]
        return [*up(place, cut, end), top(first, cut)]

    return {place: up(place, 0, len(leaves)) for place in places}


def is_proved(*, leaf: bytes, place: int, size: int, proof: Sequence[bytes], of_root: bytes) -> bool:
    """Whether `proof` shows that the leaf hash stands at `place` of the tree of `size` leaves with this root."""
    if not 0 <= place < size:
        return False
    turns = []
    while size > 1:
        cut = split(size)
        turns.append(place < cut)
        place, size = (place, cut) if place < cut else (place - cut, size - cut)
    if len(turns) != len(proof):
        return False
    seen = leaf
    for is_left, other in zip(reversed(turns), proof, strict=True):
        seen = node_hash(seen, other) if is_left else node_hash(other, seen)
    return seen == of_root


class Grown(NamedTuple):
    """A tree as it grows: its size, its root, and the roots of the full trees that it is made of, the largest first."""

    size: int
    root: bytes
    peaks: tuple[bytes, ...]


class Added(NamedTuple):
    """Where a declaration stands in the log, its hash, and the root of the tree that ends with it."""

    place: int
    digest: bytes
    root: bytes


EMPTY = Grown(0, root([]), ())
_newest = EMPTY
"""The tree as this process last saw it: its root tells whether it is still the one that is stored."""


def with_leaf(tree: Grown, leaf: bytes) -> Grown:
    """The tree with one more leaf hash: so many hashes as it has full trees, however large it is."""
    peaks, node, size = list(tree.peaks), leaf, tree.size
    while size & 1:
        node, size = node_hash(peaks.pop(), node), size >> 1
    peaks.append(node)
    top = peaks[-1]
    for peak in reversed(peaks[:-1]):
        top = node_hash(peak, top)
    return Grown(tree.size + 1, top, tuple(peaks))


def append(body: bytes) -> Added:
    """Append one declaration; call it inside the transaction that makes it true."""
    global _newest
    digest = leaf_hash(body)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(2, 0)")
        tree = stored(cursor)
        _newest = grown = with_leaf(tree, digest)
        cursor.execute(
            "INSERT INTO audit_leaf (place, body, digest, root) VALUES (%s, %s, %s, %s)",
            [tree.size, body, digest, grown.root],
        )
    return Added(tree.size, digest, grown.root)


def stored(cursor: CursorWrapper) -> Grown:
    """The tree that is stored; its leaves are read only where this process has not seen it grow."""
    cursor.execute("SELECT place + 1, root FROM audit_leaf ORDER BY place DESC LIMIT 1")
    size, top = cursor.fetchone() or (0, EMPTY.root)
    newest = _newest
    if (newest.size, newest.root) == (size, bytes(top)):
        return newest
    cursor.execute("SELECT digest FROM audit_leaf ORDER BY place")
    tree = EMPTY
    for (digest,) in cursor.fetchall():
        tree = with_leaf(tree, bytes(digest))
    return tree
