"""Tables of the PROBEN1 data sets: files, attributes, scales and classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Attribute:
    """An attribute of the raw files, and its inputs in PROBEN1.

    `inputs` holds, in order: "value", "one-hot", "pair" (two inputs of -1 and 1 for a nucleotide),
    "missing" (1 where the value is missing), "unset" (meant as "missing", but always 0).
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    low: float = 0.0  # the "value" of a number x is (x - low) / (high - low)
    high: float = 1.0
    log: bool = False  # ... with log(x + 1) instead of x
    categories: tuple[str, ...] = ()  # as in the raw file, in the order of their codes
    labels: tuple[str, ...] = ()  # readable names of the categories
    levels: tuple[float, ...] = ()  # the "value" of each category


@dataclass(frozen=True)
class DataSet:
    """A data set: its raw files, and where attributes and class are in a raw row."""

    title: str
    notes: str
    files: Mapping[str, str]  # sha256 by path below proben1/
    attributes: tuple[Attribute, ...]
    positions: list[int]  # of the attributes in a raw row
    target: int  # position of the class in a raw row
    classes: Mapping[str, str]  # name by raw class, in the order of the integer targets
    # Position of a string with one attribute per character; its characters move to the front.
    sequence: int | None = None


def _number(
    name: str, kind: str, low: float, high: float, inputs: str = "value", *, log: bool = False
) -> Attribute:
    """Numeric attribute of the kind "integer" or "continuous"."""
    return Attribute(name, kind, tuple(inputs.split()), low, high, log)


def _nominal(
    name: str, categories: str, inputs: str = "one-hot", labels: str | None = None
) -> Attribute:
    """Categorical attribute without an order."""
    raw = tuple(categories.split())
    return Attribute(
        name,
        "categorical",
        tuple(inputs.split()),
        categories=raw,
        labels=tuple(labels.split(", ")) if labels else raw,
        levels=tuple(float(code) for code in range(len(raw))),
    )


def _ordered(
    name: str,
    levels: Mapping[str, float],
    inputs: str = "value missing",
    labels: str | None = None,
) -> Attribute:
    """Categorical attribute with an order, which counts as an integer."""
    return Attribute(
        name,
        "integer",
        tuple(inputs.split()),
        categories=tuple(levels),
        labels=tuple(labels.split(", ")) if labels else tuple(levels),
        levels=tuple(levels.values()),
    )


_CARD = (
    _nominal("A1", "b a", "one-hot missing"),
    _number("A2", "continuous", 13.75, 80.25, "value missing"),
    _number("A3", "continuous", 0, 28),
    _nominal("A4", "u y l t", "one-hot missing"),
    _nominal("A5", "g p gg", "one-hot missing"),
    _nominal("A6", "c d cc i j k m r q w x e aa ff", "one-hot missing"),
    _nominal("A7", "v h bb j n z dd ff o", "one-hot missing"),
    _number("A8", "continuous", 0, 28.5),
    _nominal("A9", "f t", "value"),
    _nominal("A10", "f t", "value"),
    _number("A11", "integer", 0, 67),
    _nominal("A12", "f t", "value"),
    _nominal("A13", "g p s"),
    # The script of PROBEN1 never sets the indicator of A14: its 13 missing values are zeros.
    _number("A14", "integer", 0, 2000, "value unset"),
    _number("A15", "integer", 0, 11.5, log=True),
)

_DIABETES = (
    _number("pregnancies", "integer", 0, 17),
    _number("plasma glucose", "integer", 0, 200),
    _number("blood pressure", "integer", 0, 122),
    _number("skin fold thickness", "integer", 0, 100),
    _number("serum insulin", "integer", 0, 846),
    _number("body mass index", "continuous", 0, 67.1),
    _number("pedigree function", "continuous", 0.078, 2.42),
    _number("age", "integer", 21, 81),
)

_GENE = tuple(
    _nominal(f"base{position:+d}", "A C G T", "pair") for position in range(-30, 31) if position
)

_GLASS = (
    _number("RI", "continuous", 1.51115, 1.53393),
    _number("Na", "continuous", 10.73, 17.38),
    _number("Mg", "continuous", 0, 4.49),
    _number("Al", "continuous", 0.29, 3.5),
    # The largest value is 75.41; PROBEN1 swapped two digits, so its inputs reach beyond 1.
    _number("Si", "continuous", 69.81, 75.14),
    _number("K", "continuous", 0, 6.21),
    _number("Ca", "continuous", 5.43, 16.19),
    _number("Ba", "continuous", 0, 3.15),
    _number("Fe", "continuous", 0, 0.51),
)

