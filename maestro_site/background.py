"""What runs beside the requests: tail, writer, watcher, launcher and more; each supervised."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from agents_app.environment import server_url
from agents_app.launcher import Launcher
from dashboard_app.search_index import Indexer
from events_app.pruning import Pruner
from events_app.tail import listen_for_wakes, tail
from maestro_site.logs import log_traffic
from maestro_site.opening import open_data_directory
from sessions_app.append import appender
from storage_app import wakes
from storage_app.watcher import Watcher
from storage_app.writer import Writer

logger = logging.getLogger("maestro.background")

RESTART_AFTER_S = 1.0


class Worker(Protocol):
    """Something that runs in a thread of its own until it is told to stop."""

    def run(self) -> None: ...
    def stop(self) -> None: ...
    def wake(self) -> None: ...


_starting = asyncio.Lock()
_running = asyncio.Event()
_tasks: list[asyncio.Task[None]] = []
_workers: list[tuple[Worker, threading.Thread]] = []


async def start() -> None:
    """Start everything; called again, do nothing.

    Under a server that has no lifespan and is not `manage.py serve`, the first connection waits
    here while the data directory is opened.
    """
    if _running.is_set():
        return
    async with _starting:
        if not _running.is_set():
            log_traffic()
            await asyncio.to_thread(open_data_directory, server_url())
            _start_all()
            _running.set()


def _start_all() -> None:
    _tasks.append(asyncio.create_task(_supervised("tail", tail.run)))
    _tasks.append(asyncio.create_task(_supervised("wakes", _take_wakes)))
    for worker in (appender, Writer(), Watcher(), Launcher(), Pruner(), Indexer()):
        thread = threading.Thread(target=_supervised_thread, args=(worker,), daemon=True)
        thread.name = type(worker).__name__.lower()
        thread.start()
        _workers.append((worker, thread))
        wakes.listen(worker.wake)
    wakes.listen(tail.wake)


async def _take_wakes() -> None:
    path = wakes.socket_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    await listen_for_wakes(str(path), wakes.committed)


async def stop() -> None:
    """Stop everything; what is dirty is on disk when this returns."""
    for worker, _ in _workers:
        wakes.forget(worker.wake)
        worker.stop()
    for _, thread in _workers:
        await asyncio.to_thread(thread.join, 30)
    _workers.clear()
    wakes.forget(tail.wake)
    for task in _tasks:
        task.cancel()
    for task in _tasks:
        with suppress(asyncio.CancelledError):
            await task
    _tasks.clear()
    _running.clear()
    wakes.socket_path().unlink(missing_ok=True)


async def _supervised(name: str, run: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await run()
        except Exception:
            logger.exception("%s crashed and is started again", name)
        await asyncio.sleep(RESTART_AFTER_S)


def _supervised_thread(worker: Worker) -> None:
    restart = threading.Event()
    while True:
        try:
            worker.run()
            return
        except Exception:
            logger.exception("%s crashed and is started again", type(worker).__name__)
            restart.wait(RESTART_AFTER_S)
