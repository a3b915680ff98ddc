"""``wscli tail nexusglass`` after a drop: what was missed while away is printed once, in order of
its id, marked as recovered, before what comes live; and what cannot be had is a gap that is told.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import ScreenFactory
from tests.harness.exact_json import digits
from tests.harness.process import Finished, Runner, Running
from tests.harness.profiles import bundled, shortened
from tests.harness.waiting import eventually
from tests.providers.fake_nexusglass import FIRST_ID, KEY, FakeNexusglass
from tests.providers.fake_nexusglass_events import frame
from tests.providers.nexusglass_tail import (
    ENV,
    Tail,
    as_lines,
    ids,
    interrupted,
    summary,
    told,
)

FASTER = 100  # a second's delay before a new connection becomes 10 ms
PATH = "/api/v1/fastfeed/events"


@pytest.fixture
def hasty(tmp_path: Path) -> Path:
    """The profile with hardly any waiting before it connects again, and its keepalive as it is."""
    text = bundled("nexusglass").read_text(encoding="utf-8")
    assert text.count("[1s, 2s, 4s, 8s, 16s, 30s]") == 1
    quick = text.replace("[1s, 2s, 4s, 8s, 16s, 30s]", "[10ms]")
    path = tmp_path / "nexusglass.yaml"
    path.write_text(quick.replace("env: NEXUSGLASS", "env: WSCLI_NEXUSGLASS"), encoding="utf-8")
    return path


class Story:
    """A run against the fake. ``printed`` are the frames of which each is to be one line of stdout,
    in the order in which they are to come.
    """

    def __init__(self, tail: Tail, fake: FakeNexusglass, profile: Path) -> None:
        self._tail = tail
        self._profile = profile
        self.fake = fake
        self.printed: list[str] = []
        self.running: Running | None = None

    def begin(self, *args: str | Path, live: int = 2) -> Running:
        """Connect, and see some events live."""
        self.running = self._tail(*args, profile=self._profile)
        for _ in range(live):
            self.live()
        self.see()
        return self.running

    def live(self, **event: object) -> None:
        """An event that is to be printed."""
        self.printed.append(self.fake.push(**event))  # type: ignore[arg-type]  # as push takes them

    def missed(self, count: int = 1, **event: object) -> None:
        """Events that nobody was sent, and that are to be printed."""
        for _ in range(count):
            self.live(live=False, **event)

    def see(self) -> None:
        """Wait until everything that is to be printed is."""
        assert self.running is not None
        eventually(
            lambda: self.out.count(b"\n") >= len(self.printed),
            what=f"{len(self.printed)} lines; {self.running.stderr}",
        )

    @property
    def out(self) -> bytes:
        """What was printed until now."""
        assert self.running is not None
        return self.running.stdout

    def drop(self) -> None:
        """Cut the connection."""
        self.fake.cut()

    def back(self) -> None:
        """Wait until the new connection is let in."""
        self.fake.wait_connected()

    def recovered(self, *, times: int = 1) -> None:
        """Wait until it is told, for the so-manieth time, how much was recovered."""
        assert self.running is not None
        self.running.wait_stderr("missed since", times=times)

    def asked(self, count: int) -> None:
        """Wait until so many requests were made in all."""
        eventually(lambda: len(self.fake.requests) >= count, what=f"{count} requests")

    def end(self) -> Finished:
        """End the run once all is printed, and see that it is this and nothing else."""
        assert self.running is not None
        self.see()
        done = interrupted(self.running)
        assert done.lines == as_lines(self.printed)
        return done


@pytest.fixture
def story(wscli: Runner, nexusglass: FakeNexusglass, hasty: Path) -> Story:
    return Story(Tail(wscli, nexusglass), nexusglass, hasty)


def since(fake: FakeNexusglass) -> list[int]:
    """What each request asked for."""
    return [int(request.query["since_id"]) for request in fake.requests]


def clock() -> str:
    """The time in UTC, as the notes have it, with its day before it."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


# ---- what was missed ----


def test_missed_events_come_once_in_order_and_before_the_live_ones(
    story: Story, nexusglass: FakeNexusglass
):
    story.begin()
    story.drop()
    story.missed(3)
    story.recovered()
    story.live()
    story.live()

    done = story.end()

    assert ids(done.lines) == list(range(FIRST_ID, FIRST_ID + 7))
    assert told(done, r"^wscli: nexusglass: 3 messages missed since \d\d:\d\d:\d\dZ recovered$")
    assert "3 recovered" in summary(done)
    assert "gap" not in summary(done)


