"""The endpoints of a Focus workspace as methods. Readings are repeated with care, writings never.

The wire sends; here is decided how often to ask, where a redirect may lead and which error ends it.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from importer.errors import BadRequest, Incomplete, NotAllowed, QuotaSpent
from importer.focus.answers import PER_PAGE, Answer, Page, Quota, Record, refusal
from importer.focus.failures import Wording, passing, place, quota_spent, usable
from importer.focus.parameters import BY_NAME, query
from importer.focus.wire import Wire, origin
from importer.settings import Connection

TAG_COLOR = "#9E5BD9"  # a new tag must have one
_REDIRECTS = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_LONGEST_RETRY_AFTER = 60.0  # longer is a matter for whoever decides about waiting

Pairs = Sequence[tuple[str, str]]


def _silent(_: str) -> None:
    pass


class Client:
    """Talks to one workspace. Several threads may read; writing is for one.

    `requests` counts all that were sent, whatever came back; `quota` is what the last answer said.
    `watch` gets a sentence when a reading is tried again. `wait` is called when the quota is spent:
    when it returns the reading goes on; without it, or when it raises, QuotaSpent ends it.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        timeout: tuple[float, float] = (10, 60),
        retries: int = 4,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        watch: Callable[[str], None] = _silent,
        wait: Callable[[QuotaSpent], None] | None = None,
    ) -> None:
        self.connection = connection
        self.quota = Quota()
        self.requests = 0
        self.wording = Wording(connection)
        self._wire = Wire(connection, timeout, clock)
        self._retries = retries
        self._sleep = sleep
        self._watch = watch
        self._wait = wait
        self._counting = threading.Lock()
        self._of_workspace = f"/workspaces/{connection.workspace}"
        self._of_organization = f"/organizations/{connection.organization}"
        self._full = self._of_organization + self._of_workspace

    def __repr__(self) -> str:
        return f"<Client of {self.connection.known_as}, {self.requests} requests>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._wire.close()

    # Reading and writing

    def get(self, path: str, params: Pairs = (), *, lines: bool = False) -> Any:
        """The JSON at `path`, after retries where they may help.

        Raises Unreachable, QuotaSpent, BadRequest (400, 422) or NotAllowed.
        """
        return self._got(path, params, lines).body

    def _got(self, path: str, params: Pairs, lines: bool = False) -> Answer:
        tries = 0
        while True:
            answer = self._follow(path, params, lines)
            if usable(answer):
                return answer
            if quota_spent(answer) or self._told_to_wait(answer):
                spent = self.wording.spent(answer)
                if self._wait is None:
                    raise spent
                self._wait(spent)
                continue
            tries += 1
            pause = self._pause(answer, tries)
            if pause is None:
                raise self.wording.failure(answer, path, tries)
            self._watch(f"{self.wording.trouble(answer)}; trying again in {pause:.1f} seconds")
            self._sleep(pause)

    def post(self, path: str, body: object) -> Answer:
        """Send once; never repeated, never redirected. Only an interruption leaves it as exception."""
        answer = self._exchange("POST", self.connection.base_url + path, body=body)
        return replace(answer, location=place(answer.location)) if answer.location else answer

    # Tasks

    def list_tasks(self, page: int, filters: Mapping[str, object], per_page: int = PER_PAGE) -> Page:
        """One page, from 1. `filters` as in parameters.query; an unknown name is a KeyError."""
        path = f"{self._full}/tasks"
        paging = [("page", str(page)), ("per_page", str(min(per_page, PER_PAGE)))]
        return self._page(path, [*query(filters), *paging])

    def stream_tasks(self, filters: Mapping[str, object]) -> Page:
        """All tasks in one request, without a total. ValueError for a filter it doesn't take."""
        if unfit := [name for name in filters if not BY_NAME[name].streamed]:
            raise ValueError(f"tasks/stream takes no {', '.join(unfit)}")
        return self._page(f"{self._full}/tasks/stream", query(filters), lines=True)

    def task_by_external_id(self, source: str, ext_id: int | str) -> Record | None:
        pairs = [("source", source), ("ext_id", str(ext_id))]
        return self._optional(f"{self._full}/tasks/by-external-id", pairs, absent={404})

    def create_tasks(self, bodies: Sequence[Mapping[str, Any]]) -> Answer:
        """1 to 100 tasks in one request."""
        return self.post(f"{self._full}/tasks/bulk", {"tasks": [dict(body) for body in bodies]})

    def create_task(self, body: Mapping[str, Any]) -> Answer:
        return self.post(f"{self._full}/tasks", dict(body))

    # Names of the workspace

    def projects(self) -> Iterator[Record]:
        """Also completed, archived and draft ones, as far as the server lets them be seen."""
        path = f"{self._full}/projects"
        everything = (("archived", ""), ("completed", ""))  # an empty value means both
        for hidden in ((*everything, ("include_drafts", "true")), everything):
            try:
                first = self._lookup_page(path, hidden, 1)
            except (BadRequest, NotAllowed) as refused:
                if isinstance(refused, NotAllowed) and refused.answered != 403:
                    raise
            else:
                yield from self._records(path, hidden, first)
                return
        known: set[object] = set()
        for alone in ((), (("archived", "true"),), (("completed", "true"),)):
            try:
                first = self._lookup_page(path, alone, 1)
            except (BadRequest, NotAllowed):
                if not alone:
                    raise
                continue
            for record in self._records(path, alone, first):
                if record.get("id") not in known:
                    known.add(record.get("id"))
                    yield record

    def clients(self) -> Iterator[Record]:
        return self._records(f"{self._of_workspace}/clients")

    def statuses(self) -> Iterator[Record]:
        return self._records(f"{self._of_workspace}/statuses")

    def tags(self) -> Iterator[Record]:
        return self._records(f"{self._of_workspace}/tags")

    def users(self) -> Iterator[Record]:
        """The organization's people."""
        return self._records(f"{self._of_organization}/users")

    def create_tag(self, name: str, color: str = TAG_COLOR) -> Answer:
        return self.post(f"{self._of_workspace}/tags", {"name": name, "color": color})

    def create_tags(self, names: Sequence[str], color: str = TAG_COLOR) -> Answer:
        """1 to 100 tags in one request, all or none: a name that is there already refuses them all."""
        tags = [{"name": name, "color": color} for name in names]
        return self.post(f"{self._of_workspace}/tags/bulk", {"tags": tags})

    def create_project(self, name: str, client_id: int | None = None) -> Answer:
        body = {"name": name} | ({} if client_id is None else {"client_id": client_id})
        return self.post(f"{self._full}/projects", body)

    def create_client(self, name: str) -> Answer:
        return self.post(f"{self._of_workspace}/clients", {"name": name})

    # Settings

    def settings(self) -> Record:
        """The user's own: `date_format` (US, EU, ISO), `current_workspace_id`, `timezone`."""
        return self._optional("/users/me/settings", (), absent=set()) or {}

    def task_constraints(self) -> Record | None:
        """Fields that the workspace demands; None where it doesn't tell."""
        path = f"{self._of_workspace}/task-constraints"
        return self._optional(path, (), absent={402, 403, 404})

    # Inside

    def _exchange(self, method: str, url: str, **rest: Any) -> Answer:
        with self._counting:
            self.requests += 1
        answer = self._wire.exchange(method, url, **rest)
        with self._counting:
            if not answer.sent:
                self.requests -= 1
            if answer.quota != Quota():
                self.quota = answer.quota
        return answer

    def _follow(self, path: str, params: Pairs, lines: bool) -> Answer:
        """GET, along redirects that stay where the credentials belong."""
        url = self.connection.base_url + path
        home = origin(url)
        answer = self._exchange("GET", url, params=params, lines=lines)
        for _ in range(_REDIRECTS):
            if not answer.location or origin(answer.location) != home:
                return answer
            answer = self._exchange("GET", answer.location, lines=lines)
        if answer.location:
            raise self.wording.no_api("it redirects in circles")
        return answer

    def _pause(self, answer: Answer, tries: int) -> float | None:
        """Seconds until the next try; None where there shall be none."""
        if tries > self._retries or not passing(answer):
            return None
        if answer.retry_after is not None and answer.status in (429, 503):
            return None if answer.retry_after > _LONGEST_RETRY_AFTER else answer.retry_after
        return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (tries - 1)) * random.uniform(0.5, 1.0)

    def _told_to_wait(self, answer: Answer) -> bool:
        """A 429 that says how long is a matter for whoever decides about waiting, where there is one."""
        seconds = answer.retry_after or 0
        return answer.status == 429 and seconds > (0 if self._wait else _LONGEST_RETRY_AFTER)

    def _optional(self, path: str, params: Pairs, absent: set[int]) -> Record | None:
        try:
            body = self.get(path, params)
        except NotAllowed as refused:
            if refused.answered in absent:
                return None
            raise
        inner = body.get("data") if isinstance(body, dict) else None
        record = inner if isinstance(inner, dict) else body
        if not isinstance(record, dict):
            raise self.wording.no_api(f"{path} gave no object")
        return record

    def _page(self, path: str, params: Pairs, *, lines: bool = False) -> Page:
        answer = self._got(path, params, lines)
        body = answer.body
        told: Record = body if isinstance(body, dict) else {}
        records = told.get("data") if "data" in told else body
        if records is None:
            records = []  # what Go writes for an empty list
        if lines and isinstance(records, dict) and "id" in records:
            records = [records]  # a single line
        if not isinstance(records, list):
            raise self.wording.no_api(f"{path} gave no list")
        tasks = [record for record in records if isinstance(record, dict)]
        if broken := next((one for one in tasks if lines and "id" not in one and "error" in one), None):
            raise Incomplete(f"{path} broke off: {refusal(broken)}. Run the same command again later.")
        return Page(tasks, _whole(told.get("total")), len(records), _whole(told.get("per_page")), answer.at)

    def _lookup_page(self, path: str, params: Pairs, page: int) -> Page:
        paging = [("page", str(page)), ("per_page", str(PER_PAGE))]
        return self._page(path, [*params, *paging])

    def _records(self, path: str, params: Pairs = (), first: Page | None = None) -> Iterator[Record]:
        """Every record once, page after page until one is short, or brings nothing new."""
        known: set[object] = set()
        number = 1
        page = first or self._lookup_page(path, params, number)
        while True:
            before = len(known)
            for record in page.tasks:
                if record.get("id") not in known:
                    known.add(record.get("id"))
                    yield record
            full = page.count >= min(PER_PAGE, page.per_page or PER_PAGE)
            whole = page.total is not None and len(known) >= page.total
            if not full or len(known) == before or whole:
                return
            number += 1
            page = self._lookup_page(path, params, number)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
