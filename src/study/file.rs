//! Study files: which scenarios, which design points, how many replicates, what is kept.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use toml::de::DeTable;

use crate::record::METRICS;
use crate::scenario::{End, Judge, Prepared, Problem, Problems, Scenario, is_short_name, near_names, read_file};

use super::claims::{self, Expectation, Ground, Stopping};
use super::correlate::Correlation;
use super::design::{self, Design};
use super::fields::Fields;
use super::plan::{Plan, PlannedScenario, Recording, Resolution, Titles, Under};
use super::trunk::Trunk;
use super::vary::Vary;

/// Cells of a study at most: beyond, even their keys are more than a machine should be asked for.
const CELLS_MOST: u64 = 20_000_000;

/// What the command line sets in place of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Master seed.
    pub seed: Option<u64>,
    /// Replicates.
    pub replicates: Option<u32>,
    /// Months.
    pub months: Option<u16>,
}

impl Overrides {
    /// For a manifest.
    #[must_use]
    pub fn to_json(self) -> Value {
        json!({ "seed": self.seed, "replicates": self.replicates, "months": self.months })
    }

    /// What [`Overrides::to_json`] has written; what is no such number counts as not set.
    #[must_use]
    pub fn from_json(json: &Value) -> Self {
        let whole = |key: &str| json[key].as_u64();
        Self {
            seed: whole("seed"),
            replicates: whole("replicates").and_then(|n| u32::try_from(n).ok()),
            months: whole("months").and_then(|n| u16::try_from(n).ok()),
        }
    }
}

/// A study that can be swept.
#[derive(Debug, Clone)]
pub struct Study {
    /// Short name.
    pub name: String,
    /// Title for people; the name if there is none.
    pub title: String,
    /// The same in Japanese.
    pub title_ja: Option<String>,
    /// Its cells.
    pub plan: Plan,
    /// The varied dimensions and the points, in the order of the file.
    pub design: Design,
    /// What the study claims of its results.
    pub expectations: Vec<Expectation>,
    /// When enough replicates are done.
    pub stopping: Option<Stopping>,
    /// Name and BLAKE3 digest of every file read, the study first.
    pub inputs: Vec<(String, String)>,
    /// Every file read, the study first: as it was named, and what it says.
    pub sources: Vec<(PathBuf, String)>,
    /// What the command line set in place of the file.
    pub set: Overrides,
    /// Warnings of its scenarios.
    pub warnings: Vec<Problem>,
}

/// A scenario of the study before its files are read.
struct Asked {
    name: String,
    /// In place of the titles that its files have.
    titles: (Option<String>, Option<String>),
    file: PathBuf,
    policies: Vec<(PathBuf, End)>,
    sets: Vec<String>,
    /// How many of these the study sets for every scenario.
    common_sets: usize,
    under: Option<Under>,
    span: Range<usize>,
}

impl Study {
    /// Reads a study and everything it names, and checks every dimension of its design against every scenario.
    ///
    /// # Errors
    /// Every problem of the study and its scenarios; [`Problems::exit_code`] tells a wrong input from a machine's fault.
    pub fn load(path: &Path, set: Overrides) -> Result<Self, Problems> {
        let (text, mut judge) = read_file(path)?;
        let (root, errors) = DeTable::parse_recoverable(&text);
        for error in &errors {
            judge.syntax(error.span().unwrap_or(0..0), error.message());
        }
        if !errors.is_empty() {
            return Err(judge.finish());
        }
        let fields = Fields::new(root.get_ref(), 0..0, "the study");
        let mut study = match read(fields, path, set, &mut judge) {
            Some(study) if !judge.has_errors() => study,
            _ => return Err(judge.finish()),
        };
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        study.inputs.insert(0, (name, blake3::hash(text.as_bytes()).to_hex().to_string()));
        study.sources.insert(0, (path.to_owned(), text));
        Ok(study)
    }
}

