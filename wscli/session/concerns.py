"""Which messages the session must be told of, known from the profile."""

from __future__ import annotations

from wscli.model.lengths import Told
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


def plain(profile: Profile) -> frozenset[str]:
    """Give the names of the gated rules whose messages only have to be new: nothing but what they
    carry concerns the session once the stream runs.
    """
    ping, silences = profile.keepalive.ping, [profile.keepalive.silence]
    silences.append(profile.keepalive.data_silence)
    if any(isinstance(length, Told) for length in silences):
        return frozenset()  # what a message carries may be such a length
    answers = ping.expect if ping is not None else ()
    return frozenset(
        rule.name
        for rule in profile.messages
        if rule.name in gated(profile)
        and rule.name not in answers
        and rule.sequence is None
        and rule.problem is None
        and rule.reply is MISSING
        and rule.then is None
    )