def test_the_log_is_asked_with_the_last_id_and_the_key_in_a_header(
    story: Story, nexusglass: FakeNexusglass
):
    story.begin(live=3)
    story.drop()
    story.missed()
    story.end()

    first = nexusglass.requests[0]
    assert (first.method, first.target) == ("GET", f"{PATH}?since_id={FIRST_ID + 2}")
    assert first.headers["X-API-Key"] == KEY
    assert KEY not in first.target


def test_what_is_recovered_is_marked_and_what_is_live_is_not(story: Story):
    running = story.begin("-o", "log", live=0)
    story.live(symbol="AUSDT")
    story.see()
    story.drop()
    story.missed(symbol="BUSDT")
    story.missed(symbol="CUSDT")
    story.back()
    running.wait_stderr("recovered")
    story.live(symbol="DUSDT")
    story.see()

    lines = interrupted(running).stdout.decode().splitlines()

    assert ["recovered" in line for line in lines] == [False, True, True, False]
    for line, symbol in zip(lines, "ABCD", strict=True):
        assert f"symbol={symbol}USDT" in line


def test_on_a_terminal_missed_events_stand_before_the_line_that_counts_them_and_the_live_ones(
    screen: ScreenFactory, nexusglass: FakeNexusglass, hasty: Path, tmp_path: Path
):
    key = tmp_path / "key"
    key.write_text(KEY)
    key.chmod(0o600)
    shown = screen(
        *("tail", hasty, "--url", nexusglass.url, "--api-key-file", key, "-o", "log"), columns=160
    )
    nexusglass.wait_connected()
    nexusglass.push(symbol="AUSDT")
    shown.wait_for("AUSDT")
    nexusglass.cut()
    nexusglass.push(symbol="BUSDT", live=False)
    shown.wait_for("1 message missed since")
    nexusglass.push(symbol="CUSDT")

    lines = shown.wait_for("CUSDT")

    words = ("AUSDT", "was lost", "BUSDT", "1 message missed since", "CUSDT")
    places = [next(n for n, line in enumerate(lines) if word in line) for word in words]
    assert places == sorted(places)


def test_the_digits_of_a_recovered_event_are_its_own(story: Story):
    story.begin()
    story.drop()
    odd = {"size": digits("18446744073709551615"), "ratio": digits("0.10"), "far": digits("1e400")}
    story.missed(data=odd, confidence=digits("0.920"), latency_ms=digits("12.0"))

    story.end()


def test_a_recovered_event_is_checked_too(story: Story):
    story.begin()
    story.drop()
    story.missed(priority="P9")

    done = story.end()

    assert told(done, r"\.payload\.priority")


def test_events_that_are_late_because_they_were_missed_do_not_count_as_lag(story: Story):
    story.begin(live=1)
    story.drop()
    story.missed(detected_at="2020-01-01T00:00:00Z")

    assert re.search(r"worst \d+ ms", summary(story.end()))


def test_ids_need_not_follow_each_other(story: Story):
    story.begin()
    story.drop()
    for more in (10, 5000, 5001):
        story.missed(event_id=FIRST_ID + more)
    story.back()
    story.live()

    assert "gap" not in story.end().stderr


def test_after_so_many_messages_the_run_ends_among_the_recovered_ones(story: Story):
    running = story.begin("-n4")
    story.drop()
    story.missed(2)
    story.fake.push(live=False)

    done = running.finish()

    assert (done.returncode, done.lines) == (0, as_lines(story.printed))


def test_nothing_missed_is_no_gap(story: Story):
    story.begin()
    story.drop()
    story.back()
    assert story.running is not None
    story.running.wait_stderr("was missed since")
    story.live()

    done = story.end()

    assert told(done, r"nothing was missed since \d\d:\d\d:\d\dZ$")
    assert "gap" not in summary(done)
    assert " recovered" not in summary(done)


def test_every_drop_is_recovered_from_where_the_last_one_ended(
    story: Story, nexusglass: FakeNexusglass
):
    story.begin()
    for count in range(1, 4):
        story.drop()
        story.missed(2)
        story.back()
        story.recovered(times=count)
        story.live()
        story.see()

    done = story.end()

    assert "3 reconnects" in summary(done)
    assert "6 recovered" in summary(done)


