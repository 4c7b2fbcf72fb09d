"""From rows to fitted models: how a stack of VAEs is set up, trained and taken apart."""

from __future__ import annotations

import copy
import math
import time
import warnings
from collections.abc import Callable, Sequence
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from .._nn.convolutions import check_conv_channels
from .._nn.devices import generators, multiplies_bfloat16, own_torch_modes, resolve_device
from .._nn.layers import check_hidden_layer_sizes
from .._nn.likelihoods import counting_columns, reconstruction_means
from .._nn.networks import StackedConvVAE, StackedVAE
from .._nn.objectives import NegativeELBO, kl_by_component
from .._nn.threads import in_threads, parts_of_stack, values_a_row
from .._nn.training import History, steps_between_looks, train
from .._tables.codec import TableCodec
from .._tables.format import TableFormat
from .._tables.images import check_image_shape
from .._tables.layout import Layout
from ..exceptions import LatentCollapseWarning

if TYPE_CHECKING:
    from . import VAE

# Mean KL in nats from which a latent dimension counts as active, and rows that it is taken over.
_ACTIVE_KL = 0.01
_ACTIVE_ROWS = 1024
# Rows by which the noise of Gaussian columns is measured.
_SCALE_ROWS = 8192


@own_torch_modes()
def fit_stack(
    models: Sequence[VAE],
    table_format: TableFormat,
    values: NDArray[np.floating],
    rows: Sequence[NDArray[np.integer]],
    names: Sequence[str] = ("X",),
) -> None:
    """Fit models that differ in `random_state` only, each on its own rows, in one loop.

    Parameters
    ----------
    models : sequence of M VAE
        Left fitted, each as if it had been trained alone.
    table_format : TableFormat
        How `values` came from the table, and how new rows go back.
    values : ndarray of shape (n_samples, n_features)
        All models' rows.
    rows : sequence of M integer arrays
        The rows of `values` that each model learns from, at least 2.
    names : sequence of M str, default=("X",)
        What messages call each model's rows.
    """
    vae = models[0]
    device = resolve_device(vae.device)
    make_net = _network(vae, table_format, device)
    states = [check_random_state(model.random_state) for model in models]
    rngs = generators([state.randint(2**31 - 1) for state in states], device)
    held_out, own_rows = None, rows
    _check_n_rows(rows, names)
    if vae.early_stopping:
        splits = [_hold_out(*own, vae) for own in zip(rows, states, names, strict=True)]
        rows, held_out = zip(*splits, strict=True)

    codec = _make_codec(vae, table_format).fit(values, table_format)
    layout = codec.layout
    coded = torch.from_numpy(codec.encode(values)).to(device)

    def on_device(indices: Sequence[NDArray[np.integer]]) -> list[torch.Tensor]:
        return [torch.from_numpy(np.asarray(i, np.int64)).to(device) for i in indices]

    indices = on_device(rows)
    held_out_indices = on_device(held_out) if held_out else None
    # The same for all parts.
    check_every = steps_between_looks(rows, vae.batch_size, early_stopping=bool(held_out))
    normalized = vae.beta * vae.n_components / values.shape[1]
    beta = normalized if vae.normalize_beta else float(vae.beta)
    objective = NegativeELBO(layout, vae.n_components, beta, vae.denoising_std)

    def train_part(part: slice, cancelled: Event) -> tuple[StackedVAE, History]:
        net = make_net(rngs[part], layout)
        history = train(
            net,
            objective,
            coded,
            indices[part],
            rngs[part],
            max_iter=vae.max_iter,
            batch_size=vae.batch_size,
            learning_rate=vae.learning_rate_init,
            held_out=None if held_out_indices is None else held_out_indices[part],
            n_iter_no_change=vae.n_iter_no_change,
            tol=vae.tol,
            checkpoint_at=_checkpoint_at(vae),
            report=_Reporter(vae, names[part]) if vae.verbose else None,
            check_every=check_every,
            cancelled=cancelled,
        )
        return net, history

    def values_a_step() -> int:
        return vae.batch_size * values_a_row(make_net(generators([0], device), layout))

    parts = parts_of_stack(len(models), values_a_step, device)
    trained = list(zip(parts, in_threads(train_part, parts), strict=True))
    for part, (net, history) in trained:
        for m, single in enumerate(net.split()):
            model, own = models[part][m], own_rows[part][m]
            model._codec, model._format, model._net = codec, table_format, single
            if single.raw_scale is not None:
                _set_scale(model, coded, own)
            model.beta_ = beta
            if codec.has_symbols:
                model._shares = _mean_rows(coded, own)
            _keep_history(model, history, m, names[part][m])
    coded = coded.cpu()
    for model, own in zip(models, rows, strict=True):
        model.active_components_ = _active_components(model, coded, own)
    unused = [
        n for n, model in zip(names, models, strict=True) if not model.active_components_.any()
    ]
    if unused:
        _warn_of_collapse(vae, unused, beta, normalized)
    for part, (_, history) in trained:
        if isinstance(history.checkpoint, StackedVAE):
            for model, single in zip(models[part], history.checkpoint.split(), strict=True):
                model.early_vae_ = copy.copy(model)
                model.early_vae_._net = single


