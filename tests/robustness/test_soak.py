"""An exported SavedModel in a server at full load: latency, memory, errors.

The campaign (`-m slow`) takes its length from `TFIQA_SOAK_SECONDS` and the number of
clients, which ask without a pause, from `TFIQA_SOAK_CLIENTS`.
"""

import http.client
import io
import json
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from tests.robustness.asking import ROOT
from tests.robustness.results import write_results
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.export import saved_model

SECONDS = float(os.environ.get("TFIQA_SOAK_SECONDS", "600"))
CLIENTS = int(os.environ.get("TFIQA_SOAK_CLIENTS", "4"))
# What memory may grow by between the second third of the run and the last.
_GROWTH = 1.05
_NAMES = ("p50", "p95", "p99", "most")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The process and its port."""
    folder = tmp_path_factory.mktemp("exported") / "toy"
    saved_model.export(toy_scorer(), folder)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.robustness.server", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    yield process, int(process.stdout.readline())
    process.kill()
    process.communicate()


def bodies():
    """Returns pictures of several kinds and sizes, and their statuses."""
    result = []
    for number in range(24):
        size = 64 + 40 * (number % 8), 80 + 56 * (number % 7)
        kind = ("JPEG", "PNG", "BMP", "GIF")[number % 4]
        file = io.BytesIO()
        Image.fromarray(toy_image(number, *size)).save(file, kind)
        result.append((file.getvalue(), "ok"))
    result.append((result[0][0][:500], "undecodable"))
    result.append((b"no picture", "undecodable"))
    return result


def ask(port, deadline, seed, latencies, faults):
    """Asks without a pause until the deadline."""
    rng, pictures = np.random.default_rng(seed), bodies()
    scores: dict[int, float] = {}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        while time.monotonic() < deadline:
            number = int(rng.integers(len(pictures)))
            content, expected = pictures[number]
            start = time.monotonic()
            connection.request("POST", "/", content)
            answer = json.loads(connection.getresponse().read())
            latencies.append(time.monotonic() - start)
            if answer["status"] != expected:
                faults.append(f"{number}: {answer}")
            if (
                expected == "ok"
                and scores.setdefault(number, answer["score"]) != (answer["score"])
            ):
                faults.append(f"{number}: {answer}, not {scores[number]}")
    except Exception as error:
        faults.append(repr(error))
    finally:
        connection.close()


def resident(process):
    """Returns the memory that a process holds, in bytes."""
    with open(f"/proc/{process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_server_at_full_load(server):
    process, port = server
    latencies: list[float] = []
    faults: list[str] = []
    memory: list[int] = []
    deadline = time.monotonic() + SECONDS
    clients = [
        threading.Thread(target=ask, args=(port, deadline, seed, latencies, faults))
        for seed in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    while any(client.is_alive() for client in clients):
        memory.append(resident(process))
        time.sleep(min(1.0, SECONDS / 60))
    third = len(memory) // 3
    second, last = max(memory[third : 2 * third]), max(memory[2 * third :])
    quantiles = np.quantile(latencies, (0.5, 0.95, 0.99, 1.0))
    milliseconds = [round(1000 * float(one), 1) for one in quantiles]
    write_results(
        "soak",
        {
            **{"seconds": SECONDS, "clients": CLIENTS, "requests": len(latencies)},
            "milliseconds": dict(zip(_NAMES, milliseconds, strict=True)),
            **{"memory": [second, last], "faults": faults[:20]},
        },
    )
    assert not faults
    assert process.poll() is None
    assert last <= _GROWTH * second
