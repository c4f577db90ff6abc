"""What a server counts, in Prometheus's format."""

import prometheus_client


class Metrics:
    """Requests by status, their seconds, pictures, and how many wait.

    Every server has a registry of its own, so that two in one process do not share their counts.
    """

    def __init__(self, model: str):
        self.registry = prometheus_client.CollectorRegistry()
        of = ["model"]
        self.requests = prometheus_client.Counter(
            "zoo_requests", "Requests by status.", [*of, "status"], registry=self.registry
        )
        self.seconds = prometheus_client.Histogram(
            "zoo_request_seconds", "Seconds of a prediction.", of, registry=self.registry
        ).labels(model)
        self.pictures = prometheus_client.Counter(
            "zoo_pictures", "Pictures that were answered.", of, registry=self.registry
        ).labels(model)
        self.waiting = prometheus_client.Gauge(
            "zoo_requests_in_progress", "Requests that are answered or wait.", of, registry=self.registry
        ).labels(model)
        self.model = model

    def answered(self, status: int) -> None:
        """Count a request that was answered with this status."""
        self.requests.labels(self.model, str(status)).inc()

    def text(self) -> bytes:
        """The page that Prometheus reads."""
        return prometheus_client.generate_latest(self.registry)
