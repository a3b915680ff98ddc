"""Lines out of a pipe: none is lost, and none fills the memory."""

from __future__ import annotations

from wscli.cli.connect_pipe import Lines


def fed(*pieces: bytes, longest: int = 100) -> list[bytes | None]:
    lines = Lines(longest)
    return [line for piece in pieces for line in lines.feed(piece)] + list(lines.rest())


def test_a_line_ends_with_its_line_break_and_the_last_one_with_the_input() -> None:
    assert fed(b"a\nb\r\n\nc") == [b"a", b"b", b"", b"c"]
    assert fed(b"a\n") == [b"a"]
    assert fed() == []
    assert fed(b"\r") == [b""]


def test_pieces_make_no_difference() -> None:
    text = b"one\r\ntwo\n\nthree \xff"
    assert fed(*(text[at : at + 1] for at in range(len(text)))) == fed(text)


def test_a_carriage_return_inside_of_a_line_stays() -> None:
    assert fed(b"a\rb\r\r\n") == [b"a\rb\r"]


def test_a_line_that_is_too_long_is_passed_over_and_the_next_one_is_not() -> None:
    assert fed(b"x" * 60, b"x" * 60, b"x" * 60 + b"\nnext", longest=100) == [None, b"next"]
    assert fed(b"x" * 101, longest=100) == [None]
    assert fed(b"x" * 100, longest=100) == [b"x" * 100]
