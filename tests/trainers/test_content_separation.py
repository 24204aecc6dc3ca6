"""One step of the game of contentsep against plain arithmetic; resumption."""

import keras
import numpy as np
import pytest

from tests.support.toy_source import toy_source
from tfiqa import backbones
from tfiqa import trainers
from tfiqa.config.overrides import override
from tfiqa.data import images
from tfiqa.methods import contentsep
from tfiqa.methods.contentsep import training

RNG = np.random.default_rng(0)
VIEWS = RNG.normal(size=(3, 2, 2, 2, 3)).astype("float32")
RATES = {"encoder": 0.5, "predictor": 0.2, "estimator": 0.1}
PENALTY = 3.0
DIMENSIONS, CLASSES = 4, 5


def dense(units, **options):
    return keras.layers.Dense(
        units,
        use_bias=False,
        kernel_initializer=keras.initializers.RandomNormal(0, 0.6, seed=units),
        **options,
    )


def toy_game(likelihood, pairing):
    crops = keras.Input((2, 2, 3))
    flat = keras.layers.Flatten()(crops)
    features = keras.layers.BatchNormalization(momentum=0.9)(dense(DIMENSIONS)(flat))
    encoder = keras.Model(crops, features)
    vectors = keras.Input((DIMENSIONS,))
    predictor = keras.Model(vectors, dense(DIMENSIONS)(vectors))
    log_variance = keras.layers.Activation("tanh")(dense(CLASSES)(vectors))
    estimator = keras.Model(vectors, [2 * dense(CLASSES)(vectors), log_variance])
    shares = keras.layers.Softmax()(dense(CLASSES)(flat))
    game = trainers.ContentSeparation(
        encoder,
        predictor,
        estimator,
        keras.Model(crops, shares),
        penalty=PENALTY,
        likelihood=likelihood,
        pairing=pairing,
    )
    game.compile(*(keras.optimizers.SGD(rate) for rate in RATES.values()))
    return game


def fit_once(game):
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensors(VIEWS)
    history = game.fit(batches, shuffle=False, verbose=0)
    return {name: values[0] for name, values in history.history.items()}


def arrays(model):
    return [np.float64(w) for w in model.get_weights()]


def slopes(loss, weights):
    """Returns the derivatives of a loss by finite differences."""
    result = []
    for weight in weights:
        slope = np.zeros_like(weight)
        for place in np.ndindex(weight.shape):
            kept = weight[place]
            weight[place] = kept + 1e-6
            above = loss()
            weight[place] = kept - 1e-6
            slope[place] = (above - loss()) / 2e-6
            weight[place] = kept
        result.append(slope)
    return result


class Plain:
    """The same networks in NumPy, with sums over pairs written out."""

    def __init__(self, game, likelihood, pairing):
        self.kernel, self.gamma, self.beta, self.mean, self.variance = arrays(
            game.encoder
        )
        (self.predict,) = arrays(game.predictor)
        self.q = arrays(game.estimator)
        (kernel,) = arrays(game.content)
        self.x = np.float64(VIEWS).reshape(6, 12)
        exp = np.exp(self.x @ kernel)
        self.content = exp / exp.sum(axis=1, keepdims=True)
        self.likelihood, self.pairing = likelihood, pairing

    def features(self):
        raw = self.x @ self.kernel
        self.moments = raw.mean(axis=0), raw.var(axis=0)
        white = (raw - self.moments[0]) / np.sqrt(self.moments[1] + 1e-3)
        return self.gamma * white + self.beta

    def terms(self, features):
        """Returns the mean of Q over all pairs and over own ones, and of log V."""
        mean, log_variance = 2 * features @ self.q[0], np.tanh(features @ self.q[1])
        squares = np.array(
            [(y - mean) ** 2 / np.exp(log_variance) for y in self.content]
        )
        pairs = squares.sum(axis=2)
        return pairs.mean(), np.trace(pairs) / 6, log_variance.sum(axis=1).mean()

    def estimator_loss(self):
        all_pairs, own, log_variance = self.terms(self.features())
        if self.likelihood == "log":
            return own + log_variance
        return own - all_pairs

    def disagreement(self, targets):
        predictions = self.features() @ self.predict
        cosines = [
            predictions[i]
            @ targets[i ^ 1]
            / np.linalg.norm(predictions[i])
            / np.linalg.norm(targets[i ^ 1])
            for i in range(6)
        ]
        return -np.mean(cosines)

    def loss(self, targets):
        features = self.features()
        if self.pairing == "released":
            features = features[[0, 2, 4, 1, 3, 5]]
        all_pairs, own, _ = self.terms(features)
        return self.disagreement(targets) + PENALTY * (all_pairs - own)


