"""Two fitted models, and a call that draws a display of one of them."""

import importlib

import pytest


@pytest.fixture(scope="session")
def drawing():
    """The module of what is drawn, which needs matplotlib."""
    return importlib.import_module("tests.inspection.drawing")


@pytest.fixture(scope="module")
def of_images(drawing):
    return drawing.tiny().fit(drawing.IMAGES)


@pytest.fixture(scope="module")
def of_table(drawing):
    return drawing.tiny().fit(drawing.TABLE)


@pytest.fixture(autouse=True)
def _close_figures(drawing):
    drawing.plt.close("all")  # of doctests and README too
    yield
    drawing.plt.close("all")


@pytest.fixture
def draw(drawing, of_images, of_table):
    def draw(cls, images, **options):
        if images:
            return drawing.DRAW[cls](of_images, drawing.IMAGES, drawing.SHAPE, **options)
        return drawing.DRAW[cls](of_table, drawing.TABLE, **options)

    return draw
