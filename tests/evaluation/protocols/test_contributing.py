"""The protocol that CONTRIBUTING shows measures what it says."""

from pathlib import Path

import numpy as np

from tests.support.worked_examples import sections
from tfiqa import metrics
from tfiqa.evaluation import protocols
from tfiqa.evaluation.protocols import PROTOCOLS
from tfiqa.evaluation.run import evaluate_request


def test_one_file_and_one_name_make_a_protocol(make_request, tmp_path, monkeypatch):
    (file,) = (block for block in sections()["Protocol"] if block.is_new)
    name = Path(file.path).stem
    (tmp_path / f"{name}.py").write_text(file.text)
    monkeypatch.setattr(protocols, "__path__", [*protocols.__path__, str(tmp_path)])
    monkeypatch.setattr(PROTOCOLS, "names", (*PROTOCOLS.names, name))

    request = make_request(protocols=["split", name])
    results = evaluate_request(request)

    assert not results.errors
    split, half = results.rows
    assert (split.n, half.n) == (11, 5)
    compared = results.compared["toy", "first"].result
    low = compared.mos <= np.median(compared.mos)
    pair, _, _ = metrics.complete(
        first=compared.predictions[low], second=compared.mos[low]
    )
    expected = metrics.srocc(*pair)
    assert half.figures["SROCC"].value == expected
