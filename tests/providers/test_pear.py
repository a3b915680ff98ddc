"""``wscli tail pear`` end to end, against a server written from Pear Exchange's protocol sheet."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from tests.conftest import ScreenFactory
from tests.harness.process import Finished, Runner, Running
from tests.harness.profiles import bundled, shortened
from tests.harness.tls import Authority
from tests.harness.waiting import eventually
from tests.providers import fake_pear_frames as frames
from tests.providers.fake_pear import TOKEN, USER, FakePear

PRICES = "prices:polymarket:0xabc"
TRADES = "trades:kalshi:KXBTC"
ORDERS = f"orders:{USER}"
PORTFOLIO = f"portfolio:{USER}"
FASTER = 30  # the profile's first wait of 1 s becomes 33 ms, its 30 s between two pings 1 s
REJECTED = "everything that was asked for was rejected"
NOT_ACCEPTED = (
    "welcome: the token was not accepted: you are anonymous, private topics will be refused"
)


def given(token: str) -> dict[str, str]:
    """The environment that holds a token, for the bundled profile and for a copy of it."""
    return {"PEAR_TOKEN": token, "WSCLI_PEAR_TOKEN": token}


class Tail:
    """Starts ``wscli tail pear`` against the fake, with a good token where that is said."""

    def __init__(self, wscli: Runner, fake: FakePear) -> None:
        self._wscli = wscli
        self._fake = fake

    def start(
        self,
        *args: str | Path,
        profile: str | Path = "pear",
        token: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Running:
        """Without waiting."""
        secrets = {} if token is None else given(token)
        where = ("--url", self._fake.url)
        return self._wscli.start("tail", profile, *where, *args, env=env or secrets)

    def __call__(
        self,
        *args: str | Path,
        profile: str | Path = "pear",
        token: str | None = None,
        subscriptions: int = 1,
    ) -> Running:
        """Waits until so many more subscriptions were made, each of one frame."""
        wanted = len(self._fake.actions) + subscriptions
        running = self.start(*args, profile=profile, token=token)
        eventually(lambda: running.ended or len(self._fake.actions) == wanted, what="subscriptions")
        assert not running.ended, f"it ended instead of subscribing: {running.stderr}"
        return running


@pytest.fixture
def tail(wscli: Runner, pear: FakePear) -> Tail:
    return Tail(wscli, pear)


@pytest.fixture
def impatient(tmp_path: Path) -> Path:
    """The profile with its waiting times made short, but for those in which an answer must come."""
    return shortened(bundled("pear"), tmp_path, FASTER)


def topics(*names: str) -> list[str]:
    return [word for name in names for word in ("--topic", name)]


def interrupted(running: Running) -> Finished:
    """The run, ended from outside as Ctrl-C does it."""
    running.signal(signal.SIGINT)
    return running.finish()


def problems(done: Finished) -> list[str]:
    """The lines on stderr that are neither about connecting nor the summary."""
    lines = [line.removeprefix("wscli: pear: ") for line in done.stderr.splitlines()]
    return [line for line in lines[:-1] if not line.startswith("connected to ")]


# ---- connecting ----


def test_without_a_token_there_is_none_in_the_query(tail: Tail, pear: FakePear):
    done = interrupted(tail(*topics(PRICES)))

    assert [handshake.target for handshake in pear.handshakes] == ["/ws"]
    assert problems(done) == []


def test_a_good_token_goes_into_the_query_and_is_never_shown(tail: Tail, pear: FakePear):
    done = interrupted(tail("-v", *topics(PRICES), token=TOKEN))

    (handshake,) = pear.handshakes
    assert (handshake.path, handshake.query) == ("/ws", {"token": TOKEN})
    assert not any(TOKEN in text for text in handshake.headers.values())
    assert "/ws?token=***" in done.stderr
    assert TOKEN not in done.stderr
    assert "not accepted" not in done.stderr


def test_a_token_that_is_not_accepted_is_said_out_loud(tail: Tail, pear: FakePear):
    running = tail("-q", "-n1", *topics(PRICES), token="expired-token")
    sent = pear.push(PRICES, frames.price())

    done = running.finish()

    assert (done.returncode, done.lines) == (0, [sent])  # public topics are open all the same
    assert done.stderr == f"wscli: pear: {NOT_ACCEPTED}\n"


def test_over_tls(wscli: Runner, authority: Authority):
    with FakePear(tls=authority.server_context()) as fake:
        running = Tail(wscli, fake)("--cacert", authority.pem, "-n1", *topics(PRICES), token=TOKEN)
        sent = fake.push(PRICES, frames.price())
        done = running.finish()

    assert (done.returncode, done.lines) == (0, [sent])


@pytest.fixture
def three() -> Iterator[dict[str, FakePear]]:
    """A fake for each of the environments."""
    with ExitStack() as stack:
        names = ("production", "staging", "local")
        yield {name: stack.enter_context(FakePear()) for name in names}


@pytest.mark.parametrize("name", [None, "production", "staging", "local"])
def test_each_environment_has_a_server_of_its_own(
    wscli: Runner, three: dict[str, FakePear], tmp_path: Path, name: str | None
):
    real = {
        "production": "wss://api.pear.trade/ws",
        "staging": "wss://api-staging.pear.trade/ws",
        "local": "ws://localhost:3000/ws",
    }
    text = bundled("pear").read_text()
    assert yaml.safe_load(text)["options"]["env"]["choices"] == real
    for each, url in real.items():
        text = text.replace(f'"{url}"', f'"{three[each].url}/ws"')
    copy = tmp_path / "pear.yaml"
    copy.write_text(text.replace("env: PEAR_TOKEN", "env: WSCLI_PEAR_TOKEN"))

    chosen = [] if name is None else ["--env", name]
    running = wscli.start("tail", copy, *chosen, *topics(PRICES))
    three[name or "production"].wait_subscribed(PRICES)
    interrupted(running)

    assert sum(len(fake.handshakes) for fake in three.values()) == 1


def test_another_environment_is_answered_with_those_that_there_are(wscli: Runner):
    done = wscli.run("tail", "pear", "--env", "live", *topics(PRICES))

    assert done.returncode == 2
    for name in ("production", "staging", "local"):
        assert name in done.stderr


def test_something_must_be_asked_for(tail: Tail, pear: FakePear):
    done = tail.start().finish()

    assert done.returncode == 2
    assert "needs --topic (or --orders or --portfolio)" in done.stderr
    assert pear.handshakes == []


# ---- subscribing ----


def test_all_topics_are_asked_for_in_one_frame(tail: Tail, pear: FakePear):
    running = tail(*topics(PRICES, TRADES, "social:activity"), "-n2")
    sent = [pear.push(TRADES, frames.trade()), pear.push(PRICES, frames.price())]

    assert running.finish().lines == sent
    (frame,) = pear.received
    assert json.loads(frame) == {
        "action": "subscribe",
        "topics": [PRICES, TRADES, "social:activity"],
    }


def test_nothing_is_said_before_the_welcome(wscli: Runner, tmp_path: Path):
    with FakePear() as fake:
        fake.greets = False
        profile = shortened(bundled("pear"), tmp_path, FASTER, "session")
        running = Tail(wscli, fake).start(*topics(PRICES), profile=profile)
        running.wait_stderr("; reconnecting in ")
        done = interrupted(running)

        assert re.search(r"no (anonymous or )?welcome within 333 ms; nothing came", done.stderr)
        assert fake.received == []


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (["--orders"], [[ORDERS]]),
        (["--portfolio"], [[PORTFOLIO]]),
        (["--portfolio", "--orders", *topics(PRICES)], [[PRICES], [ORDERS], [PORTFOLIO]]),
    ],
    ids=["orders", "portfolio", "all"],
)
def test_the_user_s_own_topics_are_built_from_the_welcome(
    tail: Tail, pear: FakePear, options: list[str], wanted: list[list[str]]
):
    done = interrupted(tail(*options, token=TOKEN, subscriptions=len(wanted)))

    assert pear.actions == [("subscribe", names) for names in wanted]
    assert problems(done) == []


def test_orders_and_the_portfolio_come_under_the_user_s_id_with_its_colons(
    tail: Tail, pear: FakePear
):
    pear.portfolios.clear()
    running = tail("--orders", "--portfolio", "-n5", token=TOKEN, subscriptions=2)
    sent = [
        pear.push(ORDERS, frames.order("o-1", status))
        for status in ("placed", "routing", "filled", "canceled")
    ]
    pear.portfolios[USER] = {"balance": Decimal("1000.10"), "positions": []}

    *orders, portfolio = running.finish().lines

    assert orders == sent
    assert portfolio == (
        b'{"topic":"portfolio:did:privy:abc123","data":{"balance":1000.10,"positions":[]}}'
    )


def test_a_rejected_topic_is_named_with_its_reason_and_the_others_go_on(tail: Tail, pear: FakePear):
    other = "portfolio:did:privy:somebody:else"
    running = tail("-n1", *topics("prices:nowhere:1", PRICES, other), token=TOKEN)
    sent = pear.push(PRICES, frames.price())

    done = running.finish()

    assert (done.returncode, done.lines) == (0, [sent])
    assert problems(done) == [
        "rejected: prices:nowhere:1: invalid_topic",
        f"rejected: {other}: forbidden",
    ]


@pytest.mark.parametrize(
    ("options", "token", "said"),
    [
        (
            topics("nonsense", "orders:did:privy:x"),
            None,
            ["rejected: nonsense: invalid_topic", "rejected: orders:did:privy:x: forbidden"],
        ),
        (
            ["--orders", "--portfolio"],
            None,
            [
                "--orders was left out: user_id is not known",
                "--portfolio was left out: user_id is not known",
            ],
        ),
        (
            ["--portfolio"],
            "expired-token",
            [NOT_ACCEPTED, "--portfolio was left out: user_id is not known"],
        ),
        (
            ["--orders", *topics("nonsense")],
            None,
            ["rejected: nonsense: invalid_topic", "--orders was left out: user_id is not known"],
        ),
    ],
    ids=["rejected", "anonymous", "token not accepted", "some of both"],
)
def test_where_nothing_is_left_the_run_ends(
    tail: Tail, pear: FakePear, options: list[str], token: str | None, said: list[str]
):
    done = tail.start(*options, token=token).finish()

    assert (done.returncode, done.stdout) == (4, b"")
    assert problems(done) == [*said, REJECTED]
    assert len(pear.handshakes) == 1


def test_a_private_topic_alone_does_not_end_what_else_is_asked_for(tail: Tail, pear: FakePear):
    running = tail("--orders", "-n1", *topics(PRICES))
    sent = pear.push(PRICES, frames.price())

    done = running.finish()

    assert (done.returncode, done.lines) == (0, [sent])
    assert problems(done) == ["--orders was left out: user_id is not known"]


def test_no_answer_to_a_subscription_is_said_and_tried_again(
    tail: Tail, pear: FakePear, tmp_path: Path
):
    pear.heeds_actions = False  # as for a malformed frame
    profile = shortened(bundled("pear"), tmp_path, FASTER, "session")
    running = tail.start("-n1", *topics(PRICES), profile=profile)
    running.wait_stderr("no subscribed within 333 ms; nothing came; reconnecting in ", times=2)

    pear.heeds_actions = True
    pear.wait_subscribed(PRICES)
    sent = pear.push(PRICES, frames.price())

    assert running.finish().lines == [sent]


def test_without_reconnecting_no_answer_ends_the_run(tail: Tail, pear: FakePear, tmp_path: Path):
    pear.heeds_actions = False
    profile = shortened(bundled("pear"), tmp_path, FASTER, "session")

    done = tail.start("--no-reconnect", *topics(PRICES), profile=profile).finish()

    assert done.returncode == 3
    assert "no subscribed within 333 ms" in done.stderr


# ---- at the cap ----


def test_at_the_cap_the_reason_is_said_and_thirty_seconds_go_by(
    tail: Tail, pear: FakePear, tmp_path: Path
):
    pear.per_user = 0
    faster = 60
    profile = shortened(bundled("pear"), tmp_path, faster, "messages")
    running = tail.start("-n1", *topics(PRICES), token=TOKEN, profile=profile)
    running.wait_stderr("reconnecting in ")
    pear.per_user = 5
    pear.wait_subscribed(PRICES)
    sent = pear.push(PRICES, frames.price())

    done = running.finish()

    assert done.lines == [sent]
    told, waited = problems(done)
    assert told == "error: connection_limit (per_user_connection_limit)"
    assert "1013; reconnecting in " in waited
    assert "Five connections are allowed for each user" in waited
    first, second = pear.handshakes
    assert second.at - first.at >= 30 / faster


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (lambda fake: fake.drop(1013, "try again later"), "1013 try again later; reconnecting in "),
        (
            lambda fake: fake.push_raw(
                '{"type":"error","code":"connection_limit","reason":"full"}'
            ),
            "error: connection_limit (full); reconnecting in ",
        ),
    ],
    ids=["the close", "the frame"],
)
def test_one_of_the_two_signs_of_the_cap_is_enough(
    tail: Tail, pear: FakePear, tmp_path: Path, end: Callable[[FakePear], None], said: str
):
    faster = 60
    profile = shortened(bundled("pear"), tmp_path, faster, "messages")
    running = tail(*topics(PRICES), profile=profile)
    first = pear.handshakes[0].at
    end(pear)

    eventually(lambda: len(pear.handshakes) == 2)
    assert pear.handshakes[1].at - first >= 30 / faster
    assert said in interrupted(running).stderr


def test_the_next_client_comes_in_as_soon_as_another_leaves(
    tail: Tail, pear: FakePear, tmp_path: Path
):
    pear.per_user = 1
    profile = shortened(bundled("pear"), tmp_path, 60, "messages")
    first = tail(*topics(PRICES), token=TOKEN)
    second = tail.start("-n1", *topics(PRICES), token=TOKEN, profile=profile)
    second.wait_stderr("per_user_connection_limit")

    interrupted(first)
    eventually(lambda: len(pear.handshakes) >= 3)
    pear.wait_subscribed(PRICES)
    sent = pear.push(PRICES, frames.price())

    assert second.finish().lines == [sent]


# ---- what is printed ----


def test_lines_are_the_frames_own_bytes_whatever_the_topic(tail: Tail, pear: FakePear):
    price = frames.price(Decimal("0.10"), bid=0, ask=Decimal("1E+2"), last=12345678901234567890)
    data = {
        PRICES: price,
        TRADES: frames.trade(size=18446744073709551615),
        "orderbook:dflow:MKT:1:yes": frames.book("snapshot"),
        "event:who-wins": frames.event("trade"),
        "social:activity": frames.activity("follow", user_id="did:privy:ünïcode"),
        "notify": {"text": "hello"},
    }
    running = tail(f"-n{len(data)}", *topics(*data))
    sent = [pear.push(topic, each) for topic, each in data.items()]

    done = running.finish()

    assert (done.returncode, done.lines) == (0, sent)
    assert problems(done) == []


def test_the_snapshot_behind_an_acknowledgement_is_not_lost(tail: Tail, pear: FakePear):
    pear.game_states["77:1"] = {"status": "live", "score": Decimal("1.0")}

    done = tail.start("-n1", *topics("game_state:77:1", PRICES)).finish()

    assert done.lines == [b'{"topic":"game_state:77:1","data":{"status":"live","score":1.0}}']


def test_topics_can_be_told_apart_by_their_kind(tail: Tail, pear: FakePear):
    running = tail("--type", "trades:*", "-n1", *topics(PRICES, TRADES))
    pear.push(PRICES, frames.price())
    sent = pear.push(TRADES, frames.trade())

    assert running.finish().lines == [sent]


def test_control_frames_are_printed_only_when_all_is_asked_for(tail: Tail, pear: FakePear):
    running = tail("--all", "-n3", *topics(PRICES))
    sent = pear.push(PRICES, frames.price())

    welcome, subscribed, price = running.finish().lines

    assert json.loads(welcome) == {"type": "welcome", "userId": None}
    assert json.loads(subscribed) == {"type": "subscribed", "topics": [PRICES]}
    assert price == sent


def test_an_unknown_control_frame_is_shown_and_named_once(tail: Tail, pear: FakePear):
    running = tail("-n3", *topics(PRICES))
    mystery = [pear.push_raw(f'{{"type":"mystery","n":{count}}}') for count in (1, 2)]
    sent = pear.push(PRICES, frames.price())

    done = running.finish()

    assert done.lines == [*mystery, sent]
    assert len([line for line in problems(done) if "mystery" in line]) == 1


def test_an_error_of_the_provider_s_is_told_and_the_connection_stays(tail: Tail, pear: FakePear):
    running = tail("-n1", *topics(PRICES))
    pear.push_raw('{"type":"error","code":"internal","reason":"try again"}')
    sent = pear.push(PRICES, frames.price())

    done = running.finish()

    assert done.lines == [sent]
    assert problems(done) == ["error: try again"]


def test_documented_messages_are_valid(tail: Tail, pear: FakePear):
    running = tail("--validate", "strict", "-n5", *topics(PRICES, TRADES, "orderbook:kalshi:K"))
    for price in (
        frames.price(),
        frames.price(1, bid=Decimal("0.9"), ask=2, last=1),
        {"price": "0.61", "bid": None, "ts": "2026-05-26T14:32:11Z"},
    ):
        pear.push(PRICES, price)
    pear.push_raw('{"type":"unsubscribed","topics":[]}')
    pear.push(TRADES, {"whatever": ["it", "holds"]})
    pear.push("orderbook:kalshi:K", frames.book("delta"))

    done = running.finish()

    assert (done.returncode, len(done.lines)) == (0, 5)


def test_a_price_without_a_price_is_shown_and_told(tail: Tail, pear: FakePear):
    running = tail("-n1", *topics(PRICES))
    sent = pear.push(PRICES, {"bid": 1})

    done = running.finish()

    assert done.lines == [sent]
    assert "1 invalid" in done.stderr
    assert len([line for line in problems(done) if ".data" in line]) == 1


# ---- staying alive ----


def test_quiet_topics_are_legal_and_the_protocol_s_pings_prove_life(
    tail: Tail, pear: FakePear, tmp_path: Path
):
    faster = 150  # a ping every 200 ms
    running = tail(*topics(PRICES), profile=keep_waiting_for_pongs(tmp_path, faster))
    eventually(lambda: pear.protocol_pings >= 5)

    assert len(pear.handshakes) == 1
    assert problems(interrupted(running)) == []


def keep_waiting_for_pongs(folder: Path, factor: float) -> Path:
    """The shortened profile, but for the seconds in which a pong must come."""
    copy = shortened(bundled("pear"), folder, factor)
    text = copy.read_text()
    short = f"within: {10_000 / factor:.0f}ms"
    assert text.count(short) == 1
    copy.write_text(text.replace(short, "within: 10s"))
    return copy


@pytest.mark.parametrize(
    "go", [FakePear.ignore_pings, FakePear.silence], ids=["no pongs", "gone altogether"]
)
def test_a_ping_without_a_pong_leads_to_a_new_connection(
    tail: Tail, pear: FakePear, tmp_path: Path, go: Callable[[FakePear], None]
):
    profile = shortened(bundled("pear"), tmp_path, 60)
    running = tail(*topics(PRICES), profile=profile)
    go(pear)

    eventually(lambda: len(pear.handshakes) == 2)
    assert "no answer to our ping within 167 ms; reconnecting in " in interrupted(running).stderr
    first, second = pear.handshakes
    assert second.at - first.at >= (30 + 10) / 60


# ---- reconnecting ----


def test_after_a_reconnect_everything_is_asked_for_again_and_the_gap_is_told(
    tail: Tail, pear: FakePear, impatient: Path
):
    pear.portfolios.clear()
    running = tail(
        *topics(PRICES, "nonsense"),
        "--portfolio",
        profile=impatient,
        token=TOKEN,
        subscriptions=2,
    )
    before = pear.push(PRICES, frames.price(1))
    assert running.read_line() == before

    pear.drop(1001, "going away")
    eventually(lambda: len(pear.actions) == 4)
    pear.wait_subscribed(PORTFOLIO)
    after = pear.push(PRICES, frames.price(2))

    assert running.read_line() == after
    done = interrupted(running)
    once = [("subscribe", [PRICES, "nonsense"]), ("subscribe", [PORTFOLIO])]
    assert pear.actions == once * 2
    rejected, lost, gap = problems(done)
    assert rejected == "rejected: nonsense: invalid_topic"  # once
    assert "1001 going away; reconnecting in " in lost
    assert re.fullmatch(r"not connected for .*; what was sent meanwhile is missing", gap)
    assert "1 reconnect, 1 gap" in done.stderr


def test_a_token_that_expired_meanwhile_is_noticed_and_what_is_public_goes_on(
    tail: Tail, pear: FakePear, impatient: Path
):
    running = tail(*topics(PRICES), "--orders", profile=impatient, token=TOKEN, subscriptions=2)
    pear.users.clear()
    pear.cut()
    eventually(lambda: len(pear.actions) == 3)
    pear.wait_subscribed(PRICES)
    sent = pear.push(PRICES, frames.price())

    assert running.read_line() == sent
    done = interrupted(running)
    assert "the token was not accepted" in done.stderr
    assert "--orders was left out: user_id is not known" in done.stderr


def test_each_connection_has_the_token_that_a_command_prints_then(
    tail: Tail, pear: FakePear, impatient: Path, tmp_path: Path
):
    kept = tmp_path / "token"
    kept.write_text(TOKEN)
    running = tail("--portfolio", "--token-cmd", f"cat {kept}", profile=impatient)
    pear.users["fresh-token"] = pear.users.pop(TOKEN)
    kept.write_text("fresh-token\n")
    pear.drop(1011)

    eventually(lambda: len(pear.actions) == 2)
    assert [handshake.query["token"] for handshake in pear.handshakes] == [TOKEN, "fresh-token"]
    assert "not accepted" not in interrupted(running).stderr


def test_the_waits_double_up_to_thirty_seconds(tail: Tail, pear: FakePear, tmp_path: Path):
    faster = 100
    pear.refuse_handshakes(503, times=8)
    profile = shortened(bundled("pear"), tmp_path, faster)

    said = interrupted(tail(*topics(PRICES), profile=profile)).stderr

    waits = [int(text) * faster / 1000 for text in re.findall(r"reconnecting in (\d+) ms", said)]
    assert len(waits) == 8
    for count, wait in enumerate(waits):
        least = min(2**count, 30)
        assert least - 0.05 <= wait <= 1.5 * least + 0.05  # drawn; said in whole ms


# ---- on a terminal ----


def test_prices_trades_and_the_latest_of_everything_else_are_tables(
    screen: ScreenFactory, pear: FakePear, tmp_path: Path
):
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    shown = screen(
        *("tail", "pear", "--orders", "--url", pear.url, "--token-file", str(token)),
        *topics(PRICES, TRADES, "prices:dflow:B"),
        columns=120,
        rows=30,
    )
    pear.wait_subscribed(ORDERS)
    pear.push(PRICES, frames.price(Decimal("0.60"), bid=Decimal("0.59")))
    pear.push("prices:dflow:B", frames.price(7))
    pear.push(PRICES, frames.price(Decimal("0.61"), ask=Decimal("0.63")))
    for size in (5, 6, 7):
        pear.push(TRADES, frames.trade(Decimal("0.10"), size))
    pear.push(ORDERS, frames.order("o-1", "placed"))
    pear.push(ORDERS, frames.order("o-1", "filled"))

    lines = shown.wait_for('"filled"')

    rows = [line.split() for line in lines]
    (price,) = [row for row in rows if row[:1] == [PRICES]]
    assert price[1:4] == ["0.61", "0.59", "0.63"]  # what a message does not speak of stays
    assert [row[3] for row in rows if row[:1] == [TRADES]] == ["5", "6", "7"]
    assert [row[0] for row in rows if row[:1] == [ORDERS]] == [ORDERS]
    assert lines.index(next(line for line in lines if "prices:dflow:B" in line)) < lines.index(
        next(line for line in lines if PRICES in line)
    )


def test_the_screen_tells_of_a_rejection_and_of_a_token_that_was_not_accepted(
    screen: ScreenFactory, pear: FakePear, tmp_path: Path
):
    token = tmp_path / "token"
    token.write_text("expired-token")
    token.chmod(0o600)
    shown = screen(
        *("tail", "pear", "--url", pear.url, "--token-file", str(token)),
        *topics(PRICES, "nonsense"),
    )
    pear.wait_subscribed(PRICES)

    lines = shown.wait_for("rejected: nonsense: invalid_topic")

    assert any("the token was not accepted" in line for line in lines)
    assert shown.cell_colour("rejected: nonsense") == "red"
    assert b"expired-token" not in shown.raw
