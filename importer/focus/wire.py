"""One request out, one Answer back. Whatever the network does becomes an Answer, never an exception.

Nothing here repeats or redirects a request, decides what an answer means, or waits.
"""

import base64
import json
import os
import ssl
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
)

from importer.errors import WrongUse
from importer.focus.answers import Answer, Quota, clock, quota, retry_after
from importer.settings import Connection, Key, Login
from importer.version import __version__

# A kept connection that lay idle for longer may be closing at this very moment, and a POST on it
# would end in doubt: open a new one.
_IDLE_SECONDS = 3.0
# A whole answer may take this many times the patience for a single read.
_POST_READS = 5
_GET_READS = 30
_PIECE = 1 << 18  # bytes
WEB_PAGE = "a web page"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Wire:
    """Connections to one workspace, with its credentials. Safe to use from several threads."""

    def __init__(
        self, connection: Connection, timeout: tuple[float, float], clock: Callable[[], float]
    ) -> None:
        self._timeout = timeout
        self._clock = clock
        self._used = clock()
        self._secrets = tuple(_secrets(connection.credentials))
        self._headers = {
            "Authorization": _authorization(connection.credentials),
            "User-Agent": f"tasksheet/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "Content-Type": "application/json",
        }
        # The environment is read once, here; ~/.netrc never, it would replace the credentials.
        self._session = requests.Session()
        self._session.trust_env = False
        loopback = urlsplit(connection.base_url).hostname in _LOOPBACK
        self._proxies = {} if loopback else get_environ_proxies(connection.base_url)
        self._verify = _authorities()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=16, max_retries=0))

    def close(self) -> None:
        self._session.close()

    def exchange(
        self,
        method: str,
        url: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: object = None,
        lines: bool = False,
    ) -> Answer:
        """Send one request and read the whole answer. `lines`: JSON a line is an answer as well."""
        now = self._clock()
        if method != "GET" and now - self._used > _IDLE_SECONDS:
            self._session.close()  # closes kept connections; the session goes on working
        data = None if body is None else _encoded(body)
        try:
            prepared = requests.Request(
                method, url, headers=self._headers, params=list(params), data=data
            ).prepare()
            # The adapter itself: Session.send would look into redirects after the answer is there,
            # and what goes wrong in that must not pass for a request that never left.
            response = self._session.get_adapter(url).send(
                prepared,
                stream=True,
                timeout=self._timeout,
                verify=self._verify,
                proxies=self._proxies,
            )
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            sent, trouble = _what_went_wrong(error, self._timeout)
            return Answer(None, sent=sent, trouble=trouble)
        finally:
            self._used = self._clock()
        patience = (_POST_READS if method == "POST" else _GET_READS) * self._timeout[1]
        return self._received(response, lines, self._clock() + patience)

    def _received(self, response: requests.Response, lines: bool, deadline: float) -> Answer:
        left = quota(response.headers)
        raw = bytearray()
        try:
            while piece := response.raw.read1(_PIECE, decode_content=True):
                raw += piece
                if self._clock() > deadline:  # byte by byte a server may go on for ever
                    return Answer(None, quota=left, trouble="the answer came too slowly to wait for its end")
        except (HTTPError, OSError, ValueError) as error:
            _, trouble = _what_went_wrong(error, self._timeout)
            return Answer(None, quota=left, trouble=trouble)
        finally:
            response.close()
            self._used = self._clock()
        return _answer(response, bytes(raw), left, lines, self._secrets)


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: credentials are for one of these."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port


def _answer(
    response: requests.Response, raw: bytes, left: Quota, lines: bool, secrets: Sequence[str]
) -> Answer:
    body, readable = _decoded(raw, lines)
    escaped = (form.encode() for secret in secrets for form in (secret, json.dumps(secret)[1:-1]))
    if response.status_code >= 400 or any(form in raw for form in escaped):
        body = _without(secrets, body)
    page = response.headers.get("Content-Type", "").startswith("text/html")
    return Answer(
        response.status_code,
        body=body,
        readable=readable,
        trouble=WEB_PAGE if page and not readable else "",
        quota=left,
        retry_after=retry_after(response.headers, datetime.now(UTC)),
        location=_location(response),
        at=clock(response.headers),
    )


