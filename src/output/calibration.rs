//! The result folder of a calibration.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::calibrate::{Calibration, Request};
use crate::math::exp;
use crate::simulate::BEHAVIOUR;

use super::folder::ResultFolder;
use super::{NamedFile, OutputError, manifest};

/// Everything about a calibration in one document: what `--format json` prints.
#[must_use]
pub fn calibration_json(request: &Request, result: &Calibration) -> Value {
    let varies = &request.study.design.varies;
    let parameters = varies.iter().enumerate().map(|(row, vary)| {
        let marginal = &result.fit.marginals[row];
        let without = result.without.iter().map(|one| {
            let name = request.series[one.series].0.name();
            let shares = one.marginals[row].quantiles;
            json!({ "series": name, "interval": [plain(&vary.at(inside(shares[0]))), plain(&vary.at(inside(shares[2])))] })
        });
        json!({
            "path": vary.path,
            "prior": [plain(&vary.at(inside(0.0))), plain(&vary.at(inside(1.0)))],
            "best": plain(&vary.at(inside(result.best[row]))),
            "median": plain(&vary.at(inside(marginal.quantiles[1]))),
            "interval": [plain(&vary.at(inside(marginal.quantiles[0]))), plain(&vary.at(inside(marginal.quantiles[2])))],
            "interval_of_prior": marginal.quantiles,
            "knowledge": marginal.knowledge.as_str(),
            "without": without.collect::<Vec<_>>(),
        })
    });
    let series = request.series.iter().enumerate().map(|(row, (series, tolerance))| {
        let error = |held, before| result.error(request, row, held, before).map(|error| exp(error) - 1.0);
        let without = result.without.iter().find(|one| one.series == row).map(|one| exp(one.error) - 1.0);
        json!({
            "cluster": series.cluster,
            "metric": series.metric,
            "unit": series.unit,
            "scenario": series.scenario,
            "tolerance": tolerance,
            "error_before": error(false, true),
            "error": error(false, false),
            "error_held_out_before": error(true, true),
            "error_held_out": error(true, false),
            "error_if_not_fitted": without,
        })
    });
    let targets = result.answered.iter().map(|answered| {
        let target = &request.targets[answered.target];
        let series = &request.series[target.series].0;
        json!({
            "cluster": series.cluster,
            "metric": series.metric,
            "year": target.year,
            "fact": target.fact,
            "held_out": target.held,
            "record": target.record,
            "before": answered.before,
            "median": answered.after[1],
            "low": answered.after[0],
            "high": answered.after[2],
            "best": answered.best,
        })
    });
    let waves = result.fit.waves.iter().map(|wave| {
        json!({
            "points": wave.points,
            "failed": wave.failed,
            "not_ruled_out": wave.not_ruled_out,
            "unexplained": wave.unexplained,
        })
    });
    json!({
        "name": request.study.name,
        "title": request.study.title,
        "behaviour": BEHAVIOUR,
        "seed": request.study.plan.seed,
        "replicates": request.study.plan.replicates,
        "record": request.record,
        "holdout": request.holdout,
        "correlation": request.settings.correlation,
        "runs": result.runs,
        "waves": waves.collect::<Vec<_>>(),
        "tolerances_widened": result.fit.inflation,
        "best_distance": result.best_distance,
        "parameters": parameters.collect::<Vec<_>>(),
        "series": series.collect::<Vec<_>>(),
        "targets": targets.collect::<Vec<_>>(),
    })
}

/// A coordinate that a prior has a value for: its ends are never reached.
fn inside(share: f64) -> f64 {
    share.clamp(1e-9, 1.0 - 1e-9)
}

/// A value without the quotation marks of TOML.
fn plain(value: &str) -> String {
    value.trim_matches('"').to_owned()
}

