"""When a run has what it was started for."""

from __future__ import annotations

from wscli.inspection.enough import Enough, Printed
from wscli.inspection.statistics import Statistics
from wscli.jq.engine import compile_program
from wscli.model.instant import Instant
from wscli.model.message import Message
from wscli.model.record import Ending


def message(number: int) -> Message:
    return Message(b"%d" % number, number, "n", "n")


def test_the_first_word_about_the_end_holds() -> None:
    enough = Enough(count=1)
    enough.end(Ending(1, "invalid"))
    enough.printed(message(1))
    assert enough.ending == Ending(1, "invalid")


def test_one_of_count_and_until_is_enough() -> None:
    for number in (1, 5):
        enough = Enough(count=2, until=compile_program(". == 5"))
        enough.printed(message(number))
        assert enough.reached is (number == 5)
        enough.printed(message(1))
        assert enough.ending == Ending(0)


def test_inspectors_need_not_tell_where_nothing_ends_the_run_or_somebody_else_does() -> None:
    assert Enough(count=1).counts
    assert not Enough().counts
    assert not Enough(count=1, later=True).counts


def test_what_is_not_printed_after_all_was_filtered() -> None:
    statistics = Statistics(started=Instant(0, 0), printed=3)
    printed = Printed(Enough(count=1, later=True), statistics)
    told = []
    for number in (1, 2):
        printed.tell(message(number), printed=number == 2)
        told.append(printed.enough)
    assert told == [False, True]
    assert (statistics.printed, statistics.filtered) == (2, 1)
