"""App: the routes over aiohttp, and the order in which a request meets them: who asks, quota, faults, work.

Documented: application/json on every request, which is asked of bodies alone here. Seen: a wrong route family
answers 404, a wrong method 405, a wrong organization or workspace 403. Guessed: 400 for another type of body.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Sequence
from email.utils import format_datetime
from urllib.parse import unquote_plus

from aiohttp import web

from importer.sandbox import creation, endpoints, lookups
from importer.sandbox.fate import Fate, Reply
from importer.sandbox.instants import shown
from importer.sandbox.plan import Rule
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
    ("POST", "tasks", f"{_O}/tasks", creation.create_task),
    ("POST", "tasks/bulk", f"{_O}/tasks/bulk", creation.create_tasks),
    ("PATCH", "tasks/bulk", f"{_O}/tasks/bulk", endpoints.change_tasks),
    ("DELETE", "tasks/bulk", f"{_O}/tasks/bulk", endpoints.delete_tasks),
    ("POST", "tasks/bulk/archive", f"{_O}/tasks/bulk/archive", endpoints.archive_tasks),
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
        application = web.Application(client_max_size=_LARGEST, middlewares=[self._otherwise])
        application.on_response_prepare.append(_leave_out)
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
                reply = self._answer(rule, endpoint, call)
                await self._wait(call.fate.delay(after=True))
                if rule is not None and rule.options.get("cut", rule.do == "cut"):
                    return await self._cut(request, reply, rule.options.get("sent", -1))
            return self._send(request, reply)

        return handle

    def _refused(self, request: web.Request, call: Call) -> Reply | None:
        settings = self._workspace.faults.settings
        try:
            admit(request.headers.get("Authorization"))
            self._workspace.quota.take()
            for name, only in (("o", ORGANIZATION), ("w", WORKSPACE)):
                if name in call.path and call.number(name) != only:
                    raise Refusal(403, "forbidden", "user has no access to this organization or workspace")
            if settings.max_body is not None and len(call.body) > settings.max_body:
                raise Refusal(413, "request_too_large", "the request body is too large")
            if call.body and settings.content_type_required and request.content_type != "application/json":
                raise Refusal(400, "bad_request", "the Content-Type must be application/json")
        except Refusal as refusal:
            return Reply(refusal.status, refusal.body())
        return None

    def _answer(self, rule: Rule | None, endpoint: Endpoint, call: Call) -> Reply:
        if rule is None:
            return self._work(endpoint, call)
        worked = Reply()
        if rule.do == "late" or rule.options["written"] not in (0, []):
            worked = self._work(endpoint, call)
        if worked.later is not None:
            self._put_off(rule.options["seconds"], worked.later)
        if rule.do == "cut" or worked.status >= 400:  # nothing could be written: the true refusal
            return worked
        return call.fate.ended(rule, worked)

    def _work(self, endpoint: Endpoint, call: Call) -> Reply:
        try:
            reply = endpoint(self._workspace, call)
        except Refusal as refusal:
            return Reply(refusal.status, refusal.body())
        reply.body = shown(reply.body, self._workspace.zone)
        return reply

    def _put_off(self, seconds: float, later: Callable[[], None]) -> None:
        async def work() -> None:
            await self._wait(seconds)
            try:
                later()
            except Exception:
                traceback.print_exc()

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
            creation.meanwhile(self._workspace, other["create"], other["delete"])

    async def _cut(self, request: web.Request, reply: Reply, sent: int | str) -> web.StreamResponse:
        """Breaks the connection off before or within the answer."""
        response = web.StreamResponse()
        if sent != -1:
            payload = reply.encoded()
            part = payload[: len(payload) // 2 if sent == "half" else int(sent)]
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
        answer = _Answer(status=reply.status, body=reply.encoded() or None, headers=self._headers(reply))
        answer.left_out = [name for name, value in reply.headers.items() if value is None]
        return answer

    def _headers(self, reply: Reply) -> dict[str, str]:
        headers = self._workspace.quota.headers()
        headers["Date"] = format_datetime(self._workspace.now(), usegmt=True)
        if reply.body is not None:
            headers["Content-Type"] = f"{reply.kind}; charset=utf-8"
        own = {name.lower() for name in reply.headers}
        usual = {name: value for name, value in headers.items() if name.lower() not in own}
        return usual | {name: value for name, value in reply.headers.items() if value is not None}

    def _log(self, request: web.Request, status: int) -> None:
        self._workspace.store.requests.append((request.method, request.path, status))

    @web.middleware
    async def _otherwise(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What no endpoint answers, in the API's own words and with its headers."""
        try:
            return await handler(request)
        except web.HTTPException as miss:
            code = {404: "not_found", 405: "method_not_allowed"}.get(miss.status, "bad_request")
            return self._send(request, Reply(miss.status, Refusal(miss.status, code, miss.reason).body()))
        except (ConnectionError, web.RequestPayloadError):  # whoever asked is gone
            raise
        except Exception:
            traceback.print_exc()
            words = Refusal(500, "internal_server_error", "an unexpected error occurred").body()
            return self._send(request, Reply(500, words))


class _Answer(web.Response):
    left_out: Sequence[str] = ()


async def _leave_out(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Here, since aiohttp adds some headers by itself."""
    for name in response.left_out if isinstance(response, _Answer) else ():
        response.headers.popall(name, None)
