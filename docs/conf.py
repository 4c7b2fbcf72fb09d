"""Settings of the documentation, which `make docs` builds."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "skvae"
author = "skvae developers"
copyright = author
release = version = installed_version("skvae")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "numpydoc",
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    # Our own, in _ext.
    "docstrings",
    "mathml",
    "repository_pages",
    "short_names",
]
exclude_patterns = ["_build", "_ext", "_templates", "auto_examples/**/*.ipynb", "**/*.md5"]
templates_path = ["_templates"]

# Links to other projects are made where SKVAE_INTERSPHINX is set: they need a network.
if os.environ.get("SKVAE_INTERSPHINX"):
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "imblearn": ("https://imbalanced-learn.org/stable", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "pandas": ("https://pandas.pydata.org/docs", None),
        "python": ("https://docs.python.org/3", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
    }

extlinks = {"doi": ("https://doi.org/%s", "doi:%s")}

default_role = "py:obj"
add_function_parentheses = False
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"
autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
# Latent rules have no documentation of their own where they do what their base says.
autodoc_inherit_docstrings = True

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "skvae"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["skvae.css"]
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "skvae"},
    "navbar_persistent": [],
    "navbar_end": ["search-button", "theme-switcher"],
    "header_links_before_dropdown": 8,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "navigation_with_keys": False,
}

# These have no pages below them, and so nothing for a sidebar.
html_sidebars = {name: [] for name in ("getting_started", "guide", "index", "which_sampler")}

# The examples run but where GALLERY=0.
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "backreferences_dir": "auto_examples/backreferences",
    "doc_module": ("skvae",),
    "reference_url": {"skvae": None},
    "plot_gallery": os.environ.get("GALLERY", "1") != "0",
    "filename_pattern": r"[/\\]plot_",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    # What a cell draws is no output beside its picture.
    "ignore_repr_types": r"matplotlib|skvae\.inspection",
    "write_computation_times": False,
    "remove_config_comments": True,
}
