"""Figures of the thesis that stand beside ours."""

import doctest

import numpy as np
from numpy.testing import assert_allclose

from benchmarks.experiments import EXPERIMENTS
from benchmarks.report import published
from benchmarks.thesis.datasets import PROBEN1


def figures_of(table):
    return EXPERIMENTS[table].presentation.published


def test_thesis_figures():
    assert not doctest.testmod(published).failed
    few = ("thyroid", 20, None)
    thyroid = figures_of("thyroid-fewshot")
    assert thyroid.figure(*few, "multi-VAE beta norm + GC") == 0.778
    assert thyroid.figure(*few, "multi-VAE beta 1") == 0.753
    mnist = figures_of("mnist-fewshot")
    assert mnist.figure("mnist", 10.0, None, "single-VAE extrapolation") == 0.861
    synthetic_only, synthetic = figures_of("mnist-synthetic-only"), ("mnist", 5, 100)
    assert synthetic_only.figure(*synthetic, "none") == 0.776
    assert synthetic_only.figure(*synthetic, "single-VAE interpolation+noise + GC") == 0.797
    assert synthetic_only.figure(*synthetic, "single-VAE interpolation + LC") is None
    mnist_2000 = figures_of("mnist-fewshot-2000")
    assert mnist_2000.figure("mnist", 2000, None, "multi-VAE beta 0.5") == 0.905
    assert figures_of("proben1").figure("wine", None, None, "none") is None
    assert figures_of("proben1").best("wine", None, None) is None
    assert (PROBEN1["gene"].balanced, PROBEN1["gene"].mix_fraction) == (False, 0.2)


def test_best_cells_of_table_6_2_gain_what_the_thesis_says():
    gains = [
        published.PROBEN1.best(dataset, None, None)
        - published.PROBEN1.figure(dataset, None, None, "none")
        for dataset in PROBEN1
    ]
    assert_allclose(np.mean(gains), 0.0063, atol=5e-5)
