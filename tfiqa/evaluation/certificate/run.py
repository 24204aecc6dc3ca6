"""Certificates of scorers: what `python -m tfiqa.certify` runs."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import keras

from tfiqa.cli.progress import Progress
from tfiqa.evaluation.certificate import material
from tfiqa.evaluation.certificate.measuring import Subject
from tfiqa.evaluation.certificate.measuring import marks_of
from tfiqa.evaluation.certificate.request import CertificateRequest
from tfiqa.evaluation.certificate.result import Certificate
from tfiqa.files import atomic
from tfiqa.scoring.serialization import load_scorer
from tfiqa.scoring.shipped import file_of
from tfiqa.scoring.stored_metadata import CERTIFICATE
from tfiqa.scoring.stored_metadata import set_metadata

HEADING = "## Certificate"


def certify_request(request: CertificateRequest) -> Iterator[Certificate]:
    """Yields the certificate of each scorer that could be loaded, in order.

    The others are skipped and reported on standard error.

    Raises:
        OSError: If the scenes cannot be read, or a certificate cannot be written.
        ValueError: If a scene is too small or does not decode.
    """
    folder = None if request.pristine is None else Path(request.pristine)
    scenes = material.scenes_of(folder, request.scenes, request.seed)
    opened = [_subject(os.fspath(name), request) for name in request.scorers]
    subjects = [subject for subject in opened if subject is not None]
    progress = Progress(len(scenes), on=bool(subjects), title="scenes")
    if not subjects:
        return
    all_scores = material.measured(
        [subject.predict for subject in subjects],
        scenes,
        seed=request.seed,
        progress=progress.show,
    )
    name = "generated" if folder is None else folder.name
    for subject, scores in zip(subjects, all_scores, strict=True):
        marks = marks_of(subject, scores, scenes, request.seed)
        certificate = Certificate(subject.name, tuple(marks), len(scenes), name)
        if request.write:
            write(certificate)
        yield certificate


def write(certificate: Certificate) -> None:
    """Writes a certificate into the file of its scorer and into the card beside it.

    An earlier certificate is replaced; everything else stays.

    Raises:
        OSError: If a file cannot be written.
    """
    path = file_of(certificate.name)
    set_metadata(path, CERTIFICATE, certificate.for_metadata())
    card = path.with_suffix(".md")
    text = card.read_text("utf-8") if card.is_file() else f"# {path.stem}\n"
    atomic.write_text(card, with_section(text, certificate.section()))


def with_section(card: str, section: str) -> str:
    """Returns a card with the section of a certificate, which replaces an older one."""
    before, heading, after = card.partition(f"{HEADING}\n")
    following = ""
    if heading:
        _, next_heading, rest = after.partition("\n## ")
        following = f"\n## {rest}" if next_heading else ""
    return f"{before.rstrip()}\n\n{HEADING}\n\n{section}\n{following}"


def _subject(name: str, request: CertificateRequest) -> Subject | None:
    """Returns a scorer to certify; reports one that cannot be loaded."""
    try:
        model: keras.Model = load_scorer(name)
        if len(model.inputs) > 1:
            raise ValueError(
                "A scorer of one image is expected. Received: one that compares with "
                "a reference"
            )
    except (OSError, ValueError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return None
    card = file_of(name).with_suffix(".md")
    goldens = None if request.goldens is None else Path(request.goldens)
    return Subject(name, model, card if card.is_file() else None, goldens)
