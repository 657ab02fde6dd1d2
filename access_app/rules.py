"""What each level may do: the one table that API, pages, admin and sockets ask; pure."""

import re
from enum import IntEnum

READING = ("GET", "HEAD", "OPTIONS")


class Level(IntEnum):
    """What people and programs are trusted with; each may do what those before it may."""

    NOBODY = 0
    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """As groups, commands and pages say it."""
        return self.name.lower()


# What one has to reach in order to log in at all, and what tells a monitor that the server lives.
OPEN = re.compile(r"/login/|/logout|/welcome/[^/]+/|/health")
# Besides these, reading is for viewers and changing is for operators.
FOR_ADMINS = (
    (re.compile(r"/admin(/.*)?", re.DOTALL), None),
    (re.compile(r"/api/projects/[^/]+"), "DELETE"),
    (re.compile(r"/settings/(tokens|import)(/.*)?", re.DOTALL), None),
)
# What programs use; everything else is for people, and takes no token.
FOR_PROGRAMS = re.compile(r"/api(/.*)?|/health|/ws-status|/metrics", re.DOTALL)
SOCKET_OF_PAGES = "/ws/ui"


def needed_level(method: str, path: str) -> Level:
    """The least level that may send this; NOBODY where one need not have logged in."""
    if OPEN.fullmatch(path):
        return Level.NOBODY
    for pattern, only in FOR_ADMINS:
        if pattern.fullmatch(path) and only in (None, method):
            return Level.ADMIN
    return Level.VIEWER if method in READING else Level.OPERATOR


def takes_tokens(path: str) -> bool:
    return FOR_PROGRAMS.fullmatch(path) is not None


def is_page(path: str) -> bool:
    """Whether somebody who has not logged in is led to where they can."""
    return path == "/api/docs/" or not takes_tokens(path)
