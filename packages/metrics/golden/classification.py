"""Writes classification.json with scikit-learn and scipy: apt-get install python3-sklearn, then run this."""

import json
import pathlib

import numpy
import scipy.stats
import sklearn
from sklearn import metrics

rng = numpy.random.default_rng(3)


def calibration_error(actual, probabilities, bins=15):
    confidence, correct = probabilities.max(1), probabilities.argmax(1) == actual
    edges = numpy.linspace(0, 1, bins + 1)
    error = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    return error


def example(name, C, N, weights, decimals):
    actual = rng.choice(C, size=N, p=weights)
    logits = rng.normal(size=(N, C)) + 1.2 * numpy.eye(C)[actual]
    exp = numpy.exp(logits)
    # Sixteenths: exact in binary, many ties, and never on an edge of fifteen bins.
    probabilities = exp / exp.sum(1, keepdims=True)
    if decimals:
        probabilities = numpy.round(probabilities * 16) / 16
    predicted = probabilities.argmax(1)
    rival = numpy.where(rng.random(N) < 0.2, rng.integers(C, size=N), predicted)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        actual, predicted, labels=range(C), zero_division=0
    )
    areas = [metrics.roc_auc_score(actual == c, probabilities[:, c]) for c in range(C) if 0 < (actual == c).sum() < N]
    only_first = int(((predicted == actual) & (rival != actual)).sum())
    only_second = int(((predicted != actual) & (rival == actual)).sum())
    return {
        "name": name,
        "C": C,
        "actual": actual.tolist(),
        "probabilities": probabilities.ravel().tolist(),
        "rival": rival.tolist(),
        "score": {
            "examples": N,
            "accuracy": metrics.accuracy_score(actual, predicted),
            "macroF1": metrics.f1_score(actual, predicted, average="macro", zero_division=0),
            "microF1": metrics.f1_score(actual, predicted, average="micro", zero_division=0),
            "matthews": metrics.matthews_corrcoef(actual, predicted),
            "rocAuc": float(numpy.mean(areas)) if areas else None,
            "calibrationError": float(calibration_error(actual, probabilities)),
            "perClass": [
                {"precision": p, "recall": r, "f1": f, "support": int(s)}
                for p, r, f, s in zip(precision, recall, f1, support)
            ],
            "confusion": metrics.confusion_matrix(actual, predicted, labels=range(C)).tolist(),
        },
        "mcnemar": {
            "onlyFirst": only_first,
            "onlySecond": only_second,
            "p": scipy.stats.binomtest(only_first, only_first + only_second).pvalue,
        },
    }


examples = [
    example("two classes", 2, 80, [0.5, 0.5], False),
    example("two classes with ties", 2, 60, [0.3, 0.7], True),
    example("five classes, imbalanced", 5, 90, [0.6, 0.2, 0.1, 0.07, 0.03], False),
    example("a class that never occurs", 3, 40, [0.5, 0.5, 0.0], True),
    example("one class only", 2, 12, [1.0, 0.0], False),
]
target = pathlib.Path(__file__).with_name("classification.json")
target.write_text(json.dumps({"generator": f"scikit-learn {sklearn.__version__}", "examples": examples}) + "\n")
