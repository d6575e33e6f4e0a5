"""What every endpoint and every domain has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, Unpack

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.listing import PLAIN, Listing
from factorialhr._core.outgoing import Operation
from factorialhr._core.query import Query
from factorialhr._core.records import Record
from factorialhr._core.responses import ListApiResponse
from factorialhr._system import twins

if TYPE_CHECKING:
    from factorialhr._sync.lists import PageStream, RecordStream

M = TypeVar("M", bound=Record)
T = TypeVar("T")


class Caller(Protocol):
    """What endpoints need of a client."""

    @property
    def half(self) -> str:
        """Which half it belongs to."""
        ...

    def call(
        self,
        verb: str,
        path: tuple[object, ...],
        result: type[T],
        request: Mapping[str, Any],
        query: Query | None = None,
        **operation: Unpack[Operation],
    ) -> T:
        """Send one operation and decode its response."""
        ...

    def collect(
        self, path: tuple[object, ...], model: type[T], request: Mapping[str, Any], **operation: Unpack[Operation]
    ) -> ListApiResponse[T]:
        """Fetch all pages of a list."""
        ...

    def records(
        self, path: tuple[object, ...], model: type[T], request: Mapping[str, Any], **operation: Unpack[Operation]
    ) -> RecordStream[T]:
        """Stream the records of a list."""
        ...

    def pages(
        self, path: tuple[object, ...], model: type[T], request: Mapping[str, Any], **operation: Unpack[Operation]
    ) -> PageStream[T]:
        """Stream the pages of a list."""
        ...


class Endpoint(Generic[M]):
    """The operations of one resource of the API."""

    path: ClassVar[str]
    """Where the resource lies: ``"trainings/sessions"``."""
    model: type[M]
    """The class of its records."""
    filters: ClassVar[Mapping[str, str]] = {}
    """Keywords of its lists, with their names on the wire."""
    listing: ClassVar[Listing] = PLAIN
    """What is known of its list."""

    def __init__(self, api: object) -> None:
        self._caller = caller_of(api, type(self).__name__)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"


class Domain:
    """The endpoints of one domain of the API, as attributes."""

    def __init__(self, api: object) -> None:
        self._caller = caller_of(api, type(self).__name__)


def caller_of(api: object, name: str) -> Caller:
    """What sends the calls of a client, of this half.

    Raises:
        ConfigurationError: It is no client, or one of the other half.
    """
    caller: Caller | None = getattr(api, "_caller", None)
    if caller is None:
        raise ConfigurationError(f"{name} needs an ApiClient; got {type(api).__name__}")
    half = twins.HALF
    if caller.half != half:
        raise ConfigurationError(f"{name} of {half} needs an ApiClient of {half}; got one of {caller.half}")
    return caller
