"""Arms with tiny models."""

from benchmarks.arms.settings import Settings, relabelled
from benchmarks.engine.cells import Cell, all_fits
from skvae import VAE

TINY = VAE(2, hidden_layer_sizes=(8,), max_iter=5)
SETTINGS = Settings(
    multi_vae=TINY,
    single_vae=TINY,
    relabelled=lambda *args: relabelled(*args).set_params(vae=TINY),
    peer_epochs=1,
)


def cell(arms, classifiers=("forest",), seed=0):
    return Cell({"table": "t", "dataset": "d", "seed": seed}, all_fits(arms, classifiers))
