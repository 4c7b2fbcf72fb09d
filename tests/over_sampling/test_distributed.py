"""Drawing on the workers of a cluster: a partition is what its seed says, wherever it is drawn."""

import copy
import os
import signal
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.datasets import load_iris

from skvae import VAEOversampler
from tests.helpers import tiny


def draw(sampler, seed, n_rows):
    """Draw a partition by a copy of the sampler, since workers may share the sampler."""
    X_new, y_new = copy.copy(sampler).set_params(random_state=seed).sample(n_rows)
    return X_new.assign(species=y_new, seed=seed)


def draw_or_die(sampler, seed, n_rows, log):
    """Draw a partition, but kill the process that is the first to draw number 5."""
    with open(log, "a") as file:
        file.write(f"{seed}\n")
    if seed == 5 and Path(log).read_text().split().count("5") == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return draw(sampler, seed, n_rows)


@pytest.mark.slow
def test_a_worker_that_dies_midway_costs_no_row(tmp_path):
    distributed = pytest.importorskip("distributed")
    X, y = load_iris(return_X_y=True, as_frame=True)
    sampler = VAEOversampler(tiny(), filter=None, random_state=0).fit(X, y)
    seeds, log = list(range(12)), tmp_path / "log"
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        on_workers = client.scatter(sampler, broadcast=True)
        parts = client.map(partial(draw_or_die, n_rows=50, log=log), [on_workers] * 12, seeds)
        drawn = pd.concat(client.gather(parts))

    assert log.read_text().split().count("5") >= 2  # it was killed
    expected = pd.concat([draw(sampler, seed, 50) for seed in seeds])
    assert_frame_equal(drawn, expected)
    assert sampler.random_state == 0
