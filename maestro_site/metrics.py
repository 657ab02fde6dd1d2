"""/metrics: what Prometheus asks for. Counted as it happens, or read when it is asked."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    exposition,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from agents_app.line import the_line
from events_app.tail import tail
from maestro_cli import __version__
from maestro_site.errors import only_read
from queues_app.models import QueueItem
from queues_app.rules import ItemStatus
from sessions_app.models import Session
from sessions_app.rules import Status
from storage_app import availability
from storage_app.models import StoredDocument
from storage_app.quarantine import quarantined

disable_created_metrics()
registry = CollectorRegistry()
ProcessCollector(registry=registry)
requests = Counter(
    "maestro_http_requests",
    "Requests answered; route is a pattern, not a path",
    ("method", "route", "status"),
    registry=registry,
)
durations = Histogram(
    "maestro_http_request_duration_seconds",
    "From the whole request to the end of its answer; some wait for news on purpose",
    ("method", "route"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
    registry=registry,
)
sockets = Gauge("maestro_sockets", "Open sockets", ("path",), registry=registry)


class StateCollector(Collector):
    """What the index, the log's tail and the writer know at this moment."""

    def describe(self) -> Iterable[Metric]:
        """Nothing: to be registered should not take a database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        yield from _log()
        yield from _records()
        yield from _files()
        yield _labelled("maestro_build_info", "Always 1", "version", {__version__: 1})


def _log() -> Iterator[Metric]:
    yield _gauge("maestro_log_seq", "The newest row of the event log", tail.newest)
    yield _counted("maestro_log_rows", "Rows read from the log", "type", tail.taken)
    events = CounterMetricFamily("maestro_timeline_events", "Events appended to timelines")
    events.add_metric((), tail.timeline_events)
    yield events
    yield _counted("maestro_messages_sent", "Messages sent to sockets", "type", tail.sent_in_all)


def _records() -> Iterator[Metric]:
    by_status = _numbers(Session.objects.values_list("status"), Status)
    yield _labelled("maestro_sessions", "Sessions", "status", by_status)
    items = _numbers(QueueItem.objects.values_list("status"), ItemStatus)
    yield _labelled("maestro_queue_items", "Items of all queues", "status", items)
    line = the_line()
    agents = {"running": line.running, "waiting": len(line.waiting)}
    yield _labelled("maestro_agents", "Agents' processes", "state", agents)
    yield _gauge("maestro_agents_limit", "MAESTRO_MAX_AGENTS", line.max_agents)
    yield _gauge("maestro_spawning_paused", "1 while a person paused it", line.paused)


def _files() -> Iterator[Metric]:
    behind = StoredDocument.objects.filter(dirty=True).count()
    yield _gauge("maestro_files_dirty", "Documents still to be written", behind)
    failures = CounterMetricFamily("maestro_file_write_errors", "Files that could not be written")
    failures.add_metric((), availability.failures())
    yield failures
    refused = availability.problem() is not None
    yield _gauge("maestro_changes_refused", "1 while files cannot be written", refused)
    yield _gauge("maestro_quarantined_files", "Files set aside", len(quarantined()))


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=value)


def _labelled(name: str, says: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=(label,))
    for word, value in values.items():
        family.add_metric((word,), value)
    return family


def _counted(name: str, says: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, says, labels=(label,))
    for word, value in sorted(dict(values).items()):
        family.add_metric((word,), value)
    return family


def _numbers(rows: Any, words: Iterable[str]) -> dict[str, float]:
    """How many there are of each, and 0 for those of which there is none."""
    found = dict(rows.annotate(n=Count("pk")).order_by())
    return {str(word): found.get(word, 0) for word in words}


registry.register(StateCollector())


@only_read
def metrics(request: HttpRequest) -> HttpResponse:
    content = exposition.generate_latest(registry)
    return HttpResponse(content, content_type=exposition.CONTENT_TYPE_LATEST)
