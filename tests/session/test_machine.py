"""Every order of events: whatever happens, and whenever, the session keeps its promises."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.session.conversation import Conversation
from tests.session.world import (
    CONTROLS,
    OPTIONS,
    PROFILE,
    SECRET,
    TOKEN,
    UNNUMBERED,
    Market,
)
from wscli.messages.whole import Whole
from wscli.model.instant import Instant
from wscli.model.message import Message, MessageOrigin
from wscli.model.record import Ending, StateEvent, StateRecord
from wscli.model.secret import Secret
from wscli.model.wire import (
    Close,
    Ended,
    Failure,
    FailureKind,
    Handshake,
    HttpAnswer,
    HttpRequest,
    Lost,
    Violated,
)
from wscli.session import commands, events
from wscli.session.states import MOVES, OPEN, State, diagram
from wscli.session.target import Overrides

FAILED = Failure(FailureKind.TIMEOUT, "it failed")
ECHO = f"nobody knows {SECRET} or {TOKEN}"  # some providers repeat what they were sent
ODD_ANSWERS = [b"", b"<html>", b"null", b"5", b"[]", b'{"items":7,"token":[]}']
ODD_VALUES = (
    st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers()) | st.just(ECHO)
)


class Life(RuleBasedStateMachine):
    """Plays the worker: it reports only what can happen in the state that it was led to."""

    @initialize(
        most=st.none() | st.integers(0, 9),
        patient=st.booleans(),
        history=st.booleans(),
        numbered=st.booleans(),
        seed=st.integers(0, 99),
    )
    def begin(
        self, most: int | None, patient: bool, history: bool, numbered: bool, seed: int
    ) -> None:
        overrides = Overrides(max_reconnects=most, patient=patient, history=history)
        self.numbered = numbered
        profile = PROFILE if numbered else UNNUMBERED
        self.talk = Conversation(profile, OPTIONS, overrides, secrets=True)
        self.talk.session._desk.rng = random.Random(seed)
        self.market = Market()
        self.connecting = self.open = self.finished = self.reading = False
        self.asked: dict[int, HttpRequest] = {}
        self.unshown: list[Message] = []  # of this connection
        self.earlier: list[Message] = []  # of those before
        self.shown: set[Any] = set()
        self.last: int | None = None  # the trade that was shown last, None where there is a gap
        self.live = False  # a trade came on this connection
        self.beats = 0
        self.pinged = False
        self.texts: list[str] = []
        self.hear(events.Started())

    # --- what the session does -----------------------------------------------------------------

    def hear(self, event: events.Event) -> None:
        before = self.talk.session.state
        self.gap = False  # was told, for all that is shown now
        assert not self.finished
        for command in self.talk.session.handle(event, Instant(self.talk.now, self.talk.now)):
            assert not self.finished, "nothing follows Finish"
            self.perform(command)
        after = self.talk.session.state
        assert after == before or self.reachable(before, after)

    def perform(self, command: commands.Command) -> None:
        match command:
            case commands.ReadSecrets():
                assert not self.reading
                self.reading = True
            case commands.Ask(token, request):
                assert token not in self.asked
                self.asked[token] = request
                self.texts += [request.shown, repr(request)]
            case commands.Connect(target):
                assert not self.open
                assert not self.connecting
                self.connecting = True
                self.texts += [target.shown, repr(target)]
            case commands.Send(text, shown):
                assert self.open
                self.texts += [shown, repr(command)]
                if text == '{"type":"ping"}':
                    assert not self.pinged, "at most one ping is outstanding"
                    self.pinged = True
            case commands.SendPing() | commands.Close():
                assert self.open
            case commands.Drop():
                assert self.open
                self.gone()
            case commands.Deliver(message):
                self.deliver(message)
            case commands.Skip():
                pass
            case commands.Announce(record):
                self.announce(record)
            case commands.Finish(ending):
                self.finished = True
                self.texts += [ending.text, ending.hint]

    def announce(self, record: StateRecord) -> None:
        assert record.text
        self.texts += [record.text, record.hint]
        if record.event is StateEvent.GAP and not record.text.endswith("this beat"):
            self.last, self.gap = None, True

    def deliver(self, message: Message) -> None:
        """A live message is shown once and in order; of the trades none is missing that no gap
        was told for.
        """
        if message.origin is MessageOrigin.LIVE:
            came = self.unshown if any(each is message for each in self.unshown) else self.earlier
            place = next((at for at, each in enumerate(came) if each is message), None)
            assert place is not None, "it came, and was not shown before"
            if message.name == "trade":
                for passed in came[:place]:
                    assert passed.value["id"] in self.shown, "what was passed over had come before"
            del came[place]
        number = message.value["id"]
        assert number not in self.shown
        self.shown.add(number)
        if message.name == "trade":
            assert self.gap or self.last is None or number == self.last + 1
            self.last = number

    def gone(self) -> None:
        self.open = self.live = self.pinged = False
        self.earlier += [message for message in self.unshown if message.name == "trade"]
        self.unshown.clear()

    @staticmethod
    def reachable(before: State, after: State) -> bool:
        """Whether one event may lead there, by legal moves."""
        seen: set[State] = set()
        todo = [before]
        while todo:
            for target in MOVES[todo.pop()] - seen:
                seen.add(target)
                todo.append(target)
        return after in seen

    # --- before a connection -------------------------------------------------------------------

    @precondition(lambda self: self.reading and not self.finished)
    @rule(fails=st.sampled_from([False] * 9 + [True]))
    def secrets(self, fails: bool) -> None:
        self.reading = False
        read = {"key": Secret(SECRET)}
        self.hear(events.SecretsFailed("no such file") if fails else events.SecretsRead(read))

    @precondition(lambda self: self.asked and not self.finished)
    @rule(data=st.data(), good=st.integers(0, 3), status=st.sampled_from([200, 401, 429, 500]))
    def answer(self, data: st.DataObject, good: int, status: int) -> None:
        token = data.draw(st.sampled_from(sorted(self.asked)))
        if good:
            self.answer_well(token)
            return
        request = self.asked.pop(token)
        headers = (("retry-after", "2"),) if status == 429 else ()
        sent = [str(part) for part in (*request.headers, request.body)]
        body = data.draw(st.sampled_from([*ODD_ANSWERS, " ".join(sent).encode()]))
        self.hear(events.HttpAnswered(token, HttpAnswer(status, headers=headers, body=body)))

    def answer_well(self, token: int) -> None:
        body = json.dumps(self.market.answer(self.asked.pop(token).url)).encode()
        self.hear(events.HttpAnswered(token, HttpAnswer(200, body=body)))

    @precondition(lambda self: not self.finished)
    @rule(steps=st.integers(1, 30))
    def all_goes_well(self, steps: int) -> None:
        """For a while, as far as it is the provider's turn."""
        for _ in range(steps):
            if self.finished:
                return
            if self.reading:
                self.secrets(fails=False)
            elif self.asked:
                self.answer_well(max(self.asked))
            elif self.connecting:
                self.connected()
            elif self.talk.session.state is State.GREETING:
                self.receive({"type": "welcome", "every": 5})
                self.what_the_steps_wait_for("subscribed")
                self.time_passes(1.0)
            elif self.talk.session.state is State.WAITING:
                self.deadline()
            else:
                self.trade()

    @precondition(lambda self: self.asked and not self.finished)
    @rule(data=st.data())
    def not_answered(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(sorted(self.asked)))
        del self.asked[token]
        self.hear(events.HttpAnswered(token, FAILED))

    @precondition(lambda self: self.connecting and not self.finished)
    @rule()
    def connected(self) -> None:
        self.connecting, self.open = False, True
        self.hear(events.Connected(Handshake(101)))
        if not self.talk.session._intake.holding:
            self.last = None  # a gap is told when the steps are through

    @precondition(lambda self: self.connecting and not self.finished)
    @rule(
        kind=st.sampled_from(FailureKind),
        status=st.sampled_from([200, 401, 403, 404, 429, 500, 503]),
        retry=st.booleans(),
        body=st.sampled_from(["", ECHO]),
    )
    def not_connected(self, kind: FailureKind, status: int, retry: bool, body: str) -> None:
        self.connecting = False
        failure = Failure(kind, "it failed", status=status, retry=retry, body=body)
        self.hear(events.ConnectFailed(failure))

    # --- what comes ----------------------------------------------------------------------------

    def receive(self, value: Any) -> None:
        """As the worker does, with what one frame stands for."""
        session = self.talk.session
        for found in self.talk._decoder.messages([json.dumps(value).encode()]):
            if self.finished:
                return
            whole = isinstance(found, Whole)
            message = found.message if isinstance(found, Whole) else found
            self.hear(events.Activity(data=message.rule in session.data_rules))
            if message.rule in session.gated and not whole:
                self.unshown.append(message)
            plain = message.rule in session.plain and not whole
            passes = session.passes(message) if plain and not self.finished else None
            if passes:
                self.gap = False
                self.deliver(message)
            elif passes is None and message.rule in session.concerns and not self.finished:
                self.hear(events.Received(message, whole=whole))

    def trades(self) -> list[int]:
        return sorted(number for number in self.shown if isinstance(number, int))

    @rule()
    def trade(self) -> None:
        number = self.market.trade()
        if self.open and not self.finished:
            self.live = True
            self.receive({"type": "trade", "id": number})

    @precondition(lambda self: self.live and self.numbered and not self.finished)
    @rule()
    def trade_that_is_lost_on_its_way(self) -> None:
        self.market.trade()

    @precondition(lambda self: self.open and self.trades() and not self.finished)
    @rule(data=st.data())
    def trade_that_comes_again(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.trades()))
        self.receive({"type": "trade", "id": number})

    @precondition(lambda self: self.open and self.trades() and not self.finished)
    @rule(count=st.integers(1, 3))
    def recent_trades(self, count: int) -> None:
        recent = self.trades()[-count:]
        self.receive({"type": "recent", "trades": [{"type": "trade", "id": n} for n in recent]})

    @precondition(lambda self: self.open and not self.finished)
    @rule(missing=st.integers(0, 2))
    def beat(self, missing: int) -> None:
        self.beats += 1 + missing
        self.receive({"type": "beat", "n": self.beats, "id": f"beat {self.beats}"})

    @precondition(lambda self: self.open and not self.finished)
    @rule(
        name=st.sampled_from([*CONTROLS, "welcome", "subscribed", "unheard-of"]),
        extra=st.dictionaries(st.sampled_from(["msg", "user", "every", "waits"]), ODD_VALUES),
    )
    def control(self, name: str, extra: dict[str, Any]) -> None:
        if name == "pong":
            self.pinged = False
        if name != "beat":
            self.receive({**extra, "type": name})

    @precondition(lambda self: self.open and not self.finished)
    @rule(name=st.sampled_from(["welcome", "subscribed"]))
    def what_the_steps_wait_for(self, name: str) -> None:
        if not self.finished:
            self.receive({"type": name})

    @precondition(lambda self: self.open and not self.finished)
    @rule(payload=st.sampled_from([b"wscli 1", b"wscli 2", b"other"]))
    def pong(self, payload: bytes) -> None:
        self.hear(events.PongReceived(payload))

    # --- what ends, and what takes time --------------------------------------------------------

    @precondition(lambda self: self.open and not self.finished)
    @rule(
        ended=st.builds(
            Close,
            st.sampled_from([None, 1000, 1001, 1008, 1011, 4000, 4200, 4401]),
            st.sampled_from(["", "bye", ECHO]),
        )
        | st.just(Lost("it was cut", 3))
        | st.just(Violated(1002, "reserved bits"))
    )
    def ended(self, ended: Ended) -> None:
        self.gone()
        self.hear(events.ConnectionEnded(ended))

    @precondition(lambda self: self.open and not self.finished)
    @rule()
    def lost(self) -> None:
        self.gone()
        self.hear(events.ConnectionEnded(Lost("it was cut")))

    @precondition(lambda self: self.open and not self.finished)
    @rule()
    def send_failed(self) -> None:
        self.hear(events.SendFailed("broken pipe"))

    @precondition(lambda self: not self.finished)
    @rule(event=st.sampled_from([events.ReadingPaused(), events.ReadingResumed()]))
    def pause(self, event: events.Event) -> None:
        self.hear(event)

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 5.0, 60.0]))
    def time_passes(self, seconds: float) -> None:
        self.talk.now += seconds
        if not self.finished:
            self.hear(events.Tick())

    @precondition(lambda self: not self.finished and self.talk.session.deadline is not None)
    @rule()
    def deadline(self) -> None:
        session = self.talk.session
        self.talk.now = max(self.talk.now, session.deadline or 0.0)
        for _ in range(3):  # what is over may be followed at once by what is to be done now
            if session.deadline is not None and session.deadline <= self.talk.now:
                self.hear(events.Tick())
        assert session.deadline is None or session.deadline > self.talk.now, "it would never sleep"

    @precondition(lambda self: not self.finished)
    @rule(patience=st.sampled_from([0.5, 3.0]), sure=st.sampled_from([False] * 9 + [True]))
    def stop(self, patience: float, sure: bool) -> None:
        if sure:
            self.hear(events.StopAsked(Ending(130), patience))
            assert self.finished or self.talk.session.state is State.CLOSING

    # --- what always holds ---------------------------------------------------------------------

    @invariant()
    def the_state_tells_whether_there_is_a_connection(self) -> None:
        if hasattr(self, "talk"):
            state = self.talk.session.state
            assert (state in OPEN) == self.open or self.finished
            assert (state is State.CONNECTING) == self.connecting or self.finished
            assert (state is State.CLOSED) == self.finished

    @invariant()
    def something_will_happen(self) -> None:
        """Where nothing is awaited from outside, there is a deadline."""
        if hasattr(self, "talk") and not self.finished:
            session = self.talk.session
            awaited = self.connecting or self.reading or self.asked
            assert session.deadline is not None or awaited or session._vigil.paused_at is not None

    @invariant()
    def what_is_not_held_back_was_shown(self) -> None:
        """And when the run is over, nothing is held back any more."""
        if hasattr(self, "talk") and (self.finished or not self.talk.session._intake.holding):
            came = [*self.earlier, *self.unshown]
            assert all(message.value["id"] in self.shown for message in came)

    @invariant()
    def nothing_secret_stands_in_a_text(self) -> None:
        if hasattr(self, "talk"):
            said = "\n".join(self.texts)
            assert SECRET not in said
            assert TOKEN not in said
            self.texts.clear()


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=120, stateful_step_count=50, deadline=None, report_multiple_bugs=False
)


def test_every_move_is_drawn() -> None:
    drawn = diagram().splitlines()
    assert drawn[0] == "stateDiagram-v2"
    assert len(drawn) == 3 + sum(len(targets) for targets in MOVES.values())
    assert "    waiting --> bootstrapping" in drawn
