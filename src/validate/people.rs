//! V17 and V28: founders who found again, and who moves where.

use std::collections::BTreeMap;

use crate::math::{great_circle_km, ln};
use crate::record::EventKind;
use crate::rng::Key;
use crate::scenario::spec::ClusterId;
use crate::units::Month;
use crate::world::World;
use crate::world::organisation::Record;
use crate::world::people::PersonId;

use super::firms::choice_slope;
use super::history::History;

/// Months that a company of a founder has to succeed.
const TIME: u16 = 120;
/// Ages at which the middle and the last class begin.
const AGES: [f64; 2] = [35.0, 50.0];

/// V17: of companies that venture money backed, per cent that went public within ten years, which is what the source calls a
/// success: of founders who had an exit before, of those who had founded without, of those who had not founded.
pub(super) fn serial_founders(history: &History) -> Vec<Option<f64>> {
    let names = history.startups_by_name();
    let mut won: BTreeMap<usize, Month> = BTreeMap::new();
    for event in &history.outcome.events {
        let Some(row) = names.get(event.actor.as_str()) else { continue };
        if event.kind == EventKind::Listed {
            won.entry(*row).or_insert(event.month);
        }
    }
    let companies = history.world.startups.iter().enumerate().filter_map(|(row, startup)| {
        let founded = history.world.orgs[startup.org.ix()].founded;
        let seen = startup.founder.is_some() && startup.rounds > 0 && founded.0 + TIME <= history.scenario.months;
        seen.then(|| (startup.record, won.get(&row).is_some_and(|month| month.0 <= founded.0 + TIME)))
    });
    shares_by_record(companies)
}

fn shares_by_record(companies: impl Iterator<Item = (Record, bool)>) -> Vec<Option<f64>> {
    let mut classes = [[0.0; 2]; 3];
    for (record, won) in companies {
        let class = match record {
            Record::Succeeded => 0,
            Record::Failed => 1,
            Record::First => 2,
        };
        classes[class][0] += f64::from(u8::from(won));
        classes[class][1] += 1.0;
    }
    classes.iter().map(|[won, all]| (*all >= 20.0).then(|| 100.0 * won / all)).collect()
}

/// Where everybody is, year by year.
#[derive(Default)]
pub(super) struct Moves {
    /// Key and cluster of the person in each row a year ago.
    last: Vec<(Key, u16)>,
    /// People who lived in a cluster over a year.
    lived: BTreeMap<u16, f64>,
    /// People who moved within a year, by where from and where to.
    pub moved: BTreeMap<(u16, u16), f64>,
    /// People and movers by class of age: below 35, to 49, from 50.
    pub ages: [[f64; 2]; 3],
}

impl Moves {
    /// Looks at everybody once a year.
    pub fn note(&mut self, month: Month, world: &World) {
        self.last.resize(world.people.rows(), (Key(0), 0));
        for row in 0..world.people.rows() as u32 {
            let person = &world.people[PersonId(row)];
            let (key, before) = self.last[row as usize];
            if person.is_alive() && person.key == key {
                self.count(before, person.cluster.0, person.age(month), f64::from(person.weight));
            }
            let now = if person.is_alive() { person.key } else { Key(0) };
            self.last[row as usize] = (now, person.cluster.0);
        }
    }

    fn count(&mut self, from: u16, to: u16, age: f64, people: f64) {
        let class = &mut self.ages[AGES.iter().filter(|begins| age >= **begins).count()];
        class[0] += people;
        *self.lived.entry(from).or_default() += people;
        if from != to {
            class[1] += people;
            *self.moved.entry((from, to)).or_default() += people;
        }
    }

    /// Exponent of the distance in the choice of where to move, among all other clusters in proportion to who lives there.
    fn exponent(&self, km: impl Fn(u16, u16) -> f64) -> Option<f64> {
        let choices: Vec<Vec<(f64, f64, f64)>> = self
            .lived
            .keys()
            .map(|from| {
                let others = self.lived.iter().filter(|(to, _)| *to != from);
                let option = |(to, there): (&u16, &f64)| {
                    let chosen = self.moved.get(&(*from, *to)).copied().unwrap_or(0.0);
                    (ln(km(*from, *to).max(10.0)), chosen, *there)
                };
                others.map(option).collect()
            })
            .collect();
        let moved: f64 = self.moved.values().sum();
        if moved >= 200.0 { choice_slope(&choices) } else { None }
    }

