"""The documented surface of the two published pages, to the letter, in both halves."""

from __future__ import annotations

import inspect
import json
import re
import typing
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import msgspec
import pytest
from pytest_httpx import HTTPXMock

import factorialhr

from .halves import HALVES

DATA = Path(__file__).parent.parent / "data"
DOCUMENTED: dict[str, Any] = json.loads((DATA / "documented.json").read_text())
ENDPOINTS: dict[str, Any] = DOCUMENTED["endpoints"]
MODELS: dict[str, Any] = DOCUMENTED["models"]

# What differs from the pages on purpose; everything else must be as documented.
OBJECT_OR_TEXT = ("Mapping[str, Any] | str", "the API answers with text here; the object is what the pages claim")
NO_SUCH_FIELD = ("dt.datetime | None", "no served version has it: required would push every answer off the fast path")
DECIDED: dict[str, tuple[str, str]] = {
    "Session.duration": ("Mapping[str, Any] | str | None", OBJECT_OR_TEXT[1]),
    "Training.total_cost_decimal": ("Mapping[str, Any] | str | None", OBJECT_OR_TEXT[1]),
    "Training.cost_decimal": OBJECT_OR_TEXT,
    "Training.subsidized_cost_decimal": OBJECT_OR_TEXT,
    "Training.total_training_cost": OBJECT_OR_TEXT,
    "Training.total_training_indirect_cost": OBJECT_OR_TEXT,
    "Training.total_training_salary_cost": OBJECT_OR_TEXT,
    "Training.total_training_subsidized_cost": OBJECT_OR_TEXT,
    "ReviewEvaluationScore.created_at": NO_SUCH_FIELD,
    "ReviewEvaluationScore.updated_at": NO_SUCH_FIELD,
}
# Identifiers are ``Id`` (int | str), integers in old versions and strings in new ones.
ID_FIELD = re.compile(r"(^|_)ids?$")
# The examples read these, though neither the page's own model nor any version of the API has them.
EXAMPLES_READ_IN_VAIN = {("Agreement", "employee_id"), ("SessionAttendance", "session_id")}

both_halves = pytest.mark.parametrize("sdk", HALVES.values(), ids=HALVES)
methods = pytest.mark.parametrize(
    ("endpoint", "method"), [(name, method) for name, one in ENDPOINTS.items() for method in one["methods"]]
)


VISIBLE = re.compile(r"^Visible\[(.*)\]$")


def decided_annotation(model: str, field: str) -> str:
    """The documented annotation, with the decided differences put in."""
    documented: str = MODELS[model]["fields"][field]["annotation"]
    if f"{model}.{field}" in DECIDED:
        return DECIDED[f"{model}.{field}"][0]
    text = re.sub(r"\b(date|datetime)\b", r"dt.\1", documented)
    return re.sub(r"\b(int|str)\b", "Id", text) if ID_FIELD.search(field) else text


def test_the_table_is_complete() -> None:
    assert len(ENDPOINTS) == 21
    assert sum(len(one["methods"]) for one in ENDPOINTS.values()) == 111
    assert len(MODELS) == 21
    assert sum(len(one["fields"]) for one in MODELS.values()) == 188
    assert len(DOCUMENTED["enums"]) == 9


def test_every_decided_difference_is_needed() -> None:
    for place in DECIDED:
        model, field = place.split(".")
        assert getattr(factorialhr, model).__annotations__[field] != MODELS[model]["fields"][field]["annotation"]


@both_halves
@pytest.mark.parametrize("name", ENDPOINTS)
def test_endpoint_is_made_from_a_client_and_knows_its_path_and_model(sdk: ModuleType, name: str) -> None:
    kind = getattr(sdk, name)
    assert list(inspect.signature(kind).parameters) == ["api"]
    assert kind.path == ENDPOINTS[name]["path"]
    returned = ENDPOINTS[name]["methods"]["all"]["returns"]
    assert kind.model is getattr(sdk, returned.removeprefix("ListApiResponse[").removesuffix("]"))


@both_halves
@methods
def test_method_takes_the_documented_arguments(sdk: ModuleType, endpoint: str, method: str) -> None:
    documented = ENDPOINTS[endpoint]["methods"][method]
    _, *found, last = inspect.signature(getattr(getattr(sdk, endpoint), method)).parameters.values()
    assert last.kind is inspect.Parameter.VAR_KEYWORD
    assert {one.kind for one in found} <= {inspect.Parameter.POSITIONAL_OR_KEYWORD}
    assert [one.name for one in found] == list(documented["arguments"])
    for one, annotation in zip(found, documented["arguments"].values(), strict=True):
        assert one.default is inspect.Parameter.empty
        if annotation == "Mapping[str, Any]":  # typed more closely: a TypedDict, which is a mapping at run time
            assert typing.is_typeddict(getattr(sdk, one.annotation))
        else:
            assert one.annotation == annotation


