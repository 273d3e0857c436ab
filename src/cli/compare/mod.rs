//! `compare`: a baseline and policies on common random numbers.

mod again;
mod charts;
mod pairs;
mod progress;
mod switching;
mod text;

use std::path::PathBuf;

use clap::{Args, value_parser};
use serde_json::json;

use crate::output::{
    ClusterLabel, ComparisonResult, Foreign, InputFile, PolicyFacts, ResultFolder, ScenarioFacts, comparison_json,
    write_comparison,
};
use crate::record::METRICS;
use crate::simulate::BEHAVIOUR;
use crate::statistics::{
    Comparison, DEFAULT_METRICS, FIRST_LOOK, Judged, Layout, Look, Subject, WantedMetric, judge_all, wanted_metrics,
};
use crate::study::{Expectation, Ground, REPLICATES_AT_MOST, StoppingRule, read_expectations};

use super::engine::Loaded;
use super::failure::{Failure, INPUT};
use super::options::{ChanceOptions, Format, FormatOption, MachineOptions, assignment};
use super::{claims, engine, overview, terminal};

pub(super) use again::{again, run_of};

use pairs::{Pairs, Stop};
use switching::Switch;

/// Pairs of runs if nothing else is asked for.
const PAIRS: u32 = 32;

/// Compare policies with a baseline: differences with intervals, on common random numbers
///
/// Every policy is laid over BASE by itself. A replicate runs the baseline and all policies on the same random numbers,
/// so that only the policy differs.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Scenario file
    #[arg(value_name = "BASE")]
    base: PathBuf,
    /// Policy files
    #[arg(value_name = "POLICY", required = true)]
    policies: Vec<PathBuf>,
    /// Pairs of runs [default: 32; with --until at most 512]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value_parser!(u32).range(2..=1_000_000))]
    replicates: Option<u32>,
    /// Add replicates until this holds for every policy: 'half_width(employees@2040, kobe) <= 2%'
    #[arg(long, value_name = "RULE", value_parser = StoppingRule::parse)]
    until: Option<StoppingRule>,
    /// Metrics to compare, with commas between [default: jobs, startups, money raised, approvals, patients, public cost]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    metrics: Vec<String>,
    /// Move a parameter and find where the best policy stops being better: PATH=LOW..HIGH; may be repeated
    #[arg(long = "switch", value_name = "PATH=LOW..HIGH", value_parser = Switch::parse)]
    switches: Vec<Switch>,
    /// Years to print; may be repeated [default: the last]
    #[arg(long = "year", value_name = "YEAR")]
    years: Vec<i32>,
    /// File of expectations, [[expect]]: pass, fail or inconclusive; a failed one ends with exit code 5
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    /// Write the expectations as JUnit XML
    #[arg(long, value_name = "FILE", requires = "expect")]
    junit: Option<PathBuf>,
    /// Master seed: the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true)]
    seed: u64,
    /// Simulate this many months in place of the scenario's own
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value_parser!(u16).range(1..=2400))]
    months: Option<u16>,
    /// Set one parameter in the baseline and under every policy; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    sets: Vec<String>,
    #[command(flatten)]
    machine: MachineOptions,
    #[command(flatten)]
    format: FormatOption,
}

/// What is compared, checked and ready to run.
struct Plan {
    /// The baseline, then each policy laid over it.
    scenarios: Vec<Loaded>,
    layout: Layout,
    /// Every metric, for what is kept of each run.
    recorded: Layout,
    /// Places in the layout of the years to print.
    years: Vec<usize>,
    expectations: Vec<Expectation>,
    /// The file that they stand in.
    expected: Option<InputFile>,
    subject: Subject,
    stop: Option<Stop>,
    pairs_most: u32,
}

/// Checks everything first, runs the pairs, writes, prints.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let machine = &arguments.machine;
    let plan = plan(arguments)?;
    let base = &plan.scenarios[0];
    let out = machine.out.clone().unwrap_or_else(|| PathBuf::from("outputs").join(format!("{}-compare", base.name)));
    let foreign = if machine.force { Foreign::WriteBeside } else { Foreign::Refuse };
    let folder = ResultFolder::prepare(&out, foreign)?;
    machine.start_threads()?;

    let (plan, out) = (&plan, out.display().to_string());
    with_result(arguments, plan, &mut |result, pairs, judged| {
        let names = write_comparison(&folder, result)?;
        if let Some(path) = &arguments.junit {
            claims::write_junit(path, &plan.scenarios[0].title, judged)?;
        }
        match arguments.format.format {
            Format::Json => {
                let mut document = comparison_json(result, &plan.years);
                document["until"] =
                    pairs.met.map_or(serde_json::Value::Null, |met| json!({ "rule": result.until, "met": met }));
                let last = plan.years.last().copied().unwrap_or(0);
                let (median, over) = result.comparison.variance_reduction_of_all(last);
                let median = if median.is_finite() { json!(median) } else { serde_json::Value::Null };
                document["variance_reduction_of_all"] = json!({ "median": median, "over": over });
                document["out"] = json!(out);
                terminal::print_json(&document)?;
            }
            Format::Text if machine.quiet => {}
            Format::Text => {
                let shown = text::of_comparison(plan, result, pairs)
                    + &claims::text_of(judged)
                    + &overview::of_files(&out, &names, result.figures)
                    + "\n";
                terminal::print(&shown)?;
            }
        }
        claims::verdict(judged)
    })
}

