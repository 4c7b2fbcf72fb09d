"""``python -m benchmarks figures``, with tiny budgets."""

import os
import re

import numpy as np
import pytest
from sklearn.utils import Bunch

from benchmarks.figures import drawings, models
from benchmarks.figures import run as figures
from benchmarks.figures.models import FigureBudget, Training
from benchmarks.figures.page import Entry, Picture, render_page
from skvae import VAE
from tests.benchmarks.commands import leftovers, run

TINY = FigureBudget(
    mnist=Training(500, (4, 8), 3),
    sprites=Training(100, (4, 8), 3),
    celeba=Training(100, (4, 8), 3),
    cifar10=Training(100, (4, 8), 3),
    n_scattered=300,
    face_size=16,
    thyroid_layers=(8,),
    thyroid_steps=3,
)
PNG = b"\x89PNG"


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(figures, "QUICK", TINY)


@pytest.fixture
def no_data(monkeypatch):
    """Every download fails; the list tells which were tried."""
    tried = []

    def fail(*args, **kwargs):
        tried.append(args)
        raise OSError("no <network>")

    for name in ["fetch_mnist", "fetch_cifar10", "fetch_proben1"]:
        monkeypatch.setattr(models, name, fail)
    return tried


def page(folder):
    return (folder / "index.html").read_text(encoding="utf-8")


def images_of(html):
    return re.findall('<img src="([^"]+)"', html)


def test_sprites_stand_in_for_celeba(tmp_path):
    done = run("figures", "--quick", "--only", "6.10", "6.9", "--out", tmp_path)

    assert done.exit_code == 0, done.output
    html = page(tmp_path)
    assert images_of(html) == ["6.9.png", "6.10a.png", "6.10b.png"]
    assert {path.name for path in tmp_path.iterdir()} == {"index.html", *images_of(html)}
    assert all((tmp_path / name).read_bytes().startswith(PNG) for name in images_of(html))
    assert "2 of 2 figures drawn" in html
    assert "--quick: no result" in html
    assert "--quick: no result" in done.stdout
    assert figures.FIGURES["6.9"].caption in html
    for setting in [
        "generated sprites, 100 training images",
        "beta = 150 beta_norm",
        "3 steps of 64 images",
        "seed 0",
        "KL weighted by 1.46",  # 150 * 10 / 1024
        "trained in",
        "torch ",
    ]:
        assert setting in html
    assert done.stderr.count("training") == 2 * 2  # two models, each once; "training images"


def test_celeba_of_the_user(tmp_path):
    image = pytest.importorskip("PIL.Image")
    folder = tmp_path / "faces"
    (folder / "img_align_celeba").mkdir(parents=True)
    names = [f"{number:06}.jpg" for number in range(40)]
    rng = np.random.default_rng(0)
    for name in names:
        pixels = rng.integers(0, 255, (22, 18, 3)).astype(np.uint8)
        image.fromarray(pixels).save(folder / "img_align_celeba" / name)
    lines = [str(len(names)), " ".join(f"A{j}" for j in range(40))]
    lines += [f"{name} {' '.join(['-1'] * 40)}" for name in names]
    (folder / "list_attr_celeba.txt").write_text("\n".join(lines))
    out = tmp_path / "out"
    options = ["--celeba", folder, "--data-home", tmp_path / "home", "--out", out]
    done = run("figures", "--quick", "--only", "6.11", *options)

    assert done.exit_code == 0, done.output
    assert "CelebA at (16, 16) pixels, 20 training images" in page(out)
    assert "sprites" not in page(out)


def test_missing_data_leave_out_only_their_figures(tmp_path, no_data):
    done = run("figures", "--quick", "--only", "6.1", "6.4", "6.9", "--out", tmp_path)

    assert done.exit_code == 1
    assert "Error: not drawn for want of data: 6.1, 6.4" in done.output
    html = page(tmp_path)
    assert images_of(html) == ["6.9.png"]
    assert html.count("Not drawn. MNIST can&#x27;t be had: no &lt;network&gt;") == 2
    assert "1 of 3 figures drawn" in html
    assert len(no_data) == 1  # not tried again for the second figure


def test_celeba_that_is_not_there_is_no_sprite(tmp_path):
    options = ["--celeba", tmp_path / "nowhere", "--out", tmp_path / "out"]
    done = run("figures", "--quick", "--only", "6.9", *options)
    assert done.exit_code == 1
    assert "nowhere must hold list_attr_celeba.txt and img_align_celeba/: list" in done.output
    assert not (tmp_path / "out").exists()


def test_interrupted_run_keeps_what_is_done(tmp_path, monkeypatch):
    def interrupted(workshop):
        raise KeyboardInterrupt

    later = figures.FIGURES["6.11"]._replace(draw=interrupted)
    monkeypatch.setitem(figures.FIGURES, "6.11", later)
    done = run("figures", "--quick", "--only", "6.9", "6.11", "--out", tmp_path)
    assert done.exit_code != 0
    assert images_of(page(tmp_path)) == ["6.9.png"]
    assert "1 of 2 figures drawn" in page(tmp_path)
    assert not leftovers(tmp_path)


