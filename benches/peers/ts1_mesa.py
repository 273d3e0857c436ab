"""TS-1 for Mesa: an Agent object each, phases by `agents_by_type`, records by a DataCollector.

python ts1_mesa.py TALENTS MONTHS SEED [--series] [--do]   (--do: phases without shuffling)
"""

import sys

import mesa
import numpy as np
from definition import *


class Employer(mesa.Agent):
    def __init__(self, model, cluster, capacity):
        super().__init__(model)
        self.cluster, self.capacity, self.headcount = cluster, capacity, 0
        self.distressed = False

    def post(self):
        """Phase F: open positions."""
        if not self.distressed:
            self.model.openings[self.cluster].extend([self] * max(0, self.capacity - self.headcount))


class Institution(Employer):
    pass


class Pool(Employer):
    pass


class Startup(Employer):
    def __init__(self, model, cluster, stage, cash):
        super().__init__(model, cluster, PLANNED[stage])
        self.stage, self.cash, self.staff, self.open = stage, cash, set(), True
        model.startups[cluster] += 1

    def develop(self):
        """Phase C: money runs out, the stage may end, more money is asked for."""
        draw, flows = self.random.random, self.model.flows
        spent = burn(self.headcount)
        self.cash -= spent
        if self.cash <= 0:
            self.open = False
        elif draw() < COMPLETION[self.stage] * min(1.0, self.headcount / PLANNED[self.stage]):
            if draw() >= SUCCESS[self.stage]:
                self.open = draw() >= 0.5
            elif self.stage == 4:
                flows["successes"] += 1
                self.open = False
            else:
                flows["stage_ups"] += 1
                self.stage += 1
                self.capacity = PLANNED[self.stage]
        if not self.open:
            self.model.closing.append(self)
        elif self.cash < 9 * spent and draw() < REQUEST:
            self.model.requests.append(self)

    def close(self):
        for talent in self.staff:
            talent.employer = None
            self.model.unemployed[talent.cluster] += 1
        self.model.flows["released"] += len(self.staff)
        self.model.flows["closed"] += 1
        self.model.startups[self.cluster] -= 1
        self.remove()

    def post(self):
        self.distressed = self.cash < 6 * burn(self.headcount)
        super().post()


class Talent(mesa.Agent):
    def __init__(self, model, cluster, skill, born):
        super().__init__(model)
        self.cluster, self.skill, self.born, self.employer = cluster, skill, born, None
        model.talents[cluster] += 1
        model.unemployed[cluster] += 1

    def step(self):
        """Phase A: leave, found, apply, or nothing."""
        model, draw = self.model, self.random.random
        months = model.month - self.born
        if draw() < (EXIT[0] if months < AGES[1] else EXIT[1] if months < AGES[2] else EXIT[2]):
            self.leave()
            model.talents[self.cluster] -= 1
            model.unemployed[self.cluster] -= 1
            model.flows["exits"] += 1
            self.remove()
            return
        employer = self.employer
        if employer is None:
            search = SEARCH_WITHOUT_WORK
        else:
            if isinstance(employer, Institution) and draw() < FOUNDING:
                model.founders.append(self)
                return
            age = AGE_FACTOR[0] if months < AGES[0] else AGE_FACTOR[1] if months < AGES[1] else AGE_FACTOR[2]
            search = model.restless[self.cluster] * SKILL_FACTOR[self.skill] * age
            if employer.distressed:
                search *= DISTRESS_FACTOR
        if draw() < search:
            luck = draw()
            for target, cumulated in enumerate(model.pull[self.cluster]):
                if luck < cumulated:
                    model.applicants[target].append(self)
                    return

    def leave(self):
        if self.employer is not None:
            self.employer.headcount -= 1
            if isinstance(self.employer, Startup):
                self.employer.staff.discard(self)
            self.employer = None
            self.model.unemployed[self.cluster] += 1

    def join(self, employer):
        self.leave()
        model = self.model
        model.unemployed[self.cluster] -= 1
        model.talents[self.cluster] -= 1
        self.cluster, self.employer = employer.cluster, employer
        model.talents[self.cluster] += 1
        employer.headcount += 1
        if isinstance(employer, Startup):
            employer.staff.add(self)


