//! The scoreboard: as a JSON document, and as a page.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::simulate::BEHAVIOUR;
use crate::validate::{Fact, Hindcast, Judged, Verdict};

/// What was validated, and with what result.
#[derive(Debug)]
pub struct Validation<'a> {
    /// Name of the scenario.
    pub scenario: &'a str,
    /// Its digest.
    pub digest: &'a str,
    /// Master seed.
    pub seed: u64,
    /// Replicates.
    pub replicates: u32,
    /// The command that makes the page again.
    pub command: &'a str,
    /// Every fact.
    pub facts: &'a [Judged],
    /// Every series.
    pub hindcasts: &'a [Hindcast],
}

/// The document that `validate --format json` prints.
#[must_use]
pub fn validation_json(result: &Validation) -> Value {
    let facts = result.facts.iter().map(|judged| {
        let fact = &judged.fact;
        let measures = fact.measure.iter().zip(&judged.measured).map(|(measure, measured)| {
            json!({
                "name": measure.name,
                "accept": [finite(measure.accept[0]), finite(measure.accept[1])],
                "median": finite(measured.quantiles[1]),
                "low": finite(measured.quantiles[0]),
                "high": finite(measured.quantiles[2]),
                "values": measured.values,
            })
        });
        json!({
            "id": fact.id,
            "name": fact.name,
            "meaning": fact.meaning,
            "kind": fact.kind.as_str(),
            "required": fact.required,
            "how": fact.how,
            "source": fact.source,
            "grade": fact.grade,
            "note": fact.note.as_ref().or(fact.why.as_ref()),
            "verdict": judged.verdict.as_str(),
            "measures": measures.collect::<Vec<_>>(),
        })
    });
    let years = result.hindcasts.iter().flat_map(|one| {
        one.years.iter().map(|year| {
            json!({
                "cluster": one.series.cluster,
                "metric": one.series.metric,
                "year": year.year,
                "target": year.record,
                "median": year.model[1],
                "low": year.model[0],
                "high": year.model[2],
                "error": year.model[1] / year.record - 1.0,
                "logistic": year.logistic,
                "constant_growth": year.growth,
                "held_out": year.held,
            })
        })
    });
    let moments = result.hindcasts.iter().filter_map(|one| {
        let moments = one.moments()?;
        let [mean, variance] = [0, 1].map(|at| {
            let [low, median, high] = moments.model[at];
            let record = moments.record[at];
            json!({ "target": record, "median": median, "low": low, "high": high, "error": median / record - 1.0 })
        });
        Some(json!({
            "cluster": one.series.cluster,
            "metric": one.series.metric,
            "mean": mean,
            "variance": variance,
        }))
    });
    json!({
        "behaviour": BEHAVIOUR,
        "scenario": result.scenario,
        "digest": result.digest,
        "seed": result.seed,
        "replicates": result.replicates,
        "facts": facts.collect::<Vec<_>>(),
        "hindcast": years.collect::<Vec<_>>(),
        "moments": moments.collect::<Vec<_>>(),
    })
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// How many facts came out with each verdict: pass, inconclusive, fail, not computed.
#[must_use]
pub fn verdict_counts(facts: &[Judged]) -> [usize; 4] {
    [Verdict::Pass, Verdict::Inconclusive, Verdict::Fail, Verdict::NotComputed]
        .map(|verdict| facts.iter().filter(|judged| judged.verdict == verdict).count())
}

/// A number with three digits that matter.
#[must_use]
pub fn three_digits(value: f64) -> String {
    match value.abs() {
        _ if value.is_nan() => "-".to_owned(),
        size if size.is_infinite() || size >= 1e5 => if value > 0.0 { "…" } else { "-…" }.to_owned(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ if value == 0.0 => "0".to_owned(),
        _ => format!("{value:.3}"),
    }
}

/// The page `docs/validation.md`; `figures` are the names of the drawings, one for each series.
#[must_use]
pub fn validation_page(result: &Validation, figures: &[String]) -> String {
    let [pass, unclear, fail, missing] = verdict_counts(result.facts);
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "# Validation\n\n<!-- Written by a command: change src/validate/facts.toml, the record or the model, then run it again. -->\n\n\
         Behaviour version {BEHAVIOUR}, scenario `{}` (digest `{}`), {} replicates, seed {}. Made by\n\n```sh\n{}\n```\n\n\
         Of {} stylised facts **{pass} pass**, {unclear} are inconclusive, {fail} fail and {missing} are not computed. A fact passes if the median \
         over replicates lies in the accepted range; it is inconclusive if the median lies outside and the 90 % band reaches the range, \
         or if too few replicates have a value. *Verification* shows that an effect that was put in survives the rest of the model; only \
         *emergence* is evidence for the model. A fact in **bold** is required: without it `trihelix validate` ends with exit code 5.\n\n\
         ## Stylised facts\n\n| | fact | median (90 % band) | accepted | verdict | kind |\n|---|---|---|---|---|---|\n",
        result.scenario,
        &result.digest[..12],
        result.replicates,
        result.seed,
        result.command,
        result.facts.len(),
    );
    for judged in result.facts {
        let fact = &judged.fact;
        let id = if fact.required { format!("**{}**", fact.id) } else { fact.id.clone() };
        let (mut found, mut accepted) = (Vec::new(), Vec::new());
        for (measure, measured) in fact.measure.iter().zip(&judged.measured) {
            let [low, median, high] = measured.quantiles.map(three_digits);
            found.push(format!("{}: {median} ({low} to {high})", measure.name));
            accepted.push(accepted_range(measure.accept));
        }
        let _ = writeln!(
            text,
            "| {id} | {} | {} | {} | {} | {} |",
            fact.name,
            found.join("<br>"),
            accepted.join("<br>"),
            judged.verdict.as_str(),
            fact.kind.as_str()
        );
    }
    text.push_str("\n## What that means for a user\n\n");
    for judged in result.facts.iter().filter(|judged| judged.verdict != Verdict::Pass) {
        let Fact { id, name, meaning, .. } = &judged.fact;
        let _ = writeln!(text, "- {id} {name} ({}): {meaning}", judged.verdict.as_str());
    }
    text.push_str("\n## How each is computed\n\n");
    for judged in result.facts {
        let fact = &judged.fact;
        let note = fact.note.as_ref().map(|note| format!(" Note: {note}.")).unwrap_or_default();
        let why = fact.why.as_ref().map(|why| format!(" Not computed: {why}.")).unwrap_or_default();
        let _ = writeln!(
            text,
            "- {} {}: {}.{note}{why} Range: {} (grade {}).",
            fact.id, fact.name, fact.how, fact.source, fact.grade
        );
    }
    hindcast_part(&mut text, result.hindcasts, figures);
    text
}

fn accepted_range([low, high]: [f64; 2]) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, true) if low == high => three_digits(low),
        (true, true) => format!("{} to {}", three_digits(low), three_digits(high)),
        (true, false) => format!("{} or more", three_digits(low)),
        _ => format!("{} or less", three_digits(high)),
    }
}

