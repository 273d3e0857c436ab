"""TS-1 for the Python peers: the tables of ../reference/definition.rs, and what a month's decisions look at."""

import math

import numpy as np

CLUSTERS = 8
SHARE = np.array([0.10, 0.06, 0.06, 0.14, 0.24, 0.20, 0.10, 0.10])
APPEAL = np.array([1.0, 0.9, 0.95, 1.1, 1.4, 1.4, 1.1, 1.2])
REGION = [0, 0, 0, 0, 1, 2, 2, 3]
INSTITUTIONS_OF = [5, 3, 3, 7, 12, 10, 5, 5]
INSTITUTIONS = 50
FIRST_STARTUP = INSTITUTIONS + CLUSTERS
INVESTORS = 500
PLANNED = [6, 12, 20, 30, 40]
COMPLETION = [1 / 24, 1 / 18, 1 / 18, 1 / 30, 1 / 36]
SUCCESS = [0.60, 0.65, 0.60, 0.45, 0.60]
# Money is counted in twentieths, so that burns and rounds are whole.
ROUND = [180, 288, 432, 612, 792]
ACCEPTED = [0.50, 0.60, 0.65, 0.70, 0.75]
FIRST_STAGES = [0] * 8 + [1] * 5 + [2] * 4 + [3] * 2 + [4]
SKILL_FACTOR = [0.80, 0.95, 1.10, 1.25]
FIRST_AGE, AGES = 27 * 12, (35 * 12, 50 * 12, 65 * 12)
EXIT = (0.001, 0.004, 0.03)
AGE_FACTOR = (1.4, 1.0, 0.5)
FOUNDING, REQUEST, ENTRY, FIRST_CASH = 0.001, 0.3, 0.00285, 120
SEARCH_AT_WORK, SEARCH_WITHOUT_WORK, DISTRESS_FACTOR = 0.010, 0.5, 3.0


def burn(headcount):
    """What a firm of so many people spends in a month."""
    return 4 + headcount


def locality(a, b, reach):
    """exp(-distance / reach): 0 in a cluster, 1.5 in its region, 12 beyond."""
    return math.exp(-(0.0 if a == b else 1.5 if REGION[a] == REGION[b] else 12.0) / reach)


JOBS = np.array([[locality(a, b, 6.0) for b in range(CLUSTERS)] for a in range(CLUSTERS)])
INVESTOR_HOME = [cluster for cluster in range(CLUSTERS) for _ in range(10 * INSTITUTIONS_OF[cluster])]
INVESTOR_WEIGHT = np.cumsum(
    [[(1 + j % 10) * locality(a, INVESTOR_HOME[j], 8.0) for j in range(INVESTORS)] for a in range(CLUSTERS)], axis=1
)


def inflows(talents):
    """Monthly inflow of each investor."""
    return np.array([20 * 0.016 * talents * (1 + j % 10) / 2750 for j in range(INVESTORS)])


def fund_limits(talents):
    """What each investor holds at most, and at the start."""
    return np.maximum(900.0, 24 * inflows(talents))


def large_employers(talents):
    """Clusters and capacities of institutions, then pools."""
    size = int(0.38 * talents / INSTITUTIONS)
    rows = [(cluster, size) for cluster, number in enumerate(INSTITUTIONS_OF) for _ in range(number)]
    return rows + [(cluster, int(0.38 * talents * share)) for cluster, share in enumerate(SHARE)]


def attractiveness(startups):
    """By the startups of each cluster."""
    weight = startups / max(1, startups.sum()) / SHARE
    return APPEAL * (0.6 + 0.4 * np.minimum(2.0, weight))


def restlessness(attraction):
    """Search at work relative to the mean, by cluster."""
    return np.clip(2 - attraction / attraction.mean(), 0.6, 1.4)


def pull(openings, attraction, talents):
    """Cumulated probability of applying to each cluster, from each cluster."""
    weight = JOBS * (openings * attraction)
    return np.cumsum(weight / (weight.sum(axis=1, keepdims=True) + 0.01 * talents), axis=1)


FLOWS = ["exits", "entries", "moves", "released", "founded", "stage_ups", "successes", "closed", "asked", "funded"]


def line(stocks, flows):
    """One month as every program prints it: 4 x 8 stocks, ten flows."""
    return " ".join(str(int(value)) for value in [*np.concatenate(stocks), *(flows[name] for name in FLOWS)])
