"""Whether a profile that may have the right shape also makes sense: names, expressions, examples.

Works on the raw tree and steps over what has the wrong shape, so that all mistakes of a file,
those of shape and those of meaning, come at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from wscli.errors import Problem
from wscli.loader.build import build_frames
from wscli.loader.checks import Checks, Path, mapping
from wscli.loader.examples import example_problems
from wscli.loader.meaning_messages import message_problems
from wscli.loader.meaning_session import session_problems
from wscli.loader.reserved import COMMON_OPTIONS
from wscli.loader.shape import closest
from wscli.loader.told import parse_rate
from wscli.loader.units import parse_size
from wscli.loader.yaml_tree import Tree
from wscli.messages.frames import codec_problems
from wscli.model.profile import Origin
from wscli.session.computed import check_computed
from wscli.templates import compile_url

_SUFFIXES: Final = ("_file", "_cmd")  # --X-file and --X-cmd give a secret option X


def meaning_problems(tree: Tree, origin: Origin, own: Mapping[str, Any]) -> list[Problem]:
    """Give everything that does not make sense. ``own``: the options that the file itself
    declares, where the tree is laid over another profile.
    """
    checks = Checks(tree)
    return [
        *_options(checks, origin, own),
        *_computed(checks),
        *_connect(checks),
        *_frames(checks),
        *message_problems(checks),
        *session_problems(checks),
        *example_problems(tree),
    ]


def _options(checks: Checks, origin: Origin, own: Mapping[str, Any]) -> Iterator[Problem]:
    for name, data in checks.options.items():
        path: Path = ("options", name)
        option = mapping(data)
        base = next((name[: -len(end)] for end in _SUFFIXES if name.endswith(end)), None)
        if name in COMMON_OPTIONS:
            yield checks.problem(
                path, f'"{name}" is an option of every profile.', "Choose another name."
            )
        elif base in checks.options:
            what = f'"{name}" would be taken for a way to give "{base}".'
            yield checks.problem(path, what, "Choose another name.")
        elif name == "item":
            yield checks.problem(path, '"item" is the element at hand.', "Choose another name.")
        if name in own:
            yield from _env(checks, origin, option.get("env"), (*path, "env"))
        yield from checks.expression(option.get("required"), (*path, "required"), checks.options)
        yield from _type(checks, option, path)
        yield from _choices(checks, option, path)


def _env(checks: Checks, origin: Origin, variable: Any, path: Path) -> Iterator[Problem]:
    name = checks.data.get("name")
    if not isinstance(variable, str) or not isinstance(name, str):
        return
    own = name.upper().replace("-", "_") + "_"
    bundled = origin is Origin.BUNDLED and variable.startswith(own)
    if not variable.startswith("WSCLI_" + own) and not bundled:
        yield checks.problem(
            path,
            f"a profile may not read {variable}: it may belong to another program.",
            f"Begin it with WSCLI_{own}.",
        )


def _type(checks: Checks, option: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    kind = option.get("type", "string")
    if "of" in option and kind != "list":
        yield checks.problem((*path, "of"), "only a list has elements.", "Say type: list.")
    if option.get("secret") is True:
        if kind != "string":
            yield checks.problem((*path, "type"), "a secret is a string.", "Leave type out.")
        for key in ("default", "choices", "examples"):
            if key in option:
                what = f"a secret has no {key}: a profile is no place for it."
                yield checks.problem((*path, key), what)
    numbers = option.get("choices")
    if kind == "flags":
        values = list(mapping(numbers).values())
        if not values or not all(type(value) is int for value in values):
            what = "flags need choices that map names to whole numbers."
            yield checks.problem(path, what, "For example choices: {GUILDS: 1, MESSAGES: 512}.")


def _choices(checks: Checks, option: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    default, choices = option.get("default"), option.get("choices")
    if isinstance(choices, dict | list) and default is not None:
        known = [str(choice) for choice in choices]
        for value in default if isinstance(default, list) else [default]:
            word = str(value).partition(",")[0] if "of" in option else str(value)
            if word not in known:
                what = f'the default "{word}" is none of the choices.'
                yield checks.problem((*path, "default"), what, closest(word, known))


def _computed(checks: Checks) -> Iterator[Problem]:
    for name in checks.computed:
        if name in checks.options or name == "item":
            what = f'"{name}" has a meaning already.'
            yield checks.problem(("computed", name), what, "Choose another name.")
    for path, what, remedy in check_computed(checks.computed, checks.names):
        yield checks.problem(("computed", *path), what, remedy)


def _connect(checks: Checks) -> Iterator[Problem]:
    connect = mapping(checks.data.get("connect"))
    if "connect" not in checks.data and "extends" not in checks.data:
        yield checks.problem((), '"connect" is missing.', "It says where to connect.")
    elif "url" not in connect and "connect" in checks.data:
        yield checks.problem(("connect",), '"url" is missing.', "It says where to connect.")
    resumed = mapping(mapping(checks.data.get("resume")).get("connect"))
    for part, where in ((connect, ("connect",)), (resumed, ("resume", "connect"))):
        if isinstance(part.get("url"), str):
            yield from checks.template(part["url"], (*where, "url"), compile_url)
        for key in ("query", "headers", "origin", "subprotocols"):
            if key in part:
                yield from checks.template(part[key], (*where, key))
    limits = mapping(connect.get("limits"))
    yield from checks.units(
        limits, ("connect", "limits"), {"receive": parse_size, "send": parse_rate}
    )


def _frames(checks: Checks) -> Iterator[Problem]:
    data = checks.data.get("frames")
    try:
        frames = build_frames(data)
    except (AttributeError, KeyError, TypeError, ValueError):
        return  # its shape is wrong, which is told elsewhere
    for what in codec_problems(frames.receive, sending=False):
        yield checks.problem(("frames",), what)
    for what in codec_problems(frames.send, sending=True):
        yield checks.problem(("frames",), what)