def test_a_close_frame_is_recovered_from_as_a_cut_is(story: Story, nexusglass: FakeNexusglass):
    story.begin()
    nexusglass.drop(1001, "restart")
    story.missed(2)
    story.back()
    story.live()

    assert told(story.end(), "1001 restart")


def test_the_loss_that_only_a_missing_pong_shows_is_recovered_from(
    wscli: Runner, nexusglass: FakeNexusglass, tmp_path: Path
):
    profile = shortened(bundled("nexusglass"), tmp_path, FASTER)
    story = Story(Tail(wscli, nexusglass), nexusglass, profile)
    story.begin()
    nexusglass.silence()
    story.missed(2)

    assert told(story.end(), "no answer to our ping")


# ---- pages ----


@pytest.mark.parametrize(
    ("envelope", "descending"),
    [("list", False), ("events", True), ("data", False), ("items", True)],
)
def test_pages_are_asked_for_until_one_brings_nothing_new(
    story: Story, nexusglass: FakeNexusglass, envelope, *, descending: bool
):
    nexusglass.rest.page_size = 2
    nexusglass.rest.envelope = envelope
    nexusglass.rest.descending = descending
    nexusglass.snapshot_size = 0
    story.begin(live=1)
    story.drop()
    story.missed(5)
    story.recovered()

    done = story.end()

    assert since(nexusglass) == [FIRST_ID + shown for shown in (0, 2, 4, 5)]
    assert told(done, "5 messages missed")


@pytest.mark.parametrize("quirk", ["inclusive", "deaf"])
def test_a_log_that_repeats_what_was_printed_adds_nothing(
    story: Story, nexusglass: FakeNexusglass, quirk: str
):
    setattr(nexusglass.rest, quirk, True)
    story.begin(live=3)
    story.drop()
    story.missed(3)
    story.back()
    story.live()

    assert "repeated" in summary(story.end())


def test_a_log_that_always_gives_the_same_page_is_not_asked_for_ever(
    story: Story, nexusglass: FakeNexusglass
):
    nexusglass.rest.deaf = True
    nexusglass.rest.page_size = 4
    story.begin(live=2)
    story.drop()
    story.missed(2)
    story.recovered()

    story.end()

    assert len(nexusglass.requests) == 2


# ---- beside the snapshot ----


@pytest.mark.parametrize(
    ("missed", "snapshot", "page"),
    [(5, 10, 100), (5, 10, 2), (9, 3, 2), (4, 0, 3)],
    ids=["covers all", "covers all, paged", "covers the last ones", "empty"],
)
def test_a_snapshot_that_overlaps_the_log_brings_nothing_twice(
    story: Story, nexusglass: FakeNexusglass, missed: int, snapshot: int, page: int
):
    nexusglass.snapshot_size = snapshot
    nexusglass.snapshot_shape = "list" if missed == 5 else "events"
    nexusglass.snapshot_descending = page == 2
    nexusglass.rest.page_size = page
    story.begin(live=3)
    story.drop()
    story.missed(missed)
    story.recovered()
    story.live()

    assert told(story.end(), f"{missed} messages missed")


def test_a_snapshot_of_a_few_scattered_events_does_not_end_the_paging(
    story: Story, nexusglass: FakeNexusglass
):
    nexusglass.rest.page_size = 2
    nexusglass.snapshot_size = 0
    story.begin(live=1)
    nexusglass.rest.hold()
    story.drop()
    story.missed(6)
    story.back()
    scattered = [nexusglass.log[place] for place in (0, 1, 5)]
    nexusglass.push_raw(frame("SNAPSHOT", scattered))
    nexusglass.rest.release()
    story.recovered()

    assert told(story.end(), "6 messages missed")


def test_what_only_the_snapshot_has_comes_after_what_was_recovered(
    story: Story, nexusglass: FakeNexusglass
):
    story.begin()
    nexusglass.rest.hold()
    story.drop()
    story.missed(2)
    story.back()
    unlogged = json.loads(nexusglass.push(live=False, logged=False))["payload"]
    nexusglass.push_raw(frame("SNAPSHOT", [nexusglass.log[-1], unlogged]))
    story.printed.append(frame("EVENT", unlogged))
    nexusglass.rest.release()

    story.end()