/// What is done with a result, its runs and its judged expectations.
type Then<'a, T> = &'a mut dyn FnMut(&ComparisonResult, &Pairs, &[Judged]) -> Result<T, Failure>;

/// Runs the pairs and hands over the result, ready to be written.
fn with_result<T>(arguments: &Arguments, plan: &Plan, then: Then<T>) -> Result<T, Failure> {
    let base = &plan.scenarios[0];
    let inputs: Vec<InputFile> = base.inputs.iter().chain(&plan.expected).cloned().collect();
    let pairs = pairs::run(plan, arguments.seed, arguments.machine.quiet)?;
    let look = plan.look();
    let comparison = Comparison::of(&plan.layout, &pairs.runs, look);
    let bands = pairs.runs.bands(&plan.layout);
    let runs = std::slice::from_ref(&pairs.runs);
    let judged = judge_all(&plan.expectations, std::slice::from_ref(&plan.subject), runs, look);
    let expectations = claims::json_of(&judged);
    let until = plan.stop.as_ref().map(|stop| stop.rule.to_string());
    let source = switching::Source {
        base: &arguments.base,
        policies: &arguments.policies,
        seed: arguments.seed,
        months: arguments.months,
        sets: &arguments.sets,
    };
    let switching = switching::search(&arguments.switches, plan, &pairs, &source)?;
    let figures = charts::draw(plan, &comparison, &bands, arguments.seed)?;
    let policies: Vec<PolicyFacts> = plan.policy_facts(&pairs);
    let result = ComparisonResult {
        baseline: facts(base),
        title_ja: base.title_ja.as_deref(),
        inputs: &inputs,
        state_digests: &pairs.digests[0],
        policies: &policies,
        behaviour: BEHAVIOUR,
        seed: arguments.seed,
        until: until.as_deref(),
        look,
        overrides: &base.overrides,
        start: base.start,
        clusters: &base.clusters,
        layout: &plan.layout,
        comparison: &comparison,
        bands: &bands,
        records: pairs.records(plan),
        claims: &expectations,
        switching: &switching,
        figures: &figures,
    };
    then(&result, &pairs, &judged)
}

/// Reads and checks every file and option, and finds the places that they name.
fn plan(arguments: &Arguments) -> Result<Plan, Failure> {
    claims::check_junit(arguments.junit.as_deref())?;
    let scenarios = load(arguments)?;
    let base = &scenarios[0];
    let layout = Layout::new(metrics(arguments)?, base.start, base.months, base.clusters.len() + 1);
    let every: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
    let every = wanted_metrics(&every).map_err(Failure::Input)?;
    let recorded = Layout::new(every, base.start, base.months, base.clusters.len() + 1);
    let mut years = Vec::new();
    for year in &arguments.years {
        years.push(place_of_year(&layout, *year, "--year")?);
    }
    if years.is_empty() {
        years.push(layout.years.len() - 1);
    }
    years.sort_unstable();
    years.dedup();
    let subject = Subject {
        scenario: base.name.clone(),
        policies: scenarios[1..].iter().map(|loaded| policy_name(loaded).to_owned()).collect(),
        clusters: base.clusters.iter().map(|cluster| cluster.id.clone()).collect(),
        layout: layout.clone(),
    };
    let (expectations, stop) = read_rules(arguments, &subject)?;
    let expected = arguments.expect.as_deref().map(claims::input_of).transpose()?;
    let pairs_most = arguments.replicates.unwrap_or(if stop.is_some() { REPLICATES_AT_MOST } else { PAIRS });
    if stop.is_some() && (pairs_most as usize) < FIRST_LOOK {
        return Err(Failure::Input(format!(
            "--replicates {pairs_most}: a stopping rule says nothing before {FIRST_LOOK} replicates\n  \
             allow more of them, or leave --until out"
        )));
    }
    Ok(Plan { layout, recorded, years, expectations, expected, subject, stop, pairs_most, scenarios })
}

