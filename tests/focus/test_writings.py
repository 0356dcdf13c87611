"""POST: sent once, whatever happens, and an Answer in every case."""

import signal
import socket
import ssl
import threading
import time as real_time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import trustme
from loopback import CUT, GARBLED, HANG, Asked, Connect, FakeTime, Loopback, Serve, reply

from importer.errors import Unreachable
from importer.settings import Login

TASKS = [{"name": "eins"}, {"name": "zwei ✓"}]


def test_a_bulk_is_one_request_with_all_tasks(serve: Serve, connect: Connect) -> None:
    server = serve(reply(201, [{"id": 1}, {"id": 2}], {"X-Toggl-Quota-Remaining": "9"}))
    client = connect(server.base_url)
    answer = client.create_tasks(TASKS)
    assert (answer.status, answer.body, answer.sent, answer.readable) == (
        201,
        [{"id": 1}, {"id": 2}],
        True,
        True,
    )
    assert client.quota.remaining == answer.quota.remaining == 9
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/api/organizations/1/workspaces/2/tasks/bulk")
    assert asked.body == {"tasks": TASKS}
    assert asked.headers["content-type"] == "application/json"


def test_every_creation_has_its_endpoint(serve: Serve, connect: Connect) -> None:
    server = serve(reply(201, {"id": 1}))
    client = connect(server.base_url)
    client.create_task(TASKS[0])
    client.create_tag("urgent")
    client.create_project("Site", client_id=4)
    client.create_project("Alone")
    client.create_client("ACME")
    assert [(asked.path.removeprefix("/api"), asked.body) for asked in server.asked] == [
        ("/organizations/1/workspaces/2/tasks", TASKS[0]),
        ("/workspaces/2/tags", {"name": "urgent", "color": "#9E5BD9"}),
        ("/organizations/1/workspaces/2/projects", {"name": "Site", "client_id": 4}),
        ("/organizations/1/workspaces/2/projects", {"name": "Alone"}),
        ("/workspaces/2/clients", {"name": "ACME"}),
    ]


@pytest.mark.parametrize(
    ("came", "trouble"),
    [
        (CUT, "the connection was cut"),
        (HANG, "no answer within 0.3 seconds"),
        (reply(201, [{"id": 1}], length=900), "the connection was cut"),
        (reply(201, length=40), "the connection was cut"),
        (b"HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2,\r\n", "the connection was cut"),
        (b"HTTP/1.1 201 OK\r\nContent-Length: twelve\r\n\r\n", ""),
        (b"nonsense\r\n\r\n", "the connection was cut"),
    ],
    ids=["cut", "silence", "short body", "no body", "half chunked", "odd length", "no http"],
)
def test_what_breaks_off_may_have_arrived_and_is_not_sent_twice(
    serve: Serve, connect: Connect, time: FakeTime, came: bytes, trouble: str
) -> None:
    server = serve(came)
    client = connect(server.base_url, timeout=(0.3, 0.3))
    answer = client.create_tasks(TASKS)
    assert answer.sent
    if trouble:
        assert answer.status is None
        assert answer.trouble.startswith(trouble)
    assert len(server.asked) == client.requests == 1
    assert time.slept == []


@pytest.mark.parametrize("came", [CUT, reply(201, [{"id": 1}], length=900)])
def test_nothing_resends_on_a_connection_that_was_used_before(
    serve: Serve, connect: Connect, came: bytes
) -> None:
    server = serve(lambda asked: reply(200, []) if asked.method == "GET" else came)
    client = connect(server.base_url)
    client.list_tasks(1, {})
    assert client.create_tasks(TASKS).status is None
    assert [asked.method for asked in server.asked] == ["GET", "POST"]


