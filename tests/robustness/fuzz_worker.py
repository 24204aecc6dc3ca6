"""Examines the mutants that standard input names, in a process of its own.

python -m tests.robustness.fuzz_worker SAVED_MODEL

Each line is a format, a fault and a number in JSON; each answer is a finding.
"""

import dataclasses
import json
import sys
from pathlib import Path

from tests.robustness.examination import Examiner
from tests.robustness.mutants import Mutant


def main() -> None:
    """Answers until standard input ends."""
    examiner = Examiner(Path(sys.argv[1]))
    for line in sys.stdin:
        finding = examiner.examine(Mutant(*json.loads(line)))
        print(json.dumps(dataclasses.asdict(finding)), flush=True)


if __name__ == "__main__":
    main()