@both_halves
@methods
def test_method_returns_what_is_documented(sdk: ModuleType, endpoint: str, method: str) -> None:
    documented = ENDPOINTS[endpoint]["methods"][method]["returns"]
    found = inspect.signature(getattr(getattr(sdk, endpoint), method)).return_annotation
    assert found == documented.replace("Sequence[", "list[")  # a list is a sequence


@methods
def test_method_is_awaited_in_the_async_half_alone(endpoint: str, method: str) -> None:
    kinds = {half: inspect.iscoroutinefunction(getattr(getattr(sdk, endpoint), method)) for half, sdk in HALVES.items()}
    assert kinds == {"async": True, "sync": False}


@both_halves
@pytest.mark.parametrize("name", MODELS)
def test_model_has_the_documented_fields_in_order(sdk: ModuleType, name: str) -> None:
    documented, kind = MODELS[name]["fields"], getattr(sdk, name)
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    assert list(fields)[: len(documented)] == list(documented)
    for field, facts in documented.items():
        # Null is for fields that a credential may not see; checkers and constructors have the documented type.
        assert VISIBLE.sub(r"\1", kind.__annotations__[field]) == decided_annotation(name, field), field
        assert fields[field].required == (facts["required"] and DECIDED.get(f"{name}.{field}") is not NO_SUCH_FIELD)


@both_halves
@pytest.mark.parametrize("name", MODELS)
def test_model_is_made_of_keywords_with_none_for_what_is_optional(sdk: ModuleType, name: str) -> None:
    documented = MODELS[name]["fields"]
    for field, parameter in inspect.signature(getattr(sdk, name)).parameters.items():
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        # A field that a later version added is optional: documented calls go on working.
        required = field in documented and documented[field]["required"]
        if f"{name}.{field}" in DECIDED and DECIDED[f"{name}.{field}"] is NO_SUCH_FIELD:
            required = False
        assert parameter.default is (inspect.Parameter.empty if required else None), field


@pytest.mark.parametrize("name", MODELS)
def test_model_can_be_made_from_its_required_fields_and_not_without_one(name: str) -> None:
    kind = getattr(factorialhr, name)
    required = [field.name for field in msgspec.structs.fields(kind) if field.required]
    record = kind(**dict.fromkeys(required, 7))
    assert all(getattr(record, field) == 7 for field in required)
    with pytest.raises(TypeError, match=required[-1]):
        kind(**dict.fromkeys(required[:-1], 7))


@both_halves
@pytest.mark.parametrize("name", DOCUMENTED["enums"])
def test_enum_is_public_and_keeps_what_it_does_not_know(sdk: ModuleType, name: str) -> None:
    kind = getattr(sdk, name)
    assert len(kind) > 1
    assert all(member == member.value for member in kind)
    assert kind("from tomorrow") == "from tomorrow"


@both_halves
def test_client_takes_what_the_pages_pass(sdk: ModuleType) -> None:
    parameters = inspect.signature(sdk.ApiClient).parameters
    assert parameters["auth"].kind is inspect.Parameter.KEYWORD_ONLY
    assert next(iter(parameters)) == "base_url"
    api = sdk.ApiClient(auth=sdk.AccessTokenAuth("your_access_token"))
    assert repr(api).startswith("<ApiClient https://api.factorialhr.com/")
    doors = ("__aenter__", "__aexit__", "aclose") if sdk is factorialhr else ("__enter__", "__exit__", "close")
    assert all(hasattr(sdk.ApiClient, door) for door in doors)


# -- the usage examples -------------------------------------------------------------------------------

