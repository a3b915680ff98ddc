"""The provider's HTTP side: what is answered, refused, led here and mirrored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.simulator.simulated import WALL
from wscli.messages.encode import frame_text
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.options import Option, OptionType
from wscli.model.profile import Connect, MessageRule, Profile, Resume
from wscli.model.requests import Fetch, HttpStep, Request
from wscli.model.secret import Secret
from wscli.model.steps import Step
from wscli.simulator.admission import Refusal
from wscli.simulator.endpoints import Call, Endpoints
from wscli.simulator.fetches import _place_of_elements
from wscli.simulator.mirror import mirrored, telling_keys
from wscli.simulator.relocation import Relocation
from wscli.simulator.site import make_endpoints
from wscli.simulator.world import World

PORT = 4711
HERE = f"127.0.0.1:{PORT}"
NOW = Instant(5.0, WALL)
JSON = {"content-type": "application/json; charset=utf-8"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
KEY = {"authorization": "Bearer k"}
OPTIONS: dict[str, Any] = {"key": Secret("k"), "server": "https://api.x.test/base", "tag": ["a"]}


def profile(*steps: HttpStep, **parts: Any) -> Profile:
    parts.setdefault("connect", Connect("wss://x.test/ws"))
    return Profile(
        name="x",
        options=(
            Option("key", secret=True, required=True),
            Option("server", default="https://api.x.test"),
            Option("tag", OptionType.LIST),
        ),
        bootstrap=steps,
        **parts,
    )


def site(made: Profile, options: Mapping[str, Any] | None = None) -> Endpoints:
    world = World(made, OPTIONS if options is None else options, Random(0))
    return make_endpoints(world, PORT, world.known().scope(NOW))


def ask(
    endpoints: Endpoints,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    query: Mapping[str, list[str]] | None = None,
    body: Any = b"",
) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return endpoints.answer(Call(method, path, query or {}, headers or {}, data), NOW)


def login(**parts: Any) -> HttpStep:
    request = Request("POST", "${server}/login", **parts)
    return HttpStep(request, capture={"token": ".token"}, examples=({"token": "t"},))


# --- what must come ------------------------------------------------------------------------------


def test_the_path_begins_as_the_user_s_server_does():
    endpoints = site(profile(login()))
    assert endpoints.methods("/base/login") == ["POST"]
    assert endpoints.methods("/login") == []
    assert ask(endpoints, "/base/login") == {"token": "t"}


@pytest.mark.parametrize("headers", [{}, {"authorization": ""}, {"authorization": "Bearer"}])
def test_a_secret_must_come_in_its_header(headers: dict[str, str]):
    endpoints = site(profile(login(headers={"Authorization": "Bearer ${key}"})))
    missing = Refusal(401, "the header authorization is missing")
    assert ask(endpoints, "/base/login", headers) == missing
    assert ask(endpoints, "/base/login", {"authorization": "Basic x"}) == missing
    assert ask(endpoints, "/base/login", {"authorization": "bearer any"}) == {"token": "t"}


@pytest.mark.parametrize("query", [{}, {"key": [""]}, {"kez": ["k"]}])
def test_a_secret_must_come_in_the_query(query: dict[str, list[str]]):
    endpoints = site(profile(login(query={"key": "${key}"})))
    assert ask(endpoints, "/base/login", query=query) == Refusal(401, "the query lacks key")
    assert ask(endpoints, "/base/login", query={"key": ["", "k"]}) == {"token": "t"}


def test_a_secret_in_a_list_must_come():
    endpoints = site(profile(login(json={"args": ["login", "${key}"]})))
    answer = ask(endpoints, "/base/login", JSON, body={"args": ["login"]})
    assert answer == Refusal(401, "the body lacks args.1")
    body = {"args": ["login", "k"]}
    assert ask(endpoints, "/base/login", JSON, body=body) == {"token": "t"}


def test_a_secret_in_the_url_itself_must_come_too():
    step = HttpStep(Request("GET", "${server}/me?v=2&key=${key}"), examples=({},))
    endpoints = site(profile(step))
    assert ask(endpoints, "/base/me", method="GET") == Refusal(401, "the query lacks key")
    assert ask(endpoints, "/base/me", method="GET", query={"key": ["k"]}) == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"user": {"key": "k"}}, None),
        ({"user": {"key": "k", "more": 1}, "other": 2}, None),
        ({"user": {"key": ""}}, 401),
        ({"user": {"key": None}}, 401),
        ({"user": {}}, 401),
        ([], 401),
        (b"{", 400),
        (b"", 400),
        (b"[" * 500 + b"]" * 500, 400),
    ],
)
def test_a_secret_must_come_in_the_json(body: Any, status: int | None):
    endpoints = site(profile(login(json={"user": {"key": "${key}"}, "v": 1})))
    answer = ask(endpoints, "/base/login", JSON, body=body)
    assert (answer.status if isinstance(answer, Refusal) else None) == status


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"key": "k", "socket": "1"}, None),
        ({"socket": "1"}, Refusal(401, "the form lacks key")),
        ({"key": "", "socket": "1"}, Refusal(401, "the form lacks key")),
        ({"key": "k"}, Refusal(400, "the form lacks socket")),
        ({}, Refusal(401, "the form lacks key")),
    ],
)
def test_what_a_client_was_told_must_come_in_the_form(fields: Any, refusal: Refusal | None):
    form = {"key": "${key}", "socket": "${socket_id}", "tags": '${tag|join(",")?}'}
    endpoints = site(profile(login(form=form)))
    answer = ask(endpoints, "/base/login", FORM, body=urlencode(fields).encode())
    assert answer == (refusal or {"token": "t"})


@pytest.mark.parametrize("body", [b"\xff", b"&".join(b"a=1" for _ in range(2000))])
def test_a_form_that_cannot_be_read_is_refused(body: bytes):
    answer = ask(site(profile(login(form={"a": 1}))), "/base/login", FORM, body=body)
    assert answer == Refusal(400, "the body is no application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("parts", "headers", "status"),
    [
        ({"form": {}}, JSON, 415),
        ({"form": {}}, {}, 415),
        ({"form": {}}, FORM, None),
        ({"json": {}}, FORM, 415),
        ({"json": {}}, JSON, None),
        ({"json": {}, "headers": {"Content-Type": "application/x.y+json"}}, JSON, 415),
        (
            {"json": {}, "headers": {"Content-Type": "application/x.y+json"}},
            {"content-type": "application/x.y+json"},
            None,
        ),
        ({}, FORM, None),
    ],
)
def test_a_body_must_be_of_the_right_type(parts: Any, headers: Any, status: int | None):
    answer = ask(site(profile(login(**parts))), "/base/login", headers, body=b"{}")
    assert (answer.status if isinstance(answer, Refusal) else None) == status


def test_what_may_be_left_out_may_be_left_out():
    endpoints = site(profile(login(query={"tag": "${tag?}", "v": 2})))
    assert ask(endpoints, "/base/login") == {"token": "t"}


def test_what_stands_in_a_path_may_be_anything_but_several_parts():
    step = HttpStep(Request("GET", "${server}/rooms/${room}/key"), examples=({"a": 1},))
    endpoints = site(profile(step))
    assert endpoints.methods("/base/rooms/a%2Bb/key") == ["GET"]
    assert endpoints.methods("/base/rooms/a/b/key") == []
    assert endpoints.methods("/base/rooms//key") == []


def test_a_url_that_was_told_is_asked_at_its_own_path():
    told = HttpStep(
        Request("POST", "https://api.x.test/start"),
        capture={"auth": ".auth", "next": ".next"},
        examples=({"auth": "/api/auth", "next": "https://other.test/deep/next?x=1"},),
    )
    steps = (
        HttpStep(Request("POST", "${auth}"), examples=({"auth": 1},)),
        HttpStep(Request("GET", "${next}"), examples=({"next": 1},)),
        HttpStep(Request("GET", "${unknown}/x"), examples=({"any": 1},)),
    )
    endpoints = site(profile(told, *steps))
    assert ask(endpoints, "/api/auth") == {"auth": 1}
    assert ask(endpoints, "/deep/next", method="GET") == {"next": 1}
    assert ask(endpoints, "/wherever/x", method="GET") == {"any": 1}


def test_requests_to_one_path_are_told_apart_by_what_is_literal_in_them():
    url = "https://api.x.test/info"
    kinds = [
        HttpStep(Request("POST", url, json={"type": kind, "v": 1}), examples=({"is": kind},))
        for kind in ("meta", "book")
    ]
    endpoints = site(profile(*kinds, login(query={"v": "${key}"})))
    for kind in ("meta", "book"):
        assert ask(endpoints, "/info", JSON, body={"type": kind, "v": 1}) == {"is": kind}
    assert ask(endpoints, "/info", JSON, body={"type": "other"}) == {"is": "meta"}
    assert ask(endpoints, "/info", FORM, body=b"") == Refusal(
        415, "the body must be application/json"
    )


def test_the_first_example_that_fulfils_the_requirement_is_the_answer():
    request = Request("GET", "https://api.x.test/a")
    good = HttpStep(request, require=".ok", examples=({"ok": False}, {"ok": True}))
    assert ask(site(profile(good)), "/a", method="GET") == {"ok": True}
    bad = HttpStep(request, require=".ok", examples=({"ok": False},))
    assert ask(site(profile(bad)), "/a", method="GET") == {"ok": False}
    assert ask(site(profile(HttpStep(request))), "/a", method="GET") == {}


# --- where answers lead --------------------------------------------------------------------------


def led(made: Profile, step: HttpStep, **options: Any) -> Any:
    relocation = Relocation(made, {**OPTIONS, **options}, PORT, Random(0))
    return relocation.relocated(step, step.examples[0])


def started(capture: dict[str, str], example: Any, url: str, **parts: Any) -> Any:
    """The example as it leads here, where the profile connects to ``url``."""
    step = HttpStep(Request("POST", "https://x.test/s"), capture=capture, examples=(example,))
    return led(profile(step, connect=Connect(url), **parts), step)


@pytest.mark.parametrize(
    ("url", "capture", "example", "expected"),
    [
        (
            "${url}",
            {"url": ".url"},
            {"url": "wss://a.test:9/x?y=1"},
            {"url": f"ws://{HERE}/x?y=1"},
        ),
        (
            "${url}/ws",
            {"url": "(.data // .).url"},
            {"data": {"url": "https://a.test"}},
            {"data": {"url": f"http://{HERE}"}},
        ),
        (
            "ws://${host}/x",
            {"host": ".hosts[1]"},
            {"hosts": ["a.test", "b.test"]},
            {"hosts": ["a.test", HERE]},
        ),
        (
            "${scheme}://${host}:${port}/x",
            {"scheme": ".s", "host": ".h", "port": ".p"},
            {"s": "wss", "h": "a.test", "p": "443", "q": 443},
            {"s": "ws", "h": "127.0.0.1", "p": str(PORT), "q": 443},
        ),
        (
            "${chosen}://${host}:${port}",
            {"tls": ".tls", "host": ".h", "port": ".p"},
            {"tls": True, "h": "a.test", "p": 443},
            {"tls": False, "h": "127.0.0.1", "p": PORT},
        ),
        (
            "${chosen}://${host}:${port}",
            {"tls": ".tls", "host": ".h", "port": ".p"},
            {"tls": "true", "h": "a.test", "p": 443},
            {"tls": "false", "h": "127.0.0.1", "p": PORT},
        ),
        (
            "wss://${host}/x",  # TLS that nothing can take away: it stays as it is
            {"host": ".h"},
            {"h": "a.test"},
            {"h": "a.test"},
        ),
        ("wss://x.test/${path}", {"path": ".h"}, {"h": "a.test"}, {"h": "a.test"}),
        ("${url}", {"url": ".url"}, {}, {}),
        ("${url}${missing}", {"url": ".url"}, {"url": "wss://a.test"}, {"url": "wss://a.test"}),
        ("${url}", {"url": ".url"}, {"url": f"ws://{HERE}/a"}, {"url": f"ws://{HERE}/a"}),
    ],
)
def test_what_makes_up_the_url_is_changed_until_it_leads_here(
    url: str, capture: dict[str, str], example: Any, expected: Any
):
    computed = {"chosen": {"pick": {"by": "${tls}", "true": "wss", "else": "ws"}}}
    assert started(capture, example, url, computed=computed) == expected


def test_a_flag_in_numbers_is_turned():
    example = {"tls": 1, "h": "a.test"}
    computed = {"chosen": {"pick": {"by": "${tls}", "1": "wss", "0": "ws"}}}
    capture = {"tls": ".tls", "host": ".h"}
    made = started(capture, example, "${chosen}://${host}", computed=computed)
    assert made == {"tls": 0, "h": HERE}


def test_urls_of_the_profile_s_own_hosts_lead_here_wherever_they_stand():
    example = {
        "docs": ["https://x.test/docs?a=1", "wss://x.test"],
        "other": "https://elsewhere.test/x",
        "text": "see https://x.test/docs",
        "broken": "https://[::1",
    }
    assert started({}, example, "wss://x.test/ws") == {
        **example,
        "docs": [f"http://{HERE}/docs?a=1", f"ws://{HERE}"],
    }


def test_what_a_later_request_is_made_of_leads_here_too():
    first = HttpStep(
        Request("POST", "https://x.test/s"),
        capture={"auth": ".auth", "rest": ".rest"},
        examples=({"auth": "/auth", "rest": "https://rest.other.test/v1"},),
    )
    steps = (Step(http=HttpStep(Request("POST", "${auth}"))),)
    backfill = Fetch(Request("GET", "${rest}/missed"))
    made = profile(first, session=steps, resume=Resume(backfill=backfill))
    assert led(made, first) == {"auth": "/auth", "rest": f"http://{HERE}/v1"}


def test_what_one_answer_lacks_another_one_may_tell():
    host = HttpStep(
        Request("POST", "https://x.test/host"),
        capture={"host": ".h"},
        examples=({"h": "a.test"},),
    )
    port = HttpStep(
        Request("POST", "https://x.test/port"), capture={"port": ".p"}, examples=({"p": PORT},)
    )
    made = profile(host, port, connect=Connect("ws://${host}:${port}/"))
    assert led(made, host) == {"h": "127.0.0.1"}


# --- lists ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("example", "request_", "expected"),
    [
        (
            {"subs": [{"stream": "a", "chan": "c-a"}, {"stream": "b", "chan": "c-b"}]},
            {"json": {"subs": [{"stream": "b"}, {"stream": "x"}, {"stream": "b"}]}},
            {
                "subs": [
                    {"stream": "b", "chan": "c-b"},
                    {"stream": "x", "chan": "c-a3"},
                    {"stream": "b", "chan": "c-b4"},
                ]
            },
        ),
        (
            {"subs": [{"stream": "a", "chan": 7, "filter": {}, "n": 1}]},
            {"json": [{"stream": "a", "filter": {"x": "y"}, "more": 1}, {"stream": "a"}]},
            {
                "subs": [
                    {"stream": "a", "chan": 7, "filter": {}, "n": 1},
                    {"stream": "a", "chan": 9, "filter": {}, "n": 1},
                ]
            },
        ),
        ({"topics": ["x"]}, {"json": {"topics": ["a", "b"]}}, {"topics": ["a", "b"]}),
        ({"topics": ["x"]}, {"json": {"other": ["a", "b"]}}, {"topics": ["x"]}),
        ({"topics": ["x"]}, {"json": {"topics": []}}, {"topics": ["x"]}),
        ({"topics": ["x"]}, {"json": {"topics": [{"a": "b"}]}}, {"topics": ["x"]}),
        ({"topics": [{"a": 1}]}, {"json": {"t": [{"a": "b"}]}}, {"topics": [{"a": 1}]}),
        ({"topics": [{"a": "x"}]}, {"json": {"t": [{"b": "b"}]}}, {"topics": [{"a": "x"}]}),
        ({"topics": [{"a": "x"}]}, {"json": {"t": [{"a": "b"}, 5]}}, {"topics": [{"a": "x"}]}),
        ({"topics": []}, {"json": {"topics": ["a"]}}, {"topics": []}),
        ({"list": [["x"]]}, {"json": {"list": [["a"]]}}, {"list": [["x"]]}),
    ],
)
def test_a_list_mirrors_what_was_asked_for(example: Any, request_: Any, expected: Any):
    assert mirrored(example, request_, {"chan"}) == expected


def test_what_the_steps_say_of_an_element_tells_it_apart():
    step = Step(
        each="${channels}",
        http=HttpStep(Request("POST", "/a", form={"name": "${item.channel}"}), when="$item.kind"),
        send={"join": "${item.room}", "all": "${item}", "me": "${socket}"},
    )
    assert telling_keys(profile(session=(step,))) == {"channel", "room"}


# --- lists of what was said ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("each", "place"),
    [
        (None, ()),
        (".[]", ()),
        (".items[]", ("items",)),
        (".data.items[]", ("data", "items")),
        ("(.data // .).items[]", ("data", "items")),
        ("(.events? // .data? // arrays)[]", ()),
        ("(.events? // .data?)[]", ("events",)),
        (".data | objects | .list[]", ("data", "list")),
        (".a[0].b[]", ()),
    ],
)
def test_the_place_of_elements_is_found_by_trying(each: str | None, place: tuple[str, ...]):
    assert _place_of_elements(each) == place


TICK = MessageRule(
    "tick",
    match={"kind": "tick"},
    capture={"last": ".id"},
    examples=({"kind": "tick", "id": 5, "sym": "A", "p": 1.5},),
)


def fetched(fetch: Fetch, *, rules: tuple[MessageRule, ...] = (TICK,), **query: list[str]) -> Any:
    made = profile(messages=rules, resume=Resume(keep=("last",), backfill=fetch))
    return ask(site(made), "/log", method="GET", query=query)


def log(shape: Any = MISSING, **parts: Any) -> Fetch:
    request = Request("GET", "https://x.test/log", query={"after": "${last}", "sym": "${sym?}"})
    return Fetch(request, shape=shape, **parts)


def test_what_was_said_is_written_as_the_profile_reads_it():
    shape = {"kind": "tick", "id": "${.no}", "sym": "${.at.symbol}"}
    answer = fetched(log(shape, each=".list[]"), after=["0"])
    assert len(answer["list"]) == 20
    assert answer["list"][0] == {"no": 6, "at": {"symbol": "A"}}


def test_a_message_that_is_an_element_itself_is_given_as_it_is():
    first, *_ = fetched(log(), after=["0"])
    assert first["kind"] == "tick"
    whole, *_ = fetched(log("${.}"), after=["0"])
    assert whole["kind"] == "tick"


def test_only_what_came_after_the_last_that_was_seen_is_given():
    assert [each["id"] for each in fetched(log(), after=["23"])] == [24, 25]
    assert fetched(log(), after=["99"]) == []
    texts = replace(TICK, capture={"last": ".sym"})
    assert fetched(log(), rules=(texts,), after=["A"]) == []
    assert len(fetched(log(), rules=(texts,), after=[""])) == 20


def test_only_what_was_asked_for_is_given():
    shape = {"kind": "tick", "sym": "${sym}", "id": "${.id}"}
    assert fetched(log(shape), after=["0"], sym=["B"]) == []
    assert len(fetched(log(shape), after=["0"], sym=["A"])) == 20


@pytest.mark.parametrize(
    "shape",
    [
        {"kind": "other", "id": "${.id}"},
        {"kind": "tick", "missing": "${.x}"},
        {"kind": "tick"},
        {"kind": ["${.x}"]},
        ["${.x}"],
        {"kind": {"x": "${.x}"}},
        {"kind": "${.a}", "sym": "${.a}"},
        {"kind": "${.a}", "sym": "${.a.b}"},
        {"kind": "no ${.x}"},
    ],
)
def test_where_nothing_can_be_written_back_the_list_is_empty(shape: Any):
    assert fetched(log(shape, each=".items[]"), after=["0"]) == {"items": []}


@pytest.mark.parametrize(
    ("template", "element"),
    [
        ("${.x:-1}", {"x": "tick"}),
        ("ti${.x}", {"x": "ck"}),
        ("${.x|upper}${.y}", MISSING),
        ("${.x[0]}", MISSING),
        ("${.x // .y}", MISSING),
        ('${.["odd key"]}', {"odd key": "tick"}),
    ],
)
def test_what_can_be_read_back_of_a_template_is_read(template: str, element: Any):
    answer = fetched(log({"kind": template}), after=["0"])
    assert answer[:1] == ([] if element is MISSING else [element])


def test_examples_are_the_answer_and_with_more_pages_none_comes_after_them():
    page = {"items": [{"id": 1}]}
    once = site(profile(resume=Resume(backfill=log(each=".items[]", examples=(page,)))))
    more = site(profile(resume=Resume(backfill=log(each=".items[]", examples=(page,), more=True))))
    for endpoints, answers in ((once, [page, page]), (more, [page, {"items": []}])):
        asked = [ask(endpoints, "/log", method="GET", query={"after": ["1"]}) for _ in range(2)]
        assert asked == answers
    assert ask(more, "/log", method="GET", query={"after": ["2"]}) == page


def test_a_catalog_has_its_examples_or_nothing_or_what_its_template_makes():
    request = Request("GET", "https://x.test/log")
    for fetch, expected in (
        (Fetch(request, each=".items[]"), {"items": []}),
        (Fetch(request, examples=([1],)), [1]),
    ):
        assert ask(site(profile(messages=(TICK,), catalog=fetch)), "/log", method="GET") == expected
    made = profile(messages=(TICK,), catalog=Fetch(request, shape={"kind": "tick", "sym": "${.s}"}))
    assert ask(site(made), "/log", method="GET")[0] == {"s": "A"}


def test_without_a_rate_nothing_has_been_said():
    made = profile(messages=(TICK,), resume=Resume(backfill=log()))
    made = replace(made, simulate=replace(made.simulate, rate=0))
    assert ask(site(made), "/log", method="GET", query={"after": ["0"]}) == []


# --- whatever is asked ---------------------------------------------------------------------------

MANY = profile(
    login(json={"user": {"key": "${key}"}, "subs": "${tag}"}),
    HttpStep(
        Request("POST", "https://x.test/list", json={"subs": "${tag}", "type": "a"}),
        examples=({"subs": [{"name": "a", "id": 1}], "tags": ["x"]},),
    ),
    HttpStep(Request("POST", "https://x.test/list", form={"type": "b"}), examples=([1],)),
    messages=(TICK,),
    resume=Resume(keep=("last",), backfill=log({"kind": "tick", "id": "${.id}"}, more=True)),
)
ENDPOINTS = site(MANY)
parts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "a", "x", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["user", "key", "subs", "type", "name", "id"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([("POST", "/base/login"), ("POST", "/list"), ("GET", "/log")]),
    st.sampled_from([JSON, FORM, {}]),
    parts.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=20),
    st.dictionaries(
        st.sampled_from(["after", "sym"]), st.lists(st.text(max_size=3), max_size=2), max_size=2
    ),
)
def test_nothing_that_is_asked_breaks_the_provider(
    what: tuple[str, str], headers: Mapping[str, str], body: bytes, query: dict[str, list[str]]
):
    method, path = what
    answer = ask(ENDPOINTS, path, {**KEY, **headers}, method=method, query=query, body=body)
    assert isinstance(answer, Refusal) or frame_text([answer])
