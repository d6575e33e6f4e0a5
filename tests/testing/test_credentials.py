"""Who may come in, what they see, and how tokens are bought, refreshed and revoked."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from factorialhr.testing import PERSONAL_FIELDS, Sandbox, SandboxError
from tests.testing.calls import Called, call, form

PATH = "employees/employees"


def test_the_key_and_the_token_open_and_nothing_else_does() -> None:
    sandbox = Sandbox()
    assert call(sandbox, "GET", PATH).status == 200
    assert call(sandbox, "GET", PATH, token=sandbox.access_token).status == 200
    assert call(sandbox, "GET", PATH, key="").status == 401
    assert call(sandbox, "GET", PATH, key="wrong").status == 401
    assert call(sandbox, "GET", PATH, token="wrong").status == 401
    assert call(sandbox, "GET", PATH, key=sandbox.access_token).status == 401  # a token is no key
    assert call(sandbox, "GET", PATH, token=sandbox.api_key).status == 401  # and a key no token
    basic = sandbox.handle("GET", f"/api/2026-10-01/resources/{PATH}", "", {"authorization": "Basic eDp5"}, b"")
    assert (basic.status, sandbox.handle("GET", f"/api/2026-10-01/resources/{PATH}", "", {}, b"").status) == (401, 401)


def test_of_two_credentials_the_key_wins() -> None:
    sandbox = Sandbox()
    headers = {"x-api-key": "wrong", "authorization": f"Bearer {sandbox.access_token}"}
    assert sandbox.handle("GET", f"/api/2026-10-01/resources/{PATH}", "", headers, b"").status == 401


def test_a_chosen_key() -> None:
    assert Sandbox(api_key="my-key").api_key == "my-key"
    assert call(Sandbox(api_key="my-key"), "GET", PATH, key="my-key").status == 200


def test_a_restricted_token_sees_nulls() -> None:
    sandbox = Sandbox()
    token = sandbox.add_token(hidden={*PERSONAL_FIELDS, "attendable", "id"})
    full, restricted = (call(sandbox, "GET", PATH, **how).json["data"][0] for how in ({}, {"token": token}))
    assert (restricted["id"], restricted["first_name"]) == (full["id"], full["first_name"])
    assert restricted["birthday_on"] is None
    assert restricted["attendable"] is None  # required by the description all the same
    assert full["birthday_on"] is not None
    assert call(sandbox, "GET", f"{PATH}/{full['id']}", token=token).json == restricted
    assert call(sandbox, "GET", f"{PATH}/{full['id']}").json == full


def test_records_of_invisible_employees_are_dropped() -> None:
    sandbox = Sandbox()
    one, two = (employee["id"] for employee in sandbox.table(PATH).records[:2])
    token = sandbox.add_token(employee_ids=[one])
    assert [found["id"] for found in call(sandbox, "GET", PATH, token=token).json["data"]] == [str(one)]
    assert call(sandbox, "GET", PATH, token=token, ids_list=[one, two]).json["meta"]["total"] == 1
    shifts = call(sandbox, "GET", "attendance/shifts", token=token).json["data"]
    assert {shift["employee_id"] for shift in shifts} == {str(one)}
    assert call(sandbox, "GET", f"{PATH}/{two}", token=token).status == 404
    leave = next(leave for leave in sandbox.table("timeoff/leaves") if leave["employee_id"] == two)
    assert call(sandbox, "DELETE", f"timeoff/leaves/{leave['id']}", token=token).status == 404


def test_a_key_of_another_environment_gets_empty_answers_not_an_error() -> None:
    sandbox = Sandbox()
    key = sandbox.add_token(kind="api_key", other_environment=True)
    answer = call(sandbox, "GET", PATH, key=key)
    assert (answer.status, answer.json["data"], answer.json["meta"]["total"]) == (200, [], 0)
    assert call(sandbox, "GET", f"{PATH}/{sandbox.table(PATH).records[0]['id']}", key=key).status == 404


def test_who_am_i_depends_on_the_credential() -> None:
    sandbox = Sandbox()
    person = sandbox.table(PATH).records[0]
    (company,) = call(sandbox, "GET", "api_public/credentials").json["data"]
    (user,) = call(sandbox, "GET", "api_public/credentials", token=sandbox.add_token(employee_id=person["id"])).json[
        "data"
    ]
    assert (company["email"], user["email"]) == (None, person["email"])
    assert user["employee_id"] == str(person["id"])


def test_kinds_that_there_are_not() -> None:
    with pytest.raises(SandboxError, match="kind is"):
        Sandbox().add_token(kind="admin")


def test_who_am_i_of_an_empty_sandbox() -> None:
    assert call(Sandbox.empty(), "GET", "api_public/credentials").json["data"] == []


def _token(sandbox: Sandbox, **fields: str) -> Called:
    client = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    return form(sandbox, "/oauth/token", **{**client, **fields})


def test_a_code_buys_one_pair_of_tokens() -> None:
    sandbox = Sandbox(clock=lambda: 1_790_000_000.0)
    code = sandbox.authorization_code()
    bought = _token(sandbox, grant_type="authorization_code", code=code, redirect_uri="https://example.com")
    assert bought.status == 200
    assert (bought.json["token_type"], bought.json["expires_in"], bought.json["created_at"]) == (
        "Bearer",
        3600,
        1_790_000_000,
    )
    assert call(sandbox, "GET", PATH, token=bought.json["access_token"]).status == 200
    again = _token(sandbox, grant_type="authorization_code", code=code)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")


def test_a_refresh_token_works_once_and_ends_the_token_before() -> None:
    sandbox = Sandbox()
    first = _token(sandbox, grant_type="refresh_token", refresh_token=sandbox.refresh_token).json
    second = _token(sandbox, grant_type="refresh_token", refresh_token=first["refresh_token"]).json
    assert len({sandbox.refresh_token, first["refresh_token"], second["refresh_token"]}) == 3
    assert call(sandbox, "GET", PATH, token=first["access_token"]).status == 401
    assert call(sandbox, "GET", PATH, token=second["access_token"]).status == 200
    reused = _token(sandbox, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (reused.status, reused.json["error"]) == (400, "invalid_grant")


def test_tokens_grow_old() -> None:
    sandbox = Sandbox(clock=lambda: 1_790_000_000.0)
    bought = _token(sandbox, grant_type="refresh_token", refresh_token=sandbox.refresh_token).json
    sandbox.advance(3599)
    assert call(sandbox, "GET", PATH, token=bought["access_token"]).status == 200
    sandbox.advance(1)
    assert call(sandbox, "GET", PATH, token=bought["access_token"]).status == 401
    sandbox.advance(7 * 24 * 3600)
    assert _token(sandbox, grant_type="refresh_token", refresh_token=bought["refresh_token"]).status == 400
    short = sandbox.add_token(expires_in_seconds=10)
    sandbox.advance(10)
    assert call(sandbox, "GET", PATH, token=short).status == 401


def test_a_company_token_neither_expires_nor_refreshes() -> None:
    sandbox = Sandbox()
    bought = _token(sandbox, grant_type="authorization_code", code=sandbox.authorization_code(kind="company")).json
    assert set(bought) == {"access_token", "token_type", "scope", "created_at"}
    sandbox.advance(10 * 365 * 24 * 3600)
    assert call(sandbox, "GET", PATH, token=bought["access_token"]).status == 200


def test_revoking_ends_both_kinds_of_token() -> None:
    sandbox = Sandbox()
    client = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    for token in (sandbox.access_token, sandbox.refresh_token, "unknown", sandbox.api_key):
        assert form(sandbox, "/oauth/revoke", token=token, **client).status == 200
    assert call(sandbox, "GET", PATH, token=sandbox.access_token).status == 401
    assert _token(sandbox, grant_type="refresh_token", refresh_token=sandbox.refresh_token).status == 400
    assert call(sandbox, "GET", PATH).status == 200  # a key cannot be revoked
    assert form(sandbox, "/oauth/revoke", token="x").status == 401


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "client_secret": "wrong"}, 401, "invalid_client"),
    ],
)
def test_refusals_of_the_token_endpoint(fields: dict[str, str], status: int, error: str) -> None:
    answer = _token(Sandbox(), **fields)
    assert (answer.status, answer.json["error"]) == (status, error)


def test_the_same_fields_work_as_a_query() -> None:
    sandbox = Sandbox()
    query = f"grant_type=refresh_token&refresh_token={sandbox.refresh_token}&client_id={sandbox.client_id}&client_secret={sandbox.client_secret}"
    assert sandbox.handle("POST", "/oauth/token", query, {}, b"").status == 200


def test_authorizing_sends_back_a_code_and_the_state() -> None:
    sandbox = Sandbox()
    query = (
        f"client_id={sandbox.client_id}&redirect_uri=https://app.example.com/back?x=1&response_type=code&state=s%26t"
    )
    answer = sandbox.handle("GET", "/oauth/authorize", query, {}, b"")
    given = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (answer.status, given["x"], given["state"]) == (302, ["1"], ["s&t"])
    assert _token(sandbox, grant_type="authorization_code", code=given["code"][0]).status == 200
    spaced = sandbox.handle("GET", "/oauth/authorize", query.replace("back", "b%C3%A4ck%0D%0Ax"), {}, b"")
    assert spaced.headers["location"].startswith("https://app.example.com/b%C3%A4ck%0D%0Ax?x=1&code=")
    assert sandbox.handle("GET", "/oauth/authorize", "client_id=other&redirect_uri=https://x", {}, b"").status == 400
    assert sandbox.handle("GET", "/oauth/authorize", f"client_id={sandbox.client_id}", {}, b"").status == 400
