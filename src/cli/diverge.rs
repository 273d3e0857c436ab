//! `diverge`: where two runs part.

use std::path::{Path, PathBuf};

use clap::{Args, value_parser};
use serde_json::{Value, json};

use crate::trust::diverge::{Divergence, Draw, Parting, Side, diverge};
use crate::units::Month;

use super::engine::{self, Loaded, stopped};
use super::failure::{DIFFERENT, Failure};
use super::options::{ChanceOptions, Format, FormatOption, assignment};
use super::{terminal, verify};

/// Find the month, phase, entity, field and draw at which two runs part
///
/// A and B are scenario files, policies joined to them by `+` (kobe.toml+hub.toml), or result folders of `run`, which
/// bring their own seed. Nothing is written. Exit code 3 if the runs part.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Scenario file, or result folder
    #[arg(value_name = "A")]
    a: PathBuf,
    /// Scenario file, or result folder
    #[arg(value_name = "B")]
    b: PathBuf,
    /// Master seed of scenario files
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Master seed of B [default: the same]
    #[arg(long, value_name = "N")]
    seed_b: Option<u64>,
    /// Replicate
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = value_parser!(u32).range(0..=2_147_483_647))]
    replicate: u32,
    /// Replicate of B [default: the same]
    #[arg(long, value_name = "K", value_parser = value_parser!(u32).range(0..=2_147_483_647))]
    replicate_b: Option<u32>,
    /// Compare this many months
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=2400))]
    months: Option<u16>,
    /// Set one parameter in both; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    sets: Vec<String>,
    /// Set one parameter in B only; may be repeated
    #[arg(long = "set-b", value_name = "PATH=VALUE", value_parser = assignment)]
    sets_b: Vec<String>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    format: FormatOption,
}

/// One side as it was named.
struct Named {
    loaded: Loaded,
    chance: (u64, u32),
    /// Digests of the months as a folder has them.
    stored: Option<Vec<String>>,
}

impl Named {
    fn side(&self) -> Side<'_> {
        Side { scenario: &self.loaded.scenario, seed: self.chance.0, replicate: self.chance.1 }
    }
}

/// Loads both, compares, says.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { seed, replicate, months, sets, sets_b, .. } = arguments;
    let chance = |seed, replicate, sets| ChanceOptions { seed, replicate, months: *months, sets };
    let a = named(&arguments.a, chance(*seed, *replicate, sets.clone()))?;
    let (seed_b, replicate_b) = (arguments.seed_b.unwrap_or(*seed), arguments.replicate_b.unwrap_or(*replicate));
    let b = named(&arguments.b, chance(seed_b, replicate_b, [sets.clone(), sets_b.clone()].concat()))?;
    if a.loaded.start != b.loaded.start {
        return Err(Failure::Input(format!(
            "A begins in {} and B in {}; runs that begin in other months have no month in common to part in",
            a.loaded.start, b.loaded.start
        )));
    }
    let found = diverge(a.side(), b.side(), &mut |_| {}).map_err(|breach| stopped(&breach, *seed, *replicate))?;
    // A folder that another program has written may part from the same run made here.
    let drifts = [drift(&a, &found.chains[0]), drift(&b, &found.chains[1])];
    match arguments.format.format {
        Format::Json => terminal::print_json(&document(&found, &drifts, &a.loaded))?,
        Format::Text if arguments.quiet => {}
        Format::Text => terminal::print(&text(&found, &drifts, &a.loaded))?,
    }
    let parted = found.parting.is_some() || drifts.iter().any(Option::is_some);
    if parted { Err(Failure::Said(DIFFERENT)) } else { Ok(()) }
}

fn named(path: &Path, chance: ChanceOptions) -> Result<Named, Failure> {
    if path.is_dir() {
        let (loaded, chance, stored) = verify::load_run(path, &chance)?;
        return Ok(Named { loaded, chance, stored: Some(stored) });
    }
    // A file may have a plus in its name; only what is no file is taken apart.
    let text = path.to_string_lossy();
    let mut parts =
        if path.is_file() { vec![path.to_path_buf()] } else { text.split('+').map(PathBuf::from).collect() };
    let policies = parts.split_off(1.min(parts.len()));
    let base = parts.pop().unwrap_or_default();
    let loaded = engine::load(&base, &policies, &chance)?;
    Ok(Named { chance: (chance.seed, chance.replicate), loaded, stored: None })
}