def test_points_of_a_large_class_do_not_hide_each_other():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.random(750), rng.integers(0, 2, 750)])
    table = Bunch(
        data=X,
        target=np.repeat([0, 1], [50, 700]),
        target_names=["few", "many"],
        feature_names=["size", "ill"],
        categorical_features=[1],
    )
    vaes = [VAE(2, max_iter=2, random_state=0).fit(X)] * 2
    model = models.Model(Bunch(classes_=[0, 1], estimators_=vaes), "")
    workshop = Bunch(thyroid=lambda: table, class_vaes=lambda typed: model)
    plt = pytest.importorskip("matplotlib.pyplot")
    (figure,) = drawings.class_spaces(workshop).pictures.values()
    points = [sum(len(s.get_offsets()) for s in panel.collections) for panel in figure.axes]
    assert points == [50, 600] * 2
    assert figure.axes[1].get_title() == "many, 600 of 700 rows,\ncolumns as numbers"
    plt.close(figure)


def test_unknown_figure_lists_the_known_ones(tmp_path):
    done = run("figures", "--quick", "--only", "6.1", "6.7", "--out", tmp_path)
    assert done.exit_code == 2
    assert "6.7" in done.stderr
    assert all(number in done.stderr for number in figures.FIGURES)
    assert not list(tmp_path.iterdir())


@pytest.mark.data
@pytest.mark.skipif("SKVAE_DATA" not in os.environ, reason="SKVAE_DATA is unset")
def test_all_figures(tmp_path):
    done = run("figures", "--quick", "--out", tmp_path)

    assert done.exit_code == 0, done.output
    html = page(tmp_path)
    assert re.findall('<section id="([^"]+)"', html) == list(figures.FIGURES)
    assert html.count("each to its nearest neighbour of the same digit") == 2
    assert len(images_of(html)) == 1 + 2 + 1 + 4 + 1 + 1 + 1 + 1 + 2 + 1 + 1 + 2
    assert all((tmp_path / name).read_bytes().startswith(PNG) for name in images_of(html))
    # The model with d = 2 and beta = 0.5 is trained once and serves five figures.
    assert done.stderr.count("VAE with d = 2, beta = 0.5,") == 1
    assert html.count("VAE with d = 2, beta = 0.5,") == 5
    assert "100 of 50,000 training images" in html


@pytest.mark.data
@pytest.mark.skipif("SKVAE_DATA" not in os.environ, reason="SKVAE_DATA is unset")
def test_vae_and_vaegan_are_drawn_and_measured(tmp_path, monkeypatch):
    def missing(**kwargs):
        raise OSError

    monkeypatch.setattr(models, "fetch_cifar10", missing)  # photographs are no must
    done = run("figures", "--quick", "--only", "8.2", "--out", tmp_path)

    assert done.exit_code == 0, done.output
    html = page(tmp_path)
    assert images_of(html) == ["8.2.png"]
    for name in ["VAE with d = 50, beta = 0.5", "VAE-GAN with d = 50, beta = "]:
        assert re.search(rf"{name}.*; sharpness of samples \d.*, squared error 0\.\d+", html)


def test_images_are_tiled():
    grey, color = np.arange(2 * 3 * 4), np.arange(2 * 3 * 12)
    tiled = drawings.tiles([*grey.reshape(2, 3, 4)], (2, 2))
    assert tiled[:2, :4].tolist() == [[0, 1, 4, 5], [2, 3, 6, 7]]
    assert tiled[2:, :2].tolist() == [[12, 13], [14, 15]]
    tiled = drawings.tiles([*color.reshape(2, 3, 12)], (3, 2, 2))
    assert tiled.shape == (4, 6, 3)
    assert tiled[0, 2].tolist() == [12, 16, 20]  # the second image's first pixel


def test_nearest_of_class():
    Z = np.array([[0.0, 0], [0.1, 0], [1, 0], [3, 0]])
    y = np.array([0, 1, 0, 0])
    assert [drawings.nearest_of_class(Z, y, i) for i in (0, 2, 3)] == [2, 0, 2]


def test_attribute_sets_are_those_of_all_classes():
    sets = drawings.attribute_sets(Table())
    assert sets.tolist() == ["none", "a", "a + b", "none", "a", "a + b", "other"]


class Table:
    feature_names = ("a", "number", "b")
    categorical_features = np.array([True, False, True])
    data = np.array(
        [[0, 1, 0], [1, 0, 0], [1, 0, 1], [0, 0, 0], [1, 1, 0], [1, 1, 1], [0, 1, 1]], dtype=float
    )
    target = np.array([0, 0, 0, 1, 1, 1, 1])


def test_page_escapes_and_links_relatively():
    entries = [
        Entry("6.1", "Title", "x < y", [Picture("6.1.png", 'a "title"')], ["beta = 1"]),
        Entry("6.2", "Title", "caption", missing="no data"),
    ]
    html = render_page(entries, 2, "")
    assert "x &lt; y" in html
    assert 'src="6.1.png" alt="a &quot;title&quot;"' in html
    assert 'href="#6.2"' in html
    assert "no data" in html
    assert "caption" not in html
    assert "://" not in html
