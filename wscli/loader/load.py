"""From a word on the command line to a checked, typed profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from wscli.errors import Problem, ProfileError, UsageError
from wscli.loader.build import build_profile
from wscli.loader.find import Found, available, bundled_bases, find
from wscli.loader.meaning import meaning_problems
from wscli.loader.merge import merge, without_nulls
from wscli.loader.shape import closest, shape_problems
from wscli.loader.yaml_tree import Tree, read_yaml
from wscli.model.profile import Connect, Origin, Profile
from wscli.model.secret import without_login


def load_profile(name: str, environment: Mapping[str, str]) -> Profile:
    """Give the profile that ``name`` means: a name, the path of a file, or a ws:// or wss:// URL.

    Raises UsageError where there is none, ProfileError with every mistake where it has any.
    """
    if is_url(name):
        return url_profile(name)
    return read_profile(find(name, environment), environment)


def is_url(name: str) -> bool:
    """Whether a word on the command line is a bare WebSocket URL."""
    return name.lower().startswith(("ws://", "wss://"))


def url_profile(url: str) -> Profile:
    """Give the profile of a bare URL: nothing is known, so frames are shown as they come."""
    try:
        host = urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        raise UsageError(f"{without_login(url)!r} is no WebSocket URL.") from None
    return Profile(
        name=host or "url",
        source=url,
        origin=Origin.URL,
        connect=Connect(url=url.replace("${", "$${")),
    )


def read_profile(found: Found, environment: Mapping[str, str]) -> Profile:
    """Read and check one profile; raises ProfileError with every mistake."""
    tree, problems = read_yaml(found.read())
    if tree is None:
        raise ProfileError(found.source, problems)
    alone = not (isinstance(tree.data, dict) and "extends" in tree.data)
    own_shape = tree if alone else replace(tree, data=without_nulls(tree.data))
    told = [*problems, *shape_problems(own_shape, complete=alone)]
    whole = _extended(tree, found, environment, told)
    if whole is not tree:
        places = {problem.path for problem in told}
        told += [each for each in shape_problems(whole) if each.path not in places]
    places = {problem.path for problem in told}
    own = tree.data.get("options") if isinstance(tree.data, dict) else None
    meaning = meaning_problems(whole, found.origin, own if isinstance(own, dict) else {})
    told += [problem for problem in meaning if problem.path not in places]
    told += _wrong_name(whole, found)
    if told:
        raise ProfileError(found.source, _in_order(told))
    return build_profile(whole.data, found.source, found.origin)


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.path))


def _wrong_name(tree: Tree, found: Found) -> list[Problem]:
    """A profile that is found by its file's name must bear it; a path may lead to any file."""
    name = tree.data.get("name") if isinstance(tree.data, dict) else None
    if found.origin is Origin.FILE or not isinstance(name, str) or name == found.name:
        return []
    what = f'the name is "{name}", but the file is called {found.name}.yaml.'
    return [Problem(tree.line(("name",)), "name", what, "Make them the same.")]


def _extended(
    tree: Tree, found: Found, environment: Mapping[str, str], told: list[Problem]
) -> Tree:
    """Give the tree laid over the profile that it extends; mistakes in that are told as well.

    A user's profile may extend the bundled one of its own name.
    """
    name = tree.data.get("extends") if isinstance(tree.data, dict) else None
    if not isinstance(name, str):
        return tree
    line = tree.line(("extends",))
    profiles = [base for base in available(environment).get(name, []) if base.place != found.place]
    bases = [*profiles, *bundled_bases().get(name, [])]
    if not bases:
        known = [*available(environment), *bundled_bases()]
        remedy = closest(name, known) or f"There are {', '.join(known)}."
        told.append(Problem(line, "extends", f'there is no profile "{name}".', remedy))
        return tree
    base, problems = read_yaml(bases[0].read())
    if (
        base is None
        or problems
        or not isinstance(base.data, dict)
        or shape_problems(base, complete=False)
    ):
        what = f'"{name}" has mistakes of its own.'
        told.append(Problem(line, "extends", what, f"See `wscli profiles check {name}`."))
        return tree
    if "extends" in base.data:
        what = f'"{name}" extends another profile itself; one level is all there is.'
        told.append(Problem(line, "extends", what))
        return tree
    return replace(tree, data=merge(base.data, tree.data))
