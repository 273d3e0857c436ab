//! The tables that a run leaves behind.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::scenario::spec::ClusterId;
use crate::units::{Month, Yen};
use crate::world::name::Name;

/// How a metric behaves over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// A level at the end of the month.
    Stock,
    /// What happened during the month.
    Flow,
    /// A pure number without a sum over clusters.
    Index,
}

/// A column of the records: the dictionary `metrics.toml` is written from these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Stable name.
    pub name: &'static str,
    /// Unit of the values.
    pub unit: &'static str,
    /// Level, flow or index.
    pub kind: MetricKind,
    /// One sentence for the dictionary.
    pub meaning: &'static str,
}

const fn stock(name: &'static str, unit: &'static str, meaning: &'static str) -> Metric {
    Metric { name, unit, kind: MetricKind::Stock, meaning }
}
const fn flow(name: &'static str, unit: &'static str, meaning: &'static str) -> Metric {
    Metric { name, unit, kind: MetricKind::Flow, meaning }
}

/// All columns in their order in the files. Names and meanings are stable; new ones go to the end of their group.
pub const METRICS: &[Metric] = &[
    stock("organisations", "count", "Organisations of every kind in the cluster, startups and offices included."),
    stock("startups_alive", "count", "Startups that are private and operating."),
    stock("employees", "persons", "Everybody employed by the cluster's organisations."),
    stock("employees_industry", "persons", "Of these, at companies: startups, pharmaceutical and other companies."),
    stock("researchers", "persons", "Employed researchers."),
    stock("researchers_industry", "persons", "Of these, at companies."),
    stock("clinicians", "persons", "Employed clinicians."),
    stock("managers", "persons", "Employed experienced managers."),
    stock(
        "programmes_active",
        "count",
        "Programmes from preclinical work to review, of startups and established companies.",
    ),
    stock("programmes_preclinical", "count", "Of these, in preclinical work."),
    stock("programmes_phase1", "count", "Of these, in phase 1."),
    stock("programmes_phase2", "count", "Of these, in phase 2."),
    stock("programmes_phase3", "count", "Of these, in phase 3."),
    stock("programmes_review", "count", "Of these, under review by the regulator."),
    stock(
        "ties_active",
        "count",
        "Collaborations with at least one partner in the cluster; in the row `all` each counts once.",
    ),
    stock("ties_research", "count", "Of these, with a university or an institute."),
    stock("ties_clinical", "count", "Of these, with a hospital and no university or institute."),
    stock("ties_industry", "count", "Of these, between companies."),
    stock("ties_outside", "count", "Of these, with a partner in another cluster."),
    stock("ties_shared_people", "count", "Of these, with a researcher appointed at both partners."),
    stock("facility_tenants", "count", "Organisations under the roofs of the cluster's open facilities."),
    stock("dry_powder_jpy", "JPY", "Commitments to the cluster's funds that are not yet called."),
    stock("lab_slots", "count", "Laboratory places for startups, on the market and in facilities."),
    stock("lab_slots_used", "count", "Of these, taken."),
    stock("trial_slots", "count", "Clinical trials that the cluster's hospitals can run at once."),
    stock("trial_slots_used", "count", "Of these, taken."),
    stock("trial_slots_active", "count", "Of these, past activation: patients are being enrolled."),
    Metric {
        name: "knowledge_variety",
        unit: "effective fields",
        kind: MetricKind::Index,
        meaning: "Exponential of the entropy of the cluster's expertise over the sixteen fields.",
    },
    Metric {
        name: "knowledge_stock",
        unit: "points",
        kind: MetricKind::Index,
        meaning: "Expertise over all fields, zero to ten each, summed over organisations and weighted by their people.",
    },
    Metric {
        name: "cognitive_heterogeneity",
        unit: "distance",
        kind: MetricKind::Index,
        meaning: "Mean cognitive distance between two organisations of the cluster, 0 alike, 1 nothing in common; looked at twice a year; the row `all` is 0.",
    },
    Metric {
        name: "crowding",
        unit: "ratio",
        kind: MetricKind::Index,
        meaning: "Factor on rents and wages for the share of laboratory places taken, relative to the first month; the row `all` is 0.",
    },
    stock("people", "persons", "Everybody of the modelled sector who lives in the cluster, employed or not."),
    stock("employees_startups", "persons", "Everybody employed by startups, listed ones included."),
    stock(
        "employees_research",
        "persons",
        "Everybody employed by companies whose main work is research: startups, and kinds with two researchers or more in five people.",
    ),
    flow("startups_founded", "count", "Startups founded in the month."),
    flow("startups_failed", "count", "Startups closed for want of money or programmes."),
    flow("exits_ipo", "count", "Startups listed."),
    flow("exits_acquired", "count", "Startups acquired."),
    flow("rounds_closed", "count", "Financing rounds closed."),
    flow(
        "venture_raised_jpy",
        "JPY",
        "Money committed to the cluster's startups by funds in rounds closed (tranches counted at closing).",
    ),
    flow("deals_considered", "count", "Companies that the cluster's managers had a first look at."),
    flow("deals_examined", "count", "Of these, companies that went into due diligence."),
    flow("deals_closed", "count", "Tickets of the cluster's managers in closed rounds."),
    flow("grants_paid_jpy", "JPY", "Public grants and matching money paid to the cluster's startups."),
    flow(
        "public_cost_jpy",
        "JPY",
        "Public money spent on dated interventions, grants and matching; not the basic appropriations.",
    ),
    flow(
        "ties_formed",
        "count",
        "Collaborations begun with at least one partner in the cluster; in the row `all` each counts once.",
    ),
    flow("approvals_full", "count", "Full approvals of products owned in the cluster, conversions included."),
    flow("approvals_conditional", "count", "Conditional, time-limited approvals."),
    flow("approvals_withdrawn", "count", "Conditional approvals that lapsed or were refused at re-examination."),
    flow("patients_treated", "persons", "Patients treated with approved products owned in the cluster."),
    flow(
        "development_cost_jpy",
        "JPY",
        "Direct cost of the cluster's programmes: trials, material and filings, people apart.",
    ),
    Metric {
        name: "cost_per_line_jpy",
        unit: "JPY",
        kind: MetricKind::Index,
        meaning: "Cost of a line of therapeutic cells at the first supplier of the cluster's country; 0 where there is none.",
    },
    flow("consultations", "count", "Consultations that regulators held with the cluster's startups."),
    flow("hires", "persons", "People who took a post in the cluster."),
    flow("moves_in", "persons", "Of these, people who came from another cluster."),
    flow("moves_out", "persons", "People who took a post in another cluster."),
    flow("returns", "persons", "Of those who came from another cluster, people who came home from abroad."),
    flow("departures_abroad", "persons", "Of those who left for another cluster, people who left their home country."),
    flow("graduates", "persons", "People who graduated into the sector."),
    flow("entrants", "persons", "People hired from outside the modelled sector."),
    flow("retirements", "persons", "People who retired."),
    flow("leavers", "persons", "People who left the sector before retirement."),
];

