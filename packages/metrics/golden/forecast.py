"""Writes forecast.json with scikit-learn and torchmetrics: pip install scikit-learn torchmetrics, then run this."""

import json
import pathlib

import numpy
import torch
from sklearn.metrics import mean_pinball_loss
from torchmetrics.functional.regression import (
    continuous_ranked_probability_score,
    symmetric_mean_absolute_percentage_error,
)

N, S = 7, 9
LEVELS = [0.1, 0.25, 0.5, 0.9]
actual = numpy.cos(numpy.arange(N) * 0.7) * 10
point = numpy.cos(numpy.arange(N) * 0.7 + 0.4) * 9
samples = numpy.cos(numpy.arange(N * S) * 1.3).reshape(N, S) * 8
quantiles = numpy.quantile(samples, LEVELS, axis=1).T
pinball = [mean_pinball_loss(actual, quantiles[:, k], alpha=level) for k, level in enumerate(LEVELS)]
one = lambda k: continuous_ranked_probability_score(torch.tensor(samples[k : k + 1]), torch.tensor(actual[k : k + 1]))
written = {
    "actual": actual.tolist(),
    "point": point.tolist(),
    "samples": samples.tolist(),
    "levels": LEVELS,
    "quantiles": quantiles.ravel().tolist(),
    "smape": float(symmetric_mean_absolute_percentage_error(torch.tensor(point), torch.tensor(actual))),
    "crps": [float(one(k)) for k in range(N)],
    "pinball": pinball,
    "weightedQuantileLoss": float(2 * numpy.mean(pinball) / numpy.mean(numpy.abs(actual))),
}
pathlib.Path(__file__).with_name("forecast.json").write_text(json.dumps(written) + "\n")
