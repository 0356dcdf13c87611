"""Processes of chaos: runs of the tool that take little time to start and can be killed at any moment."""

import ctypes
import json
import multiprocessing
import os
import resource
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        *("importer.cli.load", "importer.run.load", "importer.task.schema", "importer.task.values"),
        *("pandas", "pandera.pandas", "openpyxl", "requests", "sqlite3", "importer.sandbox.server"),
        *("tests.whole.chaos_draws", "tests.whole.chaos_process"),
    ]
)
_TURN = threading.Lock()  # multiprocessing looks after all its children whenever one is started


def _inside(
    argv: list[str], here: str, env: dict[str, str], told: tuple[str, str], how: dict[str, Any]
) -> None:
    """The tool, in a process forked from one that has everything loaded."""
    for number, path in enumerate(told, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), number)
    os.chdir(here)
    for name in [name for name in os.environ if name.startswith(("TOGGL_", "TASKSHEET_"))]:
        del os.environ[name]
    os.environ.update(env)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    from importer.focus import client

    client._FIRST_PAUSE = 0.02  # between tries of a reading: nothing hangs on how long it is
    if how["timeout"]:
        client.Client.__init__.__kwdefaults__["timeout"] = (5, how["timeout"])
    if how["most"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (how["most"], how["most"]))
    if how["meek"]:  # root without its privileges: file modes hold for it as for everybody else
        ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
    from importer.cli import main

    main(argv)


class Process:
    """A run of the tool. It is signalled through a descriptor, which never means another process."""

    def __init__(self, argv: list[str], folder: Path, here: Path, env: dict[str, str], **how: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.out, self.err = folder / "stdout", folder / "stderr"
        (folder / "argv").write_text(" ".join(argv) + "\n")
        self.out.touch()
        self.err.touch()
        if how.pop("real", False):
            ours = {k: v for k, v in os.environ.items() if not k.startswith(("TOGGL_", "TASKSHEET_"))}
            with self.out.open("wb") as out, self.err.open("wb") as err:
                self.child: Any = subprocess.Popen(
                    [sys.executable, "-m", "importer", *argv], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                    cwd=here, env={**ours, **env, "PYTHONPATH": str(ROOT)},
                )  # fmt: skip
        else:
            how = {"timeout": None, "most": None, "meek": False} | how
            told = (str(self.out), str(self.err))
            self.child = _FORKS.Process(target=_inside, args=(argv, str(here), env, told, how), daemon=True)
            with _TURN:
                self.child.start()
        self.pid = self.child.pid
        self._handle = os.pidfd_open(self.pid)

    def kill(self, name: str = "SIGKILL") -> bool:
        """Whether there was somebody to take it."""
        try:
            signal.pidfd_send_signal(self._handle, getattr(signal, name))
        except OSError:
            return False
        return True

    def ended(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def status(self) -> int:
        """Negative: the signal that ended it."""
        if isinstance(self.child, subprocess.Popen):
            code = self.child.wait()
        else:
            with _TURN:
                self.child.join()
            code = self.child.exitcode
        handle, self._handle = self._handle, -1
        os.close(handle)
        return int(code)

    @property
    def json(self) -> dict[str, Any] | None:
        try:
            told = json.loads(self.out.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return told if isinstance(told, dict) else None
