"""Small files of KEEL's format."""

import numpy as np

HEADER = """@relation shapes
@attribute width real [-9.0, 9.0]
@attribute count integer [0, 99]
@attribute colour {red, green, blue}
@attribute class {common, rare}
@data
"""


def write_keel(data_home, n_common=60, n_rare=15):
    """Write two sets: numbers without a header, and a mixed table with a gap."""
    folder = data_home / "keel"
    folder.mkdir()
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [n_common, n_rare])
    numbers = rng.normal(size=(len(y), 3)) + y[:, None]
    lines = [
        ",".join([*(f"{x:.4f}" for x in row), f"c{c}"]) for row, c in zip(numbers, y, strict=True)
    ]
    (folder / "numbers.dat").write_text("\n".join(lines))
    colours = rng.choice(["red", "green", "blue"], len(y))
    words = [
        f"{row[0]:.3f}, {count}, {colour}, {['common', 'rare'][c]}"
        for row, count, colour, c in zip(
            numbers, rng.integers(0, 99, len(y)), colours, y, strict=True
        )
    ]
    words[0] = "?" + words[0][words[0].index(",") :]
    (folder / "mixed.dat").write_text(HEADER + "\n".join(words))
