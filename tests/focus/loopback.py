"""A workspace of a few lines on a real socket, for answers that no well-behaved server gives; and a clock."""

import contextlib
import json
import os
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from importer.focus.client import Client
from importer.settings import Key

SECRET = "toggl_sk_5up3rs3cr3t"
KEY = Key(SECRET)

HANG = b"hang"  # answer nothing and wait until the other side gives up
CUT = b""  # close without a byte
GARBLED = b"garbled"  # break the encryption instead of answering


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any

    @property
    def page(self) -> int:
        return int(dict(self.query)["page"])


def reply(
    status: int, body: object = None, headers: dict[str, str] | None = None, *, length: int | None = None
) -> bytes:
    """A whole HTTP answer; `body` is JSON, or bytes as they are. `length`: a false Content-Length."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    kind = "text/html" if raw.startswith(b"<") else "application/json"
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}"]
    lines += [f"Content-Length: {len(raw) if length is None else length}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def listed(tasks: list[Any], total: int | None, page: int = 1) -> bytes:
    body = {"data": tasks, "page": page, "per_page": 100} | ({} if total is None else {"total": total})
    return reply(200, body, {"Date": formatdate(usegmt=True)})


@dataclass
class Loopback:
    """Serves `answers` one after the other (the last for ever), or what a function makes of a request.

    An answer shorter than its Content-Length, like CUT, ends the connection.
    """

    answers: list[bytes] | Callable[[Asked], bytes]
    tls: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> "Loopback":
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._lock = threading.Lock()
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._threads[0].join()
        for one in self.connections:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()

    @property
    def origin(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self._listening.getsockname()[1]}"

    @property
    def base_url(self) -> str:
        return f"{self.origin}/api"

    def _accept(self) -> None:
        while True:
            try:
                one, _ = self._listening.accept()
            except OSError:
                return
            self.connections.append(one)
            thread = threading.Thread(target=self._serve, args=(one,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, one: socket.socket) -> None:
        if self.tls:
            try:
                one = self.tls.wrap_socket(one, server_side=True)
            except OSError:
                one.close()
                return
            self.connections.append(one)
        with one, one.makefile("rb") as incoming:
            try:
                while asked := _read(incoming):
                    answer = self._answer(asked)
                    if answer == HANG:
                        incoming.read(1)
                        return
                    if answer == GARBLED:
                        with socket.socket(fileno=os.dup(one.fileno())) as beneath:
                            beneath.sendall(b"no TLS record at all, just words and more words")
                        return
                    one.sendall(answer)
                    if not _whole(answer):
                        return
            except OSError:
                return

    def _answer(self, asked: Asked) -> bytes:
        with self._lock:
            self.asked.append(asked)
            if callable(self.answers):
                return self.answers(asked)
            return self.answers[min(len(self.asked), len(self.answers)) - 1]


def _whole(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    lengths = [line[15:].strip() for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")]
    return len(lengths) == 1 and lengths[0].isdigit() and len(body) >= int(lengths[0])


def _read(incoming: Any) -> Asked | None:
    first = incoming.readline().decode("latin-1").split(" ")
    if len(first) != 3 or not first[2].startswith("HTTP/"):
        return None
    method, target, _ = first
    headers = {}
    while line := incoming.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    raw = incoming.read(int(headers.get("content-length", 0)))
    url = urlsplit(target)
    body = json.loads(raw) if raw else None
    return Asked(method, url.path, parse_qsl(url.query, keep_blank_values=True), headers, body)


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


Serve = Callable[..., Loopback]
Connect = Callable[..., Client]
