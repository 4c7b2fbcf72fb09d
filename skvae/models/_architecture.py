"""Architectures: what differs between tables and images, that is checks, codec and networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import nn

from .._nn.adversarial import StackedDiscriminator
from .._nn.convolutions import check_conv_channels, conv_body, conv_decoder, conv_encoder
from .._nn.devices import multiplies_bfloat16
from .._nn.layers import StackedLinear, StackedMLP, check_hidden_layer_sizes, leaky_layers
from .._tables.codec import TableCodec
from .._tables.format import TableFormat
from .._tables.images import check_image_shape
from .._tables.layout import Layout


class Architecture(Protocol):
    """Checked sizes of networks for one kind of rows."""

    def codec(self) -> TableCodec:
        """Make the codec of the rows, unfitted."""

    def encoder(self, rngs: Sequence[torch.Generator], layout: Layout, n_out: int) -> nn.Module:
        """Make M networks, (M, n_inputs, batch) -> (M, n_out, batch)."""

    def decoder(self, rngs: Sequence[torch.Generator], layout: Layout, n_in: int) -> nn.Module:
        """Make M decoders that mirror it, (M, n_in, batch) -> (M, n_columns, batch)."""

    def discriminator(
        self, rngs: Sequence[torch.Generator], layout: Layout
    ) -> StackedDiscriminator:
        """Make M judges of rows, with layers of the encoder's sizes."""


def architecture_of(model: Any, table_format: TableFormat, device: torch.device) -> Architecture:
    """Return the architecture that a model's parameters describe.

    Parameters
    ----------
    model : GenerativeModel
        Only its parameters are read.
    table_format : TableFormat
        The format of its rows.
    device : torch.device
        The device to train on.

    Raises
    ------
    ValueError
        If a parameter is not as the model documents it; the message names it.
    """
    kind = TableArchitecture if model.image_shape is None else ImageArchitecture
    return kind.of(model, table_format, device)


@dataclass(frozen=True)
class TableArchitecture:
    """Dense networks for tables of mixed columns.

    Attributes
    ----------
    hidden_layer_sizes : tuple of int
        The encoder's hidden layers.
    likelihood, quantile_transform, spikes
        As in `TableCodec`.
    """

    hidden_layer_sizes: tuple[int, ...]
    likelihood: str
    quantile_transform: bool
    spikes: bool

    @classmethod
    def of(cls, model: Any, table_format: TableFormat, device: torch.device) -> TableArchitecture:
        """Check a model's parameters."""
        is_frame = table_format.names is not None
        return cls(
            _hidden_layer_sizes(model, default=(128, 64)),
            "gaussian" if model.likelihood == "auto" else model.likelihood,
            True if model.quantile_transform == "auto" else model.quantile_transform,
            is_frame if model.spikes == "auto" else bool(model.spikes),
        )

    def codec(self) -> TableCodec:
        return TableCodec(
            likelihood=self.likelihood,
            quantile_transform=self.quantile_transform,
            spikes=self.spikes,
        )

    def encoder(self, rngs: Sequence[torch.Generator], layout: Layout, n_out: int) -> nn.Module:
        return StackedMLP(rngs, [layout.n_inputs, *self.hidden_layer_sizes, n_out])

    def decoder(self, rngs: Sequence[torch.Generator], layout: Layout, n_in: int) -> nn.Module:
        return StackedMLP(rngs, [n_in, *self.hidden_layer_sizes[::-1], layout.n_columns])

    def discriminator(
        self, rngs: Sequence[torch.Generator], layout: Layout
    ) -> StackedDiscriminator:
        sizes = [layout.n_columns, *self.hidden_layer_sizes]
        return StackedDiscriminator(leaky_layers(rngs, sizes), StackedLinear(rngs, sizes[-1], 1))


@dataclass(frozen=True)
class ImageArchitecture:
    """Convolutional networks for flattened images.

    Attributes
    ----------
    image_shape : (int, int, int)
        Channels, height and width.
    conv_channels : tuple of int
        Maps of the encoder's convolutions.
    hidden_layer_sizes : tuple of int
        The linear layers behind them.
    mixed : bool
        Whether training multiplies in bfloat16.
    """

    image_shape: tuple[int, int, int]
    conv_channels: tuple[int, ...]
    hidden_layer_sizes: tuple[int, ...]
    mixed: bool

    @classmethod
    def of(cls, model: Any, table_format: TableFormat, device: torch.device) -> ImageArchitecture:
        """Check a model's parameters, and that its rows are numbers only."""
        shape = check_image_shape(model.image_shape, len(table_format.columns))
        _refuse_options_of_tables(model, table_format)
        channels = check_conv_channels(model.conv_channels, shape)
        sizes = _hidden_layer_sizes(model, default=(128,))
        mixed = bool(model.mixed_precision)
        if model.mixed_precision == "auto":
            mixed = multiplies_bfloat16(device)
        return cls(shape, channels, sizes, mixed)

    def codec(self) -> TableCodec:
        return TableCodec(shared_range=True)

    def encoder(self, rngs: Sequence[torch.Generator], layout: Layout, n_out: int) -> nn.Module:
        return conv_encoder(
            rngs,
            self.image_shape,
            self.conv_channels,
            self.hidden_layer_sizes,
            n_out,
            n_conditions=layout.n_conditions,
            mixed=self.mixed,
        )

    def decoder(self, rngs: Sequence[torch.Generator], layout: Layout, n_in: int) -> nn.Module:
        return conv_decoder(
            rngs,
            self.image_shape,
            self.conv_channels,
            self.hidden_layer_sizes,
            n_in,
            mixed=self.mixed,
        )

    def discriminator(
        self, rngs: Sequence[torch.Generator], layout: Layout
    ) -> StackedDiscriminator:
        body, n_features = conv_body(rngs, self.image_shape, self.conv_channels)
        sizes = [n_features, *self.hidden_layer_sizes]
        head = nn.Sequential(leaky_layers(rngs, sizes), StackedLinear(rngs, sizes[-1], 1))
        return StackedDiscriminator(body, head)


def _hidden_layer_sizes(model: Any, *, default: tuple[int, ...]) -> tuple[int, ...]:
    sizes = model.hidden_layer_sizes
    return check_hidden_layer_sizes(default if sizes is None else sizes)


def _refuse_options_of_tables(model: Any, table_format: TableFormat) -> None:
    """Refuse categorical columns, and options that mean nothing for images."""
    categorical = [c.name for c in table_format.columns if c.symbols is not None]
    if categorical:
        raise ValueError(
            f"image_shape={model.image_shape} needs columns of numbers only, got categories in "
            f"column {categorical[0]!r}"
        )
    options = {
        "likelihood": ("bernoulli", "auto"),
        "quantile_transform": (False, "auto"),
        "spikes": (False, "auto"),
        "missing": ("error",),
    }
    for name, allowed in options.items():
        if getattr(model, name) not in allowed:
            raise ValueError(
                f"{name} must be {allowed[0]!r} with image_shape={model.image_shape}, got "
                f"{getattr(model, name)!r}"
            )
