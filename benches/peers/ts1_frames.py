"""TS-1 for mesa-frames: talents and startups as Polars agent sets, whole-column steps with numpy draws.

python ts1_frames.py TALENTS MONTHS SEED [--series]
"""

import os
import sys

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np
import polars as pl
from definition import *
from mesa_frames import AgentSetPolars, ModelDF

NOBODY = -1


class Talents(AgentSetPolars):
    """Cluster, employer (a row of the model's employers), skill and month of birth of each."""

    def __init__(self, model, number):
        super().__init__(model)
        draw = model.draw
        cluster = draw.choice(CLUSTERS, number, p=SHARE)
        employer = np.full(number, NOBODY, np.int64)
        works = draw.random(number) >= 0.04
        for here in range(CLUSTERS):
            positions = np.repeat(np.arange(model.cluster.size), np.where(model.cluster == here, model.capacity, 0))
            draw.shuffle(positions)
            who = np.flatnonzero(works & (cluster == here))[: positions.size]
            employer[who] = positions[: who.size]
        born = -draw.integers(FIRST_AGE, AGES[2], number)
        self.enrol(cluster, employer, draw.integers(0, 4, number), born)

    def enrol(self, cluster, employer, skill, born):
        first = self.model.serial
        self.model.serial += cluster.size
        columns = {"cluster": cluster, "employer": employer, "skill": skill, "born": born}
        ids = np.arange(first, first + cluster.size)
        self.add(pl.DataFrame({"unique_id": ids} | {name: values.astype(np.int64) for name, values in columns.items()}))

    def step(self):
        """Phases A and B: leave, found, apply, and the matching; returns who founds."""
        model, draw, flows = self.model, self.model.draw, self.model.flows
        cluster, employer, skill, born = (self.agents[name].to_numpy() for name in ["cluster", "employer", "skill", "born"])
        months, number = model.month - born, len(self.agents)
        leaves = draw.random(number) < np.where(months < AGES[1], EXIT[0], np.where(months < AGES[2], EXIT[1], EXIT[2]))
        at_work = employer != NOBODY
        founds = ~leaves & at_work & (employer < INSTITUTIONS) & (draw.random(number) < FOUNDING)
        age = np.where(months < AGES[0], AGE_FACTOR[0], np.where(months < AGES[1], AGE_FACTOR[1], AGE_FACTOR[2]))
        distress = np.where(model.distressed[employer], DISTRESS_FACTOR, 1.0)
        search = SEARCH_AT_WORK * model.restless[cluster] * np.array(SKILL_FACTOR)[skill] * age * distress
        search = np.where(at_work, search, SEARCH_WITHOUT_WORK)
        searchers = np.flatnonzero(~leaves & ~founds & (draw.random(number) < search))
        target = (draw.random(searchers.size)[:, None] >= model.pull[cluster[searchers]]).sum(axis=1)
        new_employer, new_cluster = employer.copy(), cluster.copy()
        for here, openings in enumerate(model.openings):
            applicants = searchers[target == here]
            draw.shuffle(applicants)
            draw.shuffle(openings)
            matches = min(applicants.size, openings.size)
            new_employer[applicants[:matches]] = openings[:matches]
            new_cluster[applicants[:matches]] = here
            flows["moves"] += matches
        flows["exits"] = leaves.sum()
        founders = self.agents["unique_id"].to_numpy()[founds]
        columns = {"employer": new_employer, "cluster": new_cluster}
        self.agents = self.agents.with_columns(**{name: pl.Series(values) for name, values in columns.items()}).filter(
            pl.Series(~leaves)
        )
        self.select()
        return founders

    def release(self, closed):
        """Staff of firms that close is without work."""
        lost = pl.col("employer").is_in(closed)
        self.model.flows["released"] = self.agents.select(lost.sum()).item()
        self.agents = self.agents.with_columns(employer=pl.when(lost).then(NOBODY).otherwise(pl.col("employer")))

    def move(self, ids, employers):
        """Founders go to their firms."""
        firms = pl.DataFrame({"unique_id": ids, "firm": employers})
        joined = self.agents.join(firms, on="unique_id", how="left", maintain_order="left")
        self.agents = joined.with_columns(employer=pl.coalesce("firm", "employer")).drop("firm")

    def headcount(self, employers):
        at_work = self.agents["employer"].to_numpy()
        return np.bincount(at_work[at_work != NOBODY], minlength=employers)


