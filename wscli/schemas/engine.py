"""The validator in Rust (jsonschema_rs), which says yes or no in about a microsecond.

Three rules hold for everything that is compiled here: JSON Schema 2020-12 whatever ``$schema``
says, patterns in an engine that is linear in the length of the text, and nothing fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NoReturn

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

# A panic in Rust arrives as a BaseException of its own, so all but these three are caught.
_NOT_OURS: Final = (KeyboardInterrupt, SystemExit, GeneratorExit)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def compile_tree(schema: Any) -> Draft202012Validator:
    """Compile a whole schema. Raises ValueError where it is wrong or refers to something remote;
    ``jsonschema_rs.ValidationError`` is one.
    """
    return Draft202012Validator(
        schema, pattern_options=RegexOptions(), retriever=_refuse, validate_formats=False
    )


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is not part of the profile, and nothing is fetched")


def is_linear(pattern: str) -> bool:
    """Say whether the linear-time engine takes the pattern: no look-around, no back-reference."""
    try:
        compile_tree({"pattern": pattern})
    except ValueError:
        return False
    return True


def guarded(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    r"""Wrap a validator's ``is_valid`` so that it cannot raise, for 0.05 µs a call.

    What raises in practice is a lone surrogate, which JSON may hold (``"\ud800"``) and UTF-8 may
    not. Such a value is judged as if another character stood there; if it raises again, it is not
    valid.
    """

    def is_valid(value: Any) -> bool:
        try:
            return check(value)
        except _NOT_OURS:
            raise
        except BaseException:  # noqa: BLE001 - whatever a foreign validator raises is a "no"
            return _second_try(check, value)

    return is_valid


def _second_try(check: Callable[[Any], bool], value: Any) -> bool:
    try:
        return check(_without_surrogates(value))
    except _NOT_OURS:
        raise
    except BaseException:  # noqa: BLE001 - as above
        return False


def _without_surrogates(value: Any) -> Any:
    match value:
        case str():
            return _SURROGATE.sub(_stand_in, value)
        case dict():
            return {_without_surrogates(key): _without_surrogates(of) for key, of in value.items()}
        case list():
            return [_without_surrogates(element) for element in value]
        case _:
            return value


def _stand_in(surrogate: re.Match[str]) -> str:
    """A private-use character (plane 16) for each surrogate, so that what differs still does."""
    return chr(0x10F000 + ord(surrogate[0]) - 0xD800)


def first_error(validator: Draft202012Validator, value: Any) -> ValidationError | None:
    """Give the first thing that the validator finds wrong, None where it finds nothing or fails.

    All errors at once would be made before the first is seen, 40 µs for each.
    """
    try:
        validator.validate(value)
    except ValidationError as error:
        return error
    except _NOT_OURS:
        raise
    except BaseException:  # noqa: BLE001 - as above
        return None
    return None
