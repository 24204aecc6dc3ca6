"""Training of contentsep: scenes, then photographs, then a scorer without scores."""

import dataclasses
from pathlib import Path

import keras

from tfiqa import backbones
from tfiqa import losses
from tfiqa import pristine
from tfiqa import trainers
from tfiqa.backbones import checks
from tfiqa.data import feeding
from tfiqa.data.images import Images
from tfiqa.data.sources import Sources
from tfiqa.methods.contentsep.config import Config
from tfiqa.methods.contentsep.content import check_content
from tfiqa.methods.contentsep.photographs import learn_photographs
from tfiqa.methods.contentsep.scenes import scene_batches
from tfiqa.methods.contentsep.scenes import scene_crops
from tfiqa.methods.contentsep.scenes import scenes_of
from tfiqa.models.contentsep import ContentSep
from tfiqa.models.contentsep_networks import build_versions_model
from tfiqa.optimizers import TorchAdam
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.serialization import save_model

PAPER_SCENES = 140_000  # The number of scenes in KADIS-700k.


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Trains the encoder on scenes and photographs, and returns its scorer.

    The encoder is written into the folder of the run, after the first stage into
    `synthetic/`, after the second as `encoder.keras`; a resumed run continues from
    there. `sources.encoder` replaces the first stage.

    Raises:
        ValueError: If the images to learn from are missing.
    """
    pristine_images = sources.pristine()
    finished = run.folder / "encoder.keras"
    if run.resume and finished.is_file():
        encoder = load_encoder(finished)
    else:
        encoder = trained_encoder(config, sources, run)
        _save(encoder, finished, run)
        trainers.delete_state(run.folder / "authentic")
    return pristine.distance_scorer(
        encoder,
        pristine_images.first_epoch(run.seed),
        config,
        method="contentsep",
        dataset=pristine_images.name,
    )


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless both stages can start."""
    pristine_images = sources.pristine()
    checks.check(config)
    if sources.encoder is None and config.synthetic_epochs:
        images = sources.undistorted_or_versions()
        for alone in levels_alone(config) or (config,):
            field = "band_scenes" if config.band_scenes else "scenes"
            run.check_batch(alone.scenes, field)
            scenes_of(images, alone).check_batch(alone.scenes)
        run.cut(scene_crops(config), config.micro_batch)
    if config.epochs:
        if sources.authentic_images is None:
            raise ValueError(
                "The second stage learns from authentic photographs: "
                "`authentic_images` are expected, or the setting epochs=0. "
                "Received: none"
            )
        run.check_batch(config.batch_size)
        run.cut(2 * config.batch_size, config.micro_batch)
        sources.authentic_images.check_batch(config.batch_size + config.held_pairs)
        if config.penalized:
            check_content(config, sources.authentic_images)
    pristine.check(
        pristine_images.first_epoch(run.seed), config, dataset=pristine_images.name
    )


def trained_encoder(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the encoder after both stages, in single precision."""
    keras.utils.set_random_seed(run.seed)
    with run.scope():
        if sources.encoder is None:
            encoder = ContentSep(**config.network).encoder()
        else:
            encoder = load_encoder(sources.encoder)
    if sources.encoder is None and config.synthetic_epochs:
        learn = learn_bands if config.band_versions else learn_scenes
        learn(encoder, config, sources.undistorted_or_versions(), run)
    if config.epochs and sources.authentic_images is not None:
        learn_photographs(encoder, config, sources.authentic_images, run)
    # An encoder from a file is in single precision, and may have another architecture.
    return _single_precision(encoder, config) if sources.encoder is None else encoder


def levels_alone(config: Config) -> list[Config]:
    """Returns the config of the network of each band that is trained alone."""
    return [
        dataclasses.replace(
            config,
            levels=1,
            versions=versions,
            scenes=scenes,
            band_versions=(),
            band_scenes=(),
        )
        for versions, scenes in zip(
            config.band_versions, config.band_scenes, strict=True
        )
    ]


def learn_bands(
    encoder: keras.Model, config: Config, images: Images, run: trainers.Run
) -> None:
    """Trains the network of each band alone, one after another: the first stage."""
    finished = run.folder / "synthetic" / "encoder.keras"
    if run.resume and finished.is_file():
        encoder.set_weights(load_encoder(finished).get_weights())
        return
    for level, alone in enumerate(levels_alone(config)):
        folder = run.folder / f"level_{level}"
        run.say(
            f"level {level}: {alone.versions} versions of {alone.scenes} scenes a batch"
        )
        part = dataclasses.replace(run, folder=folder)
        learn_scenes(of_level(encoder, level), alone, images, part)
    if run.is_chief:
        finished.parent.mkdir(parents=True, exist_ok=True)
    _save(_single_precision(encoder, config), finished, run)


def of_level(encoder: keras.Model, level: int) -> keras.Model:
    """Returns the model from images to the features of one level; shares weights."""
    joined = next(
        layer for layer in encoder.layers if isinstance(layer, keras.layers.Concatenate)
    )
    return keras.Model(encoder.input, joined.input[level], name=f"level_{level}")


def learn_scenes(
    encoder: keras.Model, config: Config, images: Images, run: trainers.Run
) -> None:
    """Trains the encoder to distinguish distortions of a scene: the first stage."""
    run = dataclasses.replace(run, folder=run.folder / "synthetic")
    finished = run.folder / "encoder.keras"
    if run.resume and finished.is_file():
        encoder.set_weights(load_encoder(finished).get_weights())
        return
    cut = run.cut(scene_crops(config), config.micro_batch)
    run.say(cut.describe())
    with run.scope():
        model = build_versions_model(
            encoder,
            versions=config.versions,
            side=min(config.scene_height, config.scene_width) // 2,
            micro_batch=cut.micro_batch,
        )
        model.compile(
            TorchAdam(config.synthetic_rate),
            losses.SceneContrast(config.temperature, parts=config.levels),
        )
    backbones.synchronize(encoder, across_replicas=cut.synchronized)
    count = scenes_of(images, config).count
    steps = count // config.scenes
    run.say(
        f"first stage: {count:,} scenes of {images.name}, "
        f"{steps * config.synthetic_epochs:,} steps in all (the paper's learned from "
        f"{PAPER_SCENES:,} scenes)"
    )
    epochs = config.synthetic_epochs
    trainers.fit(
        model,
        feeding.from_position(scene_batches, images, config, run=run, epochs=epochs),
        epochs=epochs,
        steps_per_epoch=steps,
        run=run,
    )
    backbones.synchronize(encoder, across_replicas=False)
    _save(_single_precision(encoder, config), finished, run)
    trainers.delete_state(run.folder)


def _single_precision(encoder: keras.Model, config: Config) -> keras.Model:
    if encoder.compute_dtype == "float32":
        return encoder
    untrained = {**config.network, "backbone_weights": None}
    return trainers.float32_copy(lambda: ContentSep(**untrained).encoder(), encoder)


def _save(encoder: keras.Model, path: Path, run: trainers.Run) -> None:
    if run.is_chief:
        save_model(encoder, path)
