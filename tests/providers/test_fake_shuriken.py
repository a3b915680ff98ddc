from __future__ import annotations

import asyncio
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.harness.plain_client import dial
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.harness.ws_connection import text_frame
from tests.providers.fake_shuriken import FakeShuriken
from tests.providers.fake_shuriken_frames import MEMBER, Refusal, sign, swap
from tests.providers.fake_shuriken_rest import AUTH, CATALOG, KEY, SESSION
from tests.providers.fake_shuriken_socket import APP_KEY, APP_SECRET
from tests.providers.fake_shuriken_streams import STREAMS

Reply = tuple[int, Message, Any]  # status, headers, the JSON of the body

SWAPS = {"stream": "svm.token.swaps", "filter": {"tokenAddress": "So111"}}
GLOBAL = {"stream": "alpha.signalFeedGlobal", "filter": {}}
AUTOMATION = {"stream": "automation.updates", "filter": {}}
QUERY = "protocol=7&client=test&version=1.0"
FORM = "application/x-www-form-urlencoded"


# ---- a client that is not wscli ----


def call(
    url: str,
    body: bytes | None = None,
    *,
    method: str = "POST",
    key: str | None = KEY,
    content_type: str = "application/json",
    context: ssl.SSLContext | None = None,
) -> Reply:
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if body is not None:
        headers["Content-Type"] = content_type
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with opener.open(request, timeout=5) as answer:
            return answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, json.load(error)


def ask_session(fake: FakeShuriken, *wanted: object, **options: Any) -> Reply:
    body = json.dumps({"subscriptions": wanted}).encode()
    return call(fake.http_url + SESSION, body, **options)


def session(fake: FakeShuriken, *wanted: object, **options: Any) -> Any:
    status, _, answer = ask_session(fake, *wanted, **options)
    assert status == 200, answer
    return answer.get("data", answer)


def authorise(fake: FakeShuriken, socket_id: str, channel: str, **options: Any) -> Reply:
    body = urlencode({"socket_id": socket_id, "channel_name": channel}).encode()
    return call(fake.http_url + AUTH, body, content_type=FORM, **options)


@contextmanager
def client(fake: FakeShuriken, target: str = f"/app/{APP_KEY}?{QUERY}", **options):
    with dial(fake.url + target, **options) as connection:
        yield connection


def told(connection: ClientConnection) -> Any:
    return json.loads(connection.recv(timeout=5))


@contextmanager
def established(fake: FakeShuriken, **options) -> Iterator[tuple[ClientConnection, str]]:
    """A connection and its socket_id."""
    with client(fake, f"/app/{fake.pusher.key}?{QUERY}", **options) as connection:
        first = told(connection)
        assert first["event"] == "pusher:connection_established"
        yield connection, json.loads(first["data"])["socket_id"]


def say(connection: ClientConnection, event: str, data: object) -> None:
    connection.send(json.dumps({"event": event, "data": data}))


@contextmanager
def subscribed(fake: FakeShuriken, *wanted: Mapping[str, object], **options):
    """A connection that has subscribed to all of these, as the documentation says."""
    granted = session(fake, *wanted, **options)["subscriptions"]
    with established(fake) as (connection, socket_id):
        for one in granted:
            data = {"channel": one["channel"]}
            if one["visibility"] == "presence" or one["channel"].startswith("private-"):
                data |= authorise(fake, socket_id, one["channel"])[2]
            say(connection, "pusher:subscribe", data)
            answer = told(connection)
            assert answer["event"] == "pusher_internal:subscription_succeeded", answer
            assert answer["channel"] == one["channel"]
        yield connection


@pytest.fixture
def swaps(shuriken: FakeShuriken) -> str:
    """The channel of SWAPS, in a session."""
    session(shuriken, SWAPS)
    return shuriken.channel("svm.token.swaps", tokenAddress="So111")


# ---- session ----