# ---- it comes late ----


def test_live_events_wait_until_what_was_missed_is_there(story: Story, nexusglass: FakeNexusglass):
    running = story.begin()
    nexusglass.rest.hold()
    story.drop()
    story.missed(2)
    story.back()
    story.asked(1)
    before = story.out
    story.live()
    story.live()
    # An error is told at once: when it is, the two have come as well, and were not printed.
    nexusglass.error("LATE", "marker")
    running.wait_stderr("marker")
    assert running.stdout == before
    nexusglass.rest.release()
    story.recovered()
    story.live()

    story.end()


def test_while_the_log_is_awaited_pings_are_sent_and_answered(
    wscli: Runner, nexusglass: FakeNexusglass, tmp_path: Path
):
    profile = shortened(bundled("nexusglass"), tmp_path, FASTER)
    story = Story(Tail(wscli, nexusglass), nexusglass, profile)
    story.begin()
    nexusglass.rest.hold()
    story.drop()
    story.missed(2)
    story.back()
    story.asked(1)
    story.live()
    eventually(lambda: len(nexusglass.accepted[1].received) >= 3, what="three PINGs")
    nexusglass.rest.release()

    story.end()

    assert len(nexusglass.handshakes) == 2


def test_an_event_that_comes_live_before_the_log_brings_it_is_printed_once(
    story: Story, nexusglass: FakeNexusglass
):
    story.begin()
    nexusglass.snapshot_size = 0
    nexusglass.rest.hold()
    story.drop()
    story.missed()
    story.back()
    story.asked(1)
    story.live()  # the log knows it too: its page is made later
    nexusglass.rest.release()

    assert "1 repeated" in summary(story.end())


# ---- filters ----


def test_only_what_the_filters_ask_for_is_recovered(story: Story, nexusglass: FakeNexusglass):
    story.begin("--symbol", "ETHUSDT", "--event", "REGIME_SHIFT", live=0)
    story.live(event_type="REGIME_SHIFT", symbol="ETHUSDT")
    story.see()
    story.drop()
    nexusglass.push("REGIME_SHIFT", "BTCUSDT", live=False)
    story.missed(event_type="REGIME_SHIFT", symbol="ETHUSDT")
    nexusglass.push("LARGE_LIQUIDATION", "ETHUSDT", live=False)
    story.back()
    story.recovered()

    done = story.end()

    assert told(done, "1 message missed since")
    assert "1 recovered" in summary(done)


def test_pages_full_of_what_was_not_asked_for_are_passed_over(
    story: Story, nexusglass: FakeNexusglass
):
    nexusglass.rest.page_size = 2
    story.begin("--symbol", "ETHUSDT", live=0)
    story.live(symbol="ETHUSDT")
    story.see()
    story.drop()
    for _ in range(5):
        nexusglass.push(symbol="BTCUSDT", live=False)
    story.missed(symbol="ETHUSDT")
    story.recovered()

    story.end()


# ---- it fails ----

NO_ANSWERS = {
    "500": (500, {}, b'{"error":"HTTP 500","code":"BROKEN"}'),
    "401": (401, {}, b'{"error":"HTTP 401","code":"AUTH_FAILED"}'),
    "an hour's Retry-After": (429, {"Retry-After": "3600"}, b'{"error":"slow","code":"RATE"}'),
    "no JSON": (200, {"Content-Type": "text/html"}, b"<h1>Welcome</h1>"),
    "a redirect": (302, {"Location": "https://elsewhere.example/"}, b""),
}


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_a_recovery_that_fails_is_a_visible_gap_and_the_run_goes_on(
    story: Story, nexusglass: FakeNexusglass, answer
):
    nexusglass.snapshot_size = 0
    running = story.begin()
    nexusglass.rest.answer_next(*answer)
    story.drop()
    nexusglass.push(live=False)
    story.back()
    running.wait_stderr("could not be recovered")
    story.live()

    done = story.end()

    (line,) = told(done, r"what was missed since \d\d:\d\d:\d\dZ could not be recovered: ")
    assert PATH in line
    assert "1 gap" in summary(done)
    assert len(nexusglass.handshakes) == 2
    assert KEY not in done.stderr


