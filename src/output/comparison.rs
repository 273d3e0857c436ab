//! The result of a comparison, and the files it becomes.

use serde_json::{Map, Value, json};

use crate::statistics::{
    Alignment, BandRow, Better, Comparison, CostPer, Difference, LEVELS, Layout, Look, Paired, Place, Ratio,
};
use crate::study::merge_patch;
use crate::units::CalendarMonth;

use super::folder::ResultFolder;
use super::inputs::{InputFile, copies};
use super::number::text_of;
use super::parquet::{TableColumn, Values, encode};
use super::run::{ALL, ClusterLabel, ScenarioFacts};
use super::tables::days_since_1970;
use super::yearly::YearlyRecords;
use super::{NamedFile, OutputError, dictionary, manifest, yearly};

/// A policy laid over the baseline.
#[derive(Debug, Clone)]
pub struct PolicyFacts<'a> {
    /// The policy's own name, the value of the column `policy`.
    pub name: &'a str,
    /// Its title for people.
    pub title: &'a str,
    /// The same in Japanese.
    pub title_ja: Option<&'a str>,
    /// The baseline with the policy laid over it.
    pub scenario: ScenarioFacts<'a>,
    /// Files read.
    pub inputs: &'a [InputFile],
    /// How well its runs stayed aligned with those of the baseline.
    pub alignment: Alignment,
    /// Digest of the states of every replicate.
    pub state_digests: &'a [[u8; 32]],
}

/// A baseline and policies over many replicates, ready to be written.
#[derive(Debug, Clone)]
pub struct ComparisonResult<'a> {
    /// The baseline.
    pub baseline: ScenarioFacts<'a>,
    /// Its title in Japanese.
    pub title_ja: Option<&'a str>,
    /// Files of the baseline.
    pub inputs: &'a [InputFile],
    /// Digest of the states of every replicate of the baseline.
    pub state_digests: &'a [[u8; 32]],
    /// The policies in the order given.
    pub policies: &'a [PolicyFacts<'a>],
    /// Number of the model's behaviour.
    pub behaviour: u32,
    /// Master seed.
    pub seed: u64,
    /// The stopping rule as typed, if any.
    pub until: Option<&'a str>,
    /// How often the intervals may be looked at.
    pub look: Look,
    /// Values set on the command line, as `path=value`.
    pub overrides: &'a [String],
    /// First simulated month.
    pub start: CalendarMonth,
    /// Clusters in the order of the rows.
    pub clusters: &'a [ClusterLabel],
    /// Metrics, years and rows.
    pub layout: &'a Layout,
    /// What was found.
    pub comparison: &'a Comparison,
    /// Bands of every scenario.
    pub bands: &'a [BandRow],
    /// What was kept of every single run.
    pub records: YearlyRecords<'a>,
    /// Claims that were judged, as JSON; empty if none were made.
    pub claims: &'a [Value],
    /// Where the preference for the best policy ends, as JSON; empty if no parameter was moved.
    pub switching: &'a [Value],
    /// Charts by file name, without the folder `figures/`.
    pub figures: &'a [NamedFile],
}

impl<'a> ComparisonResult<'a> {
    /// Number of pairs behind every difference.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.state_digests.len()
    }

    /// Id of the cluster of a row.
    #[must_use]
    pub fn cluster_id(&self, row: usize) -> &'a str {
        self.clusters.get(row).map_or(ALL, |cluster| cluster.id.as_str())
    }

    fn days(&self, place: Place) -> i32 {
        days_since_1970(self.last_month(place.year))
    }

    /// The last simulated month of a year of the layout.
    #[must_use]
    pub fn last_month(&self, year: usize) -> CalendarMonth {
        self.start.plus(i32::from(self.layout.years[year].1))
    }

    fn metric(&self, place: Place) -> &'a str {
        &self.layout.metrics[place.metric].name
    }

    /// Share of the pairs in which the policy did better, in the metric's welcome direction; a tie counts half.
    #[must_use]
    pub fn p_better(&self, difference: &Difference) -> f64 {
        p_better(&difference.paired, self.layout, difference.place)
    }
}