def test_a_session_says_where_the_socket_is_and_what_the_channels_are(shuriken: FakeShuriken):
    answer = session(shuriken, SWAPS, AUTOMATION)
    place = urlsplit(shuriken.url)
    assert answer == {
        "connection": {
            "provider": "pusher",
            "appKey": APP_KEY,
            "wsHost": place.hostname,
            "wsPort": place.port,
            "forceTls": False,
            "authEndpoint": shuriken.http_url + AUTH,
        },
        "session": {"recommendedReconnectBackoffMs": [1000, 2000, 4000]},
        "subscriptions": [
            {
                "stream": "svm.token.swaps",
                "channel": "public-svm.token.swaps-So111",
                "event": "update",
                "visibility": "public",
                "payloadFormat": "json",
                "payloadSchemaId": "svm.token.swaps.v1",
            },
            {
                "stream": "automation.updates",
                "channel": "presence-automation.updates",
                "event": "update",
                "visibility": "presence",
                "payloadFormat": "json",
                "payloadSchemaId": "automation.updates.v1",
            },
        ],
    }
    assert [one.stream.id for one in shuriken.rest.sessions[0]] == [
        "svm.token.swaps",
        "automation.updates",
    ]


def test_a_session_comes_bare_or_inside_data_with_a_url_or_a_path(shuriken: FakeShuriken):
    assert ask_session(shuriken, SWAPS)[2].keys() == {"data"}
    shuriken.rest.wrapped, shuriken.auth_endpoint = False, "path"
    shuriken.rest.backoff_ms = [5]
    answer = ask_session(shuriken, SWAPS)[2]
    assert answer["connection"]["authEndpoint"] == AUTH
    assert answer["session"] == {"recommendedReconnectBackoffMs": [5]}


def test_the_private_prefix_of_a_public_stream_is_the_documented_disagreement(
    shuriken: FakeShuriken,
):
    [one] = session(shuriken, GLOBAL)["subscriptions"]
    assert (one["visibility"], one["channel"]) == ("public", "private-signal-global")


def test_channels_can_be_given_any_name_and_visibility(shuriken: FakeShuriken):
    streams = shuriken.rest.streams
    swaps = streams["svm.token.swaps"]
    streams["svm.token.swaps"] = replace(
        swaps, visibility="presence", prefix="public-", name="s", event="swap"
    )
    [one] = session(shuriken, SWAPS)["subscriptions"]
    assert (one["visibility"], one["channel"], one["event"]) == (
        "presence",
        "public-s-So111",
        "swap",
    )


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ([], "BAD_REQUEST"),
        (["svm.token.swaps"], "BAD_REQUEST"),
        ([{"stream": "svm.token.swaps"}], "BAD_REQUEST"),
        ([{**SWAPS, "event": "update"}], "BAD_REQUEST"),
        ([{"stream": "svm.token.moon", "filter": {}}], "UNKNOWN_STREAM"),
        ([{"stream": "svm.token.swaps", "filter": {}}], "BAD_FILTER"),
        ([{"stream": "portfolio.notifications", "filter": {"a": "b"}}], "BAD_FILTER"),
        ([SWAPS, {"stream": "svm.token.swaps", "filter": {"tokenAddress": 1}}], "BAD_FILTER"),
        ([{"stream": "evm.wallet.nativeBalance", "filter": {"chainId": 1}}], "BAD_FILTER"),
    ],
)
def test_subscriptions_in_another_form_are_refused(
    shuriken: FakeShuriken, wanted: list[object], code: str
):
    status, _, answer = ask_session(shuriken, *wanted)
    assert (status, answer["error"]["code"]) == (400, code)
    assert shuriken.rest.sessions == []


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"key": None}, 401),
        ({"key": "sk_other"}, 401),
        ({"key": "sk_banned"}, 403),
        ({"method": "PUT"}, 405),
        ({"content_type": FORM}, 415),
        ({"content_type": "application/json; charset=utf-8"}, 200),
    ],
)
def test_key_method_and_content_type_of_a_session_are_checked(
    shuriken: FakeShuriken, options: dict[str, Any], status: int
):
    shuriken.rest.forbidden.add("sk_banned")
    answered, _, body = ask_session(shuriken, SWAPS, **options)
    assert answered == status
    if status != 200:
        assert body.keys() == {"error", "requestId"}
        assert body["error"].keys() == {"code", "message"}


def test_a_body_that_is_no_json_is_refused(shuriken: FakeShuriken):
    assert call(shuriken.http_url + SESSION, b"subscriptions=")[0] == 400


def test_a_key_can_expire(shuriken: FakeShuriken):
    session(shuriken, SWAPS)
    shuriken.rest.keys.clear()
    assert ask_session(shuriken, SWAPS)[0] == 401


