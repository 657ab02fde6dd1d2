"""Slows down guessing: too many failures under one name from one address, and it has to wait."""

import threading
from collections import OrderedDict, deque

from django.conf import settings

from core.clock import now_ms
from core.errors import TooManyRequests

KEYS_AT_MOST = 10_000
Key = tuple[str, ...]


class Throttle:
    """Failures of the last MAESTRO_LOGIN_WINDOW_S, by whatever key tells one guesser from others.

    In memory: a restart forgives, and costs a guesser more time than it saves.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[Key, deque[int]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, key: Key) -> None:
        """Raises TooManyRequests, which says when to try again."""
        with self._lock:
            recent = self._recent(key)
            if len(recent) < settings.MAESTRO_LOGIN_TRIES:
                return
            free_ms = recent[-settings.MAESTRO_LOGIN_TRIES] + _window_ms() - now_ms()
        wait_s = max(1, -(-free_ms // 1000))
        raise TooManyRequests(
            f"Too many failed attempts. Try again in {wait_s} s.", retry_after_s=wait_s
        )

    def failed(self, key: Key) -> None:
        with self._lock:
            recent = self._recent(key)
            recent.append(now_ms())
            self._failures[key] = recent
            self._failures.move_to_end(key)
            while len(self._failures) > KEYS_AT_MOST:
                self._failures.popitem(last=False)

    def forget(self, key: Key) -> None:
        with self._lock:
            self._failures.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._failures.clear()

    def _recent(self, key: Key) -> deque[int]:
        found = self._failures.get(key, deque(maxlen=max(1, settings.MAESTRO_LOGIN_TRIES)))
        while found and found[0] <= now_ms() - _window_ms():
            found.popleft()
        return found


def _window_ms() -> int:
    return int(settings.MAESTRO_LOGIN_WINDOW_S * 1000)


throttle = Throttle()
