"""App: the routes over aiohttp, and the order in which a request meets them: who asks, quota, faults, work.

Seen: a wrong route family answers 404, a wrong method 405, a wrong organization or workspace 403.
"""

import asyncio
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from urllib.parse import unquote_plus

from aiohttp import web

from importer.sandbox import endpoints, lookups
from importer.sandbox.fate import Fate, Reply
from importer.sandbox.faults import Rule
from importer.sandbox.quota import admit
from importer.sandbox.records import ORGANIZATION, WORKSPACE
from importer.sandbox.refusal import Refusal
from importer.sandbox.workspace import Call, Workspace

Endpoint = Callable[[Workspace, Call], Reply]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_O = "/organizations/{o}/workspaces/{w}"
_W = "/workspaces/{w}"
# method, route as fault plans name it, path, endpoint; the first path that fits is taken
ROUTES: tuple[tuple[str, str, str, Endpoint], ...] = (
    ("GET", "tasks", f"{_O}/tasks", endpoints.list_tasks),
    ("POST", "tasks", f"{_O}/tasks", endpoints.create_task),
    ("POST", "tasks/bulk", f"{_O}/tasks/bulk", endpoints.create_tasks),
    ("PATCH", "tasks/bulk", f"{_O}/tasks/bulk", endpoints.change_tasks),
    ("DELETE", "tasks/bulk", f"{_O}/tasks/bulk", endpoints.delete_tasks),
    ("PATCH", "tasks/bulk/restore", f"{_O}/tasks/bulk/restore", endpoints.restore_tasks),
    ("POST", "tasks/bulk/archive", f"{_O}/tasks/bulk/archive", endpoints.archive_tasks),
    ("POST", "tasks/bulk/unarchive", f"{_O}/tasks/bulk/unarchive", endpoints.unarchive_tasks),
    ("GET", "tasks/stream", f"{_O}/tasks/stream", endpoints.stream_tasks),
    ("GET", "tasks/by-external-id", f"{_O}/tasks/by-external-id", endpoints.find_external),
    ("GET", "tasks/{id}", f"{_O}/tasks/{{id}}", endpoints.read_task),
    ("PATCH", "tasks/{id}", f"{_O}/tasks/{{id}}", endpoints.change_task),
    ("DELETE", "tasks/{id}", f"{_O}/tasks/{{id}}", endpoints.delete_task),
    ("GET", "projects", f"{_O}/projects", lookups.list_projects),
    ("POST", "projects", f"{_O}/projects", lookups.create_project),
    ("GET", "clients", f"{_W}/clients", lookups.list_clients),
    ("POST", "clients", f"{_W}/clients", lookups.create_client),
    ("GET", "tags", f"{_W}/tags", lookups.list_tags),
    ("POST", "tags", f"{_W}/tags", lookups.create_tag),
    ("POST", "tags/bulk", f"{_W}/tags/bulk", lookups.create_tags),
    ("GET", "statuses", f"{_W}/statuses", lookups.list_statuses),
    ("GET", "task-constraints", f"{_W}/task-constraints", lookups.read_constraints),
    ("GET", "users", "/organizations/{o}/users", lookups.list_users),
    ("GET", "settings", "/users/me/settings", lookups.read_settings),
)
NAMES = tuple(f"{method} {route}" for method, route, _, _ in ROUTES)
_LARGEST = 256 * 2**20
_CUT = 0  # what the log of requests shows for an answer that was cut off