fn read(mut fields: Fields<'_>, path: &Path, set: Overrides, judge: &mut Judge) -> Option<Study> {
    if fields.whole("schema", [1, 1], judge).is_none() && fields.get("schema").is_none() {
        judge.error(0..0, "the file does not say its schema", "", "begin it with `schema = 1`");
    }
    let name = fields.needed_text("name", judge);
    if let Some((name, span)) = &name
        && !is_short_name(name)
    {
        judge.error(span.clone(), "`name` is no short name", "letters, digits, `-`", "write it without spaces");
    }
    let titles = titles(&mut fields, judge);
    fields.text("description", judge);
    let seed = fields.whole("seed", [0, i64::MAX as u64], judge);
    let replicates = fields.whole("replicates", [1, 1_000_000], judge);
    let months = fields.whole("months", [1, 2400], judge);
    let recorded = recording(&mut fields, judge);
    let mut sets: Vec<String> = fields.texts("set", judge).into_iter().map(|(text, _)| text).collect();
    let (own_seed, own_replicates, own_months) = (seed.unwrap_or(1), replicates.unwrap_or(1), months);
    let months = set.months.map(u64::from).or(months);
    sets.extend(months.map(|months| format!("time.months={months}")));
    let asked = scenarios(&mut fields, path, &sets, judge);
    let varies = fields.tables("vary", "this `[[vary]]`", judge);
    let mut varies: Vec<Vary> = varies.into_iter().filter_map(|vary| Vary::read(vary, judge)).collect();
    let correlations = fields.tables("correlate", "this `[[correlate]]`", judge);
    let correlations: Vec<Correlation> =
        correlations.into_iter().filter_map(|one| Correlation::read(one, judge)).collect();
    let design = fields.table("design", "`[design]`", judge);
    let expectations = fields.tables("expect", "this `[[expect]]`", judge);
    let expectations: Vec<Expectation> =
        expectations.into_iter().filter_map(|claim| Expectation::read(claim, judge)).collect();
    let stopping = fields.table("stop", "`[stop]`", judge).and_then(|stop| Stopping::read(stop, judge));
    let branch = fields.table("branch", "`[branch]`", judge).and_then(|branch| trunk(branch, judge));
    // What a calibration adds is read by the floor above.
    fields.get("calibrate");
    fields.finish(judge);

    // Errors so far would only be repeated by what follows.
    let prepared = if judge.has_errors() { return None } else { prepare(&asked, judge)? };
    let seed = set.seed.unwrap_or(own_seed);
    let first = prepared.first().map(|(files, ..)| files.as_ref())?;
    let design = design::read(design, &mut varies, &correlations, first, seed, judge)?;
    let replicates = set.replicates.unwrap_or(own_replicates as u32);
    let cells = design.points.len() as u64 * prepared.len() as u64 * u64::from(replicates);
    if cells > CELLS_MOST {
        let message = format!("the study has {cells} cells");
        judge.error(0..0, message, &format!("at most {CELLS_MOST}"), "lower `replicates` or the points of the design");
        return None;
    }
    check_dimensions(&design, &asked, &prepared, judge);
    check_trunk(branch.as_ref(), seed, &asked, &prepared, judge);
    let overrides = Arc::new(design.overrides());
    let mut inputs: Vec<(String, String)> = Vec::new();
    let mut sources: Vec<(PathBuf, String)> = Vec::new();
    let mut warnings: Vec<Problem> = Vec::new();
    let mut planned = Vec::new();
    for (asked, (files, base, told)) in asked.into_iter().zip(prepared) {
        inputs.extend(base.files.iter().filter(|file| !inputs.contains(file)).cloned().collect::<Vec<_>>());
        for source in base.resolved.sources.iter().filter(|source| source.name != "--set") {
            let path = PathBuf::from(&source.shown);
            if !sources.iter().any(|(known, _)| *known == path) {
                sources.push((path, source.text().to_owned()));
            }
        }
        warnings.extend(told.into_iter().filter(|problem| !warnings.contains(problem)).collect::<Vec<_>>());
        let mut titles = titles_of(&asked, &base);
        // Two of one title would be taken for one another.
        if planned.iter().any(|other: &PlannedScenario| other.titles.0 == titles.0) {
            titles = (asked.name.clone(), None);
        }
        let under = asked.under;
        let scenario = PlannedScenario::varied(asked.name, &base, files, asked.sets, Arc::clone(&overrides));
        planned.push(scenario.under(under).titled(titles));
    }
    let plan = Plan {
        scenarios: planned,
        points: design.points.len(),
        replicates,
        seed,
        recorded: recorded?,
        trunk: branch.map(|(trunk, _)| trunk),
    };
    check_claims(&plan, &expectations, stopping.as_ref(), judge);
    let name = name?.0;
    let title = titles.0.unwrap_or_else(|| name.clone());
    // Saying what the file says anyway is no override: the same study ends in the same bytes.
    let set = Overrides {
        seed: set.seed.filter(|asked| *asked != own_seed),
        // With a rule when to stop, the number asked for is only where it begins to look.
        replicates: set.replicates.filter(|asked| stopping.is_none() && u64::from(*asked) != own_replicates),
        months: set.months.filter(|asked| Some(u64::from(*asked)) != own_months),
    };
    Some(Study {
        title,
        title_ja: titles.1,
        name,
        plan,
        design,
        expectations,
        stopping,
        inputs,
        sources,
        set,
        warnings,
    })
}

