"""Whatever a service answers and whenever a sender dies, a message is taken at most once, and ends."""

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "areas"))
TAKEN = (200, 500, 502, 504)
"""Answers after which the service has the message, or may have it."""
DIES_BEFORE, DIES_AFTER = "dies before", "dies after"
EVENTS = st.lists(
    st.sampled_from([200, 400, 429, 500, 502, 503, 504, DIES_BEFORE, DIES_AFTER]), min_size=1, max_size=8
)  # fmt: skip


class Died(BaseException):
    """What ends a sender where it stands."""


@pytest.mark.usefixtures("module_db")
@settings(max_examples=12)
@given(events=EVENTS)
def test_a_message_is_taken_at_most_once_and_ends(
    events: list[int | str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    import sending
    from django.test import override_settings

    from duecourse.outreach import messages, send

    with sending.http_gateway() as (gateway, port):
        path = sending.channels_file(tmp_path_factory.mktemp("channels"), http_port=port)
        person = sending.somebody(f"law {tmp_path_factory.mktemp('law').name}")
        key = f"law {person} {len(events)}"
        message = sending.queue(person, sending.point(person, "phone", "+8613900000000"), "sms", key=key)
        clock, answered, taken = sending.Clock(), send.answered, 0
        for event in [*events, *[200] * 6]:
            before = len(gateway.got)
            gateway.answers = [event] if isinstance(event, int) else []
            if event == DIES_BEFORE:
                hand_over, send.Sender.hand_over = send.Sender.hand_over, dying
            elif event == DIES_AFTER:
                send.answered = dying
            try:
                with override_settings(CHANNELS=path):
                    sending.deliver(clock)
            except Died:
                pass
            finally:
                send.answered = answered
                if event == DIES_BEFORE:
                    send.Sender.hand_over = hand_over
            if len(gateway.got) > before:
                taken += event in (*TAKEN, DIES_AFTER)
            clock.move(minutes=20)
        last = messages.last(message)
        assert last is not None
        assert taken <= 1
        assert last.step in messages.ENDS or (last.step == messages.FAILED and last.next_at is None)
        assert (last.step == messages.SENT) <= (taken == 1)


def dying(*told: object) -> None:
    """A sender's end."""
    raise Died