/// The first month in which the digests of a folder are not those of the run made again.
fn drift(named: &Named, chain: &[[u8; 32]]) -> Option<Month> {
    let stored = named.stored.as_ref()?;
    let made = chain.iter().map(|digest| blake3::Hash::from_bytes(*digest).to_hex()[..32].to_owned());
    let at = stored.iter().zip(made).position(|(stored, made)| *stored != made)?;
    Some(Month(at as u16))
}

fn month(month: Option<Month>, loaded: &Loaded) -> String {
    match month {
        Some(month) => {
            format!("{}, month {} from the start", &loaded.start.plus(i32::from(month.0)).to_string()[..7], month.0)
        }
        None => "before the first month".to_owned(),
    }
}

fn text(found: &Divergence, drifts: &[Option<Month>; 2], loaded: &Loaded) -> String {
    let mut text = String::new();
    match &found.parting {
        None => text
            .push_str(&format!("no difference in {} months: every field of both states is the same\n", found.months)),
        Some(parting) => {
            let Parting { phase, entity, field, values: [a, b], .. } = parting;
            text.push_str(&format!("the runs part in {}\n", month(parting.month, loaded)));
            for (name, value) in [("phase", *phase), ("entity", entity), ("field", field), ("A", a), ("B", b)] {
                text.push_str(&format!("  {name:<8}{value}\n"));
            }
            text.push_str(&format!("  {:<8}{}\n", "draw", draw_text(parting)));
        }
    }
    for (side, drift) in ["A", "B"].iter().zip(drifts) {
        if let Some(at) = drift {
            text.push_str(&format!(
                "the folder {side} is not what this program makes of it, from {} on: another version wrote it\n",
                month(Some(*at), loaded)
            ));
        }
    }
    text
}

fn draw_text(parting: &Parting) -> String {
    let shown = |draw: &Option<Draw>| {
        draw.as_ref()
            .map_or_else(|| "no further draw".to_owned(), |draw| format!("{} -> {:016x}", draw.address, draw.word))
    };
    let own = parting
        .own_draw
        .as_ref()
        .map(|draw| format!("{} -> {:016x}, the same in both and used otherwise", draw.address, draw.word));
    let alike = parting.draws_alike;
    match (&parting.draw, own) {
        (Some(differs), own) => {
            let [a, b] = &differs.draws;
            let own = own.map(|own| format!("\n          before it {own}")).unwrap_or_default();
            format!("number {} of the phase\n          A: {}\n          B: {}{own}", alike + 1, shown(a), shown(b))
        }
        (None, Some(own)) => own,
        (None, None) => format!("none: all {alike} draws of the phase are the same; the values differ, not the luck"),
    }
}

fn document(found: &Divergence, drifts: &[Option<Month>; 2], loaded: &Loaded) -> Value {
    let date = |month: Month| loaded.start.plus(i32::from(month.0)).to_string();
    let draw = |draw: &Option<Draw>| -> Value {
        draw.as_ref()
            .map_or(Value::Null, |draw| json!({ "address": draw.address, "word": format!("{:016x}", draw.word) }))
    };
    let parting = found.parting.as_ref().map(|parting| {
        json!({
            "month": parting.month.map(|month| month.0),
            "date": parting.month.map(date),
            "phase": parting.phase,
            "entity": parting.entity,
            "field": parting.field,
            "a": parting.values[0],
            "b": parting.values[1],
            "draw": parting.draw.as_ref().map(|differs| json!({ "a": draw(&differs.draws[0]), "b": draw(&differs.draws[1]) })),
            "own_draw": draw(&parting.own_draw),
            "draws_alike": parting.draws_alike,
        })
    });
    json!({
        "months": found.months,
        "parting": parting,
        "folder_a_differs_from": drifts[0].map(date),
        "folder_b_differs_from": drifts[1].map(date),
    })
}