def test_a_session_can_be_put_off_with_retry_after(shuriken: FakeShuriken):
    shuriken.rest.session.fail_next(429, "RATE_LIMITED", retry_after="7")
    status, headers, body = ask_session(shuriken, SWAPS)
    assert (status, headers["Retry-After"]) == (429, "7")
    assert (body["error"]["code"], "requestId" in body) == ("RATE_LIMITED", True)
    assert ask_session(shuriken, SWAPS)[0] == 200


def test_the_next_answers_can_be_anything(shuriken: FakeShuriken):
    shuriken.rest.session.answer_next(502, {"X-Tea": "oolong"}, b"[1]", times=2)
    for _ in range(2):
        status, headers, body = ask_session(shuriken, SWAPS)
        assert (status, headers["X-Tea"], body) == (502, "oolong", [1])
    assert ask_session(shuriken, SWAPS)[0] == 200
    assert len(shuriken.rest.session.requests) == 3


def test_an_answer_can_be_held_and_delayed(shuriken: FakeShuriken):
    shuriken.rest.session.hold()
    shuriken.rest.session.delay = 0.01
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(session, shuriken, SWAPS)
        eventually(lambda: shuriken.rest.session.requests)
        with pytest.raises(TimeoutError):
            asked.result(0.05)
        assert call(shuriken.http_url + CATALOG, method="GET")[0] == 200
        shuriken.rest.session.release()
        assert asked.result(5)["subscriptions"]


def test_it_ends_while_an_answer_is_held():
    with ThreadPoolExecutor(1) as thread:
        with FakeShuriken() as fake:
            fake.rest.catalog.hold()
            fake.rest.catalog.delay = 60
            asked = thread.submit(call, fake.http_url + CATALOG, method="GET")
            eventually(lambda: fake.rest.catalog.requests)
        asked.exception(5)


# ---- catalog ----


def test_the_catalog_lists_every_documented_stream(shuriken: FakeShuriken):
    _, _, catalog = call(shuriken.http_url + CATALOG, method="GET")
    assert catalog.keys() == {"streams"}
    assert [one["id"] for one in catalog["streams"]] == [stream.id for stream in STREAMS]
    assert len(STREAMS) == 21
    assert catalog["streams"][9] == {
        "id": "evm.token.swaps",
        "visibility": "public",
        "filters": ["chainId", "tokenAddress"],
        "event": "update",
        "payloadSchemaId": "evm.token.swaps.v1",
    }


def test_the_catalog_needs_the_key_unless_it_is_told_not_to(shuriken: FakeShuriken):
    assert call(shuriken.http_url + CATALOG, method="GET", key=None)[0] == 401
    shuriken.rest.catalog_needs_key = False
    assert call(shuriken.http_url + CATALOG, method="GET", key=None)[0] == 200


def test_another_address_is_not_found(shuriken: FakeShuriken):
    assert call(shuriken.http_url + "/api/v2", method="GET")[0] == 404
    assert [(one.method, one.path) for one in shuriken.requests] == [("GET", "/api/v2")]


# ---- socket ----


def test_the_connection_is_established_with_a_json_string(shuriken: FakeShuriken):
    with client(shuriken) as connection:
        assert connection.recv(timeout=5) == (
            '{"event":"pusher:connection_established",'
            '"data":"{\\"socket_id\\":\\"1234.1234\\",\\"activity_timeout\\":120}"}'
        )
        shuriken.wait_connected()


def test_each_socket_has_an_id_of_its_own(shuriken: FakeShuriken):
    with established(shuriken) as (_, first), established(shuriken) as (_, second):
        assert first != second
        assert [one.socket_id for one in shuriken.clients] == [first, second]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (f"/app/other?{QUERY}", 4001),
        (f"/app/{APP_KEY}", 4008),
        (f"/app/{APP_KEY}?protocol=6&client=test&version=1", 4007),
        (f"/app/{APP_KEY}?protocol=7&version=1", 4006),
        (f"/app/{APP_KEY}?protocol=7&client=test", 4006),
    ],
)
def test_a_socket_at_a_wrong_url_gets_an_error_and_its_close_code(
    shuriken: FakeShuriken, target: str, code: int
):
    with client(shuriken, target) as connection:
        error = told(connection)
        assert (error["event"], error["data"]["code"]) == ("pusher:error", code)
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=5)
        assert connection.close_code == code
    assert shuriken.all_clients == []


