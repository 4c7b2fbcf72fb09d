"""Data sets of the examples and benchmarks: loaders, generated images, subsets."""

from ._celeba import load_celeba
from ._cifar10 import fetch_cifar10
from ._few_shot import few_shot
from ._keel import load_keel
from ._mnist import fetch_mnist
from ._proben1 import fetch_proben1
from ._reservoir import reservoir_sample
from ._sprites import make_sprites

__all__ = [
    "fetch_cifar10",
    "fetch_mnist",
    "fetch_proben1",
    "few_shot",
    "load_celeba",
    "load_keel",
    "make_sprites",
    "reservoir_sample",
]
