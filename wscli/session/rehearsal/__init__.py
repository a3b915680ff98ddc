"""What a run would connect to and send, found out by going through it with nobody at the other end.

The walks are those of a real session. Only what nobody can know yet stands in for itself: what the
provider tells, and what is made in the moment in which it is sent.
"""

from wscli.session.rehearsal.items import (
    Asking,
    Begins,
    Connecting,
    Item,
    LeftOut,
    Lives,
    Pausing,
    Rejecting,
    Sending,
    Waiting,
)
from wscli.session.rehearsal.rehearsal import Rehearsal

__all__ = [
    "Asking",
    "Begins",
    "Connecting",
    "Item",
    "LeftOut",
    "Lives",
    "Pausing",
    "Rehearsal",
    "Rejecting",
    "Sending",
    "Waiting",
]
