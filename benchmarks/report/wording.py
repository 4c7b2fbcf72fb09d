"""Names of settings and arms in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from ..classifiers.names import NO_PROTOCOL
from .results import Setting

MAX_NAMES = 4  # arms of which little is said are counted where they are more


def words(setting: Setting) -> list[str]:
    """Words that name a setting."""
    return [word for word in setting if word != NO_PROTOCOL]


def named(setting: Setting) -> str:
    """Name a setting in a sentence."""
    return ", ".join(words(setting))


def with_commas(settings: Sequence[Setting]) -> str:
    """Names of settings with commas."""
    return ", ".join(" ".join(words(setting)) for setting in settings)


def listed(names: Sequence[str]) -> str:
    """Join names as in a sentence.

    >>> listed(["SMOTE", "random", "none"])
    'SMOTE, random and none'
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def counted(arms: Sequence[str], kind: str) -> str:
    """Name arms, or count them where they are many.

    >>> counted(["SMOTE"], "arms"), counted(["1", "2", "3", "4", "5"], "arms")
    ('*SMOTE*', '5 arms')
    """
    return f"{len(arms)} {kind}" if len(arms) > MAX_NAMES else listed([f"*{a}*" for a in arms])