class TS1(mesa.Model):
    def __init__(self, talents, seed, shuffled):
        super().__init__(seed=seed)
        self.size, self.month, self.shuffled = talents, 0, shuffled
        self.flows = dict.fromkeys(FLOWS, 0)
        self.talents, self.unemployed, self.startups = (np.zeros(CLUSTERS, int) for _ in range(3))
        self.fund, self.inflow, self.limit = fund_limits(talents), inflows(talents), fund_limits(talents)
        clusters = range(CLUSTERS)
        for row, (cluster, capacity) in enumerate(large_employers(talents)):
            (Institution if row < INSTITUTIONS else Pool)(self, cluster, capacity)
        self.institutions = list(self.agents_by_type[Institution])
        for number in range(talents // 60):
            stage = FIRST_STAGES[number % 20]
            cash = (0.3 + 0.7 * self.random.random()) * ROUND[stage]
            Startup(self, self.random.choices(clusters, SHARE)[0], stage, cash)
        positions = [[] for _ in clusters]
        for employer in self.agents:
            positions[employer.cluster].extend([employer] * employer.capacity)
        for choice in positions:
            self.random.shuffle(choice)
        for _ in range(talents):
            cluster = self.random.choices(clusters, SHARE)[0]
            born = -self.random.randrange(FIRST_AGE, AGES[2])
            talent = Talent(self, cluster, self.random.randrange(4), born)
            if self.random.random() >= 0.04 and positions[cluster]:
                talent.join(positions[cluster].pop())
        self.datacollector = mesa.DataCollector(model_reporters={"row": self.row})
        self.post()

    def every(self, kind, method):
        agents = self.agents_by_type[kind]
        agents.shuffle_do(method) if self.shuffled else agents.do(method)

    def post(self):
        self.openings = [[] for _ in range(CLUSTERS)]
        self.agents_by_type[Institution].do("post")
        self.agents_by_type[Pool].do("post")
        self.agents_by_type[Startup].do("post")
        self.open_positions = np.array([len(openings) for openings in self.openings])
        attraction = attractiveness(self.startups)
        self.restless = (SEARCH_AT_WORK * restlessness(attraction)).tolist()
        self.pull = pull(self.open_positions, attraction, self.size).tolist()

    def row(self):
        stocks = (self.talents, self.unemployed, self.startups, self.open_positions)
        return line(stocks, self.flows)

    def step(self):
        self.month += 1
        self.flows = dict.fromkeys(FLOWS, 0)
        self.founders, self.closing, self.requests = [], [], []
        self.applicants = [[] for _ in range(CLUSTERS)]
        self.every(Talent, "step")
        for applicants, openings in zip(self.applicants, self.openings):
            self.random.shuffle(applicants)
            self.random.shuffle(openings)
            for talent, employer in zip(applicants, openings):
                talent.join(employer)
                self.flows["moves"] += 1
        self.every(Startup, "develop")
        self.random.shuffle(self.requests)
        for startup in self.requests:
            weights = INVESTOR_WEIGHT[startup.cluster]
            investor = np.searchsorted(weights, self.random.random() * weights[-1], side="right")
            price = ROUND[startup.stage]
            if self.fund[investor] >= price and self.random.random() < ACCEPTED[startup.stage]:
                self.fund[investor] -= price
                startup.cash += price
                self.flows["funded"] += 1
        self.flows["asked"] = len(self.requests)
        self.fund = np.minimum(self.fund + self.inflow, self.limit)
        for startup in self.closing:
            startup.close()
        for talent in self.founders:
            talent.join(Startup(self, talent.cluster, 0, FIRST_CASH))
        self.flows["founded"] = len(self.founders)
        expected = ENTRY * self.size
        self.flows["entries"] = int(expected) + (self.random.random() < expected % 1)
        for _ in range(self.flows["entries"]):
            school = self.random.choice(self.institutions)
            Talent(self, school.cluster, self.random.randrange(4), self.month - FIRST_AGE)
        self.post()
        self.datacollector.collect(self)


if __name__ == "__main__":
    talents, months, seed = (int(word) for word in sys.argv[1:4])
    model = TS1(talents, seed, "--do" not in sys.argv)
    for _ in range(months):
        model.step()
    rows = model.datacollector.get_model_vars_dataframe()["row"]
    print("\n".join(rows) if "--series" in sys.argv else f"{months} months")
