"""How a credential goes about sending a request: any ``httpx.Auth``, as steps of the call."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import httpx

from factorialhr._core.call import Authorize, Call
from factorialhr._core.errors import ConfigurationError
from factorialhr._core.steps import Finish, Send, Sleep, Slot, SteppingAuth, Steps, Turn

HalfFlow: TypeAlias = Callable[[httpx.Request], Any]


def authorize_with(auth: httpx.Auth, half_flow: HalfFlow, default: object) -> Authorize:
    """Choose how to drive a credential.

    Args:
        auth: The credential.
        half_flow: Its ``async_auth_flow`` or ``sync_auth_flow``, whichever this half can drive.
        default: That method as ``httpx.Auth`` has it; a credential that overrides it does its own waiting there.
    """
    if isinstance(auth, SteppingAuth):
        return partial(_drive_stepping, auth)
    if getattr(type(auth), half_flow.__name__) is not default:
        return partial(_drive_half_flow, half_flow)
    return partial(_drive_plain_flow, auth)


def _drive_stepping(auth: SteppingAuth, call: Call[Any]) -> Steps[httpx.Response]:
    """Carry on the steps of a credential of ours, so that its waits are bounded with those of the call."""
    authorized = auth.start_call(call.request)
    steps = authorized.steps()
    outcome: Any = None
    failure: Exception | None = None
    try:
        while True:
            try:
                step = steps.send(outcome) if failure is None else steps.throw(failure)
            except StopIteration as end:
                call.note = authorized.refusal_note
                response: httpx.Response = end.value
                return response
            outcome = failure = None
            try:
                if isinstance(step, Send):
                    outcome = yield from call.send(step.request)
                elif isinstance(step, Sleep):
                    yield from call.sleep(step.seconds)
                elif not isinstance(step, Slot):  # a call takes one itself, right before it sends
                    outcome = yield step
            except Exception as error:  # noqa: BLE001  # what it means is for the steps to say
                failure = error
    except Exception:
        leftover = authorized.leftover()
        if leftover is not None:  # before the next attempt, or nobody could refresh in between
            yield leftover
        raise
    finally:
        steps.close()
        leftover = authorized.leftover()
        if leftover is not None:
            call.owed.append(leftover)


def _drive_plain_flow(auth: httpx.Auth, call: Call[Any]) -> Steps[httpx.Response]:
    if auth.requires_request_body:
        call.request.read()
    flow = auth.auth_flow(call.request)
    try:
        request = next(flow, None)
        if request is None:
            raise _nothing_to_send(auth)
        while True:
            response = yield from call.send(request)
            try:
                request = flow.send(response)
            except StopIteration:
                return response
    finally:
        flow.close()


def _drive_half_flow(half_flow: HalfFlow, call: Call[Any]) -> Steps[httpx.Response]:
    flow, response = half_flow(call.request), None
    closing = Finish(flow)
    call.owed.append(closing)
    try:
        while (request := (yield Turn(flow, response))) is not None:
            response = yield from call.send(request)
    except Exception:
        # Before the next attempt: it may hold a lock of its own.
        yield closing
        raise
    call.owed.remove(closing)
    if response is None:
        raise _nothing_to_send(half_flow)
    return response


def _nothing_to_send(auth: object) -> ConfigurationError:
    return ConfigurationError(f"{type(auth).__name__} sends nothing: its flow must yield the request that it is given")
