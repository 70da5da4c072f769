"""Every word of a page is there in 中文, and what is compiled is what was written."""


def test_nothing_that_a_page_says_is_untranslated() -> None:
    from duecourse.web import wording

    written = wording.read(wording.PLACE)
    assert wording.untranslated(written) == []
    said = set(wording.said())
    assert len(said) > 100
    assert sorted(said - {message.id for message in written}) == []
    assert sorted({str(message.id) for message in written if message.id} - said) == []


def test_translations_keep_what_is_filled_in() -> None:
    import re

    from duecourse.web import wording

    for message in wording.read(wording.PLACE):
        if message.id:
            fields = [sorted(re.findall(r"%\(\w+\)s", str(text))) for text in (message.id, message.string)]
            assert fields[0] == fields[1], message.id


def test_the_compiled_words_are_the_written_ones() -> None:
    from babel.messages.mofile import read_mo

    from duecourse.web import wording

    with wording.PLACE.with_suffix(".mo").open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file) if message.id}
    written = {message.id: message.string for message in wording.read(wording.PLACE) if message.id}
    assert compiled == written
