"""Over-sampling by one VAE per class."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from ..latent._neighbors import PRIOR, RULES
from ..models import VAE
from ._base import BaseVAEResampler, plain, single_row_message
from ._sources import own_model, seeded_models, thaw


class MultiVAEResampler(BaseVAEResampler):
    """Over-sampling by one VAE per class.

    Each class has a `VAE` of its own, trained on its rows; all are trained at once as one stack.
    A new row of a class is drawn from the prior of its model, or by one of the rules of
    `VAEOversampler` in that model's latent space (section 5.3 of [1]_, after [2]_).

    Parameters
    ----------
    vae : VAE or FrozenEstimator, default=None
        The model, cloned for each class and trained. A `~sklearn.frozen.FrozenEstimator` of a
        fitted `MultiVAEResampler` lends its models, to draw from them by other rules or with
        other filters. One of a fitted `VAE` serves all classes as it is; since its prior knows
        no classes, `latent_sampling` then can't be ``"prior"``. None is
        ``VAE(8, likelihood="gaussian", quantile_transform=True, max_iter=800)``.
    categorical_features, missing
        As in `VAEOversampler`.
    latent_sampling : str, default="prior"
        ``"prior"`` (z ~ N(0, I)), or a rule of `VAEOversampler`.
    mix_fraction : float, default=0.0
        Share of random rows of the other classes in each class's training set, in [0, 1): 0.2 is
        the thesis' "mix data".
    alpha, noise_scale, k_neighbors, neighbor_pool, residuals, filter, max_draws, \
            sampling_strategy, random_state
        As in `VAEOversampler`; the first five matter only where the rule isn't ``"prior"``, whose
        rows have no original and no residual. With
        ``neighbor_pool="all"`` a class's model also encodes the rows of the others, which it has
        not seen: new rows then lean towards what it takes them for.

    Attributes
    ----------
    estimators_ : list of VAE
        The trained models, in the order of `classes_`.
    classes_, sampling_strategy_, synthetic_mask_, parent_indices_
        As in `VAEOversampler`.
    filters_, filter_scores_, acceptance_rate_
        As in `VAEOversampler`.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    See Also
    --------
    VAEOversampler : One VAE for all classes.

    References
    ----------
    .. [1] P. H. Iser, "Data Augmentation mit Variational Autoencodern", bachelor thesis,
       Universitaet Bonn, 2023.
    .. [2] F. J. Moreno-Barea, J. M. Jerez and L. Franco, "Improving classification accuracy
       using data augmentation on small data sets", Expert Systems with Applications 161, 2020,
       https://doi.org/10.1016/j.eswa.2020.113696

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skvae import VAE, MultiVAEResampler
    >>> from skvae.strategies import augment
    >>> X, y = load_wine(return_X_y=True)
    >>> sampler = MultiVAEResampler(
    ...     VAE(max_iter=200), sampling_strategy=augment(1.0), random_state=0
    ... )
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> X_resampled.shape
    (356, 13)
    >>> X_new, y_new = sampler.sample(5, y=2)
    >>> y_new
    array([2, 2, 2, 2, 2])
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseVAEResampler._parameter_constraints,
        "latent_sampling": [StrOptions({PRIOR, *RULES})],
        "mix_fraction": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        vae: VAE | FrozenEstimator | None = None,
        *,
        categorical_features: Any = "auto",
        missing: str = "error",
        latent_sampling: str = "prior",
        mix_fraction: float = 0.0,
        alpha: float = 0.5,
        noise_scale: float = 0.5,
        k_neighbors: int = 5,
        neighbor_pool: str = "class",
        residuals: bool | str = "auto",
        filter: Any = None,
        max_draws: int = 20,
        sampling_strategy: Any = "auto",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(
            vae,
            categorical_features=categorical_features,
            missing=missing,
            latent_sampling=latent_sampling,
            alpha=alpha,
            noise_scale=noise_scale,
            k_neighbors=k_neighbors,
            neighbor_pool=neighbor_pool,
            residuals=residuals,
            filter=filter,
            max_draws=max_draws,
            sampling_strategy=sampling_strategy,
            random_state=random_state,
        )
        self.mix_fraction = mix_fraction

    def _check_class_sizes(self, counts: dict[Any, int]) -> None:
        for c, n in counts.items():
            if n < 2:
                raise ValueError(single_row_message(c, "leave it out"))

    def _train(self, values: NDArray[np.floating], rng: np.random.RandomState) -> None:
        if isinstance(self.vae, FrozenEstimator):
            if self.mix_fraction:
                raise ValueError(
                    "mix_fraction must be 0 with a frozen vae, which is trained already, got "
                    f"{self.mix_fraction}"
                )
            models = self._adopt(self.vae.estimator)
            if self.latent_sampling == PRIOR and len(set(map(id, models))) == 1:
                raise ValueError(
                    "latent_sampling must be a rule that starts from originals when vae is a "
                    "frozen VAE, because the prior of one model for all classes knows no classes; "
                    f"got {PRIOR!r}"
                )
            self.estimators_ = models
            return
        # Deviation: eight dimensions with learnt noise, where the thesis has two and none. Rows
        # that are means only tell a forest little that it can't see in the originals.
        vae = own_model(8, max_iter=800) if self.vae is None else self.vae
        self.estimators_ = seeded_models(vae, len(self.classes_), self._missing, rng)
        rows = [self._mix(own, len(values), rng) for own in self._rows]
        names = [f"class {plain(c)!r}" for c in self.classes_]
        self._fit_models(self.estimators_, values, rows, names)

    def _adopt(self, frozen: Any) -> list[VAE]:
        """Models that are trained already, one for each class or one for all."""
        if isinstance(frozen, MultiVAEResampler):
            check_is_fitted(frozen)
            known = dict(zip(frozen.classes_.tolist(), frozen.estimators_, strict=True))
            if unknown := [c for c in self.classes_.tolist() if c not in known]:
                raise ValueError(
                    f"y must hold classes that the frozen {type(frozen).__name__} has learnt, "
                    f"{list(known)}, got {unknown}"
                )
            return [thaw(known[c], self) for c in self.classes_.tolist()]
        return [thaw(frozen, self)] * len(self.classes_)

    def _mix(
        self, own: NDArray[np.integer], n_rows: int, rng: np.random.RandomState
    ) -> NDArray[np.integer]:
        """A class's rows, and as many random others as make `mix_fraction` of the whole."""
        if not self.mix_fraction:
            return own
        others = np.setdiff1d(np.arange(n_rows), own)
        n_mixed = round(len(own) * self.mix_fraction / (1 - self.mix_fraction))
        mixed = rng.choice(others, size=min(n_mixed, len(others)), replace=False)
        return np.concatenate([own, mixed])

    def _model(self, k: int) -> VAE:
        return self.estimators_[k]
