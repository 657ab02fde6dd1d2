"""Waiting for news on the event loop; a request that found nothing is then asked again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from events_app.tail import Resync, tail
from events_app.waiting import ServerCloses, Wait

PACE_S = 0.02  # a burst of changes is one reason to look, not many
_closing = asyncio.Event()


def give_up() -> None:
    """The server closes: whoever waits, or begins to, is answered with what there is."""
    _closing.set()


async def news(
    wait: Wait, *, after: int, until: float, receive: Callable[[], Awaitable[Any]]
) -> int | None:
    """Up to where the log was read to find news; None when time is up, or nobody waits any more.

    `until` is a time of the loop's; `receive` returns when the client leaves. Raises ServerCloses
    where the wait outlives the server.
    """
    loop = asyncio.get_running_loop()
    found = loop.create_task(_first_news(wait, after))
    others = [asyncio.ensure_future(receive()), loop.create_task(_closing.wait())]
    try:
        await asyncio.wait(
            [found, *others],
            timeout=max(0.0, until - loop.time()),
            return_when=asyncio.FIRST_COMPLETED,
        )
        if others[1].done() and wait.outlives_server:
            raise ServerCloses("The server is being restarted. Ask again in a moment.")
        return found.result() if found.done() and not others[0].done() else None
    finally:
        for task in (found, *others):
            task.cancel()


async def _first_news(wait: Wait, after: int) -> int:
    async for entries in tail.follow(after):
        if isinstance(entries, Resync):
            return entries.seq
        if any(map(wait.is_news, entries)):
            await asyncio.sleep(PACE_S)
            return entries[-1].seq
    return after
