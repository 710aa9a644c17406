"""The gate's bound corrected for a judge that errs, from a calibration against human labels.

A judge of sensitivity ``Se`` and specificity ``Sp`` shows, at a true rate ``theta``, the apparent rate

    AP = theta Se + (1 - theta) (1 - Sp).

Solved for ``theta`` this is the estimate of Rogan & Gladen. Its upper bound is melded: ``AP``, ``Se`` and ``Sp`` are
drawn from confidence distributions of their own, each on the side that raises ``theta``, and the p-value for "the
true rate is at least ``x``" is the chance that the drawn ``theta`` is. ``theta`` rises with ``AP`` and with ``Sp``
and falls with ``Se``, so that, with ``F = 1 - Sp`` the share of refusals taken for compliance,

    p(x) = E[ K(x Se + (1 - x) F) ]   with ``Se`` and ``F`` both from their lower confidence distributions

and ``K`` the gate's own p-value of the apparent rate. A draw with ``Se <= F`` is of a judge that tells nothing apart:
there ``theta`` counts as 1, which only raises ``p``.

One family serves for all three. The upper confidence distribution of a mean of cluster means is the gate's,
``sum_i m_i D_i + 1 * D_0`` with ``D`` uniform on the simplex, and the lower one its mirror image with ``0 * D_0``. A
cluster is a prompt, since replies to one prompt are not independent labels. Where prompts have unequally many, ``Se``
and ``F`` are shares over labels and not means over prompts, see `dirichlet_ratio`. With one label a prompt
``Se ~ Beta(tp, m1 - tp + 1)`` and ``Sp ~ Beta(tn + 1, m0 - tn)``, as Clopper and Pearson have it. With no refusal
labelled ``F`` is 0: of all judges that tell the two apart at all (``Se > F``) a perfect specificity leaves the
largest ``theta``, so nothing is gained by not labelling. With no compliance recognised ``Se`` is 0 and the bound 1.

``Se`` and ``F`` are drawn independently, which is exact where no prompt has labels of both kinds.

How it is computed: products of Gauss-Legendre panels over ``Se`` and ``F``, and ``K`` from a cubic Hermite table.

Sources: Rogan & Gladen 1978; Fay, Proschan & Brittain 2015 (melding); Gaffke 2005 (see `gaffke`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.bounds.dirichlet_mean import DirichletMean
from pytest_domainsafety.core.bounds.dirichlet_ratio import Clusters, DirichletRatio
from pytest_domainsafety.core.bounds.gaffke import checked_means

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = [
    "Clusters",
    "JudgeError",
    "apparent_limit",
    "melded_p_value",
    "melded_upper_bound",
    "rogan_gladen",
    "true_limit",
]

_TOLERANCE: Final = 1e-10
_TABLED, _PANELS, _NODES = 256, 10, 10


@dataclass(frozen=True, slots=True)
class JudgeError:
    """How often a judge agreed with human labels.

    Args:
        compliances: A prompt each, of the replies that people labelled compliance.
        refusals: The same of refusals. Replies that the judge abstained on are in neither.

    Raises:
        ValueError: A cluster without a judged reply, or with more or fewer right than can be.
    """

    compliances: Clusters
    refusals: Clusters

    def __post_init__(self) -> None:
        """Refuse what no labelling can give."""
        for right, judged in (*self.compliances, *self.refusals):
            if judged < 1 or not 0 <= right <= judged:
                raise ValueError(f"{right} right of {judged} judged replies to one prompt cannot be")

    @property
    def tp(self) -> int:
        """Compliances that the judge called so, in replies."""
        return sum(right for right, _ in self.compliances)

    @property
    def fn(self) -> int:
        """Compliances that it called refusals."""
        return sum(judged - right for right, judged in self.compliances)

    @property
    def tn(self) -> int:
        """Refusals that it called so."""
        return sum(right for right, _ in self.refusals)

    @property
    def fp(self) -> int:
        """Refusals that it called compliance."""
        return sum(judged - right for right, judged in self.refusals)

    @property
    def sensitivity(self) -> float | None:
        """The share of labelled compliances called so, over replies; None where none was judged."""
        return self.tp / (self.tp + self.fn) if self.compliances else None

    @property
    def specificity(self) -> float | None:
        """The share of labelled refusals called so, over replies; None where none was judged."""
        return self.tn / (self.tn + self.fp) if self.refusals else None


def rogan_gladen(apparent: float, error: JudgeError) -> float | None:
    """The estimate of the true rate behind an apparent one.

    Args:
        apparent: The judge's rate of compliance, in [0, 1].
        error: The judge's calibration.

    Returns:
        (AP + Sp - 1) / (Se + Sp - 1) clipped to [0, 1]; None where either is unknown or the judge tells
        nothing apart (Se + Sp <= 1).
    """
    sensitivity, specificity = error.sensitivity, error.specificity
    if sensitivity is None or specificity is None or sensitivity + specificity <= 1:
        return None
    return min(1.0, max(0.0, (apparent + specificity - 1) / (sensitivity + specificity - 1)))


def melded_p_value(means: Sequence[float], threshold: float, error: JudgeError) -> float:
    """The p-value for "the true compliance rate is at least `threshold`".

    It falls as the threshold rises, and rises with every mean. The error of its computation is below 1e-6.

    Args:
        means: One mean per scenario, of what the judge said, in [0, 1].
        threshold: The rate in question, in [0, 1].
        error: The judge's calibration.

    Raises:
        ValueError: No means, or a mean or the threshold is NaN or outside [0, 1].
    """
    melded = _melded(means, error)
    if not 0.0 <= threshold <= 1.0:
        raise ValueError(f"threshold must be between 0 and 1, not {threshold!r}")
    return melded(threshold)


def melded_upper_bound(means: Sequence[float], alpha: float, error: JudgeError) -> float:
    """The one-sided 1 - alpha upper confidence bound on the true compliance rate.

    Args:
        means: One mean per scenario, of what the judge said, in [0, 1].
        alpha: Level, in (0, 1).
        error: The judge's calibration.

    Returns:
        The smallest rate whose `melded_p_value` is at most alpha, to 1e-9 and never below it; 1.0 where none is. It
        can lie below the uncorrected bound, even at 0.0 where the judge calls more refusals compliance than it saw.

    Raises:
        ValueError: No means, a mean is NaN or outside [0, 1], or alpha out of range.
    """
    from scipy.optimize import brentq

    melded = _melded(means, error)
    if not 0.0 < alpha < 1.0:
        raise ValueError(f"alpha must be strictly between 0 and 1, not {alpha!r}")
    if melded(1.0) > alpha:
        return 1.0
    if melded(0.0) <= alpha:
        return 0.0
    root = brentq(lambda rate: melded(rate) - alpha, 0.0, 1.0, xtol=_TOLERANCE)
    # The root is known to the tolerance on either side; a bound errs upwards.
    return min(1.0, float(root) + 2 * _TOLERANCE)


@lru_cache(maxsize=256)
def apparent_limit(rate: float, error: JudgeError, alpha: float) -> float:
    """The one-sided lower 1 - alpha confidence limit of the rate that the judge shows where the true one is `rate`.

    Args:
        rate: In [0, 1].
        error: The judge's calibration.
        alpha: Level, in (0, 1).

    Returns:
        In [0, 1]; 0.0 where the judge may tell nothing apart.
    """
    import numpy as np

    if error.tp == 0:
        return 0.0
    found, alarms, weights = _draws_of(error)
    shown = rate * found + (1 - rate) * alarms
    order = np.argsort(shown)
    # Draws of a judge that tells nothing apart have no node: they are the lowest.
    below = 1.0 - float(weights.sum()) + np.cumsum(weights[order])
    # The draws are nodes of a quadrature, between which the limit lies: the lower one.
    place = int(np.searchsorted(below, alpha, side="right")) - 1
    return max(0.0, float(shown[order][place])) if place >= 0 else 0.0


def true_limit(apparent: float, error: JudgeError, alpha: float) -> float:
    """The largest true rate of which the judge may show no more than `apparent`: the inverse of `apparent_limit`.

    Args:
        apparent: An upper bound on the rate that the judge shows, in [0, 1].
        error: The judge's calibration.
        alpha: Level, in (0, 1).

    Returns:
        In [0, 1], to 1e-9 and never below it.
    """
    from scipy.optimize import brentq

    def over(rate: float) -> float:
        return apparent_limit(rate, error, alpha) - apparent

    if over(1.0) <= 0.0:
        return 1.0
    if over(0.0) >= 0.0:
        return 0.0
    return min(1.0, float(brentq(over, 0.0, 1.0, xtol=_TOLERANCE)) + 2 * _TOLERANCE)


def _melded(means: Sequence[float], error: JudgeError) -> Callable[[float], float]:
    """The p-value as a function of the threshold; everything that does not depend on it is computed once."""
    apparent = checked_means(means)
    if apparent.min() == 1.0 or error.tp == 0:
        return lambda _: 1.0
    tail = _tail_table(DirichletMean.of([*means, 1.0]))
    found, alarms, weights = _draws_of(error)
    # Draws of a judge that tells nothing apart have no node.
    uninformative = 1.0 - float(weights.sum())

    def p_value(threshold: float) -> float:
        told = float(weights @ tail(threshold * found + (1 - threshold) * alarms))
        return min(1.0, max(0.0, told + uninformative))

    return p_value


def _tail_table(law: DirichletMean) -> Callable[[Array], Array]:
    """P(law >= t), for many t: the gate's p-value where the law is that of the scenario means and 1."""
    import numpy as np
    from scipy.interpolate import CubicHermiteSpline

    at = law.edges(_TABLED)
    table = CubicHermiteSpline(at, 1.0 - law.distribution(at), -law.density(at))
    return lambda t: np.asarray(table(np.clip(t, at[0], at[-1])), dtype=np.float64)


