"""What a method is offered, and what its epochs are chosen by."""

import dataclasses

import numpy as np
import pytest

from tests.support.toy_source import toy_source
from tfiqa.data.sources import Sources


def ids(source):
    return [row["image_id"] for row in source.examples.as_numpy_iterator()]


@pytest.fixture
def parts():
    """Three parts of different sizes."""
    return [toy_source(count) for count in (7, 1, 2)]


def test_validation_images_choose_the_epoch_and_are_not_trained_on(parts):
    train, validation, _ = parts
    assert Sources(train, validation).for_epochs() == (train, validation)


def test_a_fixed_number_of_epochs_trains_on_both_parts(parts):
    train, validation, _ = parts
    fitted, watched = Sources(train, validation, epoch_choice="last").for_epochs()
    assert watched is validation
    assert fitted.count == len(fitted.examples) == 8
    assert ids(fitted) == ids(train) + ids(validation)
    np.testing.assert_array_equal(fitted.mos, [*train.mos, *validation.mos])


def test_test_images_choose_only_where_they_are_named(parts):
    train, validation, test = parts
    chosen = Sources(train, validation, epoch_choice="best_test", test=test)
    fitted, watched = chosen.for_epochs()
    assert watched is test
    assert fitted.count == 8
    plain = dataclasses.replace(chosen, epoch_choice="validation")
    assert plain.for_epochs() == (train, validation)
