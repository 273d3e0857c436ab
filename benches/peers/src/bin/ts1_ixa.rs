//! TS-1 for ixa in its fast idiom: talents are entities, exits and birthdays are plans, and whoever may found or search is
//! sampled, a binomial number from each cell of an indexed property of four.

use ixa::context::ExecutionPhase;
use ixa::prelude::*;
use rand::RngExt;
use rand_distr::{Binomial, Distribution};
use trihelix_peers::definition::{
    AGES, CLUSTERS, DISTRESS_FACTOR, EXIT, FIRST_AGE, FIRST_STARTUP, FOUNDING, INSTITUTIONS, SEARCH_WITHOUT_WORK,
};
use trihelix_peers::{Market, NOBODY, arguments, print, search_band};

define_entity!(Talent);
define_property!(struct Cluster(u8), Talent);
define_property!(struct Skill(u8), Talent);
define_property!(struct Band(u8), Talent);
define_property!(
    enum Work {
        Institution,
        Company,
        Nowhere,
        Gone,
    },
    Talent
);
define_property!(struct Employer(u32), Talent);
define_property!(struct Number(u32), Talent);
define_multi_property!(Talent, (Cluster, Skill, Band, Work));
define_rng!(Sampling);

type Person = EntityId<Talent>;

/// What is not about single talents.
struct Town {
    market: Market,
    people: Vec<Person>,
    living: [u32; CLUSTERS],
    unemployed: [u32; CLUSTERS],
    months: i32,
    series: bool,
}

define_data_plugin!(TownPlugin, Option<Town>, None);

fn town(context: &mut Context) -> &mut Town {
    context.get_data_mut(TownPlugin).as_mut().expect("set before anything is planned")
}

fn work(employer: u32) -> Work {
    match employer {
        NOBODY => Work::Nowhere,
        employer if employer < INSTITUTIONS => Work::Institution,
        _ => Work::Company,
    }
}

/// Months from now until somebody of this age exits, by inverting the cumulated hazard.
fn months_to_exit(luck: f64, age: i32) -> i32 {
    let (mut left, mut first) = (-luck.ln(), age + 1);
    for (hazard, until) in EXIT.into_iter().zip([AGES[1], AGES[2], i32::MAX]) {
        let rate = -(1.0 - hazard).ln();
        let months = f64::from((until - first).max(0));
        if left < rate * months {
            return first + (left / rate) as i32 - age;
        }
        left -= rate * months;
        first = first.max(until);
    }
    i32::MAX
}

/// A new entity with its plans.
fn enter(context: &mut Context, cluster: u8, employer: u32, skill: u8, age: i32) {
    let number = town(context).people.len() as u32;
    let band = search_band(age) as u8;
    let properties =
        with!(Talent, Cluster(cluster), Skill(skill), Band(band), work(employer), Employer(employer), Number(number));
    let person = context.add_entity(properties).expect("all properties are given");
    let town = town(context);
    town.people.push(person);
    town.living[usize::from(cluster)] += 1;
    town.unemployed[usize::from(cluster)] += u32::from(employer == NOBODY);
    let (now, last) = (town.market.month, town.months);
    let luck = 1.0 - town.market.rng.random::<f64>();
    let exits = now.saturating_add(months_to_exit(luck, age));
    if exits <= last {
        context.add_plan_with_phase(f64::from(exits), move |context| exit(context, person), ExecutionPhase::First);
    }
    for (band, birthday) in (1..).zip(&AGES[..2]) {
        let month = now + birthday - age;
        if month > now && month <= last && month < exits {
            let turn = move |context: &mut Context| context.set_property(person, Band(band));
            context.add_plan_with_phase(f64::from(month), turn, ExecutionPhase::First);
        }
    }
}

fn exit(context: &mut Context, person: Person) {
    let (Cluster(cluster), Employer(employer)) = (context.get_property(person), context.get_property(person));
    let Number(number) = context.get_property(person);
    context.set_property(person, Work::Gone);
    let town = town(context);
    town.market.leave(number, employer);
    town.market.row.exits += 1;
    town.living[usize::from(cluster)] -= 1;
    town.unemployed[usize::from(cluster)] -= u32::from(employer == NOBODY);
}

