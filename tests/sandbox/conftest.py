"""A started practice workspace and a session that is let in."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from sandbox_caller import Caller, Start
from sandbox_page import REFERENCE

from importer.sandbox.server import Sandbox


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """start(tasks=…, faults=…, quota=…): a workspace of one's own."""
    with ExitStack() as stack:

        def started(name: str = "sandbox.sqlite", **options: Any) -> Caller:
            box = stack.enter_context(Sandbox(tmp_path / name, **options))
            return Caller(box, stack.enter_context(requests.Session()))

        yield started


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """400 practice tasks, for tests that only read."""
    data = tmp_path_factory.mktemp("full") / "sandbox.sqlite"
    with Sandbox(data, tasks=400, quota=100_000) as box, requests.Session() as session:
        yield Caller(box, session)


@pytest.fixture(scope="session")
def reference() -> Path:
    if not REFERENCE.is_dir():
        pytest.skip("the API's descriptions are not beside this checkout")
    return REFERENCE
