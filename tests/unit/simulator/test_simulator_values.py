from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.simulator.values import drifted, now_like

WALL = 1_795_000_000.25  # 2026-11-18T11:06:40.25Z


@pytest.mark.parametrize(
    ("example", "moved"),
    [
        ("2026-05-26T14:32:11Z", "2026-11-18T11:06:40Z"),
        ("2026-05-26t14:32:11z", "2026-11-18t11:06:40z"),
        ("2026-05-26T14:32:11.000Z", "2026-11-18T11:06:40.250Z"),
        ("2026-05-26T14:32:11.123456789Z", "2026-11-18T11:06:40.250000000Z"),
        ("2026-05-26T14:32:11+00:00", "2026-11-18T11:06:40+00:00"),
        ("2026-05-26T14:32:11-05:30", "2026-11-18T05:36:40-05:30"),
        ("2026-05-26T14:32:11+99:00", "2026-11-19T11:05:40+99:00"),
        ("2026-05-26 14:32:11", "2026-11-18 11:06:40"),
        (1764000000, 1795000000),
        (1764000000.5, 1795000000.2),
        (1764000000000, 1795000000250),
        (1764000000000000, 1795000000250000),
        (1764000000000000000, 1795000000250000000),
        ("1764000000", "1795000000"),
        ("1764000000.123", "1795000000.250"),
        ("1764000000000", "1795000000250"),
        ("1764000000000.5", "1795000000250.0"),
    ],
)
def test_a_time_becomes_now_in_its_own_form(example: Any, moved: Any):
    result = now_like(example, WALL)
    assert result == moved
    assert type(result) is type(moved)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "PEGGED",
        "12:30",
        "2026-05-26",
        "1.5",
        "000000000",
        "200000000000000000000",
        7,
        1e21,
        True,
        None,
        {},
    ],
)
def test_what_is_no_time_stays(value: Any):
    assert now_like(value, WALL) is None


@pytest.mark.parametrize(
    ("example", "drift", "moved"),
    [
        ("213.42", 0.01, "215.55"),
        ("213.42", -0.01, "211.29"),
        ("-0.0034", 0.1, "-0.0029"),
        ("0.98", 0.1, "1.00"),
        ("0.01", -0.1, "0.01"),
        ("0.00", -0.1, "0.00"),
        ("0.00", 0.1, "0.05"),
        ("-0.01", 0.1, "0.04"),
        ("-0.05", 0.1, "0.00"),
        ("+1.50", 0.01, "+1.52"),
        ("-1.50", 0.01, "-1.48"),
        ("18446744073709551615.123456789012345678", 0.0, "18446744073709551615.123456789012345678"),
        (0.61, 0.05, 0.64),
        (2.5e-06, 0.1, 3e-06),
        (0.00025, 0.01, 0.00026),
        (256.0, 0.01, 258.6),
        (1e22, 0.01, 1.01e22),
        (98500, 0.001, 98598),
        (42, 0.1, 47),
        (-42, -0.1, -47),
        (18446744073709551615, 0.0, 18446744073709551615),
    ],
)
def test_a_number_moves_in_its_own_form(example: Any, drift: float, moved: Any):
    result = drifted(example, drift)
    assert result == moved
    assert type(result) is type(moved)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "abc",
        "12",
        "1e5",
        "1.2.3",
        2,
        -9,
        True,
        None,
        {},
        10**40,
        1e300,
        1e-300,
        "1." + "0" * 41,
    ],
)
def test_what_is_no_amount_stays(value: Any):
    assert drifted(value, 0.05) is None


amounts = st.one_of(
    st.integers(-(10**12), 10**12),
    st.floats(-1e12, 1e12),
    st.from_regex(r"[+-]?[0-9]{1,20}\.[0-9]{1,18}", fullmatch=True),
)


@given(amounts, st.floats(-0.1, 0.1))
def test_a_moved_number_keeps_type_decimals_and_sign(amount: Any, drift: float):
    moved = drifted(amount, drift)
    if moved is None:
        return
    assert type(moved) is type(amount)
    before, after = Decimal(str(amount)), Decimal(str(moved))
    if isinstance(amount, str):
        assert re.fullmatch(r"[+-]?[0-9]+\.[0-9]+", moved)
        assert len(moved.split(".")[1]) == len(amount.split(".")[1])
    if before > 0:
        assert after > 0
    if 0 <= before <= 1:
        assert 0 <= after <= 1
    allowed = max(abs(before), 50 * Decimal(1).scaleb(min(0, int(before.as_tuple().exponent))))
    assert abs(after - before) <= allowed * Decimal("0.11")
    assert math.isfinite(float(moved))