/// Writes `calibration.json`, `parameters.csv`, `fit.csv`, `posterior.csv` and `values.toml`, and returns their names and
/// the digest of the calibration.
///
/// # Errors
/// [`OutputError`] if the disk refuses; the folder is then as it was.
pub fn write_calibration(
    folder: &ResultFolder,
    request: &Request,
    result: &Calibration,
) -> Result<(Vec<String>, String), OutputError> {
    let document = calibration_json(request, result);
    let text = format!("{document:#}\n").into_bytes();
    let digest = blake3::hash(&text).to_hex().to_string();
    let mut files: Vec<NamedFile> = vec![
        ("calibration.json".to_owned(), text),
        table("fit.csv", &document["targets"])?,
        table("parameters.csv", &document["parameters"])?,
        ("posterior.csv".to_owned(), posterior(request, result)),
        ("values.toml".to_owned(), values(&document, &digest)),
    ];
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let mut head = manifest::head(BEHAVIOUR);
    head.insert("verb".to_owned(), json!("calibrate"));
    let inputs = request.study.inputs.iter().map(|(name, digest)| json!({ "name": name, "digest": digest }));
    head.insert("inputs".to_owned(), inputs.collect());
    head.insert("calibration".to_owned(), json!(digest));
    head.insert("files".to_owned(), manifest::digests(&files));
    files.push((manifest::FILE.to_owned(), format!("{:#}\n", Value::Object(head)).into_bytes()));
    folder.publish(&files)?;
    Ok((files.into_iter().map(|(name, _)| name).collect(), digest))
}

/// A list of flat objects as a table; lists become several columns, what is deeper is left to the document.
fn table(name: &str, rows: &Value) -> Result<NamedFile, OutputError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |cause: csv::Error| OutputError::encoding(name, cause);
    for (number, row) in rows.as_array().into_iter().flatten().enumerate() {
        let (mut head, mut cells) = (Vec::new(), Vec::new());
        for (key, value) in row.as_object().into_iter().flatten() {
            match value {
                Value::Array(list) if list.iter().any(Value::is_object) => {}
                Value::Array(list) => {
                    let ends = if list.len() == 2 { vec!["low", "high"] } else { vec!["low", "median", "high"] };
                    for (end, value) in ends.iter().zip(list) {
                        head.push(format!("{key}_{end}"));
                        cells.push(cell(value));
                    }
                }
                Value::Object(_) => {}
                _ => {
                    head.push(key.clone());
                    cells.push(cell(value));
                }
            }
        }
        if number == 0 {
            writer.write_record(&head).map_err(failed)?;
        }
        writer.write_record(&cells).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|cause| OutputError::encoding(name, cause))?;
    Ok((name.to_owned(), bytes))
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The sample of the posterior, one point a line, in the values that a scenario takes.
fn posterior(request: &Request, result: &Calibration) -> Vec<u8> {
    let varies = &request.study.design.varies;
    let mut text = varies.iter().map(|vary| vary.path.as_str()).collect::<Vec<_>>().join(",") + "\n";
    for particle in &result.fit.particles {
        let line: Vec<String> = varies.iter().zip(particle).map(|(vary, u)| plain(&vary.at(inside(*u)))).collect();
        text.push_str(&line.join(","));
        text.push('\n');
    }
    text.into_bytes()
}

/// The best point as a file to lay over a scenario, each value with its interval. All of it: a value that the record does
/// not identify alone is still part of the point that agrees with it.
fn values(document: &Value, digest: &str) -> Vec<u8> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut text = format!(
        "# The best point of the calibration `{}`, behaviour {}: the values belong together.\n\
         schema = 1\npolicy = true\nname = \"calibrated-{}\"\n\n[[source]]\nid = \"calibration:{}\"\ntitle = \"Calibration {}\"\n\
         url = \"docs/calibration.md\"\nstatus = \"derived\"\n",
        word(&document["name"]),
        document["behaviour"],
        word(&document["name"]),
        word(&document["name"]),
        digest,
    );
    let mut tables: BTreeMap<String, String> = BTreeMap::new();
    for parameter in document["parameters"].as_array().into_iter().flatten() {
        let (path, best) = (word(&parameter["path"]), word(&parameter["best"]));
        let Some((table, field)) = path.rsplit_once('.') else { continue };
        let (number, unit) = best.split_once(' ').unwrap_or((best.as_str(), ""));
        let unit = if unit.is_empty() { String::new() } else { format!("unit = \"{unit}\", ") };
        let interval = &parameter["interval"];
        tables.entry(table.to_owned()).or_default().push_str(&format!(
            "{field} = {{ value = {number}, {unit}grade = \"calibrated\", source = \"calibration:{}\", note = \
             \"90 % interval {} to {}; {}; calibration {}\" }}\n",
            word(&document["name"]),
            word(&interval[0]),
            word(&interval[1]),
            word(&parameter["knowledge"]),
            &digest[..12],
        ));
    }
    for (table, fields) in tables {
        text.push_str(&format!("\n[{table}]\n{fields}"));
    }
    text.into_bytes()
}
