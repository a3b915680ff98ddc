"""Which messages the session must be told of, known from the profile."""

from __future__ import annotations

from wscli.model.message import MISSING, SHOWN, Role
from wscli.model.profile import Profile


def concerned(profile: Profile) -> frozenset[str]:
    """Give the names of the rules whose messages the session must see."""
    names = {
        rule.name
        for rule in profile.messages
        if rule.role is Role.ERROR
        or rule.capture
        or rule.accepted is not None
        or rule.problem is not None
        or rule.reply is not MISSING
        or rule.then is not None
    }
    for step in (*profile.session, *(profile.resume.session or ())):
        names.update(step.expect)
        if step.ack is not None:
            names.update(step.ack.messages)
    if profile.keepalive.ping is not None:
        names.update(profile.keepalive.ping.expect)
    return frozenset(names)


def gated(profile: Profile) -> frozenset[str]:
    """Give the names of the rules whose messages are shown only where the session says so: they
    may have to be held back, be repeated, or show that others are missing.
    """
    resumes = profile.resume.backfill is not None or profile.resume.dedupe
    return frozenset(
        rule.name
        for rule in profile.messages
        if (resumes and rule.role in SHOWN) or rule.sequence is not None
    )
