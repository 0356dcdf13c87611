"""Asks one sandbox the way a client would, in short paths."""

from collections.abc import Callable
from typing import Any

import requests

from importer.sandbox.server import Sandbox


class Caller:
    """Asks one sandbox; paths are short: `tasks`, `projects`, `clients`, …"""

    def __init__(self, box: Sandbox, session: requests.Session) -> None:
        self.box = box
        self.session = session
        session.headers["Authorization"] = "Bearer toggl_sk_practice"

    def url(self, short: str) -> str:
        base = self.box.base_url
        if short.startswith("/"):
            return base + short
        family = short.partition("/")[0].partition("?")[0]
        if family in ("tasks", "projects"):
            return f"{base}/organizations/1/workspaces/1/{short}"
        return f"{base}/workspaces/1/{short}"

    def ask(self, method: str, short: str, **more: Any) -> requests.Response:
        return self.session.request(method, self.url(short), allow_redirects=False, timeout=20, **more)

    def get(self, short: str, *pairs: tuple[str, Any]) -> requests.Response:
        return self.ask("GET", short, params=list(pairs))

    def post(self, short: str, body: Any) -> requests.Response:
        return self.ask("POST", short, json=body)

    def patch(self, task_id: int, body: Any) -> requests.Response:
        return self.ask("PATCH", f"tasks/{task_id}", json=body)

    def raw(self, method: str, short: str, body: bytes) -> requests.Response:
        return self.ask(method, short, data=body, headers={"Content-Type": "application/json"})

    def bulk(self, *tasks: Any) -> requests.Response:
        return self.post("tasks/bulk", {"tasks": [{"name": t} if isinstance(t, str) else t for t in tasks]})

    def pages(self, *pairs: tuple[str, Any]) -> list[dict[str, Any]]:
        """The whole list, page by page."""
        found: list[dict[str, Any]] = []
        for page in range(1, 1000):
            answer = self.get("tasks", *pairs, ("per_page", 100), ("page", page))
            assert answer.status_code == 200, answer.text
            body = answer.json()
            found += body["data"]
            if len(body["data"]) < 100:
                assert len(found) == body["total"]
                return found
        raise AssertionError("no end")


Start = Callable[..., Caller]