/// The records of one replicate: for each metric, a value by month and cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// Months observed.
    pub months: u16,
    /// Clusters, in display order; the last row of each month is `all`.
    pub clusters: usize,
    /// One column per entry of [`METRICS`], each `months x (clusters + 1)` values, month by month.
    pub columns: Vec<Column>,
}

/// Values of one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Column {
    /// Counts, persons and yen.
    Integer(Vec<i64>),
    /// Indices.
    Float(Vec<f64>),
}

/// What happened to whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub month: Month,
    /// What.
    pub kind: EventKind,
    /// Who: the stable name of a startup, fund, institution, programme or intervention.
    pub actor: Name,
    /// With whom, if anybody; empty otherwise.
    pub partner: Name,
    /// Cluster of the actor; `None` for interventions.
    pub cluster: Option<ClusterId>,
    /// Cluster of the partner.
    pub partner_cluster: Option<ClusterId>,
    /// Money that changed hands.
    pub amount: Yen,
    /// Why.
    pub cause: Cause,
}

/// One of the fixed phrases that the rules give as reasons.
pub type Phrase = &'static str;

/// A phrase read back from a checkpoint: kept once, however often it is read.
fn phrase<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<Phrase, D::Error> {
    static READ: Mutex<BTreeSet<Phrase>> = Mutex::new(BTreeSet::new());
    let text = String::deserialize(reader)?;
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = read.get(text.as_str()) {
        return Ok(known);
    }
    let kept: Phrase = text.leak();
    read.insert(kept);
    Ok(kept)
}

