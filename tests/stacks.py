"""Stacks of small networks, and their training, for the tests of the torch side."""

from __future__ import annotations

from skvae._nn.convolutions import conv_decoder, conv_encoder
from skvae._nn.layers import StackedMLP
from skvae._nn.networks import StackedVAE
from skvae._nn.training import Budget, History, StackRows, train


def dense_vae(rngs, n_features, n_components, hidden) -> StackedVAE:
    encoder = StackedMLP(rngs, [n_features, *hidden, 2 * n_components])
    decoder = StackedMLP(rngs, [n_components, *hidden[::-1], n_features])
    return StackedVAE(rngs, encoder, decoder)


def conv_vae(rngs, shape, n_components, channels, hidden, *, mixed=False) -> StackedVAE:
    encoder = conv_encoder(rngs, shape, channels, hidden, 2 * n_components, mixed=mixed)
    decoder = conv_decoder(rngs, shape, channels, hidden, n_components, mixed=mixed)
    return StackedVAE(rngs, encoder, decoder)


def train_rows(
    net, objective, data, rows, rngs, *, held_out=None, report=None, cancelled=None, **budget
) -> History:
    """Train on rows; the other arguments are a `Budget`'s."""
    stack = StackRows(data, rows, rngs, held_out)
    return train(net, objective, stack, report, budget=Budget(**budget), cancelled=cancelled)