def test_an_idle_connection_is_not_trusted_with_a_post(
    serve: Serve, connect: Connect, time: FakeTime
) -> None:
    connections: list[int] = []
    server = serve(reply(200, []))
    client = connect(server.base_url)
    for pause in (0, 1, 60):
        time.sleep(pause)
        client.create_task(TASKS[0])
        connections.append(len(server.connections))
    assert connections == [1, 1, 2]


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408, 402])
def test_no_status_makes_a_post_go_twice(serve: Serve, connect: Connect, status: int) -> None:
    server = serve(reply(status, {"error": "x", "error_description": "words"}, {"Retry-After": "3"}))
    answer = connect(server.base_url).create_tasks(TASKS)
    assert (answer.status, answer.retry_after, str(answer.refusal)) == (status, 3, "words")
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["/elsewhere?key=1", "http://[broken", "http://", "https://x.example/a?b"])
def test_a_redirect_of_a_post_is_only_reported(
    serve: Serve, connect: Connect, status: int, target: str
) -> None:
    server = serve(reply(status, headers={"Location": target}))
    answer = connect(server.base_url).create_tasks(TASKS)
    assert (answer.status, answer.sent) == (status, True)
    assert "?" not in (answer.location or "")
    assert [asked.method for asked in server.asked] == ["POST"]


def test_an_answer_that_is_no_json_is_unreadable(serve: Serve, connect: Connect) -> None:
    for raw in (b"<html>201</html>", b'{"id": 1', b"\xff\xfe\x00", b"[" * 100_000):
        answer = connect(serve(reply(201, raw)).base_url).create_tasks(TASKS)
        assert (answer.status, answer.readable, answer.body) == (201, False, None)


def test_an_empty_answer_is_readable(serve: Serve, connect: Connect) -> None:
    for whole in (reply(201), reply(201, b" \n"), b"HTTP/1.1 204 No Content\r\n\r\n"):
        answer = connect(serve(whole).base_url).create_tasks(TASKS)
        assert (answer.readable, answer.body, answer.trouble) == (True, None, "")


def test_a_refused_connection_was_never_sent(connect: Connect) -> None:
    client = connect("http://127.0.0.1:1/api")
    answer = client.create_tasks(TASKS)
    assert (answer.status, answer.sent, answer.trouble) == (None, False, "the connection was refused")
    assert client.requests == 0


def test_an_unknown_name_was_never_sent(connect: Connect) -> None:
    answer = connect("https://no-such-host.invalid/api").create_tasks(TASKS)
    assert (answer.status, answer.sent, answer.trouble) == (None, False, "its name could not be found (DNS)")


def test_a_full_queue_is_a_connect_timeout_and_was_never_sent(connect: Connect, stack: ExitStack) -> None:
    busy = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(3):  # more than the queue holds
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        with suppress(BlockingIOError):
            waiting.connect(busy.getsockname())
    client = connect(f"http://127.0.0.1:{busy.getsockname()[1]}/api", timeout=(0.2, 5))
    answer = client.create_tasks(TASKS)
    assert (answer.status, answer.sent, answer.trouble) == (None, False, "no connection within 0.2 seconds")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def encrypted(stack: ExitStack, authority: trustme.CA) -> Loopback:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return stack.enter_context(Loopback([GARBLED], tls=context))


