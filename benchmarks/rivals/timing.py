"""Times one program in its own process; needs nothing but Python.

Every script beside this one is started by `benchmarks/rivals.py` with the path of an
image and a number of repeats, and prints one line of JSON.
"""

import json
import resource
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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": processor, "megabytes": peak}))
