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


def toy_game(likelihood, pairing, unit="paper"):
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
        penalty_unit=unit,
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

    def __init__(self, game, likelihood, pairing, unit="paper"):
        self.kernel, self.gamma, self.beta, self.mean, self.variance = arrays(
            game.encoder
        )
        (self.predict,) = arrays(game.predictor)
        self.q = arrays(game.estimator)
        (kernel,) = arrays(game.content)
        self.x = np.float64(VIEWS).reshape(6, 12)
        exp = np.exp(self.x @ kernel)
        self.content = exp / exp.sum(axis=1, keepdims=True)
        self.likelihood, self.pairing, self.unit = likelihood, pairing, unit

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
        information = all_pairs - own
        if self.unit == "content":
            information = max(information, 0) / self.limit()
        return self.disagreement(targets) + PENALTY * information

    def limit(self):
        """Returns the estimate of an exact prediction whose log-variance is -1."""
        squares = [
            np.exp(1) * np.square(one - other).sum()
            for one in self.content
            for other in self.content
        ]
        return np.mean(squares)


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


@pytest.mark.parametrize(
    ("likelihood", "pairing", "unit"),
    [
        *(("contrastive", "aligned", "paper"), ("contrastive", "released", "paper")),
        *(("log", "aligned", "paper"), ("log", "released", "paper")),
        ("contrastive", "aligned", "content"),
    ],
)
def test_a_step_is_that_of_a_plain_implementation(likelihood, pairing, unit):
    game = toy_game(likelihood, pairing, unit)
    if unit == "content":  # A better prediction, so that the estimate is positive.
        game.estimator.set_weights([-w for w in game.estimator.get_weights()])
    game.penalize()
    plain = Plain(game, likelihood, pairing, unit)
    targets = plain.features()
    learned = plain.estimator_loss()
    for weight, slope in zip(
        plain.q, slopes(plain.estimator_loss, plain.q), strict=True
    ):
        weight -= RATES["estimator"] * slope
    disagreement = plain.disagreement(targets)
    penalty = plain.loss(targets) - disagreement
    information = penalty / PENALTY * (plain.limit() if unit == "content" else 1)
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
    assert figures["information"] == pytest.approx(information, rel=1e-3)
    assert figures["limit"] == pytest.approx(plain.limit(), rel=1e-4)
    assert figures["ratio"] == pytest.approx(abs(penalty / disagreement), rel=1e-3)
    assert unit == "paper" or penalty > 0
    # The moving statistics move twice, once for the estimator.
    mean = plain.moments[0] * (1 - 0.9**2)
    np.testing.assert_allclose(arrays(game.encoder)[3], mean, rtol=1e-4, atol=1e-6)


def test_a_negative_estimate_is_not_followed_in_the_unit_of_the_content():
    game = toy_game("contrastive", "aligned", "content")
    plain = Plain(game, "contrastive", "aligned", "content")
    all_pairs, own, _ = plain.terms(plain.features())
    if all_pairs > own:
        game.estimator.set_weights([-w for w in game.estimator.get_weights()])
    game.compile(*(keras.optimizers.SGD(1e-9) for _ in range(3)))
    game.penalize()
    figures = fit_once(game)
    assert figures["information"] < 0
    assert figures["ratio"] == 0
    assert figures["loss"] == pytest.approx(figures["disagreement"], rel=1e-6)


def test_a_warm_up_trains_the_estimator_alone():
    game = toy_game("contrastive", "aligned")
    game.warm_up()
    plain = Plain(game, "contrastive", "aligned")
    others = [*game.encoder.trainable_variables, *game.predictor.trainable_variables]
    before = [keras.ops.convert_to_numpy(variable) for variable in others]
    learned = plain.estimator_loss()
    slope = slopes(plain.estimator_loss, plain.q)
    figures = fit_once(game)
    for variable, old in zip(others, before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable), old)
    for new, old, change in zip(arrays(game.estimator), plain.q, slope, strict=True):
        expected = old - RATES["estimator"] * change
        np.testing.assert_allclose(new, expected, rtol=1e-4, atol=1e-5)
    assert figures["loss"] == figures["likelihood"] == pytest.approx(learned, rel=1e-3)
    assert figures["disagreement"] == 0


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
    config = override(
        contentsep.Config(),
        {**TINY, "content_weights": weights, "held_pairs": 2, "estimator_epochs": 1},
    )
    whole = learned(config, tmp_path / "whole")
    # The penalty begins after one epoch and the warm-up; the last of three is missing.
    learned(override(config, {"epochs": 2}), tmp_path / "cut")
    resumed = learned(config, tmp_path / "cut", resume=True)
    for one, other in zip(resumed, whole, strict=True):
        np.testing.assert_array_equal(one, other)
    logs = [(tmp_path / name / "authentic" / "log.csv") for name in ("cut", "whole")]
    assert logs[0].read_text() == logs[1].read_text()
    rows = [line.split(",") for line in logs[0].read_text().splitlines()]
    table = np.array([list(map(float, row)) for row in rows[1:]])
    log = dict(zip(rows[0], table.T, strict=True))
    assert list(log["information"] != 0) == [False, False, True, True]
    assert list(log["likelihood"] != 0) == [False, True, True, True]
    assert list(np.isnan(log["choice"])) == [True, True, False, False]
    assert (np.abs(log["held_agreement"]) <= 1).all()
    assert (log["held_limit"] == log["held_limit"][0]).all()
