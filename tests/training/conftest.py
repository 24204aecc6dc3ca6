"""What tests of training share."""

import pytest

from tests.support.prepared_data import prepare_scored


@pytest.fixture(scope="session")
def scored_data_dir(tmp_path_factory):
    """The folder of a small prepared dataset with scores."""
    return prepare_scored(tmp_path_factory.mktemp("scored"))
