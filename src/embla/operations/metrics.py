"""Figures for a monitoring system, in Prometheus' text form 0.0.4. Counts of things, never of persons' variants.

What lies in the database is read at each scrape; requests are counted as they are answered. A figure that cannot be
read leaves `embla_up{part=...}` at 0 and its own line out.
"""

import shutil
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from embla import __version__
from embla.errors import EmblaError
from embla.oversight import waiting
from embla.platform import House, current_manifest, log_health, newest_events
from embla.registry import genomes_accepted_by, laboratories

# Seconds; the plan's promise is 0.3 for a variant page and 1.5 for a large gene.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 0.6, 1.5, 3.0, 10.0)
_EVENTS = ("backup-made", "restore-drilled", "release-cut", "submission-accepted")


class Metrics:
    """The figures of one served home."""

    def __init__(self, house: House) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Home(house))
        self._requests = Counter("embla_requests", "Requests answered.", ("route", "status"), registry=self._registry)
        self._seconds = Histogram(
            "embla_request_seconds", "How long answers took.", ("route",), buckets=_BUCKETS, registry=self._registry
        )

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Note one answer. `route` is the pattern, never the path: a path may hold what somebody looked for."""
        self._requests.labels(route, str(status // 100) + "xx").inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Everything, as a scrape reads it."""
        return generate_latest(self._registry)


class _Home(Collector):
    def __init__(self, house: House) -> None:
        self._house = house

    def collect(self) -> Iterator[GaugeMetricFamily]:
        version = GaugeMetricFamily("embla_info", "The version that serves.", labels=("version",))
        version.add_metric((__version__,), 1)
        yield version
        up = GaugeMetricFamily("embla_up", "1 for each part that answers.", labels=("part",))
        figures: list[GaugeMetricFamily] = []
        for part, read in (
            ("database", self._database),
            ("log", self._log),
            ("store", self._store),
            ("disk", self._disk),
        ):
            try:
                found = list(read())
            except (EmblaError, OSError):
                up.add_metric((part,), 0)
            else:
                up.add_metric((part,), 1)
                figures += found
        yield up
        yield from figures

    def _database(self) -> Iterator[GaugeMetricFamily]:
        now = self._house.clock()
        with self._house.database.reading() as connection:
            last = newest_events(connection, limit=1).items
            yield _gauge("embla_genomes", "Accepted genomes.", genomes_accepted_by(connection, now))
            yield _gauge("embla_laboratories", "Laboratories that may report today.",
                         len(laboratories(connection, on=now.date())))  # fmt: skip
            yield _gauge("embla_log_events", "Events in the log.", last[0].number if last else 0)
            ages = GaugeMetricFamily(
                "embla_last_seconds", "Seconds since the newest event of a kind.", labels=("kind",)
            )
            for kind in _EVENTS:
                for event in newest_events(connection, kinds=(kind,), limit=1).items:
                    ages.add_metric((kind,), (now - event.at).total_seconds())
            yield ages
        left = waiting(self._house)
        overdue = GaugeMetricFamily("embla_overdue", "What somebody should have judged by now.", labels=("kind",))
        overdue.add_metric(("review",), left.reviews_overdue)
        overdue.add_metric(("incident",), left.incidents_overdue)
        yield overdue
        yield _gauge("embla_alerts_open", "Alerts that nobody has judged.", left.alerts)
        yield _gauge("embla_reviews_waiting", "Emergency accesses that wait for a review.", left.reviews)

    def _log(self) -> Iterator[GaugeMetricFamily]:
        health = log_health(self._house)
        yield _gauge("embla_log_intact", "1 when the log agrees with what was signed and copied.", health.intact)
        yield _gauge("embla_log_unsigned", "Events since the last signed checkpoint.", health.size - health.signed)

    def _store(self) -> Iterator[GaugeMetricFamily]:
        with self._house.database.reading() as connection:
            yield _gauge("embla_store_genomes", "Genomes in the cohort store.", len(self._house.view(connection)))
            manifest = current_manifest(connection)
        yield _gauge("embla_store_manifest", "Number of the store's state.", manifest.number if manifest else 0)

    def _disk(self) -> Iterator[GaugeMetricFamily]:
        usage = shutil.disk_usage(self._house.home)
        yield _gauge("embla_disk_free_bytes", "Bytes left on the home's disk.", usage.free)
        yield _gauge("embla_disk_total_bytes", "Bytes of the home's disk.", usage.total)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
