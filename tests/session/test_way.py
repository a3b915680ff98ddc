"""What a connection goes through is said to whoever wants to know."""

from __future__ import annotations

from tests.session.conversation import Conversation, make_profile, said
from wscli.model.record import StateEvent
from wscli.model.wire import Handshake
from wscli.session import events


def test_what_stands_between_is_said_under_v() -> None:
    talk = Conversation(make_profile())
    talk.tell(events.Started())
    done = talk.tell(events.Connected(Handshake(101, via="the proxy p.test:3128 of $https_proxy")))
    assert said(done, StateEvent.STEP) == [
        "the connection goes through the proxy p.test:3128 of $https_proxy"
    ]
