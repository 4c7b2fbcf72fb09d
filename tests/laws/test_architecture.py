"""Who may import whom and who may set what, read from the source."""

import ast
import importlib.metadata
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import skvae
from tests.sources import (
    ROOT,
    by_path,
    circles,
    import_graph,
    imported_names,
    module_name,
    parse,
    python_files,
)

BOTTOM = {"exceptions", "_seeding", "_progress", "strategies"}
MODELS = {*BOTTOM, "_tables", "_nn", "models"}
SAMPLERS = {*MODELS, "latent", "filters", "over_sampling"}
# The rooms that each room may import. Rooms of one floor don't import each other.
MAY_IMPORT = {
    "exceptions": set(),
    "_seeding": set(),
    "_progress": set(),
    "strategies": set(),
    "_tables": BOTTOM,
    "datasets": {"exceptions", "_tables"},
    "metrics": {*BOTTOM, "_tables", "datasets"},
    "_nn": {*BOTTOM, "_tables"},
    "models": MODELS - {"models"},
    "latent": MODELS,
    "filters": MODELS,
    "over_sampling": SAMPLERS - {"over_sampling"},
    "model_selection": {*SAMPLERS, "metrics"},
    "inspection": {*SAMPLERS, "metrics"},
    "cli": {*SAMPLERS, "metrics", "datasets", "model_selection", "inspection"},
    "__main__": {"cli"},
}
MAY_IMPORT["__init__"] = set(MAY_IMPORT)

TABLES = {"sklearn", "pandas", "imblearn"}
FORBIDDEN = {
    "_nn": TABLES,
    **{room: {"torch"} for room in (*BOTTOM, "datasets", "_tables", "metrics", "inspection")},
}

SETTERS = {"setattr", "delattr", "__setattr__", "__delattr__"}
OWNERS = {"self", "cls"}

SOURCES = python_files("skvae")
every_source = pytest.mark.parametrize("path", by_path(SOURCES))


def room_of(module):
    """ "skvae.models._vae" -> "models", "skvae" -> "__init__"."""
    return [*module.split("."), "__init__"][1]


def upward_imports(module, graph):
    """Modules in rooms that a module's room may not import."""
    room = room_of(module)
    allowed = {*MAY_IMPORT[room], room}
    upward = {other for other in graph[module] if room_of(other) not in allowed}
    if room == "_nn":
        # Of a table the networks know only which coded columns have which likelihood.
        tables = {other for other in graph[module] if room_of(other) == "_tables"}
        upward |= tables - {"skvae._tables.layout"}
    return upward


def packages_around(module, graph):
    """Packages that hold a module and that its file imports all the same."""
    return {other for other in graph[module] if module.startswith(f"{other}.")}


def forbidden_libraries(path, root=ROOT):
    libraries = {name.split(".")[0] for name in imported_names(path, root)}
    return libraries & FORBIDDEN.get(room_of(module_name(path, root)), set())


def foreign_writes(path):
    """Lines that set or delete what belongs to another object: its `_name` or its `name_`."""
    written = []
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            written.append((node.lineno, node.value, node.attr))
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            held = node.value
            if isinstance(held, ast.Attribute):
                written.append((node.lineno, held.value, held.attr))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in SETTERS:
            owner, name = [*node.args, None, None][:2]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                written.append((node.lineno, owner, name.value))
    return sorted(
        f"line {line}: {ast.unparse(owner)}.{name}"
        for line, owner, name in written
        if (name.startswith("_") or name.endswith("_"))
        and ast.unparse(owner) not in OWNERS
        # A decorator may set the docstring of the function that it decorates.
        and name != "__doc__"
    )


def test_every_room_has_a_floor():
    rooms = {room_of(module_name(path)) for path in SOURCES}
    assert rooms <= MAY_IMPORT.keys(), "say in MAY_IMPORT what a new room may import"
    assert len(rooms) > 8


@every_source
def test_imports_point_down(path):
    upward = upward_imports(module_name(path), import_graph())
    assert not upward


@every_source
def test_no_file_imports_the_package_that_holds_it(path):
    around = packages_around(module_name(path), import_graph())
    assert not around


def test_no_circle_between_files():
    found = circles(import_graph())
    assert not found


@every_source
def test_room_knows_nothing_of_the_other_side(path):
    libraries = forbidden_libraries(path)
    assert not libraries


@every_source
def test_objects_set_their_own_attributes_only(path):
    found = foreign_writes(path)
    assert not found


@pytest.mark.parametrize("path", by_path(python_files("benchmarks")))
def test_benchmarks_use_the_public_api_only(path):
    names = {name for name in imported_names(path) if name.split(".")[0] == "skvae"}
    private = {name for name in names if any(part.startswith("_") for part in name.split("."))}
    assert not private


# What can be imported


def run(code):
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


PUBLIC = ["datasets", "inspection", "latent", "metrics", "models", "strategies"]


