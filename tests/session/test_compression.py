"""Who decides whether compression is offered: the profile, and the user above it."""

from __future__ import annotations

import pytest

from wscli.model.profile import Connect
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