/// The baseline and each policy laid over it by itself.
fn load(arguments: &Arguments) -> Result<Vec<Loaded>, Failure> {
    let chance =
        ChanceOptions { seed: arguments.seed, replicate: 0, months: arguments.months, sets: arguments.sets.clone() };
    let base = engine::load(&arguments.base, &[], &chance)?;
    let mut scenarios = vec![base];
    let mut problems = String::new();
    for path in &arguments.policies {
        match engine::load(&arguments.base, std::slice::from_ref(path), &chance) {
            Ok(loaded) => scenarios.push(loaded),
            Err(Failure::Problems(text, code)) if code == INPUT => problems.push_str(&text),
            Err(failure) => return Err(failure),
        }
    }
    if !problems.is_empty() {
        return Err(Failure::Problems(problems, INPUT));
    }
    for (at, loaded) in scenarios.iter().enumerate().skip(1) {
        let (base, path) = (&scenarios[0], arguments.policies[at - 1].display());
        if scenarios[1..at].iter().any(|other| other.policies == loaded.policies) {
            let name = policy_name(loaded);
            return Err(Failure::Input(format!("{path}: two policies are named `{name}`; give each its own `name`")));
        }
        if (loaded.start, loaded.months) != (base.start, base.months) || loaded.clusters != base.clusters {
            return Err(Failure::Input(format!(
                "{path}: this policy changes the months or the clusters of the scenario, so there is nothing to compare \
                 month by month\n  make it a scenario of its own and run both"
            )));
        }
    }
    if !arguments.machine.quiet {
        let mut said = Vec::new();
        for warnings in scenarios.iter().map(|loaded| loaded.warnings.trim_end()) {
            if !warnings.is_empty() && !said.contains(&warnings) {
                terminal::note(warnings);
                said.push(warnings);
            }
        }
    }
    Ok(scenarios)
}

/// The metrics asked for, and public cost, without which nothing can be said about money.
fn metrics(arguments: &Arguments) -> Result<Vec<WantedMetric>, Failure> {
    let mut names: Vec<&str> = arguments.metrics.iter().map(|name| name.trim()).collect();
    if names.is_empty() {
        names.extend(DEFAULT_METRICS);
    }
    names.extend(["public_cost_jpy"]);
    names.extend(arguments.until.iter().map(|rule| rule.metric.as_str()));
    wanted_metrics(&names).map_err(Failure::Input)
}

/// The expectations and the stopping rule, with names that fit.
fn read_rules(arguments: &Arguments, subject: &Subject) -> Result<(Vec<Expectation>, Option<Stop>), Failure> {
    fn names(list: &[String]) -> Vec<&str> {
        list.iter().map(String::as_str).collect()
    }
    let (policies, clusters) = (names(&subject.policies), names(&subject.clusters));
    let metrics: Vec<&str> = subject.layout.metrics.iter().map(|metric| metric.name.as_str()).collect();
    let years = &subject.layout.years;
    let ground = Ground {
        scenarios: &[&subject.scenario],
        policies: &policies,
        clusters: &clusters,
        years: (years.first().map_or(0, |year| year.0), years.last().map_or(0, |year| year.0)),
        metrics: &metrics,
        more_metrics: "add it with --metrics",
    };
    let expectations = match &arguments.expect {
        Some(path) => read_expectations(path, &ground).map_err(|problems| {
            Failure::Problems(problems.render(terminal::stderr_is_coloured()), problems.exit_code())
        })?,
        None => Vec::new(),
    };
    let stop = match &arguments.until {
        Some(rule) => {
            if let Some((message, fix)) = rule.misfit(&ground) {
                return Err(Failure::Input(format!("--until: {message}\n  {fix}")));
            }
            let place = subject.place(&rule.metric, rule.year, &rule.cluster);
            place.map(|place| Stop { rule: rule.clone(), place })
        }
        None => None,
    };
    Ok((expectations, stop))
}

fn place_of_year(layout: &Layout, year: i32, by: &str) -> Result<usize, Failure> {
    layout.year(year).ok_or_else(|| {
        let (first, last) = (layout.years.first().map_or(0, |y| y.0), layout.years.last().map_or(0, |y| y.0));
        Failure::Input(format!("{by}: {year} is not simulated; the runs go from {first} to {last}"))
    })
}

fn facts(loaded: &Loaded) -> ScenarioFacts<'_> {
    ScenarioFacts { name: &loaded.name, title: &loaded.title, digest: &loaded.digest, resolved: &loaded.resolved }
}

/// The name of the one policy that is laid over the baseline.
fn policy_name(loaded: &Loaded) -> &str {
    loaded.policies.first().map_or("", String::as_str)
}

impl Plan {
    fn look(&self) -> Look {
        if self.stop.is_some() { Look::AfterEvery } else { Look::Once }
    }

    /// Whether a cluster is shown in full: those the scenario is about, or all if it is about none in particular.
    fn is_focus(&self, cluster: &ClusterLabel) -> bool {
        cluster.focus || !self.scenarios[0].clusters.iter().any(|cluster| cluster.focus)
    }

    fn policies(&self) -> &[Loaded] {
        &self.scenarios[1..]
    }

    fn policy_facts<'a>(&'a self, pairs: &'a Pairs) -> Vec<PolicyFacts<'a>> {
        let policies = self.policies().iter().enumerate();
        policies
            .map(|(at, loaded)| PolicyFacts {
                name: policy_name(loaded),
                title: loaded.policy_titles.first().map_or("", |(title, _)| title.as_str()),
                title_ja: loaded.policy_titles.first().and_then(|(_, title)| title.as_deref()),
                scenario: facts(loaded),
                inputs: &loaded.inputs,
                alignment: pairs.alignments[at],
                state_digests: &pairs.digests[at + 1],
            })
            .collect()
    }
}
