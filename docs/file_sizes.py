"""Sizes of samplers' files before and after `drop_training_rows`, as a table in Markdown."""

import pickle
import zipfile

import skops.io
from sklearn.datasets import load_wine, make_classification

from skvae import MultiVAEResampler, VAEOversampler

TABLES = {
    "wine, 178 rows of 13 columns": load_wine(return_X_y=True),
    "3,000 rows of 20 columns": make_classification(3000, 20, weights=[0.9], random_state=0),
}
SAMPLERS = [VAEOversampler(), VAEOversampler(filter=None), MultiVAEResampler(filter=None)]


def sizes(sampler):
    """Size of a pickle and of a compressed file of skops, in KB."""
    packed = skops.io.dumps(sampler, compression=zipfile.ZIP_DEFLATED)
    return f"{len(pickle.dumps(sampler)) / 1000:,.0f} | {len(packed) / 1000:,.0f}"


if __name__ == "__main__":
    print("| table | sampler | pickle | skops | pickle, dropped | skops, dropped |")
    print("|---|---|---|---|---|---|")
    for table, (X, y) in TABLES.items():
        for sampler in SAMPLERS:
            sampler.set_params(random_state=0).fit_resample(X, y)
            print(f"| {table} | `{sampler}` |", sizes(sampler), end=" | ")
            print(sizes(sampler.drop_training_rows()), "|")
