//! `report`: the decision report of a comparison or a sweep, and `report lint`, which checks one.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use rayon::prelude::*;

use crate::output::{ClusterLabel, StoredStudy, read_history, read_run, read_study, write_alone};
use crate::plot::{Language, PlotError};
use crate::report::{Fault, ReportError, Story, cluster_name, lint, numbers, options_of, report};

use super::failure::{DIFFERENT, Failure};
use super::options::Format;
use super::{charts, terminal};

/// A page above this many bytes is none of ours.
const BYTES_MAX: u64 = 64 << 20;

const EXAMPLES: &str = "\
Examples:
  trihelix report outputs/kansai-2024-compare
  trihelix report outputs/kansai-2024-compare --lang ja -o report-ja.html --decide employees@kobe
  trihelix report outputs/policies --format json > policies.json
  trihelix report lint outputs/kansai-2024-compare/report.html";

/// Make the decision report of a comparison or a sweep: one page that needs nothing else
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    check: Option<Check>,
    /// Result folder of `compare` or `sweep`
    #[arg(value_name = "DIR", required = true)]
    folder: Option<PathBuf>,
    /// Languages of the page, the first one shown: en, ja, or both with a comma between
    #[arg(long, value_name = "LANG", value_delimiter = ',', default_value = "en,ja", value_parser = language)]
    lang: Vec<Language>,
    /// Write the page here [default: report.html in DIR]; pictures as PNG go into a folder beside it
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Rank the options by this metric and cluster [default: the first metric, all clusters]
    #[arg(long, value_name = "METRIC@CLUSTER")]
    decide: Option<String>,
    /// Result of a hindcast, to stand before the forecast with its errors
    #[arg(long, value_name = "DIR")]
    hindcast: Option<PathBuf>,
    /// Result folder of a run, whose collaborations, life lines and funding ladder the report shall show
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// What to make: the page, or one JSON document with every recorded metric's differences and costs in the last year
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", conflicts_with_all = ["output", "decide", "hindcast", "run"])]
    format: Format,
    /// Leave the pictures out
    #[arg(long)]
    page_only: bool,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Check {
    /// Recompute every number of a report from the results; what does not agree is named, with exit code 3
    Lint(LintArguments),
}

#[derive(Debug, Args)]
struct LintArguments {
    /// The report
    #[arg(value_name = "FILE")]
    page: PathBuf,
    /// Result folder that it was made from [default: the folder of FILE]
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    /// Result of the hindcast, if the report has one
    #[arg(long, value_name = "DIR")]
    hindcast: Option<PathBuf>,
    /// Result folder of the run, if the report shows one
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
}

