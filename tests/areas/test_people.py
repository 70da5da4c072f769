"""People are found and added by keyed identity."""


def test_who_is_new_is_added_in_order_and_the_same_person_once(db: str) -> None:
    from duecourse.borrowers import people

    references = [f"client {number}" for number in (3, 1, 2, 1)]
    ids = people.enrol(source="test", references=references)
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2, ids[0] + 1]
    assert people.enrol(source="test", references=references) == ids
    assert people.enrol(source="another", references=references)[0] not in ids
