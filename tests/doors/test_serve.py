"""Where the pages may be served, and where not."""

import socket

import pytest


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "lender.example"])
def test_a_demo_is_served_to_this_machine_alone(host: str) -> None:
    from duecourse.web import serve

    with pytest.raises(serve.DemoNotOnLoopback) as refused:
        serve.serve(host=host, port=0, demo=True)
    assert refused.value.code == "demo_not_on_loopback"


def test_a_demo_told_by_the_environment_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.web import serve

    monkeypatch.setenv("DUECOURSE_DEMO", "1")
    with pytest.raises(serve.DemoNotOnLoopback):
        serve.serve(host="0.0.0.0", port=0)


def test_a_port_that_is_taken_is_refused_by_code() -> None:
    from duecourse.web import serve

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(serve.PortInUse) as refused:
            serve.serve(port=taken.getsockname()[1])
    assert refused.value.code == "port_in_use"


def test_an_address_that_is_not_ours_is_refused_by_code() -> None:
    from duecourse.web import serve

    with pytest.raises(serve.BadAddress) as refused:
        serve.serve(host="192.0.2.7", port=8000)
    assert refused.value.code == "bad_address"


def test_loopback_is_told_from_the_rest() -> None:
    from duecourse.web.serve import is_loopback

    assert [is_loopback(host) for host in ("127.0.0.1", "127.8.0.1", "::1", "localhost")] == [True] * 4
    assert [is_loopback(host) for host in ("0.0.0.0", "10.0.0.1", "localhost.example", "")] == [False] * 4
