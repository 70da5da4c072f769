"""The schema of the API holds: whatever it allows to be sent is answered as it says, and never by a fault of ours.

In a book of four lines and a loan, by Schemathesis over WSGI; a few requests for each operation, always the same ones.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from api import key_of
from hypothesis import HealthCheck, given, settings

EXAMPLES = 4
"""How many requests each operation gets."""


@pytest.fixture(scope="module")
def schema(book: dict[str, int]) -> Any:
    """The schema as it is served, with a key that may do everything, as often as it likes."""
    import schemathesis

    from duecourse.web.wsgi import application

    key = key_of("lender", per_minute=60_000)
    found = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, headers={"Host": "127.0.0.1"})
    found.key = key
    return found


def test_the_schema_is_openapi_3_1_and_names_the_scope_of_each_operation(schema: Any) -> None:
    from duecourse.partners import keys

    told = schema.raw_schema
    assert told["openapi"].startswith("3.1")
    operations = [one for methods in told["paths"].values() for one in methods.values()]
    assert len(operations) > 55
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert {one["x-scope"] for one in operations} == set(keys.OF_LENDER)
    assert [one["operationId"] for one in operations if not one["security"]] == []


def test_every_act_of_servicing_has_a_shape(schema: Any) -> None:
    from duecourse.intake import act_kinds

    told = schema.raw_schema["components"]["schemas"]
    for name, is_loan in (("LineAct", False), ("LoanAct", True)):
        assert set(told[name]["discriminator"]["mapping"]) == set(act_kinds.kinds(is_loan=is_loan))


def test_no_two_shapes_share_a_name(schema: Any) -> None:
    """The schema keeps shapes by name: of two with one name, one would be told as the other."""
    from ninja import Schema

    def below(shape: type) -> Iterator[type]:
        for one in shape.__subclasses__():
            yield one
            yield from below(one)

    own = ("NinjaResponse", "QueryParams", "PathParams", "BodyParams", "HeaderParams")
    names = Counter(one.__name__ for one in set(below(Schema)) if not one.__name__.startswith(own))
    assert len(names) > 100
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.slow
def test_no_request_that_the_schema_allows_meets_a_fault_of_ours(schema: Any) -> None:
    """Numbers of accounts that there are, and whatever else the schema allows."""
    from duecourse.web.api.errors import Problem

    bad: list[str] = []
    met: Counter[int] = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def tried(case: Any) -> None:
            for name in ("number", "account"):
                if isinstance((case.path_parameters or {}).get(name), str):
                    case.path_parameters[name] = "L-2"
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {schema.key}", "Host": "127.0.0.1"}
            answer = case.call()
            met[answer.status_code] += 1
            if answer.status_code >= 500:
                bad.append(f"{case.method} {case.path}: {answer.text[:200]}: {case.body!r}")
            elif answer.status_code != 200:
                Problem.model_validate(answer.json())

        tried()
    assert bad == []
    assert set(met) >= {200, 404, 409, 422}, met
