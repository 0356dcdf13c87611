"""Server: starts and stops the practice workspace on this machine's loopback address."""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from importer.sandbox import seed, seed_tasks
from importer.sandbox.app import NAMES, Front
from importer.sandbox.faults import Faults
from importer.sandbox.store import Store
from importer.sandbox.workspace import Workspace

HOST = "127.0.0.1"
PLENTY = 10**9  # requests an hour: nobody waits
_LONGEST = 64 * 2**10  # bytes of an address or a header: filters by many ids get long
_log = logging.getLogger(__name__)
_PATIENCE = 0.2  # seconds that a request under way gets when the server stops


class Sandbox:
    """A practice workspace: organization 1, workspace 1. `with Sandbox(path) as box: box.base_url`.

    `data` is made at first, with the look-up data of `seed` and that many `tasks`; later both are ignored.
    `faults` is a plan as the module `faults` describes it, `quota` the requests an hour. `store` shows what
    is really kept, before, during and after a run. Raises Unusable where the file can't be used.
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int = 0,
        seed: int = 1,
        tasks: int = 0,
        faults: list[dict[str, Any]] | dict[str, Any] | None = None,
        quota: int = 600,
    ) -> None:
        Faults(faults, NAMES)  # a wrong plan is told before a file is made
        self.store = Store(Path(data), lambda store: _fill(store, seed, tasks))
        self.identity = self.store.identity
        self.base_url = ""
        self._port = port
        self._workspace = Workspace(self.store, quota, faults, NAMES)
        self._thread: threading.Thread | None = None
        self._trouble: list[Exception] = []

    def set_faults(self, plan: list[dict[str, Any]] | dict[str, Any] | None) -> None:
        """Another plan from the next request on. Raises ValueError for one that can't be carried out."""
        self._workspace.set_faults(plan)

    def start(self) -> str:
        """Serves in a thread of its own; gives the base URL. Raises OSError where the port is taken."""
        if self._thread is None:
            self._ready = threading.Event()
            self._trouble = []
            thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
            thread.start()
            self._ready.wait()
            for trouble in self._trouble:
                thread.join()
                raise trouble
            self._thread = thread
        return self.base_url

    def stop(self) -> None:
        """Waits until the server is down and everything is written."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            self.store.open()
            asyncio.run(self._serve())
        except Exception as trouble:
            self._trouble.append(trouble)
        finally:
            self.store.close()
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        front = Front(self._workspace)
        runner = web.AppRunner(
            front.application(),
            access_log=None,
            shutdown_timeout=_PATIENCE,
            auto_decompress=False,  # a packed body is no JSON: a guess, and one that breaks nothing
            max_line_size=_LONGEST,
            max_field_size=_LONGEST,
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, self._port).start()
            self.base_url = f"http://{HOST}:{runner.addresses[0][1]}/api"
            self._ready.set()
            await self._stopping.wait()
        finally:
            await front.close()
            await runner.cleanup()


def serve(
    data: Path,
    port: int,
    seed: int,
    tasks: int,
    faults: Any,
    ready: Callable[[str], None],
    note: Callable[[str], None] = _log.warning,
) -> None:
    """Serves until SIGINT or SIGTERM; `ready` gets the base URL, `note` a sentence that may matter.

    Raises OSError where the port is taken, Unusable for a file that can't be used, ValueError for a wrong
    plan. Has to be called in the main thread, which is where signals arrive.
    """
    asked = threading.Event()
    box = Sandbox(data, port=port, seed=seed, tasks=tasks, faults=faults)
    if not box.store.made and (tasks or seed != 1):
        note(f"{data} is there already and stays as it is; --tasks and --seed are for a new file")
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(one, lambda *_: asked.set()) for one in signals]
    try:
        with box:
            ready(box.base_url)
            while not asked.wait(0.2):  # not without end: some systems deliver no signal into that
                pass
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)


def _fill(store: Store, number: int, tasks: int) -> None:
    seed.fill(store, number)
    seed_tasks.make(store, number, tasks)
