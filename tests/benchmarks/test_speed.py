"""``python -m benchmarks speed``, with tiny budgets."""

import pandas as pd
import pytest

from benchmarks.speed import images, large
from tests.benchmarks.commands import leftovers, run


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # pythae's own, where it is installed
def test_speed(tmp_path):
    done = run("speed", "--quick", "--repeats", 1, "--out", tmp_path)

    assert done.exit_code == 0, done.output
    rows = pd.read_csv(tmp_path / "speed.csv")
    assert set(rows["figure"]) == {
        *("step", "step of a family", "convolution", "drawing", "filter", "memory"),
        *("resampling", "fit", "resampling memory"),
    }
    assert {"skvae", "skvae, float32", "plain"} <= set(rows["arm"])
    assert rows["value"].gt(0).all()
    assert (tmp_path / "speed-rows.png").stat().st_size > 1000
    page = (tmp_path / "speed.md").read_text()
    assert page.startswith("# Speed on ")
    assert "(--quick: no result)" in page
    assert "speed-rows.png)" in page
    assert "| fit_resample, 300 x 20 |" in page
    assert "goal" in done.stdout
    assert done.stdout.count("(--quick: no result)") >= 3  # tables
    assert rows["note"].eq("--quick: no result").all()
    assert not leftovers(tmp_path)


def test_training_on_a_device_is_timed_beside_its_goal():
    X, y = images.make_images(2)
    rows = pd.DataFrame(images.measure_training(images.QUICK, "cpu", X, y))
    assert rows["value"].gt(0).all()
    text = images.format_training(rows, images.QUICK)
    assert text[["network", "steps", "limit on an H100", "goal"]].to_numpy().tolist() == [
        ["tiny", "5", "<= 1", "1"]
    ]


@pytest.mark.slow
def test_large(tmp_path):
    done = run("large", "--quick", "--out", tmp_path)

    assert done.exit_code == 0, done.output
    rows = pd.read_csv(tmp_path / "large.csv")
    peaks = rows.loc[rows["figure"].eq("peak memory"), "value"]
    assert len(peaks) == 2
    assert peaks.between(0, large.MEMORY_GOAL).all()
    assert [path.name for path in tmp_path.iterdir()] == ["large.csv"]