fn recording(fields: &mut Fields<'_>, judge: &mut Judge) -> Option<Recording> {
    let resolution = match fields.text("resolution", judge) {
        None => Some(Resolution::Year),
        Some((word, span)) => {
            let all = [Resolution::Month, Resolution::Year, Resolution::End];
            let found = all.into_iter().find(|resolution| resolution.as_str() == word);
            if found.is_none() {
                let fix = near_names(&word, &all.map(Resolution::as_str));
                judge.error(span, format!("`resolution` cannot be \"{word}\""), "`month`, `year` or `end`", fix);
            }
            found
        }
    };
    let names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
    let mut metrics = Vec::new();
    for (name, span) in fields.texts("metrics", judge) {
        match METRICS.iter().position(|metric| metric.name == name) {
            Some(column) => metrics.push(column),
            None => judge.error(span, format!("unknown metric `{name}`"), "", near_names(&name, &names)),
        }
    }
    metrics.sort_unstable();
    metrics.dedup();
    if metrics.is_empty() {
        metrics = (0..METRICS.len()).collect();
    }
    Some(Recording { metrics, resolution: resolution? })
}

/// `[branch]`: after which month the cells part, and whose luck they share until then.
fn trunk(mut fields: Fields<'_>, judge: &mut Judge) -> Option<(Trunk, Range<usize>)> {
    let place = fields.place.clone();
    if fields.get("after").is_none() {
        let fix = "add `after = 60`, the number of months that all cells share";
        judge.error(place.clone(), "`[branch]` does not say after which month", "", fix);
    }
    let months = fields.whole("after", [1, 2400], judge);
    let replicate = fields.whole("replicate", [0, u64::from(u32::MAX)], judge);
    fields.finish(judge);
    Some((Trunk { months: months? as u16, replicate: replicate.unwrap_or(0) as u32 }, place))
}

/// Tells scenarios that cannot go on where the trunk ends.
fn check_trunk(
    branch: Option<&(Trunk, Range<usize>)>,
    seed: u64,
    asked: &[Asked],
    prepared: &[Ready],
    judge: &mut Judge,
) {
    let Some((trunk, place)) = branch else { return };
    for (asked, (_, base, _)) in asked.iter().zip(prepared) {
        if let Err(refused) = trunk.fits(&prepared[0].1, seed, base) {
            judge.error(place.clone(), format!("scenario `{}` cannot branch off: {refused}", asked.name), "", "");
        }
    }
}