def _set_scale(model: VAE, coded: torch.Tensor, rows: NDArray[np.integer]) -> None:
    """Set the Gaussian columns' noise to what the trained model leaves unexplained.

    In training it also stands for what batch normalisation by small batches adds to a row.
    """
    layout, net = model._codec.layout, model._net
    some = coded[torch.from_numpy(_some_rows(rows, _SCALE_ROWS)).to(coded.device)].cpu()
    rng = np.random.RandomState(0)

    def residuals(net: StackedVAE, x: torch.Tensor) -> torch.Tensor:
        mean, log_var = net.encode(x)
        eps = torch.from_numpy(rng.standard_normal(mean.shape)).to(mean.dtype)
        means = reconstruction_means(net.decode(mean + torch.exp(0.5 * log_var) * eps), layout)
        counting = counting_columns(x, layout)[:, layout.gaussian]
        squares = counting * (x - means)[:, layout.gaussian] ** 2
        return torch.cat([squares, counting], dim=1)

    squares, counting = np.split(model._through_net(residuals, some.numpy()), 2, axis=1)
    variance = squares.sum(axis=0) / np.maximum(1, counting.sum(axis=0))
    net.set_scale(torch.from_numpy(np.sqrt(variance)))


def _some_rows(rows: NDArray[np.integer], n: int) -> NDArray[np.int64]:
    """About `n` of the rows, evenly spread."""
    return rows[:: max(1, len(rows) // n)].astype(np.int64)


def _network(
    vae: VAE, table_format: TableFormat, device: torch.device
) -> Callable[[Sequence[torch.Generator], Layout], StackedVAE]:
    """What makes the untrained stack, once all that it is made of is checked."""
    if vae.image_shape is None:
        given = (128, 64) if vae.hidden_layer_sizes is None else vae.hidden_layer_sizes
        sizes = check_hidden_layer_sizes(given)
        return lambda rngs, layout: StackedVAE(
            rngs, layout.n_columns, vae.n_components, sizes, layout.n_gaussian
        )
    shape = check_image_shape(vae.image_shape, len(table_format.columns))
    _check_pixels(vae, table_format)
    channels = check_conv_channels(vae.conv_channels, shape)
    given = (128,) if vae.hidden_layer_sizes is None else vae.hidden_layer_sizes
    sizes = check_hidden_layer_sizes(given)
    mixed = bool(vae.mixed_precision)
    if vae.mixed_precision == "auto":
        mixed = multiplies_bfloat16(device)
    return lambda rngs, _: StackedConvVAE(
        rngs, shape, vae.n_components, channels, sizes, mixed=mixed
    )


def _check_pixels(vae: VAE, table_format: TableFormat) -> None:
    """Refuse, of a model for images, what is meant for tables."""
    symbols = [c.name for c in table_format.columns if c.symbols is not None]
    if symbols:
        raise ValueError(
            f"image_shape={vae.image_shape} needs columns of numbers only, got symbols in column "
            f"{symbols[0]!r}"
        )
    options = {
        "likelihood": ("bernoulli",),
        "quantile_transform": (False,),
        "spikes": (False, "auto"),
        "missing": ("error",),
    }
    for name, allowed in options.items():
        if getattr(vae, name) not in allowed:
            raise ValueError(
                f"{name} must be {allowed[0]!r} with image_shape={vae.image_shape}, got "
                f"{getattr(vae, name)!r}"
            )


def _make_codec(vae: VAE, table_format: TableFormat) -> TableCodec:
    if vae.image_shape is not None:
        return TableCodec(shared_range=True)
    return TableCodec(
        likelihood=vae.likelihood,
        quantile_transform=vae.quantile_transform,
        spikes=table_format.names is not None if vae.spikes == "auto" else bool(vae.spikes),
    )


def _mean_rows(coded: torch.Tensor, rows: NDArray[np.integer]) -> NDArray[np.float64]:
    """Mean of some coded rows."""
    own = coded if len(rows) == len(coded) else coded[torch.from_numpy(rows).to(coded.device)]
    return own.mean(dim=0).cpu().numpy().astype(np.float64)


def _active_components(
    model: VAE, coded: torch.Tensor, rows: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Which latent dimensions carry information on some of a model's rows."""
    some = coded[torch.from_numpy(_some_rows(rows, _ACTIVE_ROWS))]
    by_component = model._through_net(lambda net, x: kl_by_component(*net.encode(x)), some.numpy())
    return by_component.mean(axis=0) >= _ACTIVE_KL


def _warn_of_collapse(vae: VAE, unused: list[str], beta: float, normalized: float) -> None:
    way_out = "lower beta"
    if not vae.normalize_beta and normalized < beta:
        way_out = f"lower beta, or set normalize_beta=True, which weighs it by {normalized:.3g}"
    warnings.warn(
        f"No latent dimension is active for {', '.join(unused)} (mean KL below {_ACTIVE_KL} nats): "
        f"what is decoded does not depend on z. The KL was weighed by {beta:.3g}: {way_out}.",
        LatentCollapseWarning,
        stacklevel=4,
    )


def _keep_history(model: VAE, history: History, m: int, name: str) -> None:
    model.n_iter_ = history.n_iter[m]
    reconstruction, kl = history.terms[: model.n_iter_, :, m].unbind(1)
    model.reconstruction_curve_ = reconstruction.numpy().copy()
    model.kl_curve_ = kl.numpy().copy()
    model.loss_curve_ = model.reconstruction_curve_ + model.beta_ * model.kl_curve_
    step = history.diverged_at[m]
    if step is not None:
        warnings.warn(
            f"The loss on {name} stopped being finite at step {step} of {model.max_iter}; the last "
            "good weights stay. Lower learning_rate_init (now "
            f"{model.learning_rate_init}) or beta.",
            ConvergenceWarning,
            stacklevel=4,
        )


def _hold_out(
    rows: NDArray[np.integer], rng: np.random.RandomState, name: str, vae: VAE
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    shuffled = rng.permutation(rows)
    n_held_out = int(np.ceil(vae.validation_fraction * len(rows)))
    if len(rows) - n_held_out < 2:
        raise ValueError(
            f"early_stopping=True must leave at least 2 rows of {name} to train on, got "
            f"{len(rows)}, of which validation_fraction={vae.validation_fraction} holds out "
            f"{n_held_out}"
        )
    return shuffled[n_held_out:], shuffled[:n_held_out]


def _check_n_rows(rows: Sequence[NDArray[np.integer]], names: Sequence[str]) -> None:
    for own, name in zip(rows, names, strict=True):
        if len(own) < 2:
            raise ValueError(
                f"{name} must have at least 2 rows to train on, got n_samples = {len(own)}"
            )


def _checkpoint_at(vae: VAE) -> int | None:
    return None if vae.early_checkpoint is None else math.ceil(vae.early_checkpoint * vae.max_iter)


class _Reporter:
    """Prints how training goes, about ten times and at its end."""

    def __init__(self, vae: VAE, names: Sequence[str]) -> None:
        self.max_iter, self.next, self.start = vae.max_iter, 0, time.perf_counter()
        self.name = f"{type(vae).__name__} of {', '.join(names)}"

    def __call__(self, step: int, terms: list[float]) -> None:
        if step < self.next and step < self.max_iter:
            return
        self.next = step + self.max_iter // 10
        seconds = time.perf_counter() - self.start
        reconstruction, kl = terms
        print(
            f"[{self.name}] step {step}/{self.max_iter}: "
            f"reconstruction {reconstruction:.3f}, KL {kl:.3f} nats ({seconds:.1f} s)"
        )
