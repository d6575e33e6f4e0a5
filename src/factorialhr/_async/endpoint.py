"""What every endpoint and every domain has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from factorialhr._core.records import Record

if TYPE_CHECKING:
    from factorialhr._async.client import ApiClient

M = TypeVar("M", bound=Record)


class Endpoint(Generic[M]):
    """The operations of one resource of the API."""

    path: ClassVar[str]
    """Where the resource lies: ``"trainings/sessions"``."""
    model: type[M]
    """The class of its records."""
    filters: ClassVar[Mapping[str, str]] = {}
    """Keywords of its lists, with their names on the wire."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"


class Domain:
    """The endpoints of one domain of the API, as attributes."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api