@pytest.mark.parametrize("target", [f"/{APP_KEY}?{QUERY}", f"/app/{APP_KEY}/x?{QUERY}"])
def test_a_path_that_is_no_app_is_not_found(shuriken: FakeShuriken, target: str):
    with pytest.raises(InvalidStatus) as caught, client(shuriken, target):
        pass
    assert caught.value.response.status_code == 404


def test_sockets_can_be_rejected_and_turned_away(shuriken: FakeShuriken):
    shuriken.reject(503, {"Retry-After": "7"})
    shuriken.turn_away(4000, "Application only accepts SSL connections", times=2)
    with pytest.raises(InvalidStatus) as caught, client(shuriken):
        pass
    assert caught.value.response.headers["Retry-After"] == "7"
    for _ in range(2):
        with client(shuriken) as connection:
            assert told(connection)["data"]["code"] == 4000
            with pytest.raises(ConnectionClosed):
                connection.recv(timeout=5)
            assert connection.close_code == 4000
    with established(shuriken):
        assert len(shuriken.handshakes) == 4


def test_what_comes_before_the_connection_is_established_is_kept_apart():
    with FakeShuriken() as fake:
        fake.pusher.established_delay = 0.05
        with client(fake) as connection:
            connection.send("too early")
            assert told(connection)["event"] == "pusher:connection_established"
            connection.send("in time")
            assert told(connection)["event"] == "pusher:error"
        assert fake.all_clients[0].early == ["too early"]
        assert fake.received == ["too early", "in time"]


def test_a_session_can_tell_another_key_and_port(shuriken: FakeShuriken):
    with established(shuriken) as (old, _):
        before = session(shuriken, SWAPS)["connection"]
        old_url = shuriken.url
        shuriken.move("other", host="localhost", new_port=True)
        after = session(shuriken, SWAPS)["connection"]
        assert (after["appKey"], after["wsHost"]) == ("other", "localhost")
        assert after["wsPort"] == urlsplit(shuriken.url).port != before["wsPort"]
        with pytest.raises(InvalidStatus), connect(f"{old_url}/app/other?{QUERY}", proxy=None):
            pass
        with client(shuriken) as connection:
            assert told(connection)["data"]["code"] == 4001
        with established(shuriken) as (new, _):
            shuriken.wait_connected(2)
            shuriken.ping()
            assert told(old)["event"] == told(new)["event"] == "pusher:ping"
    ports = [request.headers["Host"].split(":")[1] for request in shuriken.handshakes]
    assert ports == [str(one["wsPort"]) for one in (before, before, after, after)]


def test_a_key_alone_can_change(shuriken: FakeShuriken):
    before = shuriken.url
    shuriken.move("other")
    with client(shuriken) as connection:
        assert told(connection)["data"]["code"] == 4001
    with established(shuriken):
        assert shuriken.url == before


# ---- channels ----


def test_signatures_are_those_of_the_check_value():
    good = "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"
    assert sign(APP_SECRET, "1234.1234", "private-foobar") == good
    assert sign(APP_SECRET, "1234.1234", "presence-foobar", '{"user_id":10}') != sign(
        APP_SECRET, "1234.1234", "presence-foobar"
    )


def test_the_first_socket_gets_the_check_value_for_its_channel(shuriken: FakeShuriken):
    streams = shuriken.rest.streams
    streams["alpha.signalFeedGlobal"] = replace(streams["alpha.signalFeedGlobal"], name="foobar")
    session(shuriken, GLOBAL)
    with established(shuriken) as (_, socket_id):
        assert authorise(shuriken, socket_id, "private-foobar")[2] == {
            "auth": f"{APP_KEY}:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"
        }


def test_a_public_channel_needs_no_signature(shuriken: FakeShuriken, swaps: str):
    with established(shuriken) as (connection, _):
        say(connection, "pusher:subscribe", {"channel": swaps})
        assert connection.recv(timeout=5) == (
            '{"event":"pusher_internal:subscription_succeeded",'
            f'"channel":"{swaps}","data":"{{}}"}}'
        )
        shuriken.wait_subscribed(swaps)
    assert shuriken.rest.authorised == []


