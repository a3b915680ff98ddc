"""Keys change what the user sees."""

from __future__ import annotations

import pytest

from wscli.output.keys import BACKSPACE, ENTER, ERASE, ESCAPE
from wscli.output.view import KEYS, Page, View


def after(keys: str, view: View | None = None) -> View:
    view = view or View(columns=("state", "discount", "asset"))
    for key in keys:
        view = view.pressed(key)
    return view


def test_q_is_the_wish_to_leave():
    assert after("q").leaving
    assert not after(" ").leaving


def test_space_pauses_and_goes_on():
    assert after(" ").paused
    assert not after("  ").paused


def test_what_is_typed_after_a_slash_filters_while_it_is_typed():
    view = after("/Jito")
    assert (view.filter, view.typing) == ("Jito", True)
    view = after(ENTER, view)
    assert (view.filter, view.typing) == ("Jito", False)


@pytest.mark.parametrize("key", "q sSe?/")
def test_while_the_filter_is_typed_keys_are_letters(key):
    assert after(f"/{key}") == View(columns=after("").columns, filter=key, typing=True)


def test_the_filter_can_be_corrected():
    assert after(f"/ab{BACKSPACE}c").filter == "ac"
    view = after(f"/ab{ERASE}")
    assert (view.filter, view.typing) == ("", True)
    assert not after(f"/{BACKSPACE}").typing


def test_escape_takes_the_filter_away_while_it_is_typed_and_later():
    assert after(f"/ab{ESCAPE}") == after("")
    assert after(f"/ab{ENTER}{ESCAPE}") == after("")


def test_the_filter_can_be_changed_later():
    assert after(f"/ab{ENTER}/c").filter == "abc"


def test_a_filter_has_an_end():
    assert len(after("/" + "x" * 10_000).filter) == 200


def test_s_walks_through_the_columns():
    assert [after("s" * times).sort for times in range(5)] == [
        None,
        "state",
        "discount",
        "asset",
        "state",
    ]
    assert after("s", View()) == View()


def test_shift_s_turns_the_order_round_until_the_next_column():
    assert after("S").turned
    assert not after("SS").turned
    assert (after("sS").sort, after("sS").turned) == ("state", True)
    assert not after("sSs").turned


@pytest.mark.parametrize(("key", "page"), [("e", Page.ERRORS), ("?", Page.HELP)])
@pytest.mark.parametrize("back", ["e", "?", "q", ESCAPE, ENTER, "x", " "])
def test_any_key_leads_back_from_a_page(key, page, back):
    assert after(key).page is page
    assert after(key + back) == after("")


@pytest.mark.parametrize("key", ["x", ENTER, BACKSPACE, ERASE, ESCAPE, "é"])
def test_other_keys_change_nothing(key):
    assert after(key) == after("")
    assert after(f"/{key}").typing or key in {BACKSPACE, ENTER, ESCAPE}


def test_what_is_no_letter_is_not_typed():
    assert after("/a\x00\x0c").filter == "a"


def test_the_last_state_shows_the_rows_that_were_chosen_and_no_page():
    view = after(f"/ab{ENTER}sS e").ended()
    assert (view.filter, view.sort, view.turned) == ("ab", "state", True)
    assert (view.page, view.paused, view.typing) == (Page.TABLE, False, False)


def test_the_help_page_tells_every_key():
    assert [key for key, _ in KEYS] == ["q", "space", "/", "s", "S", "e", "?"]