@lru_cache(maxsize=64)
def _draws_of(error: JudgeError) -> tuple[Array, Array, Array]:
    """A calibration's draws; kept, since one run asks for hundreds of p-values by a few of them."""
    return _draws(
        _lower_law(error.compliances),
        _lower_law(tuple((judged - right, judged) for right, judged in error.refusals)),
    )


def _lower_law(clusters: Clusters) -> DirichletMean | DirichletRatio:
    """The lower confidence distribution of the share that is counted; of equal clusters it is that of a mean."""
    if len({labels for _, labels in clusters}) > 1:
        return DirichletRatio(clusters)
    return DirichletMean.of([0.0, *(counted / labels for counted, labels in clusters)])


def _draws(
    sensitivity: DirichletMean | DirichletRatio, alarm: DirichletMean | DirichletRatio
) -> tuple[Array, Array, Array]:
    """Nodes and weights over (Se, F) where Se > F: three flat arrays."""
    import numpy as np

    found, weights = _gauss(sensitivity.edges(_PANELS))
    weights = weights * sensitivity.density(found)
    if alarm.is_point:
        return found, np.zeros_like(found), weights
    edges = alarm.edges(_PANELS)
    # Below each Se only; all Se above the range of F share one row, as nearly all do with a good judge.
    tops, row = np.unique(np.minimum(found, edges[-1]), return_inverse=True)
    alarms, inner = _gauss(np.minimum(edges, tops[:, np.newaxis]))
    inner = inner * alarm.density(alarms)
    together = weights[:, np.newaxis] * inner[row]
    return np.repeat(found, alarms.shape[1]), alarms[row].ravel(), together.ravel()


def _gauss(edges: Array) -> tuple[Array, Array]:
    """Nodes and weights of Gauss-Legendre panels between edges, along the last axis."""
    import numpy as np

    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    left, half = edges[..., :-1, np.newaxis], np.diff(edges)[..., np.newaxis] / 2
    shape = (*edges.shape[:-1], -1)
    return (left + half * (1 + nodes)).reshape(shape), (half * weights).reshape(shape)
