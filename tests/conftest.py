"""Fixtures that several test files share."""

import functools
import http.server
import pickle
import random
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import settings
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

# Tests beside an installed package, without its checkout, can't read its sources.
if not Path(__file__).parents[1].joinpath("skvae").exists():
    _read_sources = "architecture gallery hops language readme release site sizes".split()
    collect_ignore = ["benchmarks", *(f"laws/test_{what}.py" for what in _read_sources)]

# The same examples on every machine, however slow it is.
settings.register_profile("skvae", deadline=None, derandomize=True, database=None)
settings.load_profile("skvae")


def pytest_terminal_summary(terminalreporter):
    """Count the random tables of `tests/laws/test_random_frames.py`."""
    reports = [r for part in ("passed", "failed") for r in terminalreporter.getreports(part)]
    counts = [dict(report.user_properties).get("frames") for report in reports]
    if counted := [count for count in counts if count]:
        cases, refused, violations = (sum(column) for column in zip(*counted, strict=True))
        line = f"{cases} random tables, {refused} of them refused: {violations} violations"
        terminalreporter.write_line(line)


@pytest.fixture
def imbalanced():
    """40 rows of 3 columns in 3 overlapping classes of 20, 12 and 8 rows, shuffled."""
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat([0, 1, 2], [20, 12, 8]))
    return rng.normal(size=(40, 3)) * [1, 10, 0.1] + 0.5 * y[:, None], y


@pytest.fixture
def mixed_frame():
    """40 rows with a column for each kind of dtype that new rows must come back in."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "int": rng.integers(-9, 9, 40),
            "uint8": rng.integers(0, 255, 40).astype("uint8"),
            "bool": rng.random(40) > 0.5,
            "float": rng.normal(size=40),
            "float32": rng.random(40).astype("float32"),
            "Int64": pd.array(rng.integers(0, 5, 40), dtype="Int64"),
            "Float64": pd.array(rng.random(40), dtype="Float64"),
            "boolean": pd.array(rng.random(40) > 0.5, dtype="boolean"),
            "constant": 7,
            "sparse": pd.arrays.SparseArray(rng.integers(0, 2, 40)),
        },
        index=np.arange(100, 140),
    )


@pytest.fixture
def random_states():
    """A call that tells the state of all global random generators."""
    return lambda: (
        random.getstate(),
        [str(np.ravel(part).tolist()) for part in np.random.get_state()],
        torch.get_rng_state().tolist(),
    )


@pytest.fixture
def no_training(monkeypatch):
    """Make the test fail if anything is trained."""

    def train(*args, **kwargs):
        pytest.fail("training began")

    monkeypatch.setattr("skvae.models._base.train", train)


def through_skops(estimator):
    skops = pytest.importorskip("skops.io")
    data = skops.dumps(estimator)
    return skops.loads(data, trusted=skops.get_untrusted_types(data=data))


@pytest.fixture(
    params=[lambda e: pickle.loads(pickle.dumps(e)), through_skops], ids=["pickle", "skops"]
)
def copied(request):
    """A way to copy a fitted estimator by writing and reading it."""
    return request.param


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serve the folder tmp_path/server; yields the folder and its URL."""
    pytest.importorskip("pooch")
    folder = tmp_path / "server"
    folder.mkdir()
    handler = functools.partial(QuietHandler, directory=folder)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def wine():
    """Real wines to fit on and to judge, and noise."""
    X, y = load_wine(return_X_y=True)
    X_fit, X_new, y_fit, y_new = train_test_split(X, y, stratify=y, random_state=0)
    noise = np.random.default_rng(0).uniform(X.min(axis=0), X.max(axis=0), (500, X.shape[1]))
    return X_fit, X_new, y_fit, y_new, noise
