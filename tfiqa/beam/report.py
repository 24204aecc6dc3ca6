"""A small report of what is published: statuses, and quantiles of the scores."""

import collections
import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from tfiqa.beam.manifests import Manifest
from tfiqa.beam.sketch import Sketch

QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


@dataclasses.dataclass(frozen=True)
class Report:
    """What the manifests of a run say.

    Attributes:
        images: Number of rows.
        statuses: Number of rows by status, the most frequent first.
        quantiles: Quantiles of the scores by share, within 1 % of their value, the
            first and the last exactly; empty without scores.
        shards: Number of shards.
        unreadable: Why shards could not be read, by their source.
        rows_bytes: Bytes of all files with rows.
    """

    images: int
    statuses: dict[str, int]
    quantiles: dict[float, float]
    shards: int
    unreadable: dict[str, str]
    rows_bytes: int

    @classmethod
    def of(cls, manifests: Iterable[Manifest]) -> "Report":
        """Returns the report of the manifests that count."""
        statuses: collections.Counter[str] = collections.Counter()
        sketch, unreadable = Sketch(), {}
        shards = size = 0
        for manifest in manifests:
            shards, size = shards + 1, size + manifest.size
            statuses.update(manifest.statuses)
            sketch.merge(Sketch.from_json(manifest.scores))
            if manifest.reason:
                unreadable[manifest.source] = manifest.reason
        quantiles = {share: sketch.quantile(share) for share in QUANTILES}
        return cls(
            images=statuses.total(),
            statuses=dict(statuses.most_common()),
            quantiles=quantiles if sketch.counts else {},
            shards=shards,
            unreadable=unreadable,
            rows_bytes=size,
        )

    def to_json(self) -> dict[str, Any]:
        """Returns the report, ready for JSON."""
        return dataclasses.asdict(self)

    def lines(self) -> Iterator[str]:
        """Yields the report for the user, line by line."""
        yield f"{self.images:,} images in {self.shards:,} shards"
        if self.statuses:
            yield "  ".join(f"{name} {n:,}" for name, n in self.statuses.items())
        if self.quantiles:
            shares = "  ".join(
                f"{share:.0%} {value:.4g}" for share, value in self.quantiles.items()
            )
            yield f"scores  {shares}"
        for source, reason in self.unreadable.items():
            yield f"{source}: {reason}"