def test_a_channel_of_any_kind_is_subscribed_as_documented(shuriken: FakeShuriken):
    with subscribed(shuriken, SWAPS, GLOBAL, AUTOMATION):
        [one] = shuriken.clients
        assert one.channels == [
            "public-svm.token.swaps-So111",
            "private-signal-global",
            "presence-automation.updates",
        ]
        assert shuriken.rest.authorised == [
            (one.socket_id, "private-signal-global"),
            (one.socket_id, "presence-automation.updates"),
        ]
        assert len(one.said("pusher:subscribe")) == 3


def test_a_presence_channel_gets_its_member_word_for_word(shuriken: FakeShuriken):
    session(shuriken, AUTOMATION)
    channel = shuriken.channel("automation.updates")
    with established(shuriken) as (connection, socket_id):
        answer = authorise(shuriken, socket_id, channel)[2]
        assert answer == {
            "auth": f"{APP_KEY}:{sign(APP_SECRET, socket_id, channel, MEMBER)}",
            "channel_data": MEMBER,
        }
        say(connection, "pusher:subscribe", {"channel": channel, **answer})
        presence = json.loads(told(connection)["data"])["presence"]
        assert (presence["count"], presence["ids"]) == (1, ["18446744073709551615"])


@pytest.mark.parametrize(
    ("wanted", "change"),
    [
        (GLOBAL, {"auth": None}),
        (GLOBAL, {"auth": "nonsense"}),
        (GLOBAL, {"channel_data": MEMBER}),
        (GLOBAL, {"channel_data": {"user_id": 1}}),
        (AUTOMATION, {"channel_data": None}),
        (AUTOMATION, {"channel_data": json.dumps(json.loads(MEMBER))}),
        (AUTOMATION, {"channel_data": json.loads(MEMBER)}),
    ],
)
def test_a_signature_that_does_not_fit_is_refused_and_the_right_one_taken(
    shuriken: FakeShuriken, wanted: dict[str, object], change: dict[str, Any]
):
    [granted] = session(shuriken, wanted)["subscriptions"]
    channel = granted["channel"]
    with established(shuriken) as (connection, socket_id):
        good = {"channel": channel, **authorise(shuriken, socket_id, channel)[2]}
        bad = {key: value for key, value in {**good, **change}.items() if value is not None}
        say(connection, "pusher:subscribe", bad)
        refusal = told(connection)
        assert (refusal["event"], refusal["channel"]) == ("pusher:subscription_error", channel)
        assert shuriken.clients[0].channels == []
        say(connection, "pusher:subscribe", good)
        assert told(connection)["event"] == "pusher_internal:subscription_succeeded"


@pytest.mark.parametrize(
    ("visibility", "prefix"), [("presence", "public-"), ("public", "presence-")]
)
def test_a_channel_has_members_by_its_visibility_or_by_its_name(
    shuriken: FakeShuriken, visibility: Any, prefix: str
):
    streams = shuriken.rest.streams
    streams["automation.updates"] = replace(
        streams["automation.updates"], visibility=visibility, prefix=prefix
    )
    session(shuriken, AUTOMATION)
    channel = shuriken.channel("automation.updates")
    with established(shuriken) as (connection, socket_id):
        without_member = shuriken.pusher.auth(socket_id, channel)
        say(connection, "pusher:subscribe", {"channel": channel, "auth": without_member})
        assert told(connection)["event"] == "pusher:subscription_error"
        answer = authorise(shuriken, socket_id, channel)[2]
        say(connection, "pusher:subscribe", {"channel": channel, **answer})
        assert told(connection)["event"] == "pusher_internal:subscription_succeeded"