_HORSE = (
    _nominal("age", "1 9", "value", "adult, young"),
    _number("rectal temperature", "continuous", 35.4, 40.8, "value missing"),
    _number("pulse", "integer", 30, 184, "value missing"),
    _number("respiratory rate", "integer", 0, 96, "value missing"),
    _ordered("temperature of extremities", {"2": 0.0, "1": 0.33, "3": 0.66, "4": 1.0}),
    _ordered("peripheral pulse", {"4": 0.0, "3": 0.33, "1": 0.66, "2": 1.0}),
    _nominal(
        "mucous membranes",
        "1 2 3 4 5 6",
        "one-hot missing",
        "normal pink, bright pink, pale pink, pale cyanotic, bright red, dark cyanotic",
    ),
    _nominal("capillary refill time", "1 2", "value missing", "< 3 seconds, >= 3 seconds"),
    _nominal(
        "pain",
        "1 2 3 4 5",
        "one-hot missing",
        "no pain, depressed, intermittent mild, intermittent severe, continuous severe",
    ),
    _ordered("peristalsis", {"1": 0.0, "2": 0.33, "3": 0.67, "4": 1.0}),
    _ordered(
        "abdominal distension",
        {"1": 0.0, "2": 0.33, "3": 0.67, "4": 1.0},
        "one-hot value missing",
        "none, slight, moderate, severe",
    ),
    _ordered("nasogastric tube", {"1": 0.0, "2": 0.5, "3": 1.0}),
    _ordered("nasogastric reflux", {"1": 0.0, "2": 0.5, "3": 1.0}),
    _number("nasogastric reflux PH", "continuous", 0, 8.5, "value missing"),
    _ordered("rectal examination", {"4": 0.0, "3": 0.33, "1": 0.66, "2": 1.0}),
    _nominal(
        "abdomen",
        "1 2 3 4 5",
        "one-hot missing",
        "normal, other, firm feces, distended small intestine, distended large intestine",
    ),
    _number("packed cell volume", "continuous", 0, 75, "value missing"),
    _number("total protein", "continuous", 0, 89, "value missing"),
    _nominal(
        "abdominocentesis appearance",
        "1 2 3",
        "one-hot missing",
        "clear, cloudy, serosanguinous",
    ),
    _number("abdominocentesis total protein", "continuous", 0, 10.1, "value missing"),
)

_THYROID = (
    _number("age", "continuous", 0, 1),
    *(
        _nominal(name, "0 1", "value")
        for name in (
            "sex",
            "on thyroxine",
            "query on thyroxine",
            "on antithyroid medication",
            "sick",
            "pregnant",
            "thyroid surgery",
            "I131 treatment",
            "query hypothyroid",
            "query hyperthyroid",
            "lithium",
            "goitre",
            "tumor",
            "hypopituitary",
            "psych",
        )
    ),
    *(_number(name, "continuous", 0, 1) for name in ("TSH", "T3", "TT4", "T4U", "FTI")),
)

DATA_SETS = {
    "card": DataSet(
        title="credit card approval",
        notes="Attributes and categories were made anonymous by the donor.",
        files={"card/crx.data": "fff49bc186cbddb3ace7371d40d9fbbb3af4f126019c13ff3f562249b1454f4d"},
        attributes=_CARD,
        positions=list(range(15)),
        target=15,
        classes={"-": "denied", "+": "granted"},
    ),
    "diabetes": DataSet(
        title="diabetes among Pima Indian women",
        notes="Zeros of glucose, pressure, skin fold, insulin and mass index most probably stand\n"
        "for missing values; as in PROBEN1 they count as zeros.",
        files={
            "diabetes/pima-indians-diabetes.data": (
                "06f5b7c2cd7bca686fda4f92eab5f61e7ff6426a9acefa2e3dda04fc54293cf5"
            )
        },
        attributes=_DIABETES,
        positions=list(range(8)),
        target=8,
        classes={"0": "no diabetes", "1": "diabetes"},
    ),
    "gene": DataSet(
        title="splice junctions in primate DNA",
        notes="EI: exon-intron boundary (donor), IE: intron-exon boundary (acceptor), N: neither.\n"
        "15 rows with unknown nucleotides are left out.",
        files={
            "gene/gene.data": "ebbae10c85d3c285e2a2489a37e42bc2ee8d91d15005e391a9962fa3389a114f"
        },
        attributes=_GENE,
        positions=list(range(60)),
        target=60,
        classes={"EI": "EI", "IE": "IE", "N": "N"},
        sequence=2,
    ),
    "glass": DataSet(
        title="glass splinters from scenes of crime",
        notes="Refractive index, and oxides in percent by weight.",
        files={
            "glass/glass.data": "dd67373f4baf2807345df02cbfef2093d342e61ad0d82a4fb79af43ef8ce449d"
        },
        attributes=_GLASS,
        positions=list(range(1, 10)),
        target=10,
        classes={
            "1": "building_windows_float_processed",
            "2": "building_windows_non_float_processed",
            "3": "vehicle_windows_float_processed",
            "5": "containers",
            "6": "tableware",
            "7": "headlamps",
        },
    ),
    "horse": DataSet(
        title="outcome of colic in horses",
        notes="Categories with an order count as integers, in the order that PROBEN1 gives them.",
        files={
            "horse/horse.raw": "2368f9b50b6d071a11847ac976c1bccc92e67b3ac5fdf9a7831920f9ae37c49b"
        },
        attributes=_HORSE,
        positions=[1, *range(3, 22)],
        target=22,
        classes={"1": "lived", "2": "died", "3": "euthanized"},
    ),
    "thyroid": DataSet(
        title="thyroid function",
        # TSH is high and FTI low in class 1, TSH raised and FTI normal in class 2.
        notes="The documentation names a normal, a hyper- and a subnormal function, but not their\n"
        "numbers. Normal is the class of 92 percent. Attributes are named as in Quinlan's version.",
        files={
            "thyroid/ann-train.data": (
                "3da53a156bda36cb0c97e9f4b6b111c9226c54c4aa00230de5604b787c47e3a6"
            ),
            "thyroid/ann-test.data": (
                "c649ea19416e78c7996cfaaa2a9e281cb597d4b075aaa68c494fc3e4ee3aa30b"
            ),
        },
        attributes=_THYROID,
        positions=list(range(21)),
        target=21,
        classes={"1": "class 1", "2": "class 2", "3": "normal"},
    ),
}
