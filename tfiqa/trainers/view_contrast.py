"""Training by contrast of two views of each picture."""

import keras
from keras import ops

from tfiqa import layers
from tfiqa import losses


@keras.saving.register_keras_serializable(package="tfiqa")
class ViewContrast(keras.Model):
    """Contrasts the parts of two views of each picture with those of all others.

    Each view goes through the network by itself, so that batch normalisation sees one
    view at a time. Its feature map is averaged as a whole and over a grid of parts;
    the means are brought to length one and projected. The parts alone are compared;
    the projected whole only moves the statistics of the projector.

    Among several replicas the loss is that of the batch of all of them.

    Args:
        network: From views, float32 `(batch, height, width, 3)` in `[0, 255]`, to one
            feature map `(batch, rows, columns, d)`.
        projector: From `(rows, d)` to `(rows, p)`.
        grid: Parts along each side of a feature map.
        temperature: See `losses.SupervisedNTXent`.
        loss_weight: Factor of the loss.

    Call arguments:
        views: The first and the second view of each picture.

    Output:
        `(2 * batch * grid^2, p)`: the parts of all first views, then those of all
        second ones; picture by picture, and row by row within a picture.

    Training wants the class of each picture, whole numbers `(batch,)`.

    Reference:
        Madhusudana et al., "Image Quality Assessment using Contrastive Learning",
        IEEE TIP 2022, section 3.
    """

    def __init__(
        self, network, projector, grid=2, temperature=0.1, loss_weight=1.0, **kwargs
    ):
        super().__init__(**kwargs)
        self.network = network
        self.projector = projector
        self.grid = grid
        self.loss_weight = loss_weight
        self.whole = layers.AdaptiveMean(1, name="whole")
        self.parts = layers.AdaptiveMean(grid, name="parts")
        self.contrast = losses.SupervisedNTXent(temperature)

    def build(self, views_shape):
        self.built = True  # Both networks come built.

    def call(self, views, training=False):
        described = [self.represented(view, training=training) for view in views]
        for whole, _ in described:
            self.projector(whole, training=training)
        return ops.concatenate(
            [self.projector(parts, training=training) for _, parts in described]
        )

    def represented(self, view, training=False):
        """Returns the unit vectors of a view and of its parts.

        They are `(batch, d)` and `(batch * grid^2, d)`.
        """
        features = self.network(view, training=training)
        whole, parts = self.whole(features), self.parts(features)
        depth = features.shape[-1]
        return tuple(
            layers.unit_norm(ops.reshape(one, (-1, depth))) for one in (whole, parts)
        )

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        # Not as integers, which not every collective operation takes.
        classes = ops.cast(ops.reshape(y, (-1,)), self.contrast.dtype)
        classes = ops.tile(ops.repeat(classes, self.grid**2), 2)
        embeddings = ops.cast(y_pred, self.contrast.dtype)
        loss = self.contrast(layers.gather(classes), layers.gather(embeddings))
        return self.loss_weight * loss
