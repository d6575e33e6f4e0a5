"""Carries out the steps of calls: everything that waits in a call waits here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, Unpack

from factorialhr._sync.connections import Connections, Place
from factorialhr._core.call import Call, Terms
from factorialhr._core.events import Events
from factorialhr._core.outgoing import Operation, Outgoing, make_outgoing
from factorialhr._core.query import Query
from factorialhr._core.steps import Finish, Job, OutOfTime, Send, Sleep, Slot, Step, Tell, Turn
from factorialhr._core.uncopied import Uncopied
from factorialhr._system import twins
from factorialhr._system.proxies import as_httpx_error

T = TypeVar("T")


class Caller(Uncopied):
    """Sends the calls of a client; endpoints and lists are made of this."""

    _instead = "make a client in each process, and the endpoint from it"

    half = twins.HALF

    def __init__(self, terms: Terms, events: Events, connections: Connections) -> None:
        self.terms = terms
        self.events = events
        self.connections = connections

    def outgoing(
        self,
        verb: str,
        path: tuple[object, ...],
        request: Mapping[str, Any],
        query: Query | None,
        operation: Operation,
    ) -> Outgoing:
        """The request of a call, or a refusal of its arguments."""
        return make_outgoing(self.terms.settings, verb, path, request, query, operation)

    def call(
        self,
        verb: str,
        path: tuple[object, ...],
        result: type[T],
        request: Mapping[str, Any],
        query: Query | None = None,
        **operation: Unpack[Operation],
    ) -> T:
        """Send one operation, retry it where that is safe, and decode its response.

        Args:
            verb: The HTTP verb.
            path: The segments of its path; those of a user's are quoted.
            result: What the response is decoded into.
            request: What the user gave: filters, paging and options.
            query: The filters and paging, if they were read before: the pages of a list share them.
            **operation: What else is known of the operation.
        """
        call = Call(self.terms, self.outgoing(verb, path, request, query, operation), result)
        place, steps = Place(self.connections), call.steps()
        outcome: Any = None
        failure: Exception | None = None
        try:
            self.connections.enter(call.operation)
            while True:
                try:
                    step = steps.send(outcome) if failure is None else steps.throw(failure)
                except StopIteration as end:
                    decoded: T = end.value
                    return decoded
                outcome = failure = None
                try:
                    with twins.bound(call.seconds_left()) as bound:
                        if isinstance(step, Send):
                            outcome = place.sender(step.request)(step.request)
                            place.read(outcome, step, call.seconds_left())
                        else:
                            outcome = self._carry_out(step, call, place)
                    if bound.cancelled_caught:
                        failure = OutOfTime()
                except Exception as error:  # noqa: BLE001  # what it means is for the steps to say
                    failure = as_httpx_error(error, step)
        finally:
            steps.close()
            call.close()
            spoiled = place.leave()
            if spoiled or call.owed:
                twins.settle(call.owed, spoiled)
            slow = call.slow_call()
            if slow is not None:
                self.events.emit(slow)

    def _carry_out(self, step: Step, call: Call[Any], place: Place) -> Any:
        outcome: Any = None
        match step:
            case Slot():
                place.take(call.operation, call.seconds_left())
            case Sleep():
                twins.close_quietly(*place.leave())
                twins.sleep(step.seconds)
            case Tell():
                self.events.emit(step.event)
            case Turn():
                outcome = twins.turn(step.flow, step.response)
            case Finish():
                step.flow.close()
            case Job():
                outcome = twins.do(step, call.seconds_left())
            case Send():  # pragma: no cover  # sent by ``call`` itself, with one frame less
                raise AssertionError
        return outcome