def test_a_signature_is_good_for_its_socket_alone(shuriken: FakeShuriken):
    [granted] = session(shuriken, GLOBAL)["subscriptions"]
    with established(shuriken) as (_, first), established(shuriken) as (second, _):
        answer = authorise(shuriken, first, granted["channel"])[2]
        say(second, "pusher:subscribe", {"channel": granted["channel"], **answer})
        assert told(second)["event"] == "pusher:subscription_error"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"key": None}, 401),
        ({"key": "sk_banned"}, 403),
        ({"method": "PUT"}, 405),
        ({"content_type": "application/json"}, 415),
        ({"body": b'{"socket_id":"1234.1234"}'}, 400),
        ({"body": b"socket_id=1234.1234"}, 400),
        ({"body": b"socket_id=1234.1234&channel_name=private-signal-global&x=1"}, 400),
        ({"body": b"socket_id=1.1&channel_name=private-signal-global"}, 403),
        ({"body": b"socket_id=1234.1234&channel_name=private-other"}, 403),
        ({"content_type": f"{FORM}; charset=utf-8"}, 200),
    ],
)
def test_a_request_for_a_signature_is_checked(
    shuriken: FakeShuriken, options: dict[str, Any], status: int
):
    shuriken.rest.forbidden.add("sk_banned")
    session(shuriken, GLOBAL)
    body = b"socket_id=1234.1234&channel_name=private-signal-global"
    with established(shuriken):
        options = {"body": body, "content_type": FORM, **options}
        assert call(shuriken.http_url + AUTH, **options)[0] == status


def test_a_signature_can_be_refused_once(shuriken: FakeShuriken):
    session(shuriken, GLOBAL)
    shuriken.rest.auth.fail_next(403, "FORBIDDEN")
    with established(shuriken) as (_, socket_id):
        answers = [authorise(shuriken, socket_id, "private-signal-global") for _ in range(2)]
    assert [status for status, _, _ in answers] == [403, 200]


def test_nobody_is_signed_for_a_socket_that_has_left(shuriken: FakeShuriken):
    session(shuriken, GLOBAL)
    with established(shuriken) as (_, socket_id):
        pass
    eventually(lambda: not shuriken.pusher.is_connected(socket_id))
    assert authorise(shuriken, socket_id, "private-signal-global")[0] == 403


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (
            Refusal("no", form="object"),
            {
                "event": "pusher:subscription_error",
                "channel": "C",
                "data": {"type": "AuthError", "error": "no", "status": 401},
            },
        ),
        (
            Refusal("no", event="pusher:error"),
            {"event": "pusher:error", "data": {"code": 4009, "message": "no"}},
        ),
        (
            Refusal("no", event="pusher:error", code=None, names_channel=True, form="string"),
            {"event": "pusher:error", "channel": "C", "data": '{"message":"no"}'},
        ),
        (
            Refusal("no", event="pusher:error", form="text"),
            {"event": "pusher:error", "data": "no"},
        ),
    ],
)
def test_a_channel_can_be_refused_in_each_way(
    shuriken: FakeShuriken, swaps: str, refusal: Refusal, expected: dict[str, Any]
):
    shuriken.pusher.rejected[swaps] = refusal
    with established(shuriken) as (connection, _):
        say(connection, "pusher:subscribe", {"channel": swaps})
        if "channel" in expected:
            expected = {**expected, "channel": swaps}
        assert told(connection) == expected
        del shuriken.pusher.rejected[swaps]
        say(connection, "pusher:subscribe", {"channel": swaps})
        assert told(connection)["event"] == "pusher_internal:subscription_succeeded"


def test_a_subscription_can_be_left_without_an_answer(shuriken: FakeShuriken, swaps: str):
    shuriken.pusher.ignored.add(swaps)
    with established(shuriken) as (connection, _):
        say(connection, "pusher:subscribe", {"channel": swaps})
        say(connection, "pusher:ping", {})
        assert told(connection)["event"] == "pusher:pong"


def test_a_channel_that_no_session_gave_is_refused(shuriken: FakeShuriken):
    with established(shuriken) as (connection, _):
        say(connection, "pusher:subscribe", {"channel": "public-other"})
        assert told(connection)["event"] == "pusher:subscription_error"


def test_a_second_subscription_is_an_error_until_the_first_ends(shuriken: FakeShuriken, swaps: str):
    with established(shuriken) as (connection, _):
        for event in ("pusher:subscribe", "pusher:subscribe", "pusher:unsubscribe"):
            say(connection, event, {"channel": swaps})
        say(connection, "pusher:subscribe", {"channel": swaps})
        assert [told(connection)["event"] for _ in range(3)] == [
            "pusher_internal:subscription_succeeded",
            "pusher:error",
            "pusher_internal:subscription_succeeded",
        ]


