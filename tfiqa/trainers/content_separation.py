"""Fine-tuning on photographs: two views agree, and carry no information on content.

Reference: "No Reference Opinion Unaware Quality Assessment of Authentically Distorted
Images", WACV 2023.
"""

from typing import Any

import keras
from keras import ops

from tfiqa import layers
from tfiqa import losses
from tfiqa.optimizers import Grouped
from tfiqa.trainers.alternating import AlternatingModel
from tfiqa.trainers.parts import in_parts

LIKELIHOODS = {
    "contrastive": losses.contrastive_likelihood,
    "log": losses.log_likelihood,
}


class ContentSeparation(AlternatingModel):
    """A game between an encoder, its predictor and an estimator of mutual information.

    In each step the estimator first learns to predict the content of a crop from its
    features. Then the encoder and the predictor learn to make the views of an image
    agree, and the encoder to make the estimator fail. Until `penalize` is called, the
    estimator and the content are not used; after `warm_up`, the estimator alone learns.

    Args:
        encoder: Model from crops `(n, side, side, 3)` to features `(n, d)`.
        predictor: Model from features to features.
        estimator: Model from features to means and log-variances, both `(n, k)`; or
            `None`.
        content: Frozen model from crops to `(n, k)`; or `None`.
        penalty: Factor of the mutual information.
        penalty_unit: `"paper"` for the estimate itself. `"content"` for the estimate
            over that of an exact prediction (`losses.club_limit`), 1 at most unless the
            estimator exaggerates; where the estimate is negative, it is not followed,
            since it then tells of the estimator, not of mutual information, which is
            never negative.
        likelihood: The estimator's loss, a key of `LIKELIHOODS`.
        pairing: `"aligned"`, or `"released"` for the pairs of the authors' code, which
            penalizes features with the content of other images.
        micro_batch: Number of crops that the encoder and the content network see at
            once, which divides those of a batch on one device; `None` for all. See
            `trainers.parts`. The predictor always sees the features of all.

    Trains on pairs of views, `(images, 2, side, side, 3)`, or on these and what the
    content network sees in their place, of the same shape. The log has the mean loss
    and its parts; `ratio` is the size of the penalty over that of the disagreement.
    """

    def __init__(
        self,
        encoder: keras.Model,
        predictor: keras.Model,
        estimator: Any = None,
        content: Any = None,
        *,
        penalty=1000.0,
        penalty_unit="paper",
        likelihood="contrastive",
        pairing="aligned",
        micro_batch=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.predictor = predictor
        self.estimator = estimator
        self.content = content
        if content is not None:
            content.trainable = False
        self.penalty = penalty
        self.penalty_unit = penalty_unit
        self.likelihood = LIKELIHOODS[likelihood]
        self.pairing = pairing
        self.micro_batch = micro_batch
        self.penalized = self.warming_up = False
        names = ["loss", "disagreement"]
        if estimator is not None:
            names += ["information", "likelihood", "limit", "ratio"]
        self.trackers = [keras.metrics.Mean(name) for name in names]
        self.built = True  # Its networks come built.

    def compile(self, encoder_optimizer, predictor_optimizer, estimator_optimizer=None):
        """Sets the optimizer of each network; the step computes the losses."""
        groups = [
            (encoder_optimizer, self.encoder.trainable_variables),
            (predictor_optimizer, self.predictor.trainable_variables),
        ]
        if self.estimator is not None:
            groups.append((estimator_optimizer, self.estimator.trainable_variables))
        # "auto" compiles with XLA on one accelerator, never for replicas, between which
        # XLA does not support communication.
        super().compile(Grouped(groups), jit_compile="auto")
        self.optimizer.build(self.trainable_variables)

    @property
    def metrics(self):
        """The means over an epoch."""
        return self.trackers

    def penalize(self):
        """Includes the estimator from the next call of `fit` on."""
        self.penalized, self.warming_up = True, False
        self.train_function = None

    def warm_up(self):
        """Trains the estimator alone from the next call of `fit` on."""
        self.warming_up = True
        self.train_function = None

    def call(self, images):
        return self.encoder(images)

    def step(self, data):
        views, *others = data if isinstance(data, tuple) else (data,)
        crops = ops.cast(
            ops.reshape(views, (-1, *views.shape[2:])), self.encoder.input.dtype
        )
        figures = {}
        content = None
        if self.penalized or self.warming_up:
            # A classifier under a mixed policy returns shares in half precision.
            shares = self._outputs(
                self.content, self._seen(others, crops), training=False
            )
            content = layers.gather(ops.cast(shares, keras.config.floatx()))
            likelihood = self._train_estimator(crops, content)
            figures = {"loss": likelihood, "likelihood": likelihood}
        if not self.warming_up:
            trained = [
                *self.encoder.trainable_variables,
                *self.predictor.trainable_variables,
            ]
            loss, others = self.minimize(lambda: self._loss(crops, content), trained)
            figures = {**figures, **others, "loss": loss}
        for tracker in self.trackers:
            value = figures.get(tracker.name, 0.0)
            tracker.update_state(value, sample_weight=ops.shape(views)[0])

    def _seen(self, others, crops):
        """Returns what the content network sees."""
        if not others or others[0] is None:
            return crops
        return ops.cast(ops.reshape(others[0], ops.shape(crops)), crops.dtype)

    def _train_estimator(self, crops, content):
        # The same features as in the next step, since nothing has changed yet; but the
        # moving statistics are updated twice, as in the authors' code.
        features = ops.stop_gradient(self._outputs(self.encoder, crops))

        def loss():
            mean, log_variance = map(layers.gather, self.estimator(features))
            return self.likelihood(content, mean, log_variance), {}

        value, _ = self.minimize(loss, self.estimator.trainable_variables)
        return value

    def _outputs(self, network, crops, *, training=True):
        return in_parts(
            lambda part: network(part, training=training),
            crops,
            networks=[network],
            micro_batch=self.micro_batch,
        )

    def _loss(self, crops, content):
        features = self._outputs(self.encoder, crops)
        predictions = self.predictor(features, training=True)
        pairs = (-1, 2, features.shape[-1])
        disagreement = losses.simsiam(
            ops.reshape(features, pairs), ops.reshape(predictions, pairs)
        )
        if content is None:
            return disagreement, {"disagreement": disagreement}
        mean, log_variance = map(layers.gather, self.estimator(features))
        if self.pairing == "released":
            mean, log_variance = map(_views_apart, (mean, log_variance))
        information = losses.club(content, mean, log_variance)
        limit = losses.club_limit(content)
        penalty = self.penalty * information
        if self.penalty_unit == "content":
            penalty = ops.maximum(penalty, 0.0) / ops.maximum(limit, 1e-12)
        return disagreement + penalty, {
            "disagreement": disagreement,
            "information": information,
            "limit": limit,
            "ratio": ops.abs(penalty) / ops.maximum(ops.abs(disagreement), 1e-12),
        }


def _views_apart(rows):
    """Returns the rows of the first views of all images, then those of the second."""
    length = ops.shape(rows)[-1]
    views = ops.transpose(ops.reshape(rows, (-1, 2, length)), (1, 0, 2))
    return ops.reshape(views, (-1, length))
