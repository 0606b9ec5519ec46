"""Several probabilities of one thing as one."""

import numpy as np

from ledgergraph.models.contract import Floats


def either(*probabilities: Floats) -> Floats:
    """Noisy or: the probability that at least one of independent signs is right; in [0, 1].

    NaN counts as no sign.
    """
    missed = np.ones(len(probabilities[0]))
    for one in probabilities:
        missed = missed * (1.0 - np.nan_to_num(one))
    return 1.0 - missed
