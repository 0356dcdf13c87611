"""Clients against a server on this machine, with a clock that nobody has to wait for."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from loopback import KEY, Asked, Connect, FakeTime, Loopback, Serve

from importer.focus.client import Client
from importer.settings import Connection, Key, Login


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def serve(stack: ExitStack) -> Serve:
    """serve(answer, answer, …) or serve(function of a request)."""

    def start(*answers: bytes | Callable[[Asked], bytes]) -> Loopback:
        only: Any = answers[0] if callable(answers[0]) else list(answers)
        return stack.enter_context(Loopback(only))

    return start


@pytest.fixture
def connect(stack: ExitStack, time: FakeTime) -> Connect:
    """A client of `base_url`; its sleeping costs no time."""

    def start(base_url: str, credentials: Key | Login = KEY, **options: Any) -> Client:
        given: dict[str, Any] = {"timeout": (2, 2), "clock": time.clock, "sleep": time.sleep} | options
        return stack.enter_context(Client(Connection(base_url, 1, 2, credentials), **given))

    return start
