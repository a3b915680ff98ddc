"""``${name}``: filling values into the leaf strings of a tree, and into URLs.

Values are filled into trees before anything is serialised, so nothing can be injected into JSON,
and every result comes with a masked twin that may be shown.
"""

from wscli.templates.tree import Template, compile_template
from wscli.templates.urls import UrlTemplate, as_http, as_websocket, compile_url
from wscli.templates.values import Rendered, Scope

__all__ = [
    "Rendered",
    "Scope",
    "Template",
    "UrlTemplate",
    "as_http",
    "as_websocket",
    "compile_template",
    "compile_url",
]