fn language(text: &str) -> Result<Language, String> {
    match text.trim() {
        "en" => Ok(Language::English),
        "ja" => Ok(Language::Japanese),
        _ => Err("expected en, ja, or en,ja".to_owned()),
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match (&arguments.check, &arguments.folder) {
        (Some(Check::Lint(lint)), _) => check(lint),
        (None, Some(folder)) => make(arguments, folder),
        (None, None) => Err(Failure::Input("report: name a result folder".to_owned())),
    }
}

fn make(arguments: &Arguments, folder: &Path) -> Result<(), Failure> {
    let mut languages: Vec<Language> = Vec::new();
    for language in &arguments.lang {
        if !languages.contains(language) {
            languages.push(*language);
        }
    }
    let study = read_study(folder)?;
    if matches!(arguments.format, Format::Json) {
        return terminal::print_json(&numbers(&study).map_err(|cause| told(folder, cause))?);
    }
    let hindcast = arguments.hindcast.as_deref().map(read_study).transpose()?;
    let page = arguments.output.clone().unwrap_or_else(|| folder.join("report.html"));
    let story = arguments.run.as_deref().map(|run| story_of(run, &study, &languages)).transpose()?;
    let made =
        report(study, hindcast, story, arguments.decide.as_deref(), &languages).map_err(|cause| told(folder, cause))?;
    write_alone(&page, made.html.as_bytes())?;
    let beside = beside(&page);
    let pictures = if arguments.page_only { &[] } else { made.pictures.as_slice() };
    let drawn: Vec<Result<Vec<u8>, PlotError>> = pictures.par_iter().map(|(_, picture)| picture.png()).collect();
    for ((name, _), png) in pictures.iter().zip(drawn) {
        let png = png.map_err(|cause| told(folder, cause.into()))?;
        write_alone(&beside.join(format!("{name}.png")), &png)?;
    }
    if arguments.quiet {
        return Ok(());
    }
    let kilobytes = made.html.len() / 1000;
    terminal::print(&format!(
        "\n  {}  open this: {kilobytes} kB, needs nothing else\n  {}  {} pictures as PNG\n\n",
        page.display(),
        beside.display(),
        pictures.len()
    ))
}

/// The charts of a run of the study's clusters, in these languages.
fn story_of(folder: &Path, study: &StoredStudy, languages: &[Language]) -> Result<Story, Failure> {
    let stored = read_run(folder)?;
    if !stored.clusters.iter().map(|label| &label.id).eq(study.clusters.iter().map(|label| &label.id)) {
        let problem = "the run has other clusters than the study; name a run of the same scenario";
        return Err(Failure::Input(format!("{}: {problem}", folder.display())));
    }
    let scenario = &study.manifest["scenario"];
    let japanese = scenario["title_ja"].as_str().filter(|_| scenario["name"] == stored.scenario.as_str());
    let title = |language: Language| match (language, japanese) {
        (Language::Japanese, Some(title)) => title.to_owned(),
        _ => stored.title.clone(),
    };
    let (events, flows) = read_history(folder, &stored)?;
    let mut pictures = Vec::new();
    for &language in languages {
        let named = |label: &ClusterLabel| ClusterLabel {
            name: cluster_name(&stored.resolved, &label.id, &label.name, language),
            ..label.clone()
        };
        let clusters: Vec<ClusterLabel> = stored.clusters.iter().map(named).collect();
        let note = match language {
            Language::English => format!("{}, seed {}, replicate {}", title(language), stored.seed, stored.replicate),
            Language::Japanese => {
                format!("{}、乱数シード{}、反復{}", title(language), stored.seed, stored.replicate)
            }
        };
        let material = charts::Material {
            start: stored.start,
            clusters: &clusters,
            records: &stored.records,
            events: &events,
            flows: &flows,
            resolved: &stored.resolved,
            note: &note,
            language,
        };
        let drawn = charts::story(&material).map_err(|cause| told(folder, cause.into()))?;
        pictures.extend(drawn.into_iter().map(|(name, picture)| (language, name, picture)));
    }
    let titles = languages.iter().map(|language| (*language, title(*language))).collect();
    Ok(Story { digest: stored.events_digest, titles, seed: stored.seed, pictures })
}

/// The folder of the pictures: `report-figures` beside `report.html`.
fn beside(page: &Path) -> PathBuf {
    let stem = page.file_stem().map_or_else(|| "report".into(), |stem| stem.to_string_lossy().into_owned());
    page.with_file_name(format!("{stem}-figures"))
}

fn told(folder: &Path, cause: ReportError) -> Failure {
    match cause {
        ReportError::Plot(_) => Failure::Machine(format!("{}: {cause}", folder.display())),
        ReportError::Study(_) | ReportError::Decision(_) => Failure::Input(format!("{}: {cause}", folder.display())),
    }
}

fn check(arguments: &LintArguments) -> Result<(), Failure> {
    let page = &arguments.page;
    let shown = page.display();
    let html = text_of(page)?;
    let Some(options) = options_of(&html) else {
        let fix = "name a page that `trihelix report` has written";
        return Err(Failure::Input(format!("{shown}: is not a report, or its head was changed\n  {fix}")));
    };
    let folder = arguments.results.clone().unwrap_or_else(|| match page.parent() {
        Some(parent) if parent != Path::new("") => parent.to_path_buf(),
        _ => PathBuf::from("."),
    });
    let study = read_study(&folder)?;
    let hindcast = arguments.hindcast.as_deref().map(read_study).transpose()?;
    let given = hindcast.as_ref().and_then(|past: &StoredStudy| past.manifest["files"]["records.parquet"].as_str());
    if given != options.hindcast.as_deref() {
        let problem =
            if options.hindcast.is_some() { "was made with another hindcast" } else { "was made without one" };
        return Err(Failure::Input(format!("{shown}: {problem}; name the same folder with --hindcast")));
    }
    let story = arguments.run.as_deref().map(|run| story_of(run, &study, &options.languages)).transpose()?;
    if story.as_ref().map(|story| &story.digest) != options.run.as_ref() {
        let problem = if options.run.is_some() { "shows another run" } else { "shows no run" };
        return Err(Failure::Input(format!("{shown}: {problem}; name the same folder with --run")));
    }
    let (faults, numbers) = lint(&html, &options, study, hindcast, story).map_err(|cause| told(&folder, cause))?;
    if faults.is_empty() {
        return terminal::print(&format!("  {shown}: {numbers} numbers looked up, all as the results say\n"));
    }
    terminal::print(&faults.iter().map(line).collect::<String>())?;
    terminal::note(&format!("{shown}: {} places do not say what {} says", faults.len(), folder.display()));
    Err(Failure::Said(DIFFERENT))
}

fn line(fault: &Fault) -> String {
    format!("  {}: shows {}, should be {}\n", fault.place, quoted(&fault.shown), quoted(&fault.should))
}

fn quoted(text: &str) -> String {
    format!("`{}`", text.escape_debug())
}

fn text_of(page: &Path) -> Result<String, Failure> {
    let shown = page.display();
    let mut text = String::new();
    let read = fs::File::open(page).and_then(|file| file.take(BYTES_MAX).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(text),
        Err(cause) if cause.kind() == ErrorKind::NotFound => {
            Err(Failure::Input(format!("{shown}: there is no such file; name a report")))
        }
        Err(cause) if cause.kind() == ErrorKind::InvalidData => {
            Err(Failure::Input(format!("{shown}: is not UTF-8 text")))
        }
        Err(cause) if cause.kind() == ErrorKind::IsADirectory => {
            Err(Failure::Input(format!("{shown}: is a folder; name a report, such as report.html in it")))
        }
        Err(cause) => Err(Failure::Machine(format!("{shown}: cannot be read: {cause}"))),
    }
}
