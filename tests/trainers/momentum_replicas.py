"""Compares a step of momentum contrast on two replicas with the same by hand.

Run as a program, since devices must be set before TensorFlow starts. The hand has one
device and encodes the share of each replica by itself: queries as they come, keys in
the order in which they are dealt. It prints a JSON object: the largest difference
between the updates of a variable, relative to its largest update, over all variables,
with the shares as they are; where no keys are dealt; and whether both replicas have the
same weights and queue.
"""

import json
import sys

import keras
import numpy as np
import tensorflow as tf

from tests.trainers import two_replicas
from tests.trainers.toy_contrast import RATE
from tests.trainers.toy_contrast import build
from tests.trainers.toy_contrast import views
from tfiqa.layers.shuffle import dealt_order

MOMENTUM, TEMPERATURE, SEED = 0.9, 0.2, 5


def updates(strategy, start, negatives):
    """Returns what one step changes; see `two_replicas.step`."""
    with strategy.scope():
        trainee = build(negatives=negatives, momentum=MOMENTUM, seed=SEED)
    changes, start, _ = two_replicas.step(trainee, views(8), start)
    return changes, start, trainee


def by_hand(start, negatives, *, dealt):
    """Returns what one step changes, share by share on one device."""
    trainee = build(negatives=negatives, momentum=MOMENTUM, seed=SEED)
    trainee.set_weights(start)
    query, key = trainee.query, trainee.key
    views_1, views_2 = views(8)
    order = np.arange(8)
    if dealt:
        order = dealt_order(8, seed=SEED, step=0).numpy()
        assert sorted(order) == list(range(8))
    queue = trainee.get_layer("queue").keys.numpy()
    keys = np.zeros((8, queue.shape[1]))
    for share in np.split(order, 2):
        keys[share] = unit(key(views_2[share], training=True)).numpy()
        if share[0] == order[0]:
            statistics = [v.numpy() for v in key.non_trainable_variables]
    for variable, value in zip(key.non_trainable_variables, statistics, strict=True):
        variable.assign(value)
    before = [variable.numpy() for variable in query.trainable_variables]
    with tf.GradientTape() as tape:
        queries = []
        for share in np.split(np.arange(8), 2):
            queries.append(unit(query(views_1[share], training=True)))
            if share[0] == 0:
                statistics = [v.numpy() for v in query.non_trainable_variables]
        loss = loss_by_hand(tf.concat(queries, 0), keys, queue, negatives)
    slopes = tape.gradient(loss, [v.value for v in query.trainable_variables])
    for variable, slope in zip(query.trainable_variables, slopes, strict=True):
        variable.assign_sub(RATE * slope)
    for variable, value in zip(query.non_trainable_variables, statistics, strict=True):
        variable.assign(value)
    for follower, variable in zip(
        trainee.followers, query.trainable_variables, strict=True
    ):
        follower.assign(MOMENTUM * follower + (1 - MOMENTUM) * variable)
    assert any(
        np.abs(v.numpy() - b).max() > 1e-3
        for v, b in zip(query.trainable_variables, before, strict=True)
    )
    queue[:8] = keys
    trainee.get_layer("queue").keys.assign(queue)
    trainee.get_layer("queue").place.assign(8)
    pairs = zip(trainee.get_weights(), start, strict=True)
    return [new - old for new, old in pairs]


def loss_by_hand(queries, keys, queue, negatives):
    rows = []
    for index in range(8):
        wrong = np.delete(keys, index, axis=0) if negatives == "batch" else keys[:0]
        candidates = np.concatenate([keys[index : index + 1], wrong, queue])
        logits = tf.linalg.matvec(candidates, queries[index]) / TEMPERATURE
        rows.append(-tf.nn.log_softmax(logits)[0])
    return tf.reduce_mean(rows)


def unit(vectors):
    return tf.math.l2_normalize(vectors, axis=1)


def same_everywhere(trainee):
    """Whether both replicas have the same trained weights, followers and queue."""
    queue = trainee.get_layer("queue")
    variables = [*trainee.trainable_variables, *trainee.followers, *queue.weights]
    return all(
        np.array_equal(*(one.numpy() for one in variable.value.values))
        for variable in variables
    )


def main():
    one_device, mirrored = two_replicas.strategies()
    largest = {}
    for negatives in ("batch", "queue"):
        _, start, _ = updates(one_device, None, negatives)
        result, _, trainee = updates(mirrored, start, negatives)
        for dealt in (True, False):
            expected = by_hand(start, negatives, dealt=dealt)
            name = f"{negatives}, {'dealt' if dealt else 'as they come'}"
            largest[name] = two_replicas.difference(result, expected)
        largest[f"{negatives}, same"] = same_everywhere(trainee)
    json.dump(largest, sys.stdout)


if __name__ == "__main__":
    keras.utils.set_random_seed(0)
    main()
