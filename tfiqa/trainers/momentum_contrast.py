"""Momentum contrast: a queue of keys, and a network that follows slowly."""

import keras
from keras import ops

from tfiqa import layers
from tfiqa import losses
from tfiqa.trainers.alternating import AlternatingModel
from tfiqa.trainers.key_queue import KeyQueue
from tfiqa.trainers.parts import in_parts

NEGATIVES = ("batch", "queue")


class MomentumContrast(AlternatingModel):
    """Learns to identify the other view of an image among views of other images.

    A query is the trained network's output for one view. It should be close to its own
    key, the key network's output for the other view, and far from all other keys. After
    each step of the optimizer the weights `k` of the key network become
    `momentum * k + (1 - momentum) * q`; its batch normalizations use the statistics of
    each batch, and keep their own moving ones.

    The loss sees the queue as it was before the keys of the step are added. With
    replicas, the keys of all enter every replica's queue in the same order. They are
    computed by randomly drawn replicas (`layers.shuffled`), and batch statistics stay
    those of each replica, so that keys do not reveal which views belong together. On
    one device, `bn_group` and `micro_batch` have the same effect: statistics are those
    of a group or a part, and keys are computed in a random order.

    Args:
        query: Model from views, float32 `(batch, height, width, 3)` in `[0, 255]`, to
            vectors `(batch, d)` of any length.
        key: A second copy of that network; receives the weights of `query`.
        queue_size: Number of keys in the queue, at least those of a batch.
        temperature: Divides the similarities.
        momentum: Share of the key network that a step keeps.
        negatives: Keys that a query is pushed away from: `"batch"` for those of the
            queue and of all other queries of the batch, `"queue"` for the queue alone.
        seed: Seed of the initial keys, and of the draw of replicas and groups.
        bn_group: Number of rows with common batch statistics in training; `None` for
            all rows that a network sees at once. The networks themselves stay
            ordinary ones.
        micro_batch: Number of rows that a network sees at once, which divides those of
            a batch on one device; `None` for all. See `trainers.parts`.

    Trains on pairs of two views of the same image, `(batch, height, width, 3)` each,
    and optionally integers `(batch,)`: views with the same integer are no negatives of
    one another, as they show the same image equally distorted.

    Reference:
        He et al., "Momentum Contrast for Unsupervised Visual Representation Learning",
        CVPR 2020; Chen et al., "Improved Baselines with Momentum Contrastive Learning",
        2020.
    """

    def __init__(
        self,
        query: keras.Model,
        key: keras.Model,
        *,
        queue_size=65536,
        temperature=0.2,
        momentum=0.999,
        negatives="batch",
        seed=0,
        bn_group=None,
        micro_batch=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if negatives not in NEGATIVES:
            raise ValueError(
                f"`negatives` must be one of {', '.join(NEGATIVES)}. "
                f"Received: negatives={negatives!r}"
            )
        self.query = query
        self.key = key
        key.set_weights(query.get_weights())
        self.followers = list(key.trainable_variables)
        for variable in self.followers:
            # Its layers stay trainable so that they use the statistics of batches.
            variable.trainable = False
        self.queue = KeyQueue(queue_size, query.output_shape[-1], seed, name="queue")
        self.temperature = temperature
        self.momentum = momentum
        self.negatives = negatives
        self.seed = seed
        self.micro_batch = micro_batch
        # Copies that share all weights.
        self.split_query = layers.with_split_statistics(query, bn_group)
        self.split_key = layers.with_split_statistics(key, bn_group)
        self.in_groups = bn_group is not None or micro_batch is not None
        self.trackers = [keras.metrics.Mean(name) for name in ("loss", "accuracy")]
        self.built = True  # Its networks come built.

    def compile(self, optimizer):
        """Sets the optimizer; the step computes the loss."""
        # "auto" compiles with XLA on one accelerator, never for replicas, between which
        # XLA does not support communication.
        super().compile(optimizer, jit_compile="auto")
        self.optimizer.build(self.query.trainable_variables)

    @property
    def metrics(self):
        """The means over an epoch; accuracy is how often the own key is nearest."""
        return self.trackers

    def call(self, views):
        return self.query(views)

    def step(self, data):
        views, others, *groups = data
        views, others = (ops.cast(view, "float32") for view in (views, others))
        keys, first = self._keys(others)
        count = ops.shape(views)[0]
        own = first + ops.arange(count, dtype="int32")
        contrasted = {
            "keys": ops.take(keys, own, axis=0),
            "others": self.queue.remembered(),
            "temperature": self.temperature,
            "batch": keys if self.negatives == "batch" else None,
            "first": first,
            "groups": layers.gather(groups[0]) if groups else None,
        }

        def loss():
            queries = self._vectors(self.split_query, views)
            return losses.blocked_info_nce(queries, **contrasted)

        value, nearest = self.minimize(loss, self.query.trainable_variables)
        self.queue.put(keys)
        self._follow()
        for tracker, figure in zip(self.trackers, (value, nearest), strict=True):
            tracker.update_state(figure, sample_weight=count)

    def _keys(self, views):
        """Returns the keys of all replicas, and the index of the first of this one."""
        keys, first = layers.shuffled(
            lambda rows: self._vectors(self.split_key, rows),
            views,
            seed=self.seed,
            step=self.optimizer.iterations,
            groups=self.in_groups,
        )
        return ops.stop_gradient(keys), first

    def _vectors(self, network, views):
        """Returns the unit vectors of views."""
        vectors = in_parts(
            lambda rows: network(rows, training=True),
            views,
            networks=[network],
            micro_batch=self.micro_batch,
        )
        return layers.unit_norm(ops.cast(vectors, self.queue.compute_dtype))

    def _follow(self):
        for follower, variable in zip(
            self.followers, self.query.trainable_variables, strict=True
        ):
            # The same change on every replica.
            change = (1.0 - self.momentum) * (variable.value - follower.value)
            follower.assign_add(change)