/// What `compare --format json` prints and `summary.json` holds; differences and costs of these years only.
#[must_use]
pub fn comparison_json(result: &ComparisonResult, years: &[usize]) -> Value {
    let wanted = |place: Place| years.contains(&place.year);
    let differences: Vec<Value> = result
        .comparison
        .differences
        .iter()
        .filter(|difference| wanted(difference.place))
        .map(|difference| difference_json(result, difference))
        .collect();
    let costs: Vec<Value> = result
        .comparison
        .costs
        .iter()
        .filter(|cost| wanted(cost.place))
        .map(|cost| {
            let policy = result.policies[cost.policy].name;
            cost_json(cost, policy, result.cluster_id(cost.place.row), result.layout)
        })
        .collect();
    let mut alignment = Map::new();
    let mut reduction = Map::new();
    for (at, policy) in result.policies.iter().enumerate() {
        let Alignment { identical, both, baseline_only, policy_only } = policy.alignment;
        let counts = json!({
            "score": number(policy.alignment.score()), "identical": identical, "founded_in_both": both,
            "baseline_only": baseline_only, "policy_only": policy_only,
        });
        alignment.insert(policy.name.to_owned(), counts);
        let by_year: Map<String, Value> = years
            .iter()
            .map(|year| {
                let (median, over) = result.comparison.variance_reduction(at, *year);
                (result.layout.years[*year].0.to_string(), json!({ "median": number(median), "over": over }))
            })
            .collect();
        reduction.insert(policy.name.to_owned(), Value::Object(by_year));
    }
    json!({
        "baseline": result.baseline.name,
        "seed": result.seed,
        "pairs": result.pairs(),
        "interval": { "confidence": 0.95, "valid": match result.look { Look::Once => "at this number of pairs", Look::AfterEvery => "at every number of pairs" } },
        "correction": { "method": "Holm", "over": result.comparison.family },
        "differences": differences,
        "public_cost_per_additional": costs,
        "variance_reduction": reduction,
        "alignment": alignment,
        "expectations": result.claims,
    })
}

fn difference_json(result: &ComparisonResult, difference: &Difference) -> Value {
    let Difference { place, ref paired, p_holm, .. } = *difference;
    let policy = result.policies[difference.policy].name;
    let mut json = paired_json(paired, policy, result.cluster_id(place.row), result.layout, place);
    json["p_holm"] = number(p_holm);
    json
}

fn p_better(paired: &Paired, layout: &Layout, place: Place) -> f64 {
    let above = paired.above.share;
    if layout.metrics[place.metric].better == Better::Higher { above } else { 1.0 - above }
}

/// A difference as JSON: where it is, and everything that is known of it alone.
#[must_use]
pub fn paired_json(paired: &Paired, policy: &str, cluster: &str, layout: &Layout, place: Place) -> Value {
    json!({
        "policy": policy, "cluster": cluster, "metric": layout.metrics[place.metric].name, "year": layout.years[place.year].0,
        "baseline": number(paired.baseline), "mean": number(paired.mean), "error": number(paired.error),
        "low": number(paired.low), "high": number(paired.high), "holds_zero": paired.holds_zero(),
        "never_varies": paired.never_varies(), "p_better": number(p_better(paired, layout, place)),
        "p_value": number(paired.p_value), "variance_reduction": number(paired.variance_reduction),
    })
}

/// A cost for each further unit of a metric as JSON; `verdict` says why there may be no number.
#[must_use]
pub fn cost_json(cost: &CostPer, policy: &str, cluster: &str, layout: &Layout) -> Value {
    let (value, low, high, verdict) = match cost.ratio {
        Ratio::Known { value, low, high } => (json!(value), json!(low), json!(high), "known"),
        Ratio::CannotTell => (Value::Null, Value::Null, Value::Null, "cannot tell"),
        Ratio::Falls => (Value::Null, Value::Null, Value::Null, "falls"),
    };
    json!({
        "policy": policy, "cluster": cluster, "per_additional": layout.metrics[cost.place.metric].name,
        "year": layout.years[cost.place.year].0,
        "public_cost_jpy": value, "low": low, "high": high, "verdict": verdict,
    })
}

/// A number of JSON, which has no infinity: `null` for that and for what is not a number.
fn number(value: f64) -> Value {
    if value.is_finite() { json!(value + 0.0) } else { Value::Null }
}

/// Writes the result into the prepared folder: everything, or nothing.
///
/// # Errors
/// [`OutputError`] if a table cannot be encoded or the disk refuses; the folder is then as it was.
pub fn write_comparison(folder: &ResultFolder, result: &ComparisonResult) -> Result<Vec<String>, OutputError> {
    let files = comparison_files(result)?;
    folder.publish(&files)?;
    Ok(files.into_iter().map(|(name, _)| name).collect())
}

