"""Budgets: how long the models of an experiment train."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Training time of the models of an experiment.

    Attributes
    ----------
    classifier_steps : int
        Optimiser steps of a neural classifier.
    multi_vae_steps : int
        Optimiser steps of each VAE of the multi-VAE; by default as many as the thesis' takes.
    single_vae_steps : int or None
        Optimiser steps of the single-VAE, and of samplers with their defaults; None is as many as
        a sampler's own model takes.
    peer_epochs : int
        Epochs of TVAE and CTGAN; 300 is their default.
    n_unlabelled : int
        Number of unlabelled images for the arm that takes some.
    """

    classifier_steps: int
    multi_vae_steps: int = 6000
    single_vae_steps: int | None = None
    peer_epochs: int = 300
    n_unlabelled: int = 0


@dataclass(frozen=True)
class Budgets:
    """Budgets of an experiment: of a full run, with ``--quick``, and of a full run on a GPU."""

    full: Budget
    quick: Budget
    full_on_gpu: Budget | None = None

    def choose(self, *, quick: bool, on_gpu: bool) -> Budget:
        """Return the budget of a run."""
        if quick:
            return self.quick
        return self.full_on_gpu if on_gpu and self.full_on_gpu else self.full
