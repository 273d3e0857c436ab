//! `accounts`: the balance sheet and the transaction-flow matrix of a month.

use std::path::PathBuf;

use anstyle::Style;
use clap::Args;
use serde_json::{Value, json};

use crate::simulate::Run;
use crate::units::{CalendarMonth, Yen};
use crate::world::World;
use crate::world::ledger::{CATEGORIES, CATEGORY_NAMES, CLASS_NAMES, CLASSES};
use crate::world::organisation::{Holder, StartupStatus};

use super::engine::{self, Loaded, stopped};
use super::failure::Failure;
use super::options::{ChanceOptions, Format, FormatOption};
use super::table::{Align, Table, grouped};
use super::terminal;

const HEAD: Style = Style::new().dimmed();
const TITLE: Style = Style::new().bold();

/// Print the balance sheet and the transaction-flow matrix of any month
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// Policy files, laid over the scenario in this order
    #[arg(value_name = "POLICY")]
    policies: Vec<PathBuf>,
    /// The month, for example 2030-06 [default: the scenario's last]
    #[arg(long, value_name = "YYYY-MM")]
    at: Option<CalendarMonth>,
    #[command(flatten)]
    chance: ChanceOptions,
    #[command(flatten)]
    format: FormatOption,
}

const EXAMPLES: &str = "\
Rows are kinds of transactions, columns the sectors; what a sector receives is positive, what it pays negative. Every row
sums to zero, and every column to the change of that sector's money in the month.

Examples:
  trihelix accounts scenarios/osaka.toml --at 2026-03
  trihelix accounts scenarios/kansai-2024.toml scenarios/policies/amed-matching.toml --at 2030-12 --format json";

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let loaded = engine::load(&arguments.scenario, &arguments.policies, &arguments.chance)?;
    let last = loaded.start.plus(i32::from(loaded.months) - 1);
    let at = arguments.at.unwrap_or(last);
    if at < loaded.start || at > last {
        return Err(Failure::Input(format!(
            "accounts: {at} is outside the run, which goes from {} to {last}\n  name a month within it with --at, or a longer run with --months",
            loaded.start
        )));
    }
    let sheet = sheet_at(&loaded, &arguments.chance, at)?;
    match arguments.format.format {
        Format::Json => terminal::print_json(&sheet.to_json()),
        Format::Text => terminal::print(&sheet.to_text()),
    }
}

/// The accounts of one month, by sector.
struct Sheet {
    title: String,
    at: CalendarMonth,
    /// Net receipts: category by class.
    flows: Vec<[i128; CLASSES]>,
    balances: [Yen; CLASSES],
    /// Claims that are not money: name, amount.
    memo: Vec<(&'static str, i128)>,
}

fn sheet_at(loaded: &Loaded, chance: &ChanceOptions, at: CalendarMonth) -> Result<Sheet, Failure> {
    let mut run = Run::new(&loaded.scenario, chance.seed, chance.replicate);
    while let Some(month) = run.month() {
        run.advance().map_err(|breach| stopped(&breach, chance.seed, chance.replicate))?;
        if loaded.start.plus(i32::from(month.0)) == at {
            break;
        }
    }
    let world = &run.state().world;
    let mut flows = vec![[0; CLASSES]; CATEGORIES];
    for (payer, payee, category, amount) in world.ledger.closed_flows() {
        flows[category][payer] -= i128::from(amount.0);
        flows[category][payee] += i128::from(amount.0);
    }
    let balances = world.ledger.closed_balances();
    Ok(Sheet { title: loaded.title.clone(), at, flows, balances, memo: claims(world) })
}

/// Equity at cost and at the value of the last rounds, and commitments not yet called.
fn claims(world: &World) -> Vec<(&'static str, i128)> {
    let cost: i128 = world.funds.iter().flat_map(|fund| &fund.holdings).map(|(_, cost, _)| i128::from(cost.0)).sum();
    let uncalled: i128 = world.funds.iter().map(|fund| i128::from(fund.uncalled.0)).sum();
    let mut value = [0_i128; 3];
    for startup in &world.startups {
        if !matches!(startup.status, StartupStatus::Private | StartupStatus::Listed) {
            continue;
        }
        let whole: i128 = startup.shares.iter().map(|(_, shares)| i128::from(*shares)).sum();
        for (holder, shares) in &startup.shares {
            let row = match holder {
                Holder::Founders => 0,
                Holder::Fund(_) => 1,
                Holder::Public => 2,
            };
            value[row] += i128::from(startup.value.0) * i128::from(*shares) / whole.max(1);
        }
    }
    vec![
        ("equity of startups held by funds, at cost", cost),
        ("the same at the value of the last rounds", value[1]),
        ("held by founders and staff, at that value", value[0]),
        ("held by the public, at that value", value[2]),
        ("commitments to funds not yet called", uncalled),
    ]
}

impl Sheet {
    fn sectors(&self) -> Vec<usize> {
        let moves = |class: usize| self.balances[class] != Yen::ZERO || self.flows.iter().any(|row| row[class] != 0);
        (0..CLASSES).filter(|class| moves(*class)).collect()
    }