def test_the_first_epochs_leave_the_content_out():
    game = toy_game("contrastive", "aligned")
    plain = Plain(game, "contrastive", "aligned")
    targets = plain.features()
    expected = slopes(lambda: plain.disagreement(targets), [plain.predict])
    before = arrays(game.estimator), arrays(game.predictor)
    figures = fit_once(game)
    np.testing.assert_array_equal(arrays(game.estimator)[0], before[0][0])
    step = (before[1][0] - arrays(game.predictor)[0]) / RATES["predictor"]
    np.testing.assert_allclose(step, expected[0], rtol=1e-3, atol=1e-5)
    assert figures["loss"] == pytest.approx(plain.disagreement(targets), rel=1e-4)
    assert figures["information"] == 0


@pytest.mark.parametrize("likelihood", ["contrastive", "log"])
@pytest.mark.parametrize("pairing", ["aligned", "released"])
def test_a_step_is_that_of_a_plain_implementation(likelihood, pairing):
    game = toy_game(likelihood, pairing)
    game.penalize()
    plain = Plain(game, likelihood, pairing)
    targets = plain.features()
    learned = plain.estimator_loss()
    for weight, slope in zip(
        plain.q, slopes(plain.estimator_loss, plain.q), strict=True
    ):
        weight -= RATES["estimator"] * slope
    information = plain.loss(targets) - plain.disagreement(targets)
    weights = [plain.kernel, plain.gamma, plain.beta, plain.predict]
    result = slopes(lambda: plain.loss(targets), weights)
    before = [*arrays(game.encoder)[:3], *arrays(game.predictor)]
    figures = fit_once(game)

    after = [*arrays(game.encoder)[:3], *arrays(game.predictor)]
    rates = [RATES["encoder"]] * 3 + [RATES["predictor"]]
    for old, new, rate, slope in zip(before, after, rates, result, strict=True):
        np.testing.assert_allclose((old - new) / rate, slope, rtol=2e-3, atol=2e-4)
    for new, expected in zip(arrays(game.estimator), plain.q, strict=True):
        np.testing.assert_allclose(new, expected, rtol=1e-4, atol=1e-5)
    assert figures["likelihood"] == pytest.approx(learned, rel=1e-3)
    assert figures["information"] == pytest.approx(information / PENALTY, rel=1e-3)
    # The moving statistics move twice, once for the estimator.
    mean = plain.moments[0] * (1 - 0.9**2)
    np.testing.assert_allclose(arrays(game.encoder)[3], mean, rtol=1e-4, atol=1e-6)


TINY = {
    **contentsep.QUICK,
    "crop_size": 32,
    "batch_size": 4,
    "epochs": 3,
    "penalty": 10.0,
    "content": "resnet10_slim",
    "content_clusters": 3,
    "estimator_rate": 1e-3,
}


def learned(config, folder, *, resume=False):
    keras.utils.set_random_seed(1)
    pictures = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 5, strides=4)(keras.layers.Rescaling(1 / 255)(pictures))
    x = keras.layers.Activation("relu")(keras.layers.BatchNormalization()(x))
    encoder = keras.Model(pictures, keras.layers.GlobalAveragePooling2D()(x))
    run = trainers.Run(folder, seed=3, resume=resume, verbose=0)
    photographs = images.of_source(toy_source(8))
    training.learn_photographs(encoder, config, photographs, run)
    return encoder.get_weights()


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="resumption is the same elsewhere"
)
def test_a_training_cut_short_resumes_to_the_same_result(tmp_path):
    weights = str(tmp_path / "content.weights.h5")
    backbones.build_backbone("resnet10_slim", None).layers[-1].save_weights(weights)
    config = override(contentsep.Config(), {**TINY, "content_weights": weights})
    whole = learned(config, tmp_path / "whole")
    # Two of three epochs, the last of them with the penalty.
    learned(override(config, {"epochs": 2}), tmp_path / "cut")
    resumed = learned(config, tmp_path / "cut", resume=True)
    for one, other in zip(resumed, whole, strict=True):
        np.testing.assert_array_equal(one, other)
    logs = [(tmp_path / name / "authentic" / "log.csv") for name in ("cut", "whole")]
    assert logs[0].read_text() == logs[1].read_text()
    rows = [line.split(",") for line in logs[0].read_text().splitlines()]
    information = [float(row[rows[0].index("information")]) for row in rows[1:]]
    assert information[0] == 0
    assert all(value != 0 for value in information[1:])