def test_what_was_held_back_is_printed_after_the_gap(story: Story, nexusglass: FakeNexusglass):
    running = story.begin()
    nexusglass.snapshot_size = 0
    nexusglass.rest.hold()
    nexusglass.rest.fail_next(500, "BROKEN")
    story.drop()
    nexusglass.push(live=False)
    story.back()
    story.asked(1)
    story.live()
    story.live()
    nexusglass.rest.release()
    running.wait_stderr("could not be recovered")

    assert "1 gap" in summary(story.end())


def test_where_the_log_fails_the_snapshot_fills_the_gap_as_far_as_it_reaches(
    story: Story, nexusglass: FakeNexusglass
):
    running = story.begin()
    nexusglass.rest.fail_next(500, "BROKEN")
    story.drop()
    story.missed(2)
    running.wait_stderr("could not be recovered")

    story.end()


def test_a_page_that_fails_leaves_a_gap_behind_those_before_it(
    story: Story, nexusglass: FakeNexusglass
):
    nexusglass.snapshot_size = 0
    running = story.begin(live=1)
    nexusglass.rest.hold()
    story.drop()
    missed = [json.loads(nexusglass.push(live=False))["payload"] for _ in range(2)]
    nexusglass.push(live=False)
    nexusglass.rest.answer_next(200, {}, json.dumps(missed).encode())
    nexusglass.rest.fail_next(500, "BROKEN")
    story.back()
    story.asked(1)
    story.printed += [frame("EVENT", event) for event in missed]
    story.live()
    nexusglass.rest.release()
    running.wait_stderr("could not be recovered")

    done = story.end()

    assert told(done, r"what was missed since \S+ could not be recovered but for 2 messages: ")
    assert since(nexusglass) == [FIRST_ID, FIRST_ID + 2]


def test_an_element_that_is_no_event_does_not_spoil_the_others(
    story: Story, nexusglass: FakeNexusglass
):
    running = story.begin()
    good = json.loads(nexusglass.push(live=False, logged=False))["payload"]
    body = json.dumps({"events": [good, 17, None, {"note": "no id"}]}).encode()
    nexusglass.rest.answer_next(200, {}, body)
    story.drop()
    story.back()
    story.recovered()
    lines = interrupted(running).lines

    assert frame("EVENT", good).encode() in lines


def test_a_busy_log_is_asked_again_after_the_time_that_it_wants(
    story: Story, nexusglass: FakeNexusglass
):
    story.begin()
    nexusglass.rest.fail_next(429, "RATE_LIMIT", retry_after=1)
    story.drop()
    story.missed(2)
    story.back()
    story.live()

    done = story.end()

    first, second = nexusglass.requests[:2]
    assert second.at - first.at >= 1.0
    assert "gap" not in summary(done)


def test_a_log_that_never_answers_is_given_up_in_its_time(
    wscli: Runner, nexusglass: FakeNexusglass, tmp_path: Path
):
    profile = tmp_path / "hurried.yaml"
    profile.write_text(
        "wscli: 1\nname: hurried\nextends: nexusglass\nreconnect: {backoff: [10ms]}\n"
        "resume: {backfill: {within: 300ms}}\n"
    )
    nexusglass.snapshot_size = 0
    story = Story(Tail(wscli, nexusglass), nexusglass, profile)
    running = story.begin()
    nexusglass.rest.hold()
    story.drop()
    nexusglass.push(live=False)
    story.back()
    story.live()
    running.wait_stderr("could not be recovered")
    story.live()
    story.see()

    assert as_lines(story.printed) == interrupted(running).lines


def test_without_any_event_before_the_drop_nothing_can_be_asked_for(
    story: Story, nexusglass: FakeNexusglass
):
    nexusglass.snapshot_size = 0
    running = story.begin(live=0)
    running.wait_stderr("connected to")
    story.drop()
    nexusglass.push(live=False)
    story.back()
    running.wait_stderr("is missing")
    story.live()

    done = story.end()

    assert nexusglass.requests == []
    assert "1 gap" in summary(done)


# ---- a second drop ----


@pytest.mark.parametrize("page", [100, 2])
def test_a_drop_while_recovering_begins_again_from_what_was_printed(
    story: Story, nexusglass: FakeNexusglass, page: int
):
    nexusglass.rest.page_size = page
    story.begin()
    nexusglass.rest.hold()
    story.drop()
    story.missed(3)
    story.back()
    story.asked(1)
    story.live()  # held back, and gone with the connection; the log has it
    story.drop()
    story.missed(2)
    story.back()
    nexusglass.rest.release()
    story.asked(2)
    story.live()

    done = story.end()

    assert since(nexusglass)[:2] == [FIRST_ID + 1, FIRST_ID + 1]
    assert ids(done.lines) == list(range(FIRST_ID, FIRST_ID + 9))
    assert "gap" not in summary(done)