    fn change(&self, class: usize) -> i128 {
        self.flows.iter().map(|row| row[class]).sum()
    }

    fn to_json(&self) -> Value {
        let by_sector = |amount: &dyn Fn(usize) -> i128| -> Value {
            self.sectors().into_iter().map(|class| (CLASS_NAMES[class].to_owned(), whole(amount(class)))).collect()
        };
        let transactions: serde_json::Map<String, Value> = (0..CATEGORIES)
            .filter(|row| self.flows[*row].iter().any(|amount| *amount != 0))
            .map(|row| (CATEGORY_NAMES[row].to_owned(), by_sector(&|class| self.flows[row][class])))
            .collect();
        let claims: serde_json::Map<String, Value> =
            self.memo.iter().map(|(name, amount)| ((*name).to_owned(), whole(*amount))).collect();
        json!({
            "month": self.at.to_string(),
            "unit": "JPY",
            "transactions": transactions,
            "change": by_sector(&|class| self.change(class)),
            "balance": by_sector(&|class| i128::from(self.balances[class].0)),
            "claims": claims,
        })
    }

    fn to_text(&self) -> String {
        let sectors = self.sectors();
        let mut columns = vec![Align::Left];
        columns.resize(sectors.len() + 2, Align::Right);
        let mut table = Table::new(&columns);
        let head = std::iter::once(String::new())
            .chain(sectors.iter().map(|class| CLASS_NAMES[*class].to_owned()))
            .chain(["sum".to_owned()]);
        table.row(HEAD, head.collect());
        let mut line = |style: Style, name: &str, amount: &dyn Fn(usize) -> i128| {
            let sum: i128 = sectors.iter().map(|class| amount(*class)).sum();
            let cells = sectors.iter().map(|class| millions(amount(*class))).chain([millions(sum)]);
            table.row(style, std::iter::once(name.to_owned()).chain(cells).collect());
        };
        for row in (0..CATEGORIES).filter(|row| self.flows[*row].iter().any(|amount| *amount != 0)) {
            line(Style::new(), CATEGORY_NAMES[row], &|class| self.flows[row][class]);
        }
        line(TITLE, "change in money", &|class| self.change(class));
        line(TITLE, "money at the end", &|class| i128::from(self.balances[class].0));
        let mut claims = Table::new(&[Align::Left, Align::Right]);
        for (name, amount) in &self.memo {
            claims.row(Style::new(), vec![(*name).to_owned(), millions(*amount)]);
        }
        format!(
            "\n  {TITLE}{}  {}{TITLE:#}  {HEAD}JPY million{HEAD:#}\n\n{}\n  {HEAD}claims beside money{HEAD:#}\n{}",
            self.title,
            // Without the day.
            self.at.to_string().trim_end_matches("-01"),
            table.render(),
            claims.render()
        )
    }
}

/// Exact yen: as a number where it fits 64 bits, as everything of the model does.
fn whole(amount: i128) -> Value {
    i64::try_from(amount).map_or_else(|_| json!(amount.to_string()), |amount| json!(amount))
}

/// Millions of yen, rounded half away from zero; a dot for nothing.
fn millions(yen: i128) -> String {
    if yen == 0 {
        return "·".to_owned();
    }
    let rounded = (yen.abs() + 500_000) / 1_000_000;
    grouped(if yen < 0 { -rounded } else { rounded })
}
