"""Warnings that skvae issues under a name of their own, so that they can be filtered."""

__all__ = ["LatentCollapseWarning", "NeighborsReducedWarning"]


class LatentCollapseWarning(UserWarning):
    """A VAE uses no latent dimension: what it decodes does not depend on z."""


class NeighborsReducedWarning(UserWarning):
    """A class has too few rows for `k_neighbors`; as many as it has were used."""