def test_import_works_without_optional_dependencies_and_loads_parts_when_asked():
    # Absent rather than "not imported": scikit-learn itself takes rich where it is installed.
    absent = dict.fromkeys(
        ["PIL", "matplotlib", "polars", "pooch", "pyarrow", "rich", "skops", "tqdm", "typer"]
    )
    run(
        f"import sys; sys.modules.update({absent}); import skvae\n"
        "import skvae.datasets\n"
        "assert 'torch' not in sys.modules\n"
        f"for name in {PUBLIC}:\n"
        "    assert name in dir(skvae), name\n"
        "    assert getattr(skvae, name) is sys.modules['skvae.' + name]\n"
        "assert skvae.VAE is skvae.models.VAE\n"
    )
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = skvae.no_such_name


def test_version_is_that_of_the_distribution(monkeypatch):
    assert skvae.__version__ == importlib.metadata.version("skvae")

    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    assert not hasattr(skvae, "__version__")  # a copy that is not installed


def test_one_thread_at_a_time_imports_a_name(monkeypatch):
    inside, most = [], []

    def slow_import(name, package):
        inside.append(name)
        most.append(len(inside))
        time.sleep(0.02)
        inside.remove(name)
        return importlib.import_module(name, package)

    monkeypatch.setattr(skvae, "_import_module", slow_import)
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda name: getattr(skvae, name), ["VAE", *PUBLIC[:3]]))
    assert len(got) == 4
    assert max(most) == 1


def test_a_type_checker_sees_misspelt_names():
    """A `__getattr__` that it sees would give it any name."""
    [hidden] = [
        node
        for node in parse(ROOT / "skvae/__init__.py").body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "not TYPE_CHECKING"
    ]
    defined = [n.name for n in ast.walk(parse(ROOT / "skvae/__init__.py")) if hasattr(n, "name")]
    assert [node.name for node in hidden.body] == ["__getattr__"]
    assert defined.count("__getattr__") == 1


# The laws find what breaks them

PLANTED = {
    "skvae/__init__.py": "from .models import VAE\n",
    "skvae/exceptions.py": "",
    "skvae/datasets/__init__.py": "def later():\n    from .. import metrics\n",
    "skvae/metrics/__init__.py": "import skvae.exceptions\n",
    "skvae/_tables/__init__.py": "",
    "skvae/_tables/codec.py": "from . import layout\nimport torch.nn\n",
    "skvae/_tables/layout.py": "",
    "skvae/_nn/__init__.py": "",
    "skvae/_nn/layers.py": "from .._tables.codec import TableCodec\nfrom .._tables import layout\n",
    "skvae/_nn/monitor.py": "from sklearn.base import clone\n",
    "skvae/models/__init__.py": "from ._vae import VAE\n",
    "skvae/models/_vae.py": "from ._fitting import fit\nimport_module('.._nn.layers')\n",
    "skvae/models/_fitting.py": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import VAE\n"
    ),
}


@pytest.fixture
def planted(tmp_path):
    for name, text in PLANTED.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_reading_of_imports(planted):
    graph = import_graph(planted)
    assert graph["skvae.datasets"] == {"skvae.metrics"}
    assert graph["skvae.metrics"] == {"skvae.exceptions"}
    assert graph["skvae._tables.codec"] == {"skvae._tables.layout"}
    assert graph["skvae.models._fitting"] == {"skvae.models"}
    assert graph["skvae.models._vae"] == {"skvae.models._fitting", "skvae._nn.layers"}
    assert imported_names(planted / "skvae/_tables/codec.py", planted) == {
        "skvae._tables.layout",
        "torch.nn",
    }


def test_planted_imports_are_found(planted):
    graph = import_graph(planted)
    found = {module: others for module in graph if (others := upward_imports(module, graph))}
    assert found == {
        "skvae.datasets": {"skvae.metrics"},
        "skvae._nn.layers": {"skvae._tables.codec"},
    }
    around = {module for module in graph if packages_around(module, graph)}
    assert around == {"skvae.models._fitting"}
    [circle] = circles(graph)
    assert set(circle) == {"skvae.models", "skvae.models._vae", "skvae.models._fitting"}
    libraries = {
        path.name: found
        for path in python_files("skvae", root=planted)
        if (found := forbidden_libraries(path, planted))
    }
    assert libraries == {"codec.py": {"torch"}, "monitor.py": {"sklearn"}}


def test_planted_writes_are_found(tmp_path):
    path = tmp_path / "planted.py"
    path.write_text(
        "def adopt(self, cls, model, other):\n"
        "    self._net = cls.classes_ = model.beta = self._a[0] = model.plain[0] = 0\n"
        "    setattr(self, '_net', 1), setattr(model, name, 1), setattr(model, 'beta', 1)\n"
        "    object.__setattr__(self, '_net', 1)\n"
        "    model._net = other.fine, (other.classes_, [self.x._y]) = 0\n"
        "    model._n += 1\n"
        "    model.beta_: float = 1\n"
        "    del model._net\n"
        "    setattr(model, '_net', 1)\n"
        "    for model._i in []: pass\n"
        "    model.pools_[0] = 1\n"
        "    object.__setattr__(model, 'classes_', 1)\n"
    )
    lines = [found.split(":")[0].removeprefix("line ") for found in foreign_writes(path)]
    assert sorted(map(int, lines)) == [5, 5, 5, 6, 7, 8, 9, 10, 11, 12]
