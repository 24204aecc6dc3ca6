"""Training by contrast of two views of each image."""

import keras
from keras import ops

from tfiqa import layers
from tfiqa import losses
from tfiqa.trainers.parts import in_parts


@keras.saving.register_keras_serializable(package="tfiqa")
class ViewContrast(keras.Model):
    """Contrasts the cells of two views of each image with those of all others.

    Each view passes through the network by itself, so that batch normalization sees one
    view at a time. Its feature map is averaged over the full map and over the cells of
    a grid; the means are scaled to length one and projected. Only the cells are
    compared; the projected full mean only updates the statistics of the projector.

    With replicas, the loss is that of the combined batch.

    Args:
        network: Model from views, float32 `(batch, height, width, 3)` in `[0, 255]`, to
            one feature map `(batch, rows, columns, d)`.
        projector: Model from `(rows, d)` to `(rows, p)`.
        grid: Number of cells along each side of a feature map.
        temperature: See `losses.SupervisedNTXent`.
        loss_weight: Factor of the loss.
        sets: Whether images have sets of classes, and positives weigh as much as sets
            share; see `losses.MultiLabelNTXent`.
        micro_batch: Number of images of which the networks see one view at once, which
            divides those of a batch on one device; `None` for all. See
            `trainers.parts`.

    Call arguments:
        views: The first and the second view of each image, in `[0, 255]`, of any
            dtype: bytes are cast here.

    Output:
        `(2 * batch * grid^2, p)`: the cells of all first views, then those of all
        second ones; image by image, and row by row within an image.

    Training needs the class of each image, integers `(batch,)`, or its set of classes,
    `(batch, n)`.

    Reference:
        Madhusudana et al., "Image Quality Assessment using Contrastive Learning",
        IEEE TIP 2022, section 3.
    """

    def __init__(
        self,
        network,
        projector,
        grid=2,
        temperature=0.1,
        loss_weight=1.0,
        sets=False,
        micro_batch=None,
        **kwargs,
    ):
        # Its networks have their own; gradients of parts add up in full precision.
        super().__init__(**{**kwargs, "dtype": keras.config.floatx()})
        self.network = network
        self.projector = projector
        self.grid = grid
        self.loss_weight = loss_weight
        self.micro_batch = micro_batch
        self.whole = layers.AdaptiveMean(1, name="whole")
        self.parts = layers.AdaptiveMean(grid, name="parts")
        self.sets = sets
        loss = losses.MultiLabelNTXent if sets else losses.SupervisedNTXent
        self.contrast = loss(temperature)

    def build(self, views_shape):
        self.built = True  # Both networks come built.

    def call(self, views, training=False):
        views = [ops.cast(view, self.compute_dtype) for view in views]
        if self.micro_batch is not None:
            return ops.concatenate(
                [self._in_parts(view, training=training) for view in views]
            )
        described = [self.represented(view, training=training) for view in views]
        for full, _ in described:
            self.projector(full, training=training)
        return ops.concatenate(
            [self.projector(parts, training=training) for _, parts in described]
        )

    def _in_parts(self, view, training):
        def projected(part):
            full, parts = self.represented(part, training=training)
            self.projector(full, training=training)
            return self.projector(parts, training=training)

        return in_parts(
            projected,
            view,
            networks=[self.network, self.projector],
            micro_batch=self.micro_batch,
        )

    def represented(self, view, training=False):
        """Returns the unit vectors of a view and of its cells.

        They are `(batch, d)` and `(batch * grid^2, d)`.
        """
        features = self.network(view, training=training)
        full, parts = self.whole(features), self.parts(features)
        depth = features.shape[-1]
        return tuple(
            layers.unit_norm(ops.reshape(maps, (-1, depth))) for maps in (full, parts)
        )

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        dtype = self.contrast.dtype
        # Not as integers, which not every collective operation supports.
        classes = ops.cast(y if self.sets else ops.reshape(y, (-1,)), dtype)
        cells = ops.repeat(classes, self.grid**2, axis=0)
        classes = ops.concatenate([cells, cells])
        embeddings = ops.cast(y_pred, dtype)
        loss = self.contrast(layers.gather(classes), layers.gather(embeddings))
        return self.loss_weight * loss
