"""Over-sampling in the latent space of one VAE."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.frozen import FrozenEstimator
from sklearn.utils._param_validation import Interval, StrOptions

from .._seeding import short, unfrozen
from .._tables.format import TableFormat
from .._tables.polars import to_pandas
from ..latent import ClassLatents, LatentSampler
from ..latent._names import RULES
from ..models._base import GenerativeModel
from ._base import BaseVAEResampler
from ._defaults import is_auto
from ._drawing import takes_all_rows, with_unlabelled
from ._provenance import KnownRows
from ._sources import FrozenModels, ModelPlan, TrainedModels, draws_classes


class VAEOversampler(BaseVAEResampler):
    """Over-sampling in the latent space of one VAE.

    One `VAE` learns all rows, without their labels; a `ConditionalVAE` learns them with these. A
    new row starts at the latent mean of an original of its class and goes from there by one of the
    rules below; its decoded place, with a residual of an original, is the new row (sections 5.1 and
    5.2 of [1]_). A classifier of the real rows then rejects rows that look like another class,
    which are drawn again. A number in a gap of its column that is wider than the range of the class
    moves to the nearer end of the gap.

    =================  ==================================================================
    `latent_sampling`  new latent vector, for an original i and one of its neighbours k
    =================  ==================================================================
    ``noise``          mu_i + noise_scale * eps, eps ~ N(0, I)
    ``interpolation``  mu_i + alpha * (mu_k - mu_i)
    ``extrapolation``  mu_i - alpha * (mu_k - mu_i)
    ``posterior``      mu_i + sigma_i * eps, sigma_i of the posterior of i
    ``mixture``        of a Gaussian mixture of the class's latent means, without original
    =================  ==================================================================

    ``interpolation+noise`` and ``extrapolation+noise`` are the sums. A `ConditionalVAE`, which
    learns the classes, is also drawn from by ``prior``: z ~ N(0, I), decoded with the class.

    Parameters
    ----------
    vae : GenerativeModel or FrozenEstimator, default=None
        The model, such as a `VAE`, cloned and trained; a `~sklearn.frozen.FrozenEstimator` of a
        fitted `VAE` (trained on unlabelled rows, say) is used as it is. None is ``VAE()``, whose
        parameters ``set_params(vae__beta=0.5)`` and a grid search reach, too. A model without a
        `random_state` gets one drawn from the sampler's.
    categorical_features : "auto", array-like or None, default="auto"
        Categorical columns, as a mask, indices or names; ``"auto"`` takes those that `vae` names,
        which by default are a frame's columns of text, categories and booleans. New rows hold
        only categories that `X` has.
    missing : {"error", "indicator"}, default="error"
        Refuse missing values (NaN, None, `pandas.NA`), or learn where they are, so that rows
        are drawn with them at their class's rate; a filter may reject more of those than of others.
        ``VAE(missing="indicator")`` says it as well.
    unlabelled : {array-like, dataframe} of shape (n_unlabelled, n_features), default=None
        Rows like those of `X` whose class nobody knows, put into its dtypes. The model learns from
        them too, unless it is frozen. A row surely belongs to a class where the label of that class
        alone spreads to it over the graph of latent neighbours [3]_: it is then a partner of its
        originals. New rows are drawn on the way to any partner, or to any other original of the
        class; all unlabelled rows together count as 30 originals at most. It helps most where
        labels are few.
    latent_sampling : str or LatentSampler, default="interpolation+noise"
        The rule: a name, or an object of `skvae.latent` with parameters of its own. Those of the
        sampler (`alpha`, `noise_scale`, `k_neighbors`, `neighbor_pool`) must then keep their
        defaults.
    alpha : float or "auto", default="auto"
        Share of the way to the partner, >= 0. ``"auto"`` is 0.5, and 1 with `unlabelled`.
    noise_scale : float or "auto", default="auto"
        Standard deviation of the noise, >= 0, where the prior's is 1. ``"auto"`` is 1 with a
        `filter`, which rejects rows that go astray, and 0.5 without, or with constraints alone.
    k_neighbors : int, default=5
        Neighbours among which k is drawn, >= 1. Where there are fewer, all are used; other numbers
        than the default then give a `~skvae.exceptions.NeighborsReducedWarning`.
    neighbor_pool : {"class", "all"}, default="class"
        Where neighbours are searched: in the original's class or among all rows.
    residuals : bool or "auto", default="auto"
        Whether the numbers of a new row keep the residual of an original, i or k, whichever is
        nearer to it: x minus its reconstruction is added to the decoded new row [4]_. New rows
        are then about as sharp as the originals, and closer to them; a new row at no distance from
        one (`noise_scale` 0, `alpha` 0 or 1) is nearly a copy. ``"auto"`` keeps residuals where
        the rule has originals. Without them, numbers of a Gaussian likelihood get noise.
    filter : "auto", estimator, list of estimator or None, default="auto"
        Rejects drawn rows, which are drawn again: a `LabelConsistencyFilter`, a
        `GenerativeClassifierFilter`, a `ConstraintFilter` or any outlier detector with ``fit(X)``
        and ``predict(X)``; cloned, and fitted on the real rows. ``"auto"`` is
        ``LabelConsistencyFilter()``, whose parameters ``set_params(filter__balance=1.0)`` reaches,
        too; there is none for images, with `unlabelled`, and where rows of one class only can be
        drawn. None keeps all rows. A row must pass all filters of a list, in their order:
        ``[LabelConsistencyFilter(), ConstraintFilter(keeps)]`` adds a constraint to the default.
        Several samplers can share a fitted filter in a `~sklearn.frozen.FrozenEstimator`. It has to
        know the columns of `X` and, if it tells classes apart, the classes that are drawn. A frozen
        filter of skvae judges rows by all its models, also by those that have learnt the row's
        original, so that more rows pass; in cross-validation, fit it on training rows only.
    max_draws : int, default=20
        Rows drawn of a class at most, in multiples of its quota, >= 1. Then the best-scored of
        the rejected rows fill the quota up, with a `ConvergenceWarning`. Rows that break the
        constraint of a `ConstraintFilter` never do: too few others are an error.
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows to add, in imbalanced-learn's terms; `skvae.strategies.augment` adds to
        the majority class too.
    device : str, default="auto"
        Where the sampler's own model trains, and a `vae` whose own `device` is ``"auto"``: a torch
        device, or ``"auto"`` for CUDA where there is one. Frozen models and filters don't heed it.
    random_state : int, RandomState instance or None, default=None
        Seed of training and drawing.
    verbose : int, default=0
        1 shows how training and drawing go on, with the time left: bars where tqdm is installed,
        else lines. It counts also for a `vae` and filters whose own `verbose` is 0.

    Attributes
    ----------
    vae_ : GenerativeModel
        The trained model.
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    sampling_strategy_ : dict
        New rows of each class.
    synthetic_mask_ : ndarray of shape (n_samples_new,), bool
        Which rows of the last `fit_resample` are new.
    parent_indices_ : ndarray of shape (n_new, 2)
        The row of `X` that each new row started from, and its partner, -1 for none. The rows of
        `unlabelled` are numbered from ``len(X)`` on.
    unlabelled_classes_ : ndarray of shape (n_unlabelled,)
        The class that each row of `unlabelled` surely belongs to, None for the others.
    filters_ : list of estimator
        The fitted filters.
    filter_scores_ : ndarray of shape (n_new,) or (n_new, n_filters)
        The filter's score of each new row of the last `fit_resample`, higher is better; a column
        for each filter of a list. Set where there is a filter.
    acceptance_rate_ : dict
        Share of the rows drawn for each class that passed all filters as rows of it. Set where
        there is a filter.
    sample_weight_ : ndarray of shape (n_samples_new,)
        Weights of the rows of the last `fit_resample`, where it was given weights: a new row has
        the mean weight of its parents, or of its class where it has none.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    See Also
    --------
    MultiVAEResampler : One VAE per class.

    References
    ----------
    .. [1] P. H. Iser, "Data Augmentation mit Variational Autoencodern", bachelor thesis,
       Universitaet Bonn, 2023.
    .. [2] N. V. Chawla et al., "SMOTE: synthetic minority over-sampling technique", JAIR 16,
       2002, https://doi.org/10.1613/jair.953
    .. [3] D. Zhou et al., "Learning with local and global consistency", NIPS 2003.
    .. [4] T. White, "Sampling generative networks", 2016, https://arxiv.org/abs/1609.04468

    Examples
    --------
    >>> from collections import Counter
    >>> from imblearn.datasets import make_imbalance
    >>> from sklearn.datasets import load_wine
    >>> from skvae import VAE, VAEOversampler
    >>> X, y = make_imbalance(
    ...     *load_wine(return_X_y=True), sampling_strategy={2: 10}, random_state=0
    ... )
    >>> sampler = VAEOversampler(VAE(max_iter=200), random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 71), (1, 71), (2, 71)]
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseVAEResampler._parameter_constraints,
        "unlabelled": ["array-like", None],
        "latent_sampling": [StrOptions(set(RULES)), LatentSampler],
        "alpha": [Interval(Real, 0, None, closed="left"), StrOptions({"auto"})],
    }

    def __init__(
        self,
        vae: GenerativeModel | FrozenEstimator | None = None,
        *,
        categorical_features: Any = "auto",
        missing: str = "error",
        unlabelled: Any = None,
        latent_sampling: str | LatentSampler = "interpolation+noise",
        alpha: float | str = "auto",
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
        self.unlabelled = unlabelled

    def _check_rule(self, rule: LatentSampler) -> None:
        knows_classes = draws_classes(self.vae)
        if not rule.uses_rows and not knows_classes:
            raise ValueError(
                "latent_sampling must be a rule that uses a class's rows, because the prior of "
                "one model for all classes knows no classes, if that is no ConditionalVAE; got "
                f"{self.latent_sampling!r}"
            )
        if self.unlabelled is not None and knows_classes:
            raise ValueError(
                f"unlabelled must be None with a {type(unfrozen(self.vae)).__name__}, which learns "
                f"rows with their classes, got {short(self.unlabelled)}"
            )

    def _filters(self, labels: NDArray[Any]) -> Any:
        if is_auto(self.filter) and self.unlabelled is not None:
            return None
        return super()._filters(labels)

    def _alpha(self) -> float:
        if self.alpha == "auto":
            return 0.5 if self.unlabelled is None else 1.0
        return super()._alpha()

    def _read(
        self, source: TrainedModels | FrozenModels, X: ArrayLike
    ) -> tuple[TableFormat, KnownRows]:
        return source.learn_table(self, X, to_pandas(self.unlabelled))

    def _plan(self, known: KnownRows, class_rows: list[NDArray[np.intp]]) -> ModelPlan:
        everyone = np.arange(sum(map(len, known.tables())))
        return ModelPlan(["X"], lambda rng: [everyone])

    def _adopt(self, models: list[Any]) -> list[Any]:
        [self.vae_] = models
        return [self.vae_] * len(self.classes_)

    def _join_unlabelled(
        self, latents: list[ClassLatents], rule: LatentSampler, known: KnownRows
    ) -> list[ClassLatents]:
        if known.unlabelled is None:
            return latents
        take_all = takes_all_rows(rule)
        latents, classes = with_unlabelled(latents, self.vae_._fitted, known, take_all=take_all)
        names = np.array([*self.classes_.tolist(), None], object)
        self.unlabelled_classes_ = names[classes]
        return latents
