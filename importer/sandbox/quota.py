"""Quota: requests left in the present window, and who may ask at all.

Documented: 402 when spent, both headers on every answer, Bearer keys. Guessed: a window opens with its first
request; a refused request costs nothing; Basic with e-mail and password, which only the samples show.
"""

import base64
import binascii
import re
import threading
import time

from importer.sandbox.refusal import Refusal

LEFT, RESETS = "X-Toggl-Quota-Remaining", "X-Toggl-Quota-Resets-In"
REVOKED = "toggl_sk_revoked"
_TRACK_TOKEN = re.compile(r"[0-9a-fA-F]{32}")  # of another product


class Quota:
    def __init__(self, limit: int, window: float = 3600.0) -> None:
        self._lock = threading.Lock()
        self.reset(limit, window)

    def reset(self, limit: int, window: float) -> None:
        with self._lock:
            self.limit, self.window = limit, window
            self._used, self._opened = 0, time.monotonic()

    def take(self) -> None:
        """Counts one request, or raises 402."""
        with self._lock:
            self._turn()
            if self._used >= self.limit:
                raise Refusal(402, "quota_exceeded", "the API quota of this hour is used up")
            if not self._used:
                self._opened = time.monotonic()
            self._used += 1

    def headers(self) -> dict[str, str]:
        with self._lock:
            self._turn()
            left = self._opened + self.window - time.monotonic() if self._used else self.window
            return {
                LEFT: str(max(self.limit - self._used, 0)),
                RESETS: str(max(int(left + 0.999), 0)),
            }

    def _turn(self) -> None:
        if time.monotonic() >= self._opened + self.window:
            self._used, self._opened = 0, time.monotonic()


def admit(authorization: str | None) -> None:
    """Raises 401 unless the header holds a key, or an e-mail and a password."""
    scheme, _, secret = (authorization or "").partition(" ")
    secret = secret.strip()
    if scheme.lower() == "bearer" and secret and secret != REVOKED and not _TRACK_TOKEN.fullmatch(secret):
        return
    if scheme.lower() == "basic" and _login(secret):
        return
    raise Refusal(401, "invalid_session", "the provided API key or session is invalid")


def _login(secret: str) -> bool:
    try:
        email, colon, password = base64.b64decode(secret, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return "@" in email and bool(colon) and bool(password)