def test_an_encrypted_connection_that_breaks_after_sending_leaves_doubt(
    encrypted: Loopback,
    authority: trustme.CA,
    connect: Connect,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    answer = connect(encrypted.base_url).create_tasks(TASKS)
    assert [asked.method for asked in encrypted.asked] == ["POST"]
    assert (answer.status, answer.sent) == (None, True)


def test_an_untrusted_certificate_gets_nothing(encrypted: Loopback, connect: Connect) -> None:
    answer = connect(encrypted.base_url).create_tasks(TASKS)
    assert (answer.status, answer.sent, encrypted.asked) == (None, False, [])
    assert "its certificate is not trusted" in answer.trouble
    assert "REQUESTS_CA_BUNDLE" in answer.trouble


def test_a_failed_tls_handshake_was_never_sent(serve: Serve, connect: Connect) -> None:
    server = serve(reply(201, []))  # speaks no TLS
    answer = connect(server.base_url.replace("http:", "https:")).create_tasks(TASKS)
    assert (answer.status, answer.sent) == (None, False)
    assert "TLS" in answer.trouble


def test_a_handshake_that_hangs_or_breaks_off_was_never_sent(connect: Connect, stack: ExitStack) -> None:
    deaf = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    address = f"https://127.0.0.1:{deaf.getsockname()[1]}/api"
    client = connect(address, timeout=(0.2, 0.2))
    assert not client.create_tasks(TASKS).sent

    def hang_up() -> None:
        for _ in range(2):  # the one above is still in the queue
            deaf.accept()[0].close()

    hanging_up = threading.Thread(target=hang_up)
    hanging_up.start()
    assert not client.create_tasks(TASKS).sent
    hanging_up.join()


def test_a_failure_being_handled_is_not_taken_for_the_one_that_happens(
    serve: Serve, connect: Connect
) -> None:
    server = serve(CUT)
    client = connect(server.base_url)
    try:
        connect("http://127.0.0.1:1/api", retries=0).list_tasks(1, {})
    except Unreachable:
        try:
            socket.create_connection(("127.0.0.1", 1))
        except ConnectionRefusedError:
            assert client.create_tasks(TASKS).sent


def test_a_proxy_that_refuses_let_nothing_through(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(reply(407))
    monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
    answer = connect("https://focus.example/api").create_tasks(TASKS)
    assert (answer.status, answer.sent) == (None, False)
    assert "proxy" in answer.trouble
    (asked,) = proxy.asked
    assert asked.method == "CONNECT"
    assert "authorization" not in asked.headers


def test_an_interruption_passes_through_and_the_request_counts(serve: Serve, connect: Connect) -> None:
    main = threading.main_thread().ident
    assert main is not None

    def interrupt(asked: Asked) -> bytes:
        signal.pthread_kill(main, signal.SIGINT)
        return HANG

    client = connect(serve(interrupt).base_url)
    with pytest.raises(KeyboardInterrupt):
        client.create_tasks(TASKS)
    assert client.requests == 1


def test_text_without_utf8_form_is_sent_all_the_same(serve: Serve, connect: Connect) -> None:
    server = serve(reply(201, {}))
    connect(server.base_url).create_task({"name": "half \ud83d a pair"})
    assert server.asked[0].body == {"name": "half ? a pair"}


def test_many_threads_may_read_at_once(serve: Serve, connect: Connect) -> None:
    server: Loopback = serve(lambda asked: reply(200, [{"id": asked.page}]))
    client = connect(server.base_url)
    found: list[int] = []

    def read(number: int) -> None:
        found.append(client.list_tasks(number, {}).tasks[0]["id"])

    threads = [threading.Thread(target=read, args=(number,)) for number in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 13))
    assert client.requests == 12


def test_an_answer_that_comes_byte_by_byte_is_not_waited_for_for_ever(
    connect: Connect, stack: ExitStack
) -> None:
    server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

    def drip() -> None:
        caller, _ = server.accept()
        with caller, suppress(OSError):
            caller.recv(65536)
            caller.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 9999\r\n\r\n")
            for _ in range(200):
                caller.sendall(b"[")
                real_time.sleep(0.02)

    thread = threading.Thread(target=drip)
    thread.start()
    stack.callback(thread.join)
    address = f"http://127.0.0.1:{server.getsockname()[1]}/api"
    answer = connect(address, timeout=(1, 0.1), clock=real_time.monotonic).create_tasks(TASKS)
    assert (answer.status, answer.sent) == (None, True)
    assert "too slowly" in answer.trouble


@pytest.mark.parametrize("status", [201, 400])
def test_a_secret_that_an_answer_repeats_is_blotted_out_however_it_is_written(
    serve: Serve, connect: Connect, status: int
) -> None:
    password = 'pa&ss"word1'
    body = b'{"error": "x", "error_description": "no: pa\\u0026ss\\"word1", "n": ["pa&ss\\"word1"]}'
    client = connect(serve(reply(status, body)).base_url, Login("ada@example.com", password))
    answer = client.create_tasks(TASKS)
    assert answer.body == {"error": "x", "error_description": "no: ***", "n": ["***"]}
