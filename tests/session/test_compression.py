"""Who decides whether compression is offered: the profile, and the user above it."""

from __future__ import annotations

import pytest

from tests.session.conversation import Conversation, make_profile, said
from wscli.model.profile import Connect
from wscli.model.record import StateEvent
from wscli.model.wire import Handshake
from wscli.session import events
from wscli.session.target import Overrides, make_target
from wscli.templates import Scope


@pytest.mark.parametrize(
    ("profile", "user", "offered"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_compression_is_offered_where_neither_profile_nor_user_objects(
    profile: bool, user: bool, offered: bool
) -> None:
    connect = Connect(url="wss://demo.test/ws", deflate=profile)
    aim = make_target(connect, Overrides(deflate=user), Scope(names={}))
    assert aim.target.deflate is offered


def test_compression_is_offered_unless_somebody_objects() -> None:
    aim = make_target(Connect(url="wss://demo.test/ws"), Overrides(), Scope(names={}))
    assert aim.target.deflate


def test_that_the_server_may_compress_is_said_under_v() -> None:
    talk = Conversation(make_profile())
    talk.tell(events.Started())
    done = talk.tell(events.Connected(Handshake(101, deflate=True)))
    assert said(done, StateEvent.STEP) == [
        "the server may compress its messages (permessage-deflate)"
    ]
