"""A small HTTP/1.1 load generator on raw asyncio streams; it does some 5,000 requests/s itself."""

import asyncio
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Figures:
    """Requests answered in a run, and how long each took."""

    seconds: float = 0.0
    times_ms: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def per_second(self) -> float:
        return len(self.times_ms) / self.seconds

    def percentile(self, share: float) -> float:
        if len(self.times_ms) < 2:
            return self.times_ms[0] if self.times_ms else 0.0
        return statistics.quantiles(self.times_ms, n=1000)[int(share * 10) - 1]

    def __str__(self) -> str:
        return (
            f"{self.per_second:6.0f}/s  p50 {self.percentile(50):6.1f} ms  "
            f"p99 {self.percentile(99):6.1f} ms  refused {self.refused}"
        )


Request = tuple[str, str, Any]


def encode(request: Request, port: int) -> bytes:
    method, path, body = request
    content = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def load(
    port: int, make: Callable[[int], Request], *, clients: int, seconds: float
) -> Figures:
    """`clients` connections, each sending its next request when the last is answered."""
    figures = Figures()
    started = time.perf_counter()
    until = started + seconds
    numbers = iter(range(1_000_000_000))
    await asyncio.gather(*(_client(port, make, numbers, until, figures) for _ in range(clients)))
    figures.seconds = time.perf_counter() - started
    return figures


async def _client(
    port: int, make: Callable[[int], Request], numbers: Any, until: float, figures: Figures
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.perf_counter() < until:
            request = encode(make(next(numbers)), port)
            before = time.perf_counter()
            writer.write(request)
            status = await answer(reader)
            figures.times_ms.append((time.perf_counter() - before) * 1000)
            figures.refused += status >= 400
    finally:
        writer.close()


async def answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1")
    status = int(head.split(" ", 2)[1])
    lower = head.lower()
    if "content-length:" in lower:
        length = int(lower.split("content-length:", 1)[1].split("\r\n", 1)[0])
        await reader.readexactly(length)
    elif "chunked" in lower:
        while length := int((await reader.readline()).strip() or b"0", 16):
            await reader.readexactly(length + 2)
        await reader.readline()
    return status