fn hindcast_part(text: &mut String, hindcasts: &[Hindcast], figures: &[String]) {
    text.push_str(
        "\n## The past beside the record\n\nMean absolute error of the median over replicates (four of the past for each of the scenario), beside two forecasts that know nothing but the \
         fitted years of the same series. The model is not refitted here: *fitted years* are those that a calibration may use, *held out* the last \
         three in ten, which it may not.\n\n\
         | series | fitted: model | logistic | constant growth | held out: model | logistic | constant growth |\n|---|---|---|---|---|---|---|\n",
    );
    for one in hindcasts {
        let shown = |errors: [Option<f64>; 3]| {
            errors.map(|error| error.map_or("-".to_owned(), |e| format!("{:.0} %", 100.0 * e)))
        };
        let cells = [shown(one.errors(false)), shown(one.errors(true))].concat().join(" | ");
        let _ = writeln!(text, "| {} | {cells} |", one.series.name());
    }
    moments_part(text, hindcasts);
    for (at, one) in hindcasts.iter().enumerate() {
        let _ = write!(text, "\n### {}, {}\n\n{}\n\n", one.series.name(), one.series.unit, one.series.definition);
        if let Some(figure) = figures.get(at) {
            let _ = write!(text, "![{}](figures/{figure})\n\n", one.series.name());
        }
        text.push_str("| year | record | model (90 % band) | error | logistic | constant growth | |\n|---|---|---|---|---|---|---|\n");
        for year in &one.years {
            let _ = writeln!(
                text,
                "| {} | {} | {} ({} to {}) | {:+.0} % | {} | {} | {} |",
                year.year,
                three_digits_or_whole(year.record),
                three_digits_or_whole(year.model[1]),
                three_digits_or_whole(year.model[0]),
                three_digits_or_whole(year.model[2]),
                100.0 * (year.model[1] / year.record - 1.0),
                year.logistic.map_or("-".to_owned(), three_digits_or_whole),
                three_digits_or_whole(year.growth),
                if year.held { "held out" } else { "" },
            );
        }
    }
}

/// Mean and variance of the yearly flows; nothing where no flow has three years.
fn moments_part(text: &mut String, hindcasts: &[Hindcast]) {
    let flows: Vec<_> = hindcasts.iter().filter_map(|one| Some((one, one.moments()?))).collect();
    if flows.is_empty() {
        return;
    }
    text.push_str(
        "\nOf what happens within a year, mean and variance over the years of the record, fitted and held out: the record's, and the median over \
         replicates of those of one history. A series of few years has a variance of its own luck.\n\n\
         | flow | mean: record | model (90 % band) | error | variance: record | model (90 % band) | error |\n|---|---|---|---|---|---|---|\n",
    );
    for (one, moments) in flows {
        let [mean, variance] = [0, 1].map(|at| {
            let (record, [low, median, high]) = (moments.record[at], moments.model[at].map(three_digits_or_whole));
            let error = 100.0 * (moments.model[at][1] / record - 1.0);
            format!("{} | {median} ({low} to {high}) | {error:+.0} %", three_digits_or_whole(record))
        });
        let _ = writeln!(text, "| {}, {} | {mean} | {variance} |", one.series.name(), one.series.unit);
    }
}

fn three_digits_or_whole(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { three_digits(value) }
}
