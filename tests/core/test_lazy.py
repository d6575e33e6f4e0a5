"""Names are loaded at their first use and then kept."""

from __future__ import annotations

import pytest

import factorialhr
import factorialhr.sync
from factorialhr._lazy import load


def test_a_name_is_kept_in_its_namespace() -> None:
    namespace: dict[str, object] = {"__name__": "factorialhr"}
    found = load(namespace, "_async", "SessionsEndpoint")
    assert namespace["SessionsEndpoint"] is found is factorialhr.SessionsEndpoint


@pytest.mark.parametrize(("half", "module"), [("_async", factorialhr), ("_sync", factorialhr.sync)])
def test_each_half_has_its_own_endpoints(half: str, module: object) -> None:
    found = load({"__name__": "x"}, half, "SessionsEndpoint")
    assert found is module.SessionsEndpoint
    assert found.__module__ == f"factorialhr.{half}.endpoints.trainings"


@pytest.mark.parametrize("half", ["_async", "_sync"])
def test_what_does_not_wait_is_shared(half: str) -> None:
    for name in ("Session", "SessionModality", "ApiStatusError", "ApiKeyAuth"):
        assert load({"__name__": "x"}, half, name) is getattr(factorialhr, name)


@pytest.mark.parametrize("module", [factorialhr, factorialhr.sync])
def test_an_unknown_name_is_an_attribute_error(module: object) -> None:
    with pytest.raises(AttributeError, match=f"^module '{module.__name__}' has no attribute 'Sesion'$"):
        module.Sesion  # noqa: B018
