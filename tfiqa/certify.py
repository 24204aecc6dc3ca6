"""Certifies scorers: checks them on distortions, traps, attacks and other devices.

python -m tfiqa.certify SCORER... [--scenes 3] [--output FILE] [--write]

SCORER is a `.keras` file or the name of a preset. Each check has a value and a band:
good, acceptable or bad; `docs/certificates.md` lists the thresholds and their reasons.

  behaviour    order of the levels of all ordered types of the bank, pairs, and clean
               scenes against distorted ones (the protocol `behaviour`)
  invariances  batch, threads, device, runtime, flip, re-encoding, faint noise, size
  traps        uniform images, noise, a checkerboard, bokeh, text, night
  attack       how far a score rises by a change within 2 of 255 levels, in ten steps
  port         agreement with the scores in --goldens, a CSV file with the columns
               `path` and `score`, as `tfiqa.score` writes it
  provenance   metadata, card, and terms of use
  speed        processor seconds per megapixel

Scenes are generated, or read from --pristine. All scorers see the same versions of
them. --output writes a .json file with everything, or a .md file with a table. --write
writes the certificate into the metadata of each scorer and into the card beside it;
`tfiqa.score` then names the bad marks of a scorer that it uses.

Exit status: 0 no mark is bad, 4 at least one is, 3 only some scorers could be loaded,
1 none could, 2 wrong usage, 74 the output cannot be written.
"""

import logging
import sys
from pathlib import Path

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli import status
from tfiqa.cli.status import Status
from tfiqa.cli.text import printable
from tfiqa.evaluation.certificate.request import SCENES
from tfiqa.evaluation.certificate.request import CertificateRequest

_SUFFIXES = (".json", ".md")


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_integer("scenes", SCENES, "Number of scenes; 139 versions of each.", 1)
    flags.DEFINE_string("pristine", None, "Folder of photographs without distortions.")
    flags.DEFINE_string(
        "goldens", None, "CSV file with scores of a reference implementation."
    )
    flags.DEFINE_integer("seed", 0, "Seed of scenes, distortions and traps.", 0)
    flags.DEFINE_string("output", None, "A .json or .md file, which is replaced.")
    flags.DEFINE_bool("write", False, "Write into metadata and card of each scorer.")


def main(argv: list[str]) -> Status:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    output = None if values.output is None else Path(values.output)
    try:
        request = CertificateRequest(
            argv[1:],
            scenes=values.scenes,
            pristine=values.pristine,
            goldens=values.goldens,
            seed=values.seed,
            write=values.write,
        )
        if output is not None and output.suffix not in _SUFFIXES:
            raise ValueError(
                f"--output must end in {' or '.join(_SUFFIXES)}. Received: {output}"
            )
    except ValueError as error:
        raise app.UsageError(str(error), Status.USAGE) from error
    # TensorFlow warns that functions are traced again, as they are for each scorer.
    logging.getLogger("tensorflow").setLevel("ERROR")
    from tfiqa import evaluation  # Not at the top: `--help` must not load Keras.

    certificates = []
    try:
        for certificate in evaluation.certify_request(request):
            certificates.append(certificate)
            print("\n".join(map(printable, certificate.lines())), flush=True)
    except (OSError, ValueError) as error:
        print(printable(str(error)), file=sys.stderr)
        return Status.USAGE
    if output is not None and certificates:
        try:
            _write(certificates, output)
        except OSError as error:
            print(f"--output: {error}", file=sys.stderr)
            return Status.OUTPUT
    marks = (
        Status.BELOW if any(one.of_band("bad") for one in certificates) else Status.OK
    )
    return status.combined([marks, status.of_counts(len(certificates), len(argv) - 1)])


def _write(certificates: list, output: Path) -> None:
    from tfiqa.evaluation.certificate import result
    from tfiqa.files import atomic

    if output.suffix == ".json":
        atomic.write_json(output, [one.as_json() for one in certificates])
    else:
        atomic.write_text(output, f"{result.table(certificates)}\n")


if __name__ == "__main__":
    command.run(define_flags, main)