# ---- messages ----


def test_a_message_goes_to_the_subscribers_of_its_channel_alone(shuriken: FakeShuriken):
    swaps = shuriken.channel("svm.token.swaps", tokenAddress="So111")
    with subscribed(shuriken, SWAPS) as first, subscribed(shuriken, GLOBAL) as second:
        sent = shuriken.push(swaps, {"n": 1})
        shuriken.push("private-signal-global", {"n": 2})
        assert first.recv(timeout=5) == sent
        assert json.loads(told(second)["data"]) == {"n": 2}
        shuriken.ping()
        assert told(first)["event"] == "pusher:ping"


@pytest.mark.parametrize(
    ("form", "payload", "data"),
    [
        ("string", {"a": "é"}, '"{\\"a\\":\\"é\\"}"'),
        ("string", "text", '"\\"text\\""'),
        ("object", {"a": [1]}, '{"a":[1]}'),
        ("text", "123 go", '"123 go"'),
    ],
)
def test_data_comes_in_each_form(shuriken: FakeShuriken, form: Any, payload: object, data: str):
    with subscribed(shuriken, AUTOMATION) as connection:
        channel = shuriken.channel("automation.updates")
        shuriken.push(channel, payload, form=form)
        assert connection.recv(timeout=5) == (
            f'{{"event":"update","channel":"{channel}","data":{data}}}'
        )


def test_what_is_no_text_cannot_go_out_as_text(shuriken: FakeShuriken):
    with pytest.raises(TypeError):
        shuriken.push("public-x", {}, form="text")


def test_a_swap_keeps_digits_that_doubles_cannot_hold(shuriken: FakeShuriken):
    channel = shuriken.channel("svm.token.swaps", tokenAddress="So111")
    with subscribed(shuriken, SWAPS) as connection:
        shuriken.push(channel, swap(maker="me"))
        data = told(connection)["data"]
    assert '"slot":18446744073709551615' in data
    assert '"sizeSol":0.10,' in data
    assert '"priceUsd":0.000012345678901234567890' in data
    assert json.loads(data)["maker"] == "me"


def test_members_come_and_go(shuriken: FakeShuriken):
    channel = shuriken.channel("automation.updates")
    with subscribed(shuriken, AUTOMATION) as connection:
        shuriken.member_added(channel, MEMBER)
        shuriken.member_removed(channel, MEMBER)
        added, removed = told(connection), told(connection)
    assert added == {
        "event": "pusher_internal:member_added",
        "channel": channel,
        "data": MEMBER,
    }
    assert (removed["event"], json.loads(removed["data"])) == (
        "pusher_internal:member_removed",
        {"user_id": "18446744073709551615"},
    )


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("object", {"code": 4100, "message": "full"}),
        ("string", '{"code":4100,"message":"full"}'),
        ("text", "full"),
    ],
)
def test_an_error_comes_in_each_form_and_the_connection_stays(
    shuriken: FakeShuriken, form: Any, data: object
):
    with established(shuriken) as (connection, _):
        shuriken.error("full", 4100, form=form)
        shuriken.error("no code")
        assert told(connection) == {"event": "pusher:error", "data": data}
        assert told(connection)["data"] == {"message": "no code"}


def test_raw_text_and_binary_go_to_one_client_unchanged(shuriken: FakeShuriken):
    with established(shuriken), established(shuriken) as (second, _):
        one = shuriken.clients[1]
        shuriken.push_raw('{ "event" : "x", "n": 0.10 }', only=one)
        shuriken.push_bytes(b"\x00\xff", only=one)
        assert second.recv(timeout=5) == '{ "event" : "x", "n": 0.10 }'
        assert second.recv(timeout=5) == b"\x00\xff"


# ---- alive, and the end ----


def test_a_client_s_ping_is_answered_until_pongs_are_switched_off(shuriken: FakeShuriken):
    with established(shuriken) as (connection, _):
        say(connection, "pusher:ping", {})
        assert told(connection) == {"event": "pusher:pong", "data": {}}
        shuriken.pusher.answers_pings = False
        say(connection, "pusher:ping", {})
        eventually(lambda: len(shuriken.clients[0].said("pusher:ping")) == 2)
        shuriken.error("next")
        assert told(connection)["event"] == "pusher:error"


