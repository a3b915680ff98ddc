"""The computed values of a profile: a closed list of clocks, ids, choices, hashes and signatures.

A profile names them under ``computed``; templates and expressions use them like every other name.
"""

from wscli.session.computed.check import check_computed, uses
from wscli.session.computed.expressions import for_expressions
from wscli.session.computed.rendering import Computed

__all__ = ["Computed", "check_computed", "for_expressions", "uses"]