/// Phase A without the exits, which are plans.
fn decide(context: &mut Context) {
    for cell in 0..CLUSTERS as u8 * 4 * 3 {
        let (cluster, skill, band) = (cell / 12, cell / 3 % 4, cell % 3);
        for work in [Work::Institution, Work::Company, Work::Nowhere] {
            let search = match work {
                Work::Nowhere => SEARCH_WITHOUT_WORK,
                _ => town(context).market.search(cluster, skill, usize::from(band)),
            };
            let founding = if work == Work::Institution { FOUNDING } else { 0.0 };
            let either = founding + (1.0 - founding) * search;
            let here = with!(Talent, Cluster(cluster), Skill(skill), Band(band), work);
            let number = context.query_entity_count(here);
            let Ok(hits) = Binomial::new(number as u64, either) else { continue };
            let hits = hits.sample(&mut town(context).market.rng) as usize;
            for person in context.sample_entities(Sampling, here, hits) {
                let (Number(number), Employer(employer)) = (context.get_property(person), context.get_property(person));
                let market = &mut town(context).market;
                if market.rng.random_bool(founding / either) {
                    market.founders.push(number);
                } else if employer == NOBODY || !market.employers.distressed[employer as usize] {
                    market.apply(number, cluster);
                }
            }
        }
    }
    // Staff of firms in distress is asked one by one.
    let market = &town(context).market;
    let distressed = market.startups.iter().filter(|firm| market.employers.distressed[**firm as usize]);
    let staff: Vec<u32> = distressed.flat_map(|firm| market.employers.staff[*firm as usize].clone()).collect();
    for number in staff {
        let person = town(context).people[number as usize];
        let (Cluster(cluster), Skill(skill)) = (context.get_property(person), context.get_property(person));
        let Band(band) = context.get_property(person);
        let market = &mut town(context).market;
        if market.rng.random_bool(DISTRESS_FACTOR * market.search(cluster, skill, usize::from(band))) {
            market.apply(number, cluster);
        }
    }
}

fn move_to(context: &mut Context, number: u32, employer: u32, to: u8) {
    let person = town(context).people[number as usize];
    let (Cluster(from), Employer(before)) = (context.get_property(person), context.get_property(person));
    let town = town(context);
    town.unemployed[usize::from(from)] -= u32::from(before == NOBODY);
    town.unemployed[usize::from(to)] += u32::from(employer == NOBODY);
    town.living[usize::from(from)] -= 1;
    town.living[usize::from(to)] += 1;
    if from != to {
        context.set_property(person, Cluster(to));
    }
    if work(before) != work(employer) {
        context.set_property(person, work(employer));
    }
    context.set_property(person, Employer(employer));
}

fn employer_of(context: &mut Context, number: u32) -> (u8, u32) {
    let person = town(context).people[number as usize];
    let (Cluster(cluster), Employer(employer)) = (context.get_property(person), context.get_property(person));
    (cluster, employer)
}

fn month(context: &mut Context) {
    town(context).market.month += 1;
    decide(context);
    for (number, employer) in town(context).market.matches() {
        let (_, before) = employer_of(context, number);
        let market = &mut town(context).market;
        market.leave(number, before);
        market.join(number, employer);
        let to = market.employers.cluster[employer as usize];
        move_to(context, number, employer, to);
    }
    let market = &mut town(context).market;
    for firm in market.startups.clone() {
        market.develop(firm);
    }
    for number in market.fund_and_close() {
        let (cluster, _) = employer_of(context, number);
        move_to(context, number, NOBODY, cluster);
    }
    for number in std::mem::take(&mut town(context).market.founders) {
        let (cluster, institution) = employer_of(context, number);
        let firm = town(context).market.found(number, cluster, institution);
        debug_assert!(firm >= FIRST_STARTUP);
        move_to(context, number, firm, cluster);
    }
    for (cluster, skill) in town(context).market.entrants() {
        enter(context, cluster, NOBODY, skill, FIRST_AGE);
    }
    let town = town(context);
    town.market.close_month(town.living, town.unemployed);
    if town.series {
        print(&town.market.row);
    }
    // Exits of next month come before its step and are its first entries.
    town.market.row = Default::default();
    let next = town.market.month + 1;
    if next <= town.months {
        context.add_plan(f64::from(next), month);
    }
}

fn main() {
    let (talents, months, seed, series) = arguments();
    let mut market = Market::new(talents, seed);
    let start = market.first_talents(talents);
    let mut context = Context::new();
    context.init_random(seed);
    let counts = [0; CLUSTERS];
    *context.get_data_mut(TownPlugin) =
        Some(Town { market, people: Vec::new(), living: counts, unemployed: counts, months: months as i32, series });
    for (cluster, employer, skill, born) in start {
        enter(&mut context, cluster, employer, skill, -i32::from(born));
    }
    context.index_property::<Talent, (Cluster, Skill, Band, Work)>();
    let town = town(&mut context);
    town.market.close_month(town.living, town.unemployed);
    town.market.row = Default::default();
    if months > 0 {
        context.add_plan(1.0, month);
        context.execute();
    }
}
