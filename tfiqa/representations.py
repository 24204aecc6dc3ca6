"""Shows how an encoder represents distortions, in two plots and two numbers.

python -m tfiqa.representations --model encoder.keras --output folder
python -m tfiqa.representations --model encoder.keras --images photos/ --output folder
python -m tfiqa.representations --model encoder.keras --hypotheses --output folder

Scenes that the encoder was not trained on are distorted by 25 types at five levels.
`similarity.png` shows how similar the representations of these classes are across
scenes, `projection.png` shows all of them in the plane, and the command prints how well
linear classifiers of the features predict type and level on unseen scenes. With
--hypotheses, `hypotheses.png` is drawn instead: how similar the features of crops are
that overlap, that show other content, or that have other distortions. Without --images
the scenes are generated, and differ from those of any training run.
"""

import dataclasses
import sys
from pathlib import Path

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli.progress import Progress
from tfiqa.cli.status import Status
from tfiqa.files import atomic

MIN_SIDE = 48


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_string(
        "model", None, "The encoder: a `.keras` file or a preset.", required=True
    )
    flags.DEFINE_string("output", None, "Folder of the plots.", required=True)
    flags.DEFINE_string(
        "images", "stream:textured_leaves/256", "Pristine scenes, by name."
    )
    flags.DEFINE_string("data_dir", None, "Folder of prepared datasets.")
    flags.DEFINE_integer("scenes", 24, "Number of scenes.", lower_bound=3)
    flags.DEFINE_integer(
        "side", 256, "Side of the scenes in pixels.", lower_bound=MIN_SIDE
    )
    flags.DEFINE_bool("hypotheses", False, "Draw similarities of crops instead.")
    flags.DEFINE_enum(
        "projection", "pca", ["pca", "tsne"], "Projection into the plane."
    )


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    if len(argv) > 1:
        raise app.UsageError(
            f"Only flags are expected. Received: {argv[1:]}", Status.USAGE
        )
    from tfiqa import report  # Not at the top: `--help` must not load Keras.

    request = report.ProbeRequest(
        model=values.model,
        images=values.images,
        data_dir=values.data_dir,
        scenes=values.scenes,
        side=values.side,
        hypotheses=values.hypotheses,
        projection=values.projection,
    )
    progress = Progress(values.scenes)
    try:
        result = report.probe_encoder(
            request, on_scene=lambda done, total: progress.show(done)
        )
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return Status.USAGE
    folder = Path(values.output)
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawing in result.drawings.items():
        print(f"wrote {atomic.write_bytes(folder / f'{name}.png', drawing)}")
    print("\n".join(result.lines()))
    if result.accuracies:
        content = {k: dataclasses.asdict(v) for k, v in result.accuracies.items()}
        atomic.write_json(folder / "probe.json", content)
    return Status.OK


if __name__ == "__main__":
    command.run(define_flags, main)