    /// People who came to some clusters from any others, or went, a person who lived there.
    fn rate(&self, inside: &[ClusterId], arriving: bool) -> Option<f64> {
        let within = |cluster: &u16| inside.contains(&ClusterId(*cluster));
        let crossed = self.moved.iter().filter(|((from, to), _)| {
            within(if arriving { to } else { from }) && !within(if arriving { from } else { to })
        });
        let crossed: f64 = crossed.map(|(_, people)| people).sum();
        let lived: f64 = self.lived.iter().filter(|(cluster, _)| within(cluster)).map(|(_, people)| people).sum();
        (lived > 0.0).then(|| crossed / lived)
    }
}

/// V28: exponent of the distance in the choice of where to move; moves a person from 50 on over those below 35; arrivals
/// from abroad a person in Japan over those in the United States and the United Kingdom; departures, likewise.
pub(super) fn who_moves(history: &History) -> Vec<Option<f64>> {
    let moves = &history.notes.moves;
    let spec = history.spec();
    let km = |from: u16, to: u16| {
        let (a, b) = (&spec.cluster[usize::from(from)], &spec.cluster[usize::from(to)]);
        great_circle_km(a.latitude, a.longitude, b.latitude, b.longitude)
    };
    let rate = |class: usize| moves.ages[class][1] / moves.ages[class][0];
    let age = (moves.ages.iter().all(|[people, _]| *people > 0.0) && rate(0) > 0.0).then(|| rate(2) / rate(0));
    let japan = history.clusters_of(&["jp"]);
    let others = ["us", "uk"].map(|country| history.clusters_of(&[country]));
    let relative = |arriving: bool| -> Option<f64> {
        let rates: Vec<f64> = others.iter().filter_map(|clusters| moves.rate(clusters, arriving)).collect();
        let mean = rates.iter().sum::<f64>() / rates.len() as f64;
        Some(moves.rate(&japan, arriving)? / mean).filter(|ratio| ratio.is_finite())
    };
    vec![moves.exponent(km), age, relative(true), relative(false)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_those_of_each_record() {
        let company = |record, n: u32, won: u32| (0..n).map(move |k| (record, k < won));
        let all = company(Record::Succeeded, 40, 12).chain(company(Record::Failed, 50, 10)).chain(company(
            Record::First,
            10,
            9,
        ));
        assert_eq!(shares_by_record(all), [Some(30.0), Some(20.0), None], "ten are too few");
    }

    #[test]
    fn a_choice_by_size_and_distance_has_its_exponent_whoever_leaves_most() {
        let mut moves = Moves::default();
        let place = [0.0, 100.0, 300.0, 700.0];
        let km = |from: u16, to: u16| f64::abs(place[usize::from(from)] - place[usize::from(to)]);
        for from in 0..4 {
            moves.lived.insert(from, 1e6);
            for to in (0..4).filter(|to| *to != from) {
                moves.moved.insert((from, to), 1e5 / km(from, to));
            }
        }
        assert!((moves.exponent(km).unwrap() + 1.0).abs() < 1e-6, "{:?}", moves.exponent(km));
        let mut lopsided = Moves { lived: moves.lived.clone(), ..Moves::default() };
        for ((from, to), people) in &moves.moved {
            lopsided.moved.insert((*from, *to), people * if *from == 3 { 50.0 } else { 1.0 });
        }
        assert!((lopsided.exponent(km).unwrap() + 1.0).abs() < 1e-6);
        // Everybody who left the first two towns for the others, over all who lived there.
        let out = moves.rate(&[ClusterId(0), ClusterId(1)], false).unwrap();
        let expected = (1e5 / 300.0 + 1e5 / 700.0 + 1e5 / 200.0 + 1e5 / 600.0) / 2e6;
        assert!((out / expected - 1.0).abs() < 1e-9 && moves.rate(&[], true).is_none());
    }

    #[test]
    fn ages_fall_into_their_classes() {
        let mut moves = Moves::default();
        moves.count(0, 1, 30.0, 2.0);
        moves.count(0, 0, 35.0, 1.0);
        moves.count(0, 0, 50.0, 1.0);
        assert_eq!(moves.ages, [[2.0, 2.0], [1.0, 0.0], [1.0, 0.0]]);
    }
}
