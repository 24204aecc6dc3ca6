"""The protocol that CONTRIBUTING shows, copied out and run."""

import re
import textwrap
from pathlib import Path

import numpy as np

from tfiqa import metrics
from tfiqa.evaluation import protocols
from tfiqa.evaluation.protocols import PROTOCOLS
from tfiqa.evaluation.run import evaluate_request

PAGE = Path(__file__).parents[3] / "CONTRIBUTING.md"


def test_one_file_and_one_name_make_a_protocol(make_request, tmp_path, monkeypatch):
    text = PAGE.read_text()
    (name,) = re.findall(r"For example `(\w+)\.py`:\n\n  ```python", text)
    (code,) = re.findall(
        rf"`{name}\.py`:\n\n  ```python\n(.*?)  ```\n", text, re.DOTALL
    )
    (tmp_path / f"{name}.py").write_text(textwrap.dedent(code))
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
