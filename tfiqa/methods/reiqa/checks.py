"""Checks of Re-IQA's config, of single fields and of combinations."""

from typing import Any

from tfiqa.config import constraints
from tfiqa.methods.reiqa import views
from tfiqa.models.reiqa import EXPERTS as EXPERTS

# Number of types of distortion in each bank.
BANKS = {"kadid": 25, "released": 26}

_CHOICES = {
    "expert": (*EXPERTS, "both"),
    "bank": tuple(BANKS),
    "scales": (1, 2),
    "half": ("pillow", "released"),
    "offsets": ("free", "released"),
    "swap": ("clean", "released", "none"),
    "small": ("reflect", "released"),
    "negatives": ("batch", "queue"),
    "optimizer": ("lars", "sgd"),
    "content_optimizer": ("lars", "sgd"),
}

_SIDE = constraints.Bound("at least 32", lambda side: side >= 32)
_TWO = constraints.Bound("at least 2", lambda count: count >= 2)
_EPOCHS = ("epochs", "warm_up", "content_epochs", "content_warm_up", "repeats")

_BOUNDS = {
    **dict.fromkeys(("projection", "batch_size"), constraints.COUNT),
    **dict.fromkeys(("bn_groups", "content_bn_groups"), constraints.COUNT),
    "micro_batch": constraints.MICRO_BATCH,
    **dict.fromkeys(_EPOCHS, constraints.EPOCHS),
    **dict.fromkeys(("patch_size", "content_patch_size"), _SIDE),
    **dict.fromkeys(("queue_size", "content_batch_size"), _TWO),
    "overlap": constraints.Bound(
        "two shares, 0 < smallest < largest < 1",
        lambda shares: len(shares) == 2 and 0 < shares[0] < shares[1] < 1,
    ),
    "momentum": constraints.Bound("in [0, 1]", lambda share: 0 <= share <= 1),
    "temperature": constraints.POSITIVE,
    "optimizer_momentum": constraints.SHARE,
    "weight_decay": constraints.NOT_NEGATIVE,
}


def check(config: Any) -> None:
    """Raises an error unless a `Config` can be used for training.

    Raises:
        ValueError: If a field is not allowed; names it.
    """
    constraints.check_choices(config, _CHOICES)
    constraints.check_bounds(config, _BOUNDS)
    for expert in config.experts:
        prefix = "content_" if expert == "content" else ""
        _check_rates(config, prefix)
        _check_queue(config, expert, f"{prefix}batch_size")
    if config.expert != "content":
        _check_chunks(config)


def _check_rates(config: Any, prefix: str) -> None:
    rate, rise, epochs = (
        f"{prefix}{n}" for n in ("learning_rate", "warm_up", "epochs")
    )
    constraints.check_bounds(config, {rate: constraints.POSITIVE})
    if 0 < getattr(config, epochs) < getattr(config, rise):
        raise ValueError(
            f"`{rise}` must be at most the epochs. Received: "
            f"{rise}={getattr(config, rise)}, {epochs}={getattr(config, epochs)}"
        )


def _check_queue(config: Any, expert: str, batch_size: str) -> None:
    chunk = 1 if expert == "content" else config.scales * (config.n_aug + 1)
    keys = getattr(config, batch_size) * chunk
    if keys > config.queue_size:
        raise ValueError(
            f"`queue_size` must be at least the {keys} keys of a batch. "
            f"Received: queue_size={config.queue_size}, "
            f"{batch_size}={getattr(config, batch_size)}"
        )


def _check_chunks(config: Any) -> None:
    if not 1 <= config.n_aug <= BANKS[config.bank]:
        raise ValueError(
            f"`n_aug` must be between 1 and {BANKS[config.bank]}, the number of "
            f"types in the bank {config.bank!r}. Received: n_aug={config.n_aug}"
        )
    if config.swap == "released" and config.half != "released":
        raise ValueError(
            "`swap` can be 'released' only if `half` is. "
            f"Received: swap={config.swap!r}, half={config.half!r}"
        )
    views.check_offsets(config.offsets, size=config.patch_size, overlap=config.overlap)
