"""Over-sampling by one VAE per class."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator
from sklearn.utils._param_validation import Interval, StrOptions

from .._seeding import unfrozen
from .._tables.messages import plain, single_row_message
from ..latent import LatentSampler
from ..latent._names import RULES
from ..models._base import GenerativeModel
from ._base import BaseVAEResampler
from ._provenance import KnownRows
from ._sources import ModelPlan, check_known_classes, draws_classes


class MultiVAEResampler(BaseVAEResampler):
    """Over-sampling by one VAE per class.

    Each class has a `VAE` of its own, trained on its rows; all are trained at once as one stack.
    A new row of a class is drawn from the prior of its model, or by one of the rules of
    `VAEOversampler` in that model's latent space (section 5.3 of [1]_, after [2]_), and stays out
    of the same gaps.

    Parameters
    ----------
    vae : GenerativeModel or FrozenEstimator, default=None
        The model, such as a `VAE`, cloned for each class and trained. A
        `~sklearn.frozen.FrozenEstimator` of a fitted `MultiVAEResampler` lends its models, to draw
        from them by other rules or with other filters. One of a fitted `VAE` serves all classes as
        it is; since its prior knows no classes, `latent_sampling` then can't be ``"prior"``. None
        is ``VAE()``.
    categorical_features, missing
        As in `VAEOversampler`.
    latent_sampling : str or LatentSampler, default="prior"
        ``"prior"`` (z ~ N(0, I)), the name of a rule of `VAEOversampler`, or an object of
        `skvae.latent`.
    mix_fraction : float, default=0.0
        Share of random rows of the other classes in each class's training set, in [0, 1): 0.2 is
        the thesis' "mix data".
    alpha, noise_scale, k_neighbors, neighbor_pool, residuals, filter, max_draws, \
            sampling_strategy, device, random_state, verbose
        As in `VAEOversampler`. A row of the ``"prior"`` or ``"mixture"`` has no original: `alpha`,
        `noise_scale`, `k_neighbors`, `neighbor_pool` and `residuals` matter for other rules. With
        ``neighbor_pool="all"`` a class's model also encodes the rows of other classes, which it
        has not seen: new rows then lean towards rows that it takes for its own.

    Attributes
    ----------
    estimators_ : list of GenerativeModel
        The trained models, in the order of `classes_`.
    classes_, sampling_strategy_, synthetic_mask_, parent_indices_
        As in `VAEOversampler`.
    filters_, filter_scores_, acceptance_rate_, sample_weight_
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
        "latent_sampling": [StrOptions(set(RULES)), LatentSampler],
        "mix_fraction": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        vae: GenerativeModel | FrozenEstimator | None = None,
        *,
        categorical_features: Any = "auto",
        missing: str = "error",
        latent_sampling: str | LatentSampler = "prior",
        mix_fraction: float = 0.0,
        alpha: float = 0.5,
        noise_scale: float | str = "auto",
        k_neighbors: int = 5,
        neighbor_pool: str = "class",
        residuals: bool | str = "auto",
        filter: Any = "auto",
        max_draws: int = 20,
        sampling_strategy: Any = "auto",
        device: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
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
            device=device,
            random_state=random_state,
            verbose=verbose,
        )
        self.mix_fraction = mix_fraction

    def _check_class_sizes(self, counts: dict[Any, int]) -> None:
        for c, n in counts.items():
            if n < 2:
                raise ValueError(single_row_message(c, "leave it out"))

    def _check_rule(self, rule: LatentSampler) -> None:
        if not isinstance(self.vae, FrozenEstimator):
            return
        if self.mix_fraction:
            raise ValueError(
                "mix_fraction must be 0 with a frozen vae, which is trained already, got "
                f"{self.mix_fraction}"
            )
        frozen = unfrozen(self.vae)
        is_model = isinstance(frozen, GenerativeModel)
        lent = [frozen] if is_model else getattr(frozen, "estimators_", [])
        if not rule.uses_rows and len(set(map(id, lent))) == 1 and not draws_classes(self.vae):
            raise ValueError(
                "latent_sampling must be a rule that uses a class's rows when vae is a frozen "
                "VAE, because the prior of one model for all classes knows no classes; got "
                f"{self.latent_sampling!r}"
            )

    def _plan(self, known: KnownRows, class_rows: list[NDArray[np.intp]]) -> ModelPlan:
        def choose_rows(rng: np.random.RandomState) -> list[NDArray[np.integer]]:
            return [self._mix(rows, len(known.values), rng) for rows in class_rows]

        return ModelPlan([f"class {plain(c)!r}" for c in self.classes_], choose_rows)

    def _mix(
        self, class_rows: NDArray[np.integer], n_rows: int, rng: np.random.RandomState
    ) -> NDArray[np.integer]:
        """Return a class's rows, and as many random others as make `mix_fraction` of the whole."""
        if not self.mix_fraction:
            return class_rows
        others = np.setdiff1d(np.arange(n_rows), class_rows)
        n_mixed = round(len(class_rows) * self.mix_fraction / (1 - self.mix_fraction))
        mixed = rng.choice(others, size=min(n_mixed, len(others)), replace=False)
        return np.concatenate([class_rows, mixed])

    def _frozen_models(self, frozen: Any) -> list[Any]:
        """Return models that are trained already, one for each class or one for all."""
        if not isinstance(frozen, MultiVAEResampler):
            return super()._frozen_models(frozen) * len(self.classes_)
        check_known_classes(frozen, self.classes_)
        known = dict(zip(frozen.classes_.tolist(), frozen.estimators_, strict=True))
        return [known[c] for c in self.classes_.tolist()]

    def _adopt(self, models: list[Any]) -> list[Any]:
        self.estimators_ = models
        return models