TRAINING = {
    "id": "1", "company_id": "9", "author_id": "8", "name": "First aid", "description": "", "status": "active",
    "external": False, "fundae_subsidized": False, "subsidized": False, "cost": 0, "subsidized_cost": 0,
    "cost_decimal": "0", "subsidized_cost_decimal": "0", "year": 2026, "catalog": True, "competency_ids": [],
    "total_training_cost": "0", "total_training_indirect_cost": "0", "total_training_salary_cost": "0",
    "total_training_subsidized_cost": "0", "total_participants": 0, "training_attendance_status": "started",
    "is_mandatory": False, "total_duration": 1.5,
}  # fmt: skip
SESSION = {"id": "2", "name": "Day 1", "training_id": "1", "starts_at": "2026-03-04T09:00:00Z", "subsidized": False}
PROCESS = {
    "id": "3", "company_id": "9", "name": "Spring", "status": "draft", "start_validation_errors": [],
    "archived": False, "agreements_configuration": {}, "competencies_assessments_configuration": {},
}  # fmt: skip
AGREEMENT = {
    "id": "4", "process_id": "3", "target_id": "5", "status": "signed_by_all", "locked": True, "self_comments": [],
    "manager_comments": [],
}  # fmt: skip
ATTENDANCE = {"id": "6", "status": "completed", "session_access_membership_id": "7", "access_id": "8"}
RESOURCES = "https://api.factorialhr.com/api/2026-10-01/resources/"


def blocking(source: str) -> str:
    """The documented port: another import, and neither ``async`` nor ``await``."""
    source = source.replace("import factorialhr\n", "import factorialhr.sync as factorialhr\n")
    source = source.replace("asyncio.run(main())", "main()").replace("import asyncio\n", "")
    return re.sub(r"\b(async|await) ", "", source)


def run_example(page: str, half: str) -> None:
    source = (DATA / f"usage_{page}.txt").read_text()
    exec(compile(source if half == "async" else blocking(source), page, "exec"), {"__name__": "__main__"})  # noqa: S102


def answer(httpx_mock: HTTPXMock, path_and_query: str, *records: dict[str, Any]) -> None:
    meta = {"limit": 100, "total": len(records), "has_next_page": False, "has_previous_page": False}
    httpx_mock.add_response(
        url=RESOURCES + path_and_query,
        match_headers={"Authorization": "Bearer your_access_token"},
        json={"data": list(records), "meta": meta},
    )


@pytest.mark.parametrize("half", HALVES)
def test_the_trainings_example_runs_as_printed(
    httpx_mock: HTTPXMock, capsys: pytest.CaptureFixture[str], half: str
) -> None:
    answer(httpx_mock, "trainings/trainings?limit=20", TRAINING)
    answer(httpx_mock, "trainings/sessions", SESSION)
    answer(httpx_mock, "trainings/session_attendances?page=1")
    run_example("trainings", half)
    assert capsys.readouterr().out.splitlines() == ["First aid active", "1 2026-03-04 09:00:00+00:00"]


@pytest.mark.parametrize("half", HALVES)
def test_the_performance_example_runs_as_printed(
    httpx_mock: HTTPXMock, capsys: pytest.CaptureFixture[str], half: str
) -> None:
    answer(httpx_mock, "performance/agreements?limit=20")
    answer(httpx_mock, "performance/review_processes", PROCESS)
    run_example("performance", half)
    assert capsys.readouterr().out.splitlines() == ["Spring draft"]


@pytest.mark.parametrize(
    ("page", "answers", "extra"),
    [
        (
            "performance",
            {"performance/agreements?limit=20": AGREEMENT, "performance/review_processes": PROCESS},
            ("Agreement", "employee_id"),
        ),
        (
            "trainings",
            {
                "trainings/trainings?limit=20": TRAINING,
                "trainings/sessions": SESSION,
                "trainings/session_attendances?page=1": ATTENDANCE,
            },
            ("SessionAttendance", "session_id"),
        ),
    ],
)
@pytest.mark.parametrize("half", HALVES)
def test_the_examples_read_one_field_each_that_the_api_does_not_send(
    httpx_mock: HTTPXMock, half: str, page: str, answers: dict[str, Any], extra: tuple[str, str]
) -> None:
    assert extra in EXAMPLES_READ_IN_VAIN
    assert extra[1] not in MODELS[extra[0]]["fields"]
    for path_and_query, record in answers.items():
        answer(httpx_mock, path_and_query, record)
    run_example(page, half)


@pytest.mark.parametrize("half", HALVES)
def test_an_error_of_the_api_is_an_httpx_status_error(httpx_mock: HTTPXMock, half: str) -> None:
    httpx_mock.add_response(status_code=401, json={"errors": []})
    with pytest.raises(factorialhr.AuthenticationError) as caught:
        run_example("performance", half)
    assert isinstance(caught.value, httpx.HTTPStatusError)