/// `[[scenario]]` crossed with `[[policy]]`: every scenario alone, and under every policy, which `ranges` also lays over it
/// at both ends of what it assumes.
fn scenarios(fields: &mut Fields<'_>, path: &Path, sets: &[String], judge: &mut Judge) -> Vec<Asked> {
    let folder = path.parent().unwrap_or_else(|| Path::new("")).to_path_buf();
    let place = |name: &str| folder.join(name);
    let mut asked: Vec<Asked> = Vec::new();
    for mut row in fields.tables("scenario", "this `[[scenario]]`", judge) {
        let file = row.needed_text("file", judge);
        let name = row.text("name", judge);
        let policies = row.texts("policies", judge);
        let own = row.texts("set", judge);
        let titles = titles(&mut row, judge);
        let span = row.place.clone();
        row.finish(judge);
        let Some((file, _)) = file else { continue };
        let stem = Path::new(&file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let all = sets.iter().cloned().chain(own.into_iter().map(|(text, _)| text));
        asked.push(Asked {
            name: name.map_or(stem, |(name, _)| name),
            titles,
            file: place(&file),
            policies: policies.iter().map(|(policy, _)| (place(policy), End::Stated)).collect(),
            sets: all.collect(),
            common_sets: sets.len(),
            under: None,
            span,
        });
    }
    let plain = asked.len();
    for mut row in fields.tables("policy", "this `[[policy]]`", judge) {
        let name = row.needed_text("name", judge);
        let files = row.texts("files", judge);
        let ranges = row.flag("ranges", judge);
        let titles = titles(&mut row, judge);
        let span = row.place.clone();
        if files.is_empty() {
            judge.error(
                span.clone(),
                "this `[[policy]]` lays no file over the scenarios",
                "",
                "add `files = [\"...\"]`",
            );
        }
        row.finish(judge);
        let Some((name, _)) = name else { continue };
        let ends: &[End] = if ranges { &[End::Stated, End::Low, End::High] } else { &[End::Stated] };
        for (row, end) in (0..plain).flat_map(|row| ends.iter().map(move |end| (row, *end))) {
            let base = &asked[row];
            let over = files.iter().map(|(file, _)| (place(file), end));
            let policy = end.name(&name);
            asked.push(Asked {
                name: format!("{}+{policy}", base.name),
                titles: match &titles {
                    (Some(title), title_ja) => {
                        let (title, title_ja) = end.title(title, title_ja.as_deref());
                        (Some(title), title_ja)
                    }
                    none => none.clone(),
                },
                file: base.file.clone(),
                policies: base.policies.iter().cloned().chain(over).collect(),
                sets: base.sets.clone(),
                common_sets: base.common_sets,
                under: Some(Under { base: row, policy }),
                span: span.clone(),
            });
        }
    }
    if asked.is_empty() {
        judge.error(0..0, "the study names no scenario", "", "add `[[scenario]]` with `file = \"...\"`");
    }
    for (number, one) in asked.iter().enumerate() {
        if asked[..number].iter().any(|other| other.name == one.name) {
            let message = format!("two scenarios are named `{}`", one.name);
            judge.error(one.span.clone(), message, "", "give one of them another `name`");
        }
    }
    asked
}

/// `title` and `title_ja` of a table.
fn titles(fields: &mut Fields<'_>, judge: &mut Judge) -> (Option<String>, Option<String>) {
    let mut text = |key: &'static str| fields.text(key, judge).map(|(title, _)| title);
    (text("title"), text("title_ja"))
}

/// What a scenario is called: what the study says, else the titles of the policies over it, else its own. Where values are
/// set on top, nobody has said what that is called but by its name.
fn titles_of(asked: &Asked, scenario: &Scenario) -> Titles {
    if let (Some(title), title_ja) = &asked.titles {
        return (title.clone(), title_ja.clone());
    }
    let own = |titles: &[(String, Option<String>)]| -> Titles {
        let english: Vec<&str> = titles.iter().map(|(en, _)| en.as_str()).collect();
        let japanese: Option<Vec<&str>> = titles.iter().map(|(_, ja)| ja.as_deref()).collect();
        (english.join(" + "), japanese.map(|all| all.join("+")))
    };
    match (scenario.policy_titles.as_slice(), scenario.overrides.len() > asked.common_sets) {
        (_, true) => (asked.name.clone(), asked.titles.1.clone()),
        ([], _) => (scenario.title.clone(), scenario.title_ja.clone()),
        (policies, _) => own(policies),
    }
}

type Ready = (Arc<Prepared>, crate::scenario::Scenario, Vec<Problem>);

/// Reads the files of every scenario once; a file of several scenarios once for each.
fn prepare(asked: &[Asked], judge: &mut Judge) -> Option<Vec<Ready>> {
    let mut prepared = Vec::new();
    for one in asked {
        let files = Prepared::read_at(&one.file, &one.policies);
        match files.scenario(&one.sets) {
            Ok((scenario, warnings)) => prepared.push((Arc::new(files), scenario, warnings)),
            Err(problems) => {
                // A file that could not be read has no line of its own to point at: the one that names it is shown.
                if let [only] = &problems.list[..]
                    && only.line == 0
                {
                    judge.adopt(one.span.clone(), &format!("scenario `{}`", one.name), only);
                    judge.adopt_all(Problems { list: Vec::new(), machine_fault: problems.machine_fault });
                    continue;
                }
                judge.adopt_all(problems);
            }
        }
    }
    (prepared.len() == asked.len()).then_some(prepared)
}

/// Tells names in expectations and in the stopping rule that the study does not know.
fn check_claims(plan: &Plan, expectations: &[Expectation], stopping: Option<&Stopping>, judge: &mut Judge) {
    let plain = plan.scenarios.iter().filter(|scenario| scenario.under.is_none());
    let scenarios: Vec<&str> = plain.map(|scenario| scenario.name.as_str()).collect();
    let mut policies: Vec<&str> =
        plan.scenarios.iter().filter_map(|scenario| Some(scenario.under.as_ref()?.policy.as_str())).collect();
    policies.sort_unstable();
    policies.dedup();
    let clusters: Vec<&str> = plan.scenarios[0].clusters.list.iter().map(|(_, id, ..)| id.as_str()).collect();
    let mut metrics: Vec<&str> = plan.recorded.metrics.iter().map(|column| METRICS[*column].name).collect();
    if metrics.contains(&"approvals_full") && metrics.contains(&"approvals_conditional") {
        metrics.push("approvals");
    }
    let dates = plan.scenarios[0].dates(plan.recorded.resolution);
    let years = (dates.first().map_or(0, |date| date.year()), dates.last().map_or(0, |date| date.year()));
    let more_metrics = "add it to `metrics` of the study";
    let ground = Ground {
        scenarios: &scenarios,
        policies: &policies,
        clusters: &clusters,
        years,
        metrics: &metrics,
        more_metrics,
    };
    claims::check(expectations, stopping, &ground, judge);
}

/// Lays each dimension alone over each scenario, at its ends: a slip is told at its place in the study.
fn check_dimensions(design: &Design, asked: &[Asked], prepared: &[Ready], judge: &mut Judge) {
    for vary in design.varies.iter().filter(|vary| !vary.span.is_empty()) {
        'scenarios: for (one, (files, ..)) in asked.iter().zip(prepared) {
            for value in vary.probes() {
                let mut sets = one.sets.clone();
                sets.push(format!("{}={value}", vary.path));
                let Err(problems) = files.scenario(&sets) else { continue };
                let about = format!("scenario `{}` with `{} = {value}`", one.name, vary.path);
                if let Some(first) = problems.list.iter().find(|p| p.severity == crate::scenario::Severity::Error) {
                    judge.adopt(vary.span.clone(), &about, first);
                }
                break 'scenarios;
            }
        }
    }
}
