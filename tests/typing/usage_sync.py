"""Programs that use the blocking half as users do; mypy and pyright check every type that they see."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, assert_type

import httpx
import msgspec

import factorialhr.sync as factorialhr
from factorialhr.sync import (
    ApiClient,
    ApiKeyAuth,
    FileRateLimiter,
    Id,
    ListApiResponse,
    MetaApiResponse,
    OAuthClient,
    PageStream,
    PaginationMeta,
    RateLimiter,
    RecordStream,
    RedisRateLimiter,
    RefreshTokenAuth,
    RefreshTokenAuthFile,
    ReviewProcess,
    Session,
    SessionModality,
    SessionsCreateBody,
    SessionsEndpoint,
    SessionsFilters,
    SessionsListOptions,
    SessionsUpdateBody,
    Ticket,
    Token,
    TokenBucket,
    TokenStore,
    Training,
    TrainingMembership,
)


class Pet(msgspec.Struct):
    name: str


def main() -> None:
    with ApiClient(auth=ApiKeyAuth("key"), api_version="2026-10-01", timeout=5, strict=True) as api:
        assert_type(api, ApiClient)
        records(api)
        lists(api)
        writes(api)
        elsewhere(api)
    closing = ApiClient("https://api.example.com", auth=factorialhr.AccessTokenAuth("token"))
    closing.close()


def credentials(oauth: OAuthClient, store: TokenStore) -> None:
    assert_type(RefreshTokenAuth("access", None, client_id="app", client_secret="s"), RefreshTokenAuth)
    assert_type(RefreshTokenAuth(store=store, client_id="app", client_secret="s"), RefreshTokenAuth)
    auth = oauth.auth(store=store)
    assert_type(auth, RefreshTokenAuth)
    assert_type(auth.base_url, str)
    assert_type(oauth.ensure_fresh(auth, seconds=600), Token)
    assert_type(oauth.ensure_fresh(RefreshTokenAuthFile("t", client_id="app", client_secret="s")), Token)


def records(api: ApiClient) -> None:
    session = SessionsEndpoint(api).get_by_id(7)
    assert_type(session, Session)
    assert_type(session.id, Id)
    assert_type(session.name, str)
    assert_type(session.starts_at, dt.datetime | None)
    assert_type(session.due_date, dt.date | None)
    assert_type(session.modality, SessionModality | None)
    assert_type(session.session_attendance_ids, Sequence[Id] | None)
    assert_type(api.trainings.sessions.get_by_id(session.training_id), Session)
    made = Session(id=1, name="Day 1", training_id="2", subsidized=False)
    assert_type(made.training_id, Id)
    assert_type(SessionModality("online").is_known, bool)
    assert_type(session.to_dict(), dict[str, Any])
    assert_type(session.to_json(), str)
    assert_type(session.show(), str)
    assert_type({session, made}, set[Session])
    assert_type(msgspec.structs.replace(made, name="Day 2"), Session)
    assert_type(json.dumps({"session": made}, default=factorialhr.json_default), str)
    msgspec.json.schema(Session, schema_hook=factorialhr.json_schema_hook)


def lists(api: ApiClient) -> None:
    sessions = api.trainings.sessions
    assert_type(sessions, SessionsEndpoint)
    page = sessions.get(training_ids=[7, "8"], active=True, limit=20, params={"new": ["x"]})
    assert_type(page, MetaApiResponse[Session])
    assert_type(page.data(), list[Session])
    assert_type(page.meta, PaginationMeta)
    assert_type(page.meta.end_cursor, str | None)
    assert_type(page.raw_data, list[dict[str, Any]])
    assert_type(page[0], Session)
    assert_type(page[-2:], list[Session])
    assert_type(page.to_dicts(), list[dict[str, Any]])
    assert_type(page.to_json(), str)
    assert_type(page.show(), str)
    for session in page:
        assert_type(session, Session)
    everything = sessions.all(search="first aid", timeout=30, max_retries=0)
    assert_type(everything, ListApiResponse[Session])
    assert_type(len(everything), int)
    stream = sessions.iter(after_id=page.meta.end_cursor)
    assert_type(stream, RecordStream[Session])
    streams: list[Iterator[Session]] = []
    streams.append(stream)
    assert_type(sessions.pages(), PageStream[Session])
    for session in stream:
        assert_type(session, Session)
    for each in sessions.pages(headers={"X-Trace": "1"}):
        assert_type(each, MetaApiResponse[Session])
    filters: SessionsFilters = {"employee_id": "7", "ids": ["1", 2]}
    assert_type(sessions.get(**filters), MetaApiResponse[Session])
    options: SessionsListOptions = {"employee_id": "7", "concurrency": 4}
    assert_type(sessions.all(**options), ListApiResponse[Session])
    api.timeoff.leaves.all(from_=dt.date(2026, 1, 1), to=dt.date(2026, 12, 31), window_days=31, concurrency=2)
    api.employees.employees.iter(since=dt.datetime(2026, 3, 1, tzinfo=dt.UTC), place="20:40:7")
    api.attendance.shifts.pages(since=dt.datetime(2026, 3, 1, tzinfo=dt.UTC), window_days=7)
    assert_type(factorialhr.ReviewProcessesEndpoint(api).all().data(), list[ReviewProcess])


def writes(api: ApiClient) -> None:
    body: SessionsCreateBody = {
        "name": "Day 1",
        "training_id": 7,
        "starts_at": dt.datetime(2026, 3, 4, 9, tzinfo=dt.UTC),
        "modality": SessionModality.ONLINE,
        "link": None,
    }
    session = api.trainings.sessions.create(body)
    assert_type(session, Session)
    api.trainings.sessions.create({"name": "Day 2", "training_id": "7", "modality": "inperson"})
    change: SessionsUpdateBody = {"name": "Day 1, moved"}
    assert_type(api.trainings.sessions.update(session.id, change), Session)
    assert_type(api.trainings.sessions.delete(session.id, timeout=3), Session)
    memberships = api.trainings.training_memberships.bulk_destroy({"ids": [1, "2"]})
    assert_type(memberships, list[TrainingMembership])


def elsewhere(api: ApiClient) -> None:
    assert_type(api.request("GET", "pets/pets/7", Pet), Pet)
    assert_type(api.request("POST", "pets/pets", list[Pet], data={"name": "Rex"}), list[Pet])
    assert_type(api.request("GET", "pets/pets", MetaApiResponse[Pet], params={"limit": 5}), MetaApiResponse[Pet])
    assert_type(api.request("GET", "pets/pets/7"), dict[str, Any])
    try:
        api.trainings.trainings.get_by_id("7")
    except factorialhr.RateLimitError as error:
        assert_type(error.retry_after_seconds, float | None)
        assert_type(error.request, httpx.Request)
    except factorialhr.ApiStatusError as error:
        assert_type(error.status_code, int)
        assert_type(error.body, bytes)
        caught: httpx.HTTPStatusError = error
        print(caught.response.status_code)
    except factorialhr.DecodeError as error:
        assert_type(error.path, str)


def name_of(endpoint: factorialhr.TrainingsEndpoint, training_id: Id) -> str:
    training = endpoint.get_by_id(training_id)
    assert_type(training, Training)
    assert_type(training.cost_decimal, Mapping[str, Any] | str)
    return training.name


def limiters() -> list[RateLimiter]:
    return [TokenBucket(0.5), FileRateLimiter("rate", 100), RedisRateLimiter("redis://localhost:6379/0", key="writes")]


def place_of(limiter: RateLimiter) -> float:
    assert_type(limiter.blocks, bool)
    assert_type(limiter.paused_seconds(), float)
    assert_type(limiter.pause(30), bool | None)
    ticket = limiter.take("POST")
    assert_type(ticket, Ticket | None)
    if ticket is None:
        return place_of(limiter)
    ticket.give_back()
    return ticket.wait_seconds