def test_a_drop_between_two_pages_goes_on_behind_the_first(
    story: Story, nexusglass: FakeNexusglass
):
    nexusglass.snapshot_size = 0
    nexusglass.rest.page_size = 2
    story.begin(live=1)
    story.drop()
    nexusglass.rest.hold()
    story.missed(2)
    story.back()
    story.asked(1)
    nexusglass.rest.release()
    story.see()
    nexusglass.rest.hold()
    story.drop()
    story.missed(3)
    story.back()
    nexusglass.rest.release()
    story.live()

    story.end()


def test_the_first_of_several_drops_is_when_the_loss_began(
    story: Story, nexusglass: FakeNexusglass
):
    story.begin()
    nexusglass.rest.hold()
    first = clock()
    story.drop()
    story.missed()
    story.back()
    story.asked(1)
    last = clock()
    eventually(lambda: clock() > last, what="the next second")
    story.drop()
    story.back()
    nexusglass.rest.release()
    story.recovered()

    (line,) = told(story.end(), "1 message missed since")
    (when,) = re.findall(r"\d\d:\d\d:\d\d", line)
    assert first[-8:] <= when <= last[-8:] or first[:10] < last[:10]  # midnight in between


def test_an_event_that_was_held_back_is_not_lost_with_the_connection(
    story: Story, nexusglass: FakeNexusglass
):
    nexusglass.snapshot_size = 0
    running = story.begin()
    nexusglass.rest.hold()
    story.drop()
    story.back()
    story.asked(1)
    story.live(logged=False)  # only this connection ever saw it
    nexusglass.error("LATE", "marker")
    running.wait_stderr("marker")
    story.drop()
    story.back()
    nexusglass.rest.release()
    running.wait_stderr("was missed since")
    story.live()

    story.end()


# ---- the end of the run ----


def test_what_is_held_back_when_the_run_is_interrupted_is_printed(
    story: Story, nexusglass: FakeNexusglass
):
    running = story.begin()
    nexusglass.rest.hold()
    story.drop()
    nexusglass.push(live=False)
    nexusglass.snapshot_size = 0
    story.back()
    story.asked(1)
    story.live()
    nexusglass.error("LATE", "marker")
    running.wait_stderr("marker")

    done = interrupted(running)

    assert done.lines == as_lines(story.printed)
    assert "1 gap" in summary(done)


def test_what_is_held_back_when_the_connection_is_lost_for_good_is_printed(
    story: Story, nexusglass: FakeNexusglass
):
    running = story.begin("--max-reconnects", "1")
    nexusglass.rest.hold()
    nexusglass.snapshot_size = 0
    story.drop()
    nexusglass.push(live=False)
    story.back()
    story.asked(1)
    story.live()
    nexusglass.error("LATE", "marker")
    running.wait_stderr("marker")
    story.drop()

    done = running.finish()

    assert done.returncode == 3
    assert done.lines == as_lines(story.printed)


# ---- the key ----


def test_a_key_from_a_command_is_read_again_and_used_for_stream_and_log(
    wscli: Runner, nexusglass: FakeNexusglass, hasty: Path, tmp_path: Path
):
    place = tmp_path / "key"
    place.write_text(KEY)
    reads = f"print(open({str(place)!r}).read())"
    command = shlex.join([sys.executable, "-c", reads])
    running = wscli.start(
        *("tail", hasty, "--url", nexusglass.url, "--api-key-cmd", command), env={**ENV}
    )
    nexusglass.wait_connected()
    sent = [nexusglass.push()]
    running.read_line()
    place.write_text("nxg_another")
    nexusglass.keys.clear()
    nexusglass.keys["nxg_another"] = "PULSE"
    nexusglass.cut()
    sent.append(nexusglass.push(live=False))

    assert running.read_line() == sent[1].encode()
    assert interrupted(running).lines == as_lines(sent)
    assert nexusglass.handshakes[1].query["token"] == "nxg_another"
    assert nexusglass.requests[0].headers["X-API-Key"] == "nxg_another"
