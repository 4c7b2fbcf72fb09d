"""Licences and needs of packages that draw rows, from their own metadata.

`python docs/peers.py` downloads their newest releases with pip, without what they depend on, and
prints the table of docs/peers.md.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from email.message import Message
from email.parser import Parser
from importlib.metadata import metadata
from pathlib import Path

from packaging.requirements import Requirement

PEERS = (
    "imbalanced-learn",
    "smote-variants",
    "ctgan",
    "sdv",
    "synthcity",
    "be-great",
    "tabpfn",
    "tabpfn-extensions",
    "ForestDiffusion",
    "arfpy",
    "pythae",
)
# Dependencies worth a name: those that are large, or whose licences differ.
LARGE = {
    "boto3",
    "catboost",
    "ctgan",
    "datasets",
    "fastai",
    "keras",
    "lightgbm",
    "mkl",
    "monai",
    "opacus",
    "tabpfn",
    "tensorflow",
    "torch",
    "transformers",
    "xgboost",
}


def download(name: str, folder: Path) -> Message:
    """Return the metadata of a package's newest release, of which pip makes a wheel."""
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", folder]
    subprocess.run([*command, name], check=True)
    [file] = folder.glob("*.whl")
    with zipfile.ZipFile(file) as wheel:
        [path] = [path for path in wheel.namelist() if path.endswith(".dist-info/METADATA")]
        return Parser().parsestr(wheel.read(path).decode())


def licence(about: Message) -> str:
    """Return what the metadata say of the licence, in a few words."""
    if expression := about.get("License-Expression"):
        return expression
    classifiers = [c for c in about.get_all("Classifier", []) if c.startswith("License ::")]
    if classifiers:
        return ", ".join(c.split(" :: ")[-1] for c in classifiers)
    return (about.get("License") or "").strip().split("\n")[0] or "a file only"


def row(about: Message) -> str:
    """Return a package's row of the table."""
    needs = [Requirement(text) for text in about.get_all("Requires-Dist", [])]
    needs = [need for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]
    names = {need.name.lower().replace("_", "-") for need in needs}
    large = ", ".join(sorted(names & LARGE)) or "-"
    python = about.get("Requires-Python") or "-"
    cells = (licence(about), f"`{python}`", len(names), large)
    return f"| `{about['Name']}` | {about['Version']} | {' | '.join(map(str, cells))} |"


def main() -> None:
    """Print the table."""
    print("| package | version | licence | Python | depends on | of these, large ones |")
    print("|---|---|---|---|---|---|")
    print(row(metadata("skvae")))
    for name in PEERS:
        with tempfile.TemporaryDirectory() as folder:
            print(row(download(name, Path(folder))))


if __name__ == "__main__":
    main()