def _location(response: requests.Response) -> str | None:
    told = response.headers.get("Location")
    if told is None or not 300 <= response.status_code < 400:
        return None
    try:
        url = urljoin(response.url, told)
        origin(url)
    except ValueError:
        return None
    return url


def _encoded(body: object) -> bytes:
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")  # half of a surrogate pair has no UTF-8


def _decoded(raw: bytes, lines: bool) -> tuple[Any, bool]:
    if not raw.strip():
        return None, True
    if lines and raw.strip() == b"null":  # what Go writes for an empty list
        return [], True
    try:
        return json.loads(raw), True
    except (ValueError, RecursionError):
        pass
    try:
        if lines and raw.lstrip().startswith(b"{"):
            return [json.loads(line) for line in raw.splitlines() if line.strip()], True
    except (ValueError, RecursionError):
        pass
    return None, False


def _authorization(credentials: Key | Login) -> str:
    if isinstance(credentials, Key):
        return f"Bearer {credentials.secret}"
    return f"Basic {_basic(credentials)}"


def _basic(login: Login) -> str:
    return base64.b64encode(f"{login.email}:{login.password}".encode()).decode("ascii")


def _secrets(credentials: Key | Login) -> Iterator[str]:
    if isinstance(credentials, Key):
        yield credentials.secret
    else:
        yield _basic(credentials)
        yield credentials.password


def _without(secrets: Sequence[str], body: Any) -> Any:
    """An answer that repeats what was sent must not carry a secret into reports."""
    if isinstance(body, dict):
        return {_without(secrets, key): _without(secrets, value) for key, value in body.items()}
    if isinstance(body, list):
        return [_without(secrets, value) for value in body]
    if isinstance(body, str):
        for secret in secrets:
            if len(secret) >= 6:  # a shorter one can't be told from other text
                body = body.replace(secret, "***")
    return body


def _authorities() -> bool | str:
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if path := os.environ.get(variable):
            if not Path(path).exists():
                raise WrongUse(f"{variable} names {path}, which does not exist; correct or unset it.")
            return path
    return True


def _what_went_wrong(error: Exception, timeout: tuple[float, float]) -> tuple[bool, str]:
    """May the request have reached the server, and what happened, in plain words.

    It counts as sent unless the cause proves the contrary.
    """
    causes = list(_causes(error))
    connect, read = timeout
    handshake = any(_in_handshake(cause) for cause in causes)
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = cause.verify_message or "certificate verify failed"
            return False, (
                f"its certificate is not trusted ({why}); where a company inspects the traffic, "
                "REQUESTS_CA_BUNDLE must name the company's certificates"
            )
    if handshake:
        return False, "no encrypted connection could be agreed on (TLS)"
    if _any(causes, ProxyError | requests.exceptions.ProxyError):
        return False, "the proxy named in the environment (HTTPS_PROXY) let nothing through"
    if _any(causes, NameResolutionError):
        return False, "its name could not be found (DNS)"
    if _any(causes, ConnectTimeoutError | requests.ConnectTimeout) and not _any(causes, NewConnectionError):
        return False, f"no connection within {connect:g} seconds"
    if _any(causes, NewConnectionError):
        refused = _any(causes, ConnectionRefusedError)
        return False, "the connection was refused" if refused else "no connection could be made"
    if _any(causes, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return False, "its address, or the proxy's, is malformed"
    if _any(causes, ReadTimeoutError | requests.ReadTimeout | TimeoutError):
        return True, f"no answer within {read:g} seconds"
    return True, "the connection was cut before the whole answer was there"


def _any(causes: Iterable[BaseException], kinds: Any) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was made from.

    Never by __context__: that may lead to an older failure, of another request, which the caller
    is still handling.
    """
    seen: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and not any(one is other for other in seen):
            seen.append(one)
            waiting += [one.__cause__, getattr(one, "reason", None), *one.args]
            yield one


def _in_handshake(error: BaseException) -> bool:
    """Was it raised while TLS was being agreed on, before any request could be written?"""
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_code.co_name == "do_handshake" for frame, _ in frames)
