"""Who may import whom, read from the source."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "skvae"

# Imports within the package point down this list, so that it has no cycles. Modules in one line
# don't import each other; side packages (datasets, metrics) stand beside the layers.
LAYERS = [
    ["__init__"],
    ["inspection"],
    ["over_sampling"],
    ["filters"],
    ["vae"],
    ["_fitting"],
    ["metrics"],
    ["strategies"],
    ["_codec"],
    ["_table"],
    ["_target"],
    ["_latent", "_quotas"],
    ["_objectives"],
    ["_conv_nets"],
    ["_nets"],
    ["_training"],
    ["_runtime"],
    ["datasets"],
    ["_layout", "_seeding", "exceptions"],
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
NUMERICS = {"_conv_nets", "_nets", "_objectives", "_training", "_runtime"}
TABLES = {
    *{"_codec", "_latent", "_layout", "_quotas", "_seeding", "_table", "_target"},
    *{"strategies", "datasets", "inspection", "metrics"},
}
FORBIDDEN = {
    **{layer: {"sklearn", "pandas", "imblearn"} for layer in NUMERICS},
    **{layer: {"torch"} for layer in TABLES},
}


def layer_of(path):
    """``skvae/_nets.py`` -> "_nets", ``skvae/datasets/_base.py`` -> "datasets"."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_names(path):
    """Absolute dotted names of all that a file imports, inside functions too.

    What only a type checker imports makes no cycle.
    """
    package = path.relative_to(ROOT).parent.parts
    names = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            origin = ".".join([*base, *filter(None, [node.module])])
            names |= {f"{origin}.{alias.name}" for alias in node.names}
    return names


def imported_layers(path):
    """Names in LAYERS, or beside them, of what a file takes from the package."""
    inside = [name.split(".") for name in imported_names(path) if name.split(".")[0] == "skvae"]
    exists = {layer_of(source) for source in SOURCES}
    # `from skvae import VAE` takes a name of the package itself.
    return {parts[1] if parts[1:] and parts[1] in exists else "__init__" for parts in inside}


SOURCES = sorted(PACKAGE.rglob("*.py"))
SCRIPTS = sorted((ROOT / "benchmarks").rglob("*.py"))


def by_path(paths):
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


@pytest.mark.parametrize("path", by_path(SOURCES))
def test_module_has_a_layer(path):
    assert layer_of(path) in LEVEL, f"say in LAYERS where {path.name} belongs"


@pytest.mark.parametrize("path", by_path(SOURCES))
def test_imports_point_down(path):
    own = layer_of(path)
    others = imported_layers(path) - {own}
    upwards = {other for other in others if LEVEL[other] <= LEVEL[own]}
    assert not upwards, f"{own} may not import {sorted(upwards)}"


@pytest.mark.parametrize("path", by_path(s for s in SOURCES if layer_of(s) in FORBIDDEN))
def test_layer_knows_nothing_of_the_other_side(path):
    libraries = {name.split(".")[0] for name in imported_names(path)}
    assert not libraries & FORBIDDEN[layer_of(path)]


@pytest.mark.parametrize("path", by_path(SCRIPTS))
def test_benchmarks_use_the_public_api_only(path):
    names = {name for name in imported_names(path) if name.split(".")[0] == "skvae"}
    private = {name for name in names if any(part.startswith("_") for part in name.split("."))}
    assert not private


def test_import_works_without_optional_dependencies():
    # Absent rather than "not imported": scikit-learn itself takes rich where it is installed.
    absent = dict.fromkeys(["PIL", "matplotlib", "pooch", "rich", "typer"])
    modules = "skvae, skvae.datasets, skvae.inspection, skvae.metrics, skvae.strategies"
    code = f"import sys; sys.modules.update({absent}); import {modules}"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_reading_of_imports(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    source = tmp_path / "skvae" / "datasets" / "_some.py"
    source.parent.mkdir(parents=True)
    source.write_text(
        "import torch.nn\n"
        "from . import _base\n"
        "from .._codec import TableCodec\n"
        "def later():\n    from skvae import VAE\n"
    )
    assert imported_names(source) == {
        "torch.nn",
        "skvae.datasets._base",
        "skvae._codec.TableCodec",
        "skvae.VAE",
    }
