"""A quick look at a profile, for lists: its title, without checking anything."""

from __future__ import annotations

from wscli.errors import UsageError
from wscli.loader.find import Found
from wscli.loader.yaml_tree import read_yaml


def title_of(found: Found) -> str:
    """Give the title, or in words why there is none."""
    try:
        tree, _ = read_yaml(found.read())
    except UsageError as error:
        return error.text
    if tree is None or not isinstance(tree.data, dict):
        return f"has mistakes: see `wscli profiles check {found.name}`"
    about = tree.data.get("about")
    title = about.get("title") if isinstance(about, dict) else None
    return title if isinstance(title, str) else found.name
