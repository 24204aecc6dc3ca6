"""The transforms: images to rows, and shards to published files."""

import functools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import apache_beam as beam
from apache_beam.ml.inference.base import ModelHandler
from apache_beam.ml.inference.base import RunInference
from apache_beam.utils import shared

from tfiqa.beam import models
from tfiqa.beam import plan
from tfiqa.beam.publishing import Publisher
from tfiqa.beam.settings import FeatureSettings
from tfiqa.beam.settings import ScorerSettings
from tfiqa.beam.settings import Settings

# Images that reach the model together in pipelines of others, at most.
MOST_IMAGES = 64


class Handler(ModelHandler[tuple[str, bytes], dict[str, Any], models.LoadedModel]):
    """Loads a scorer or an encoder once per process, for Beam's `RunInference`.

    Args:
        settings: The model, and how it is applied.
        large_model: Whether all processes of a machine share one copy of the model.
        model_copies: Number of copies on a machine; one per process when None.

    Raises:
        OSError: If the model does not exist where the pipeline is made.
        ValueError: If no runtime runs it.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        large_model: bool = False,
        model_copies: int | None = None,
    ):
        super().__init__(
            min_batch_size=1,
            max_batch_size=MOST_IMAGES,
            large_model=large_model,
            model_copies=model_copies,
        )
        self.settings = settings
        self.runtime = models.runtime_of(settings)
        self.digest = models.digest_of(settings)

    def load_model(self) -> models.LoadedModel:
        """Returns the model.

        Raises:
            ModelError: If it does not load on this worker; one line with the reason.
        """
        return models.load(self.settings, self.digest, self.runtime)

    def run_inference(
        self,
        batch: Sequence[tuple[str, bytes]],
        model: models.LoadedModel,
        inference_args: dict[str, Any] | None = None,
    ) -> Iterable[dict[str, Any]]:
        """Returns the row of each image; broken images have rows too."""
        del inference_args
        return model.rows(
            (key, functools.partial(bytes, content)) for key, content in batch
        )

    def get_num_bytes(self, batch: Sequence[tuple[str, bytes]]) -> int:
        """Returns the bytes of the encoded images of a batch."""
        return sum(len(content) for _, content in batch)

    def get_metrics_namespace(self) -> str:
        """Returns the namespace of the metrics."""
        return "tfiqa"


class _OfImages(beam.PTransform):
    """Turns pairs of a key and an encoded image into rows."""

    def __init__(self, settings: Settings, **sharing: Any):
        super().__init__()
        self._handler = Handler(settings, **sharing)

    def expand(self, input_or_inputs: Any) -> Any:
        return input_or_inputs | RunInference(self._handler)


class ScoreImages(_OfImages):
    """Scores images: pairs of a key and the bytes of a file become rows.

    A row is a dict with `path` (the key), `score`, `status`, `width`, `height`,
    `covered`, `low` and `high` with intervals, `reason`, `notes`, and `model`, the
    fingerprint of the scorer. An image that cannot be scored has a row with its status
    and the reason. Rows have no order; scores are those of `tfiqa.score`.

    Args:
        model: See `ScorerSettings`.
        large_model: Whether all processes of a machine share one copy of the model.
        model_copies: Number of copies on a machine; one per process when None.
        **settings: Other fields of `ScorerSettings`.

    Raises:
        OSError: If the model does not exist.
        ValueError: If no runtime runs it.
        TypeError: If there is no such field.
    """

    def __init__(
        self,
        model: str = "photo",
        *,
        large_model: bool = False,
        model_copies: int | None = None,
        **settings: Any,
    ):
        super().__init__(
            ScorerSettings(model, **settings),
            large_model=large_model,
            model_copies=model_copies,
        )


class ExtractFeatures(_OfImages):
    """Describes images: pairs of a key and the bytes of a file become rows.

    A row is a dict with `path` (the key), `status`, `width`, `height`, `reason`,
    `notes`, `features`, float32 `(d,)` or None, and `model`.

    Args:
        model: See `FeatureSettings`.
        large_model: Whether all processes of a machine share one copy of the model.
        model_copies: Number of copies on a machine; one per process when None.

    Raises:
        OSError: If the model does not exist.
    """

    def __init__(
        self,
        model: str,
        *,
        large_model: bool = False,
        model_copies: int | None = None,
    ):
        super().__init__(
            FeatureSettings(model), large_model=large_model, model_copies=model_copies
        )


class PublishShards(beam.PTransform):
    """Processes the shards of plans, and publishes each of them.

    Its output, the names of manifests, is for logs only: what counts is in the folder.

    Args:
        handler: The model.
        publisher: Where rows go.
    """

    def __init__(self, handler: Handler, publisher: Publisher):
        super().__init__()
        self._handler, self._publisher = handler, publisher

    def expand(self, input_or_inputs: Any) -> Any:
        return (
            input_or_inputs
            | "Shards" >> beam.FlatMap(plan.places)
            | "Spread" >> beam.Reshuffle()
            | "Publish" >> beam.ParDo(_Publish(self._handler, self._publisher))
        )


class _Publish(beam.DoFn):
    def __init__(self, handler: Handler, publisher: Publisher):
        self._handler, self._publisher = handler, publisher
        self._shared = shared.Shared()

    def setup(self) -> None:
        self._model = self._shared.acquire(self._handler.load_model)

    def process(self, element: plan.Place) -> Iterator[str]:
        yield self._publisher.publish(element.work(), self._model)