/// Every file of the result folder, the manifest last.
///
/// # Errors
/// [`OutputError::Encoding`] if a table cannot be encoded.
pub fn comparison_files(result: &ComparisonResult) -> Result<Vec<NamedFile>, OutputError> {
    let years: Vec<usize> = (0..result.layout.years.len()).collect();
    let mut files = vec![
        differences_parquet(result)?,
        differences_csv(result)?,
        bands_parquet(result)?,
        yearly::records_parquet(result)?,
        yearly::flows_parquet(result)?,
        ("metrics.toml".to_owned(), dictionary::text().into_bytes()),
        ("summary.json".to_owned(), pretty(&comparison_json(result, &years[years.len().saturating_sub(1)..]))),
    ];
    files.extend(copies(result.inputs.iter().chain(result.policies.iter().flat_map(|policy| policy.inputs))));
    files.extend(result.figures.iter().map(|(name, bytes)| (format!("figures/{name}"), bytes.clone())));
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files.push((manifest::FILE.to_owned(), manifest::sealed(&manifest_of(result, &files))));
    Ok(files)
}

fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}

/// The numeric columns of the table of differences.
const DIFFERENCE_COLUMNS: [&str; 12] = [
    "baseline",
    "mean",
    "error",
    "low",
    "high",
    "p_value",
    "p_holm",
    "p_better",
    "above",
    "above_low",
    "above_high",
    "variance_reduction",
];

fn difference_values(result: &ComparisonResult, difference: &Difference) -> [f64; 12] {
    let paired = &difference.paired;
    [
        paired.baseline,
        paired.mean,
        paired.error,
        paired.low,
        paired.high,
        paired.p_value,
        difference.p_holm,
        result.p_better(difference),
        paired.above.share,
        paired.above.low,
        paired.above.high,
        paired.variance_reduction,
    ]
}

/// `differences.parquet`: one row per policy, year, cluster and metric.
fn differences_parquet(result: &ComparisonResult) -> Result<NamedFile, OutputError> {
    let rows = &result.comparison.differences;
    let pairs = pairs_of(result, "differences.parquet")?;
    let mut columns = vec![
        TableColumn {
            name: "policy",
            values: Values::Text(rows.iter().map(|row| result.policies[row.policy].name).collect()),
        },
        TableColumn { name: "date", values: Values::Date(rows.iter().map(|row| result.days(row.place)).collect()) },
        TableColumn {
            name: "cluster",
            values: Values::Text(rows.iter().map(|row| result.cluster_id(row.place.row)).collect()),
        },
        TableColumn { name: "metric", values: Values::Text(rows.iter().map(|row| result.metric(row.place)).collect()) },
        TableColumn { name: "pairs", values: Values::Int32(vec![pairs; rows.len()]) },
    ];
    let table: Vec<[f64; 12]> = rows.iter().map(|row| difference_values(result, row)).collect();
    for (at, name) in DIFFERENCE_COLUMNS.into_iter().enumerate() {
        let values = table.iter().map(|values| values[at]).collect();
        columns.push(TableColumn { name, values: Values::DoubleOrNull(values) });
    }
    Ok(("differences.parquet".to_owned(), encode("differences.parquet", &columns)?))
}

fn pairs_of(result: &ComparisonResult, file: &str) -> Result<i32, OutputError> {
    i32::try_from(result.pairs()).map_err(|_| OutputError::encoding(file, "more than 2147483647 replicates"))
}

/// `differences.csv`: the same rows as text.
fn differences_csv(result: &ComparisonResult) -> Result<NamedFile, OutputError> {
    let failed = |cause: csv::Error| OutputError::encoding("differences.csv", cause);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let keys = ["policy", "date", "cluster", "metric", "pairs"];
    writer.write_record(keys.into_iter().chain(DIFFERENCE_COLUMNS)).map_err(failed)?;
    let pairs = result.pairs().to_string();
    for row in &result.comparison.differences {
        let date = result.last_month(row.place.year).to_string();
        let keys = [
            result.policies[row.policy].name,
            &date,
            result.cluster_id(row.place.row),
            result.metric(row.place),
            &pairs,
        ];
        let values = difference_values(result, row).map(text_of);
        writer.write_record(keys.into_iter().chain(values.iter().map(String::as_str))).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|cause| OutputError::encoding("differences.csv", cause))?;
    Ok(("differences.csv".to_owned(), bytes))
}

