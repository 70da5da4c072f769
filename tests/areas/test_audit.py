"""The transparency log: RFC 6962's tree, its proofs, and what is kept."""

from datetime import date

import pytest

# The eight leaves, the roots and the audit paths with which implementations of Certificate Transparency are tested.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = [
    (0, 1, []),
    (0, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (5, 8, [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (1, 5, [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
]  # fmt: skip


@pytest.mark.usefixtures("server")
def test_roots_are_those_of_the_rfc() -> None:
    from duecourse.audit import log

    hashes = [log.leaf_hash(leaf) for leaf in LEAVES]
    for size, expected in enumerate(ROOTS):
        assert log.root(hashes[:size]).hex() == expected


@pytest.mark.usefixtures("server")
def test_paths_are_those_of_the_rfc() -> None:
    from duecourse.audit import log

    hashes = [log.leaf_hash(leaf) for leaf in LEAVES]
    for place, size, expected in PATHS:
        assert [node.hex() for node in log.path(hashes[:size], place)] == expected


@pytest.mark.usefixtures("server")
def test_every_leaf_of_every_small_tree_is_proved_and_nothing_else_is() -> None:
    from duecourse.audit import log

    hashes = [log.leaf_hash(bytes([i])) for i in range(41)]
    for size in range(1, 41):
        root = log.root(hashes[:size])
        for place in range(size):
            proof = log.path(hashes[:size], place)
            told = {"place": place, "size": size, "proof": proof, "of_root": root}
            assert log.is_proved(leaf=hashes[place], **told)
            assert not log.is_proved(leaf=hashes[40], **told)
            assert not log.is_proved(leaf=hashes[place], **{**told, "of_root": log.root(hashes[: size + 1])})
            assert not log.is_proved(leaf=hashes[place], **{**told, "proof": [*proof, root]})
            if proof:
                assert not log.is_proved(leaf=hashes[place], **{**told, "proof": proof[:-1]})
                assert not log.is_proved(leaf=hashes[place], **{**told, "proof": [hashes[40], *proof[1:]]})
            for outside in (-1, size, size + 1):
                assert not log.is_proved(leaf=hashes[place], **{**told, "place": outside})


def test_a_seal_stands_in_the_log_with_the_root_over_all_before(db: str) -> None:
    import json

    from duecourse.audit import log
    from duecourse.audit.tables import Leaf
    from duecourse.book import close
    from duecourse.book.tables import Day
    from duecourse.servicing import accounts

    accounts.open_line(number="L", borrower_id=1, product="card_tw_2005", limit_minor=100, on=date(2005, 4, 1))
    close.through(date(2005, 4, 3))
    leaves = list(Leaf.objects.order_by("place"))
    hashes = [bytes(leaf.digest) for leaf in leaves]
    for i, day in enumerate(Day.objects.order_by("day")):
        assert day.audit_place == i
        assert json.loads(bytes(leaves[i].body))["day"] == str(day.day)
        assert log.leaf_hash(bytes(leaves[i].body)) == hashes[i] == bytes(day.digest)
        assert bytes(leaves[i].root) == log.root(hashes[: i + 1])
    assert len(leaves) == 3


def test_a_leaf_is_appended_with_the_root_over_all_before_whoever_appended_them(db: str) -> None:
    """Also after a transaction that was taken back, and in a process that has not seen the tree grow."""
    from django.db import transaction

    from duecourse.audit import log
    from duecourse.audit.tables import Leaf

    hashes: list[bytes] = []
    for i in range(41):
        if i % 5 == 3:
            with transaction.atomic():
                log.append(b"taken back")
                transaction.set_rollback(True)
        if i % 7 == 6:
            log._newest = log.EMPTY
        hashes.append(log.leaf_hash(bytes([i])))
        leaf = log.append(bytes([i]))
        assert (leaf.place, leaf.digest, leaf.root) == (i, hashes[i], log.root(hashes))
    assert [bytes(leaf.root) for leaf in Leaf.objects.order_by("place")] == [
        log.root(hashes[: i + 1]) for i in range(41)
    ]