class Front:
    """Takes requests in, lets the plan have its way with them, and sends the answers."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._closing = asyncio.Event()
        self._late: set[asyncio.Task[None]] = set()

    def application(self) -> web.Application:
        application = web.Application(client_max_size=_LARGEST, middlewares=[self._unrouted])
        for method, route, path, endpoint in ROUTES:
            application.router.add_route(method, f"/api{path}", self._handler(route, endpoint))
        return application

    async def close(self) -> None:
        """Carries out now what was to be written late: the writing had been promised to happen."""
        self._closing.set()
        await asyncio.gather(*self._late)

    def _handler(self, route: str, endpoint: Endpoint) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            call = Call(list(request.query.items()), await request.read(), request.match_info)
            reply = self._refused(request, call)
            if reply is None:
                query = unquote_plus(request.query_string)
                rules = self._workspace.faults.met(request.method, route, query, call.body)
                call = Call(call.query, call.body, call.path, Fate(rules))
                await self._wait(call.fate.delay(after=False))
                self._meanwhile(call.fate)
                rule = call.fate.ending
                if rule is not None and rule.do == "cut":
                    return await self._cut(request, rule, endpoint, call)
                reply = self._answer(rule, endpoint, call)
                await self._wait(call.fate.delay(after=True))
            return self._send(request, reply)

        return handle

    def _refused(self, request: web.Request, call: Call) -> Reply | None:
        most = self._workspace.faults.settings.max_body
        try:
            admit(request.headers.get("Authorization"))
            self._workspace.quota.take()
            for name, only in (("o", ORGANIZATION), ("w", WORKSPACE)):
                if name in call.path and call.number(name) != only:
                    raise Refusal(403, "forbidden", "user has no access to this organization or workspace")
            if most is not None and len(call.body) > most:
                raise Refusal(413, "request_too_large", "the request body is too large")
        except Refusal as refusal:
            return Reply(refusal.status, refusal.body())
        return None

    def _answer(self, rule: Rule | None, endpoint: Endpoint, call: Call) -> Reply:
        if rule is None:
            return self._work(endpoint, call)
        if rule.do == "late":
            self._later(rule.options["seconds"], endpoint, call)
        elif rule.options["written"]:
            worked = self._work(endpoint, call)
            if worked.status >= 400:  # nothing could be written: the true refusal
                return worked
        return call.fate.ended(rule, self._workspace.quota.headers())

    def _work(self, endpoint: Endpoint, call: Call) -> Reply:
        try:
            return endpoint(self._workspace, call)
        except Refusal as refusal:
            return Reply(refusal.status, refusal.body())

    def _later(self, seconds: float, endpoint: Endpoint, call: Call) -> None:
        async def work() -> None:
            await self._wait(seconds)
            self._work(endpoint, call)

        task = asyncio.get_running_loop().create_task(work())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            try:
                await asyncio.wait_for(self._closing.wait(), seconds)
            except TimeoutError:
                return

    def _meanwhile(self, fate: Fate) -> None:
        for other in fate.each("meanwhile"):
            endpoints.meanwhile(self._workspace, other["create"], other["delete"])

    async def _cut(
        self, request: web.Request, rule: Rule, endpoint: Endpoint, call: Call
    ) -> web.StreamResponse:
        """Breaks the connection off before or within the answer, after having written what the plan says."""
        sent = rule.options["sent"]
        response = web.StreamResponse()
        if rule.options["written"] or sent != -1:
            reply = self._work(endpoint, call)
            payload = reply.encoded()
            if sent != -1:
                part = payload[: len(payload) // 2 if sent == "half" else sent]
                response = web.StreamResponse(status=reply.status, headers=self._headers(reply))
                response.content_length = max(len(payload), len(part) + 1)  # never whole
                await response.prepare(request)
                await response.write(part)
                await asyncio.sleep(0.02)  # what is still buffered would be lost with the connection
        self._log(request, _CUT)
        if request.transport is not None:
            request.transport.abort()
        return response

    def _send(self, request: web.Request, reply: Reply) -> web.Response:
        self._log(request, reply.status)
        return web.Response(status=reply.status, body=reply.encoded() or None, headers=self._headers(reply))

    def _headers(self, reply: Reply) -> dict[str, str]:
        headers = self._workspace.quota.headers()
        headers["Date"] = format_datetime(self._workspace.now(), usegmt=True)
        if reply.body is not None:
            headers["Content-Type"] = f"{reply.kind}; charset=utf-8"
        return headers | reply.headers

    def _log(self, request: web.Request, status: int) -> None:
        self._workspace.store.requests.append((request.method, request.path, status))

    @web.middleware
    async def _unrouted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """404 and 405 in the API's own words."""
        try:
            return await handler(request)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as miss:
            code = "not_found" if miss.status == 404 else "method_not_allowed"
            return self._send(request, Reply(miss.status, Refusal(miss.status, code, miss.reason).body()))