/// Names of the quantiles of a band and of their errors, in the order of [`crate::statistics::Band::quantiles`].
pub(super) const QUANTILE_COLUMNS: [(&str, &str); 7] = [
    ("q025", "q025_error"),
    ("q100", "q100_error"),
    ("q250", "q250_error"),
    ("q500", "q500_error"),
    ("q750", "q750_error"),
    ("q900", "q900_error"),
    ("q975", "q975_error"),
];
const _: () = assert!(LEVELS.len() * 2 + 1 == QUANTILE_COLUMNS.len());

/// `bands.parquet`: one row per scenario, year, cluster and metric.
fn bands_parquet(result: &ComparisonResult) -> Result<NamedFile, OutputError> {
    let rows = result.bands;
    let replicates = pairs_of(result, "bands.parquet")?;
    let name = |row: &BandRow| match row.scenario.checked_sub(1) {
        None => "baseline",
        Some(policy) => result.policies[policy].name,
    };
    let mut columns = vec![
        TableColumn { name: "scenario", values: Values::Text(rows.iter().map(name).collect()) },
        TableColumn { name: "date", values: Values::Date(rows.iter().map(|row| result.days(row.place)).collect()) },
        TableColumn {
            name: "cluster",
            values: Values::Text(rows.iter().map(|row| result.cluster_id(row.place.row)).collect()),
        },
        TableColumn { name: "metric", values: Values::Text(rows.iter().map(|row| result.metric(row.place)).collect()) },
        TableColumn { name: "replicates", values: Values::Int32(vec![replicates; rows.len()]) },
    ];
    let mut column = |name: &'static str, value: &dyn Fn(&BandRow) -> f64| {
        columns.push(TableColumn { name, values: Values::DoubleOrNull(rows.iter().map(value).collect()) });
    };
    column("mean", &|row| row.band.mean);
    column("mean_error", &|row| row.band.mean_error);
    for (at, (quantile, error)) in QUANTILE_COLUMNS.into_iter().enumerate() {
        column(quantile, &|row| row.band.quantiles[at]);
        column(error, &|row| row.band.errors[at]);
    }
    Ok(("bands.parquet".to_owned(), encode("bands.parquet", &columns)?))
}

fn manifest_of(result: &ComparisonResult, files: &[NamedFile]) -> Value {
    let inputs = |files: &[InputFile]| -> Value { files.iter().map(InputFile::to_json).collect() };
    let digests = |states: &[[u8; 32]]| -> Value {
        states.iter().map(|state| json!(blake3::Hash::from_bytes(*state).to_hex().to_string())).collect()
    };
    let mut manifest = manifest::head(result.behaviour);
    let mut put = |key: &str, value: Value| manifest.insert(key.to_owned(), value);
    put("verb", json!("compare"));
    put("seed", json!(result.seed));
    put("replicates", json!(result.pairs()));
    put("until", json!(result.until));
    put("start", json!(result.start.to_string()));
    put("months", json!(result.layout.years.last().map_or(0, |year| year.1 + 1)));
    put("metrics", result.layout.metrics.iter().map(|metric| json!(metric.name)).collect());
    put("state_digest", digests(result.state_digests));
    put("inputs", inputs(result.inputs));
    put("overrides", json!(result.overrides));
    let clusters = result.clusters.iter();
    let cluster = |c: &ClusterLabel| json!({ "row": c.row.0, "id": c.id, "name": c.name, "focus": c.focus });
    put("clusters", clusters.map(cluster).collect());
    put("files", manifest::digests(files));
    let facts = |facts: &ScenarioFacts| json!({ "name": facts.name, "title": facts.title, "digest": facts.digest });
    let mut baseline = facts(&result.baseline);
    baseline["title_ja"] = json!(result.title_ja);
    baseline["resolved"] = result.baseline.resolved.clone();
    put("scenario", baseline);
    let policies = result.policies.iter().map(|policy| {
        let mut entry = facts(&policy.scenario);
        entry["policy"] = json!(policy.name);
        entry["policy_title"] = json!(policy.title);
        entry["policy_title_ja"] = json!(policy.title_ja);
        entry["inputs"] = inputs(policy.inputs);
        let Alignment { identical, both, baseline_only, policy_only } = policy.alignment;
        entry["alignment"] = json!({
            "identical": identical, "founded_in_both": both, "baseline_only": baseline_only, "policy_only": policy_only,
        });
        entry["state_digest"] = digests(policy.state_digests);
        // The whole scenario again would be a megabyte for each policy.
        entry["resolved_merge_patch"] = merge_patch(result.baseline.resolved, policy.scenario.resolved);
        entry
    });
    put("policies", policies.collect());
    put("switching", json!(result.switching));
    Value::Object(manifest)
}