/// The reason that the log gives: a fixed phrase, and the value that decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// What decided, in a few words.
    #[serde(deserialize_with = "phrase")]
    pub reason: Phrase,
    /// The deciding value, in the unit that the reason names; NaN where there is none.
    pub value: f64,
}

/// Kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A startup was founded.
    Founded,
    /// A financing round closed.
    Round,
    /// A round found no investor.
    RoundFailed,
    /// Present investors paid for a bridge.
    Bridge,
    /// A grant or match was awarded.
    Grant,
    /// A programme passed a stage.
    StagePassed,
    /// A programme failed a stage.
    StageFailed,
    /// A product was approved.
    Approved,
    /// A product was conditionally approved.
    ApprovedConditionally,
    /// A conditional approval was withdrawn.
    Withdrawn,
    /// A startup was listed.
    Listed,
    /// A startup was acquired.
    Acquired,
    /// A programme was licensed.
    Licensed,
    /// A startup failed.
    Failed,
    /// A programme of a failed startup found a buyer.
    Auctioned,
    /// A collaboration began.
    TieFormed,
    /// A collaboration ended.
    TieEnded,
    /// A manager closed a new fund.
    FundClosed,
    /// An organisation arrived.
    Arrived,
    /// An organisation closed or left.
    Left,
    /// The funding regime of a country changed.
    Regime,
    /// A dated event changed the scenario.
    Intervention,
    /// An application for a grant fell just below the line.
    GrantRefused,
    /// A startup moved its seat; the partner's cluster is where it came from.
    Moved,
    /// A programme of a failed startup went onto its parent's shelf.
    Shelved,
    /// Owners began to build laboratories in a cluster.
    Building,
}

/// What flows between clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowKind {
    /// People who took a post elsewhere.
    People,
    /// Venture money, from the fund's cluster to the startup's, in yen.
    Capital,
    /// Collaborations begun.
    Ties,
    /// Licences, acquisitions and auctioned programmes, from seller to buyer.
    Licences,
    /// Programmes in a trial slot, from the owner's cluster to the hospital's.
    Trials,
}

/// Names of the kinds of flow, in their order.
pub const FLOW_KINDS: [&str; 5] = ["people", "capital", "ties", "licences", "trials"];

/// Monthly matrices between clusters, sparse: only entries that are not zero, in order of month, kind, from, to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Flows {
    /// (month, what, from, to, amount).
    pub entries: Vec<(Month, FlowKind, ClusterId, ClusterId, i64)>,
}

impl Flows {
    /// Sums over all months: kind by kind in the order of [`FLOW_KINDS`], from cluster to cluster in the order of the
    /// scenario's rows. A sum of yen that outgrows 64 bits stays at the greatest value.
    #[must_use]
    pub fn totals(&self, clusters: usize) -> Vec<i64> {
        let mut totals = vec![0_i64; FLOW_KINDS.len() * clusters * clusters];
        for (_, kind, from, to, amount) in &self.entries {
            let row = *kind as usize * clusters + usize::from(from.0);
            let total = &mut totals[row * clusters + usize::from(to.0)];
            *total = total.saturating_add(*amount);
        }
        totals
    }
}