def test_a_server_s_ping_wants_a_pong(shuriken: FakeShuriken):
    with established(shuriken) as (connection, _):
        shuriken.ping()
        assert told(connection) == {"event": "pusher:ping", "data": {}}
        say(connection, "pusher:pong", {})
        eventually(lambda: shuriken.clients[0].said("pusher:pong"))


def test_whoever_gives_no_pong_is_closed_with_4201():
    with FakeShuriken(ping_after=0.02, pong_within=5) as fake:
        with established(fake) as (connection, _):
            assert told(connection)["event"] == "pusher:ping"
            fake.pusher.pong_within = 0.05
            say(connection, "pusher:pong", {})
            assert told(connection)["event"] == "pusher:ping"
            with pytest.raises(ConnectionClosed):
                connection.recv(timeout=5)
            assert connection.close_code == 4201
        assert fake.clients == []


def test_silence_stops_every_frame_and_keeps_the_connection(shuriken: FakeShuriken):
    with established(shuriken) as (connection, _):
        shuriken.silence()
        shuriken.pusher.ping_after = shuriken.pusher.pong_within = 0.01
        say(connection, "pusher:ping", {})
        eventually(lambda: shuriken.received)
        shuriken.error("unheard")
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0.1)
        shuriken.wait_connected()


@pytest.mark.parametrize("code", [1000, 4000, 4009, 4100, 4200, 4300])
def test_one_client_can_be_dropped_with_any_code(shuriken: FakeShuriken, code: int):
    with established(shuriken) as (first, _), established(shuriken) as (second, _):
        shuriken.drop(code, "enough", only=shuriken.clients[0])
        with pytest.raises(ConnectionClosed):
            first.recv(timeout=5)
        assert (first.close_code, first.close_reason) == (code, "enough")
        shuriken.wait_connected()
        shuriken.ping()
        assert told(second)["event"] == "pusher:ping"
        eventually(lambda: shuriken.close_codes == [code, None])


@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_in_the_middle_of_a_frame_comes_after_whole_ones(
    shuriken: FakeShuriken, *, reset: bool
):
    with subscribed(shuriken, GLOBAL) as connection:
        sent = shuriken.push("private-signal-global", {"n": 1})
        shuriken.cut(text_frame(sent)[:9], reset=reset)
        shuriken.wait_connected(0)
        assert connection.recv(timeout=5) == sent
        with pytest.raises(ConnectionClosedError) as caught:
            connection.recv(timeout=5)
        assert caught.value.rcvd is None


@pytest.mark.parametrize(
    "frame",
    [
        "nonsense",
        "[]",
        b"{}",
        '{"event":"client-hello","data":{}}',
        '{"event":"pusher:subscribe","data":"{}"}',
        '{"event":"pusher:subscribe","data":{"channel":1}}',
    ],
)
def test_a_frame_that_it_does_not_know_gets_an_error(shuriken: FakeShuriken, frame: str | bytes):
    with established(shuriken) as (connection, _):
        connection.send(frame)
        assert told(connection)["event"] == "pusher:error"


def first_frame(fake: FakeShuriken, context: ssl.SSLContext) -> Any:
    """What a client over TLS is told first; on one thread, because OpenSSL does not bear the sync
    client's two.
    """

    async def talk() -> str | bytes:
        url = f"{fake.url}/app/{APP_KEY}?{QUERY}"
        async with asyncio.timeout(10), connect_async(url, ssl=context, proxy=None) as connection:
            return await connection.recv()

    return json.loads(asyncio.run(talk()))


def test_it_speaks_tls_on_both_sides(authority: Authority):
    context = authority.client_context()
    with FakeShuriken(tls=authority.server_context()) as fake:
        answer = session(fake, SWAPS, context=context)["connection"]
        assert (answer["forceTls"], fake.url[:6]) == (True, "wss://")
        assert first_frame(fake, context)["event"] == "pusher:connection_established"


def test_the_socket_alone_can_need_tls(shuriken: FakeShuriken, authority: Authority):
    shuriken.move(new_port=True, tls=authority.server_context())
    assert session(shuriken, SWAPS)["connection"]["forceTls"] is True
    first = first_frame(shuriken, authority.client_context())
    assert first["event"] == "pusher:connection_established"
