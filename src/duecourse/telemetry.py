"""Traces and metrics by OpenTelemetry, off unless DUECOURSE_OTLP names a collector; nothing about a person is in them.

A span says what kind of work was done, how long it took, how many statements it asked of the database, and how it
came out: routes, days, shards, counts, codes. No address, no statement, no value of one, no text of a fault. Where it
is off, nothing of OpenTelemetry is loaded.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from django.db import connection

SERVICE = "duecourse"
EVERY_MS = 15_000
"""How often the metrics go out; spans go as they are many."""
Answer = TypeVar("Answer")
Job = TypeVar("Job", bound=Callable[..., Counter[str]])
ALONE = threading.Lock()


class Telling(NamedTuple):
    """What is told to a collector while this process runs."""

    now: Callable[[], float]
    tracer: Any
    seconds: Any
    statements: Any
    outcomes: Any
    parts: tuple[Any, ...]


ON: list[Telling] = []
"""What is told, once it was begun; empty while it is off."""


class Span:
    """A piece of work under way; where nothing is told it takes in what is said of it and does no more."""

    def __init__(self, span: Any = None) -> None:
        self.span = span
        self.said: dict[str, str | int | bool] = {}

    def says(self, **said: str | int | bool) -> None:
        """Say more of it: counts, codes, days, never what is a person's."""
        self.said |= said
        if self.span is not None:
            self.span.set_attributes({f"duecourse.{name}": value for name, value in said.items()})


def begin(*, url: str, role: str, seconds: Callable[[], float]) -> None:
    """Tell a collector at this address (OTLP over HTTP) of the work of this process, from now on; "" nothing.

    seconds: a count of seconds, by which is measured how long work takes.
    """
    with ALONE:
        if not url or ON:
            return
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        place, who = url.rstrip("/"), Resource({"service.name": SERVICE, "duecourse.role": role})
        traces = TracerProvider(resource=who)
        traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{place}/v1/traces")))
        every = PeriodicExportingMetricReader(OTLPMetricExporter(endpoint=f"{place}/v1/metrics"), EVERY_MS)
        metrics = MeterProvider(resource=who, metric_readers=[every])
        meter = metrics.get_meter(SERVICE)
        ON.append(
            Telling(
                seconds,
                traces.get_tracer(SERVICE),
                meter.create_histogram("duecourse.work.duration", "s", "How long a piece of work took."),
                meter.create_histogram("duecourse.work.statements", "1", "Statements that it asked of the database."),
                meter.create_counter("duecourse.outcomes", "1", "What came out of messages, webhooks, closes."),
                (traces, metrics),
            )
        )


def end() -> None:
    """Send what is left, and tell no more."""
    with ALONE:
        for telling in ON:
            for part in telling.parts:
                part.shutdown()
        ON.clear()


@contextmanager
def span(kind: str, **said: str | int | bool) -> Iterator[Span]:
    """A piece of work of a kind, with what is said of it; a fault is told by its kind alone, and goes on.

    What is said at its end under `of` names it in the metrics (the route of a request).
    """
    if not ON:
        yield Span()
        return
    from opentelemetry.trace import Status, StatusCode

    telling, count = ON[0], [0]

    def seen(execute: Callable[..., Any], sql: Any, values: Any, many: bool, context: Any) -> Any:
        count[0] += 1
        return execute(sql, values, many, context)

    with telling.tracer.start_as_current_span(kind, record_exception=False, set_status_on_exception=False) as told:
        one = Span(told)
        one.says(**said)
        began = telling.now()
        try:
            with connection.execute_wrapper(seen):
                yield one
        except BaseException as fault:
            one.says(fault=type(fault).__name__)
            told.set_status(Status(StatusCode.ERROR))
            raise
        finally:
            one.says(statements=count[0])
            by = {"kind": kind, "of": str(one.said.get("of", ""))}
            telling.seconds.record(telling.now() - began, by)
            telling.statements.record(count[0], by)


def counted(kind: str, outcomes: dict[str, int]) -> None:
    """Count what came out of a kind of work."""
    for outcome, count in outcomes.items() if ON else ():
        ON[0].outcomes.add(count, {"kind": kind, "outcome": outcome})


def job(kind: str) -> Callable[[Job], Job]:
    """Tell of work that answers how many came to which outcome: one span, and each outcome counted."""

    def of(work: Job) -> Job:
        @wraps(work)
        def told(*args: Any, **named: Any) -> Counter[str]:
            with span(kind) as one:
                came = work(*args, **named)
                one.says(done=came.total())
            counted(kind, came)
            return came

        return told  # type: ignore[return-value]

    return of


def carried(work: Callable[..., Answer]) -> Callable[..., Answer]:
    """The same work for another thread, as part of what is under way here."""
    context = copy_context()

    def there(*args: Any) -> Answer:
        return context.run(work, *args)

    return there
