"""Predictions drawn from known distributions, for tests of statistics."""

from __future__ import annotations

import numpy as np

from specweave.metrics import Predictions


def binary_from(scores, positive, threshold=0.5, **facts):
    """Predictions of a binary model with the positive class "yes"."""
    scores = np.asarray(scores, dtype=float)
    return Predictions(
        "binary",
        np.where(positive, "yes", "no"),
        np.where(scores >= threshold, "yes", "no"),
        scores=np.column_stack([1 - scores, scores]),
        classes=("no", "yes"),
        positive="yes",
        threshold=threshold,
        **facts,
    )


def binormal(rng, n, distance, share=0.3):
    """Scores of two normal classes `distance` apart, as probabilities; the area under the ROC curve is Φ(distance/√2)."""
    positive = np.arange(n) < max(2, rng.binomial(n, share))
    logit = distance * rng.normal(size=n) + distance**2 * (positive - 0.5) + np.log(share / (1 - share))
    if distance == 0:
        logit = rng.normal(size=n)
    return binary_from(1 / (1 + np.exp(-logit)), positive)


def multiclass(rng, n, strength, shares=(0.5, 0.3, 0.15, 0.05)):
    """Four classes, each with a noisy score of its own."""
    truth = rng.choice(len(shares), n, p=shares)
    noise = rng.normal(size=(n, len(shares)))
    noise[np.arange(n), truth] += strength
    scores = np.exp(noise) / np.exp(noise).sum(axis=1, keepdims=True)
    return Predictions("multiclass", truth, scores.argmax(axis=1), scores=scores, classes=tuple("0123"))


def regression(rng, n, heavy=False):
    """y = 20 + 3x + noise, predicted by 20 + 3x."""
    x = rng.normal(size=n)
    noise = rng.standard_t(5, size=n) if heavy else rng.normal(size=n)
    return Predictions("regression", 20 + 3 * x + noise, 20 + 3 * x)
