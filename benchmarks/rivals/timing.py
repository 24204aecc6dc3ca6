"""Times one program in its own process; needs nothing but Python.

Every script beside this one is started by `benchmarks/rivals.py` with the path of an
image and a number of repeats, and prints one line of JSON.
"""

import json
import pathlib
import sys
import time
from collections.abc import Callable


def report(prepare: Callable[[str], Callable[[], object]]) -> None:
    """Prints milliseconds of each call and the peak memory of the process.

    Args:
        prepare: From the path of an image to the function that is timed. It is called
            once before, to load and compile what it needs.
    """
    path, repeats = sys.argv[1], int(sys.argv[2])
    run = prepare(path)
    run()
    wall, processor = [], []
    for _ in range(repeats):
        start = time.perf_counter(), time.process_time()
        run()
        wall.append(1e3 * (time.perf_counter() - start[0]))
        processor.append(1e3 * (time.process_time() - start[1]))
    print(json.dumps({"wall": wall, "cpu": processor, "megabytes": _peak()}))


def _peak() -> float:
    """Returns the peak resident memory of this process in megabytes, on Linux.

    That of `resource` would include the process that started this one.
    """
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