class Startups(AgentSetPolars):
    """Row among the employers, stage and cash of each; closed firms are removed."""

    def __init__(self, model, cluster, stage, cash):
        super().__init__(model)
        self.found(cluster, stage, cash)

    def found(self, cluster, stage, cash):
        rows = self.model.open_employers(cluster, np.array(PLANNED)[stage])
        frame = {"unique_id": rows, "cluster": cluster.astype(np.int64), "stage": stage, "cash": cash.astype(float)}
        self.add(pl.DataFrame(frame))
        return rows

    def step(self):
        """Phase C: returns the rows of firms that close."""
        model, draw, flows = self.model, self.model.draw, self.model.flows
        row, cluster, stage, cash = (self.agents[name].to_numpy() for name in ["unique_id", "cluster", "stage", "cash"])
        stage, number = stage.copy(), row.size
        spent = burn(model.headcount[row])
        cash = cash - spent
        solvent = cash > 0
        staffing = np.minimum(1.0, model.headcount[row] / np.array(PLANNED)[stage])
        ends = solvent & (draw.random(number) < np.array(COMPLETION)[stage] * staffing)
        wins = ends & (draw.random(number) < np.array(SUCCESS)[stage])
        leaves = wins & (stage == 4)
        fails = ends & ~wins & (draw.random(number) < 0.5)
        grows = wins & ~leaves
        stage[grows] += 1
        model.capacity[row[grows]] = np.array(PLANNED)[stage[grows]]
        stays = solvent & ~leaves & ~fails
        asks = np.flatnonzero(stays & (cash < 9 * spent) & (draw.random(number) < REQUEST))
        draw.shuffle(asks)
        luck, answers = draw.random(asks.size), draw.random(asks.size)
        # One request after the other: funds run out.
        for nth, firm in enumerate(asks):
            weights, price = INVESTOR_WEIGHT[cluster[firm]], ROUND[stage[firm]]
            investor = np.searchsorted(weights, luck[nth] * weights[-1], side="right")
            if model.fund[investor] >= price and answers[nth] < ACCEPTED[stage[firm]]:
                model.fund[investor] -= price
                cash[firm] += price
                flows["funded"] += 1
        flows["stage_ups"], flows["successes"] = grows.sum(), leaves.sum()
        flows["asked"], flows["closed"] = asks.size, (~stays).sum()
        self.agents = self.agents.with_columns(stage=pl.Series(stage), cash=pl.Series(cash)).filter(pl.Series(stays))
        self.select()
        return row[~stays]


class TS1(ModelDF):
    def __init__(self, talents, seed):
        super().__init__(seed=seed)
        self.draw, self.size, self.month = np.random.default_rng(seed), talents, 0
        # Ids are unique over all sets; those of startups are their rows.
        self.serial = 1 << 32
        self.flows = dict.fromkeys(FLOWS, 0)
        self.fund = fund_limits(talents)
        cluster, capacity = zip(*large_employers(talents))
        self.cluster, self.capacity = np.array(cluster), np.array(capacity)
        self.distressed = np.zeros(self.cluster.size + 1, bool)
        stage = np.resize(FIRST_STAGES, talents // 60)
        cash = (0.3 + 0.7 * self.draw.random(stage.size)) * np.array(ROUND)[stage]
        self.startups = Startups(self, self.draw.choice(CLUSTERS, stage.size, p=SHARE), stage, cash)
        self.talents = Talents(self, talents)
        self.agents += self.startups
        self.agents += self.talents
        self.close_month()

    def open_employers(self, cluster, capacity):
        first = self.cluster.size
        self.cluster = np.append(self.cluster, cluster)
        self.capacity = np.append(self.capacity, capacity)
        return np.arange(first, self.cluster.size)

    def close_month(self):
        """Phase F."""
        employers = self.cluster.size
        self.headcount = self.talents.headcount(employers)
        firms, cash = (self.startups.agents[name].to_numpy() for name in ["unique_id", "cash"])
        # The last row stands for nobody's employer.
        self.distressed = np.zeros(employers + 1, bool)
        self.distressed[firms] = cash < 6 * burn(self.headcount[firms])
        rows = np.append(np.arange(FIRST_STARTUP), firms)
        rows = rows[~self.distressed[rows]]
        free = np.maximum(0, self.capacity[rows] - self.headcount[rows])
        self.openings = [np.repeat(rows, np.where(self.cluster[rows] == here, free, 0)) for here in range(CLUSTERS)]
        openings = np.array([len(openings) for openings in self.openings])
        cluster, employer = (self.talents.agents[name].to_numpy() for name in ["cluster", "employer"])
        startups = np.bincount(self.cluster[firms], minlength=CLUSTERS)
        people = np.bincount(cluster, minlength=CLUSTERS)
        unemployed = np.bincount(cluster[employer == NOBODY], minlength=CLUSTERS)
        attraction = attractiveness(startups)
        self.restless, self.pull = restlessness(attraction), pull(openings, attraction, self.size)
        self.row = line((people, unemployed, startups, openings), self.flows)

    def step(self):
        self.month += 1
        self.flows = dict.fromkeys(FLOWS, 0)
        founders = self.talents.step()
        self.headcount = self.talents.headcount(self.cluster.size)
        closed = self.startups.step()
        self.fund = np.minimum(self.fund + inflows(self.size), fund_limits(self.size))
        self.talents.release(closed)
        homes = pl.DataFrame({"unique_id": founders}).join(self.talents.agents, on="unique_id", maintain_order="left")
        stage = np.zeros(founders.size, np.int64)
        firms = self.startups.found(homes["cluster"].to_numpy(), stage, np.full(founders.size, FIRST_CASH))
        self.talents.move(founders, firms)
        self.flows["founded"] = founders.size
        expected = ENTRY * self.size
        number = int(expected) + int(self.draw.random() < expected % 1)
        self.flows["entries"] = number
        schools = self.draw.integers(0, INSTITUTIONS, number)
        born = np.full(number, self.month - FIRST_AGE)
        self.talents.enrol(self.cluster[schools], np.full(number, NOBODY), self.draw.integers(0, 4, number), born)
        self.close_month()


if __name__ == "__main__":
    talents, months, seed = (int(word) for word in sys.argv[1:4])
    model, rows = TS1(talents, seed), []
    for _ in range(months):
        model.step()
        rows.append(model.row)
    print("\n".join(rows) if "--series" in sys.argv else f"{months} months")
