//! What a comparison shows on the terminal: per policy and cluster, how much, how sure, at what cost.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::output::ComparisonResult;
use crate::statistics::{Better, CostPer, Difference, Look, Place, Ratio, WantedMetric};

use super::super::numbers::{label, plain, scale_of, signed};
use super::super::table::{Align, Table, grouped};
use super::Plan;
use super::pairs::Pairs;

const TITLE: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const UNSURE: Style = AnsiColor::Yellow.on_default();
/// Characters of the drawn interval to each side of zero.
const REACH: usize = 7;
/// Chance of one false claim among all that survive the correction.
const LEVEL: f64 = 0.05;

/// Every policy and year in turn, and how to read it.
pub(super) fn of_comparison(plan: &Plan, result: &ComparisonResult, pairs: &Pairs) -> String {
    let mut text = String::new();
    for policy in 0..result.policies.len() {
        for year in &plan.years {
            text.push_str(&of_policy(plan, result, policy, *year));
        }
        text.push_str(&pairing(plan, result, policy));
    }
    text.push_str(&reading(plan, result, pairs));
    text
}

fn of_policy(plan: &Plan, result: &ComparisonResult, policy: usize, year: usize) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "\n  {TITLE}{}{TITLE:#} against {}  {QUIET}{}, {} pairs, seed {}{QUIET:#}\n",
        result.policies[policy].name,
        result.baseline.title,
        month(result.last_month(year)),
        result.pairs(),
        result.seed
    );
    let mut table =
        Table::new(&[Align::Left, Align::Right, Align::Right, Align::Right, Align::Left, Align::Right, Align::Left]);
    let head = ["", "baseline", "difference", "95 % interval", "fewer    0    more", "better in", ""];
    table.row(QUIET, head.map(str::to_owned).into());
    let clusters = &plan.scenarios[0].clusters;
    let focus = clusters.iter().enumerate().filter(|(_, cluster)| plan.is_focus(cluster));
    let shown = focus.map(|(row, cluster)| (row, cluster.name.as_str())).chain([(clusters.len(), "All clusters")]);
    for (row, name) in shown {
        table.row(TITLE, vec![name.to_owned()]);
        for metric in 0..plan.layout.metrics.len() {
            if let Some(found) = result.comparison.difference(policy, Place { metric, year, row }) {
                let (style, cells) = line(result, found);
                table.row(style, cells);
            }
        }
        for (style, cells) in cost_lines(plan, result, policy, year, row) {
            table.row(style, cells);
        }
    }
    let beyond = around(plan, result, policy, year, &mut table);
    text.push_str(&table.render());
    text.push_str(&beyond);
    text
}

/// Clusters around: only what survives the correction, and how many differences do not.
fn around(plan: &Plan, result: &ComparisonResult, policy: usize, year: usize, table: &mut Table) -> String {
    let clusters = &plan.scenarios[0].clusters;
    let (mut seen, mut sure) = (0, 0);
    for (row, cluster) in clusters.iter().enumerate().filter(|(_, cluster)| !plan.is_focus(cluster)) {
        let mut named = false;
        for metric in 0..plan.layout.metrics.len() {
            let Some(found) = result.comparison.difference(policy, Place { metric, year, row }) else { continue };
            seen += 1;
            if found.paired.holds_zero() || found.p_holm > LEVEL {
                continue;
            }
            sure += 1;
            if !named {
                table.row(TITLE, vec![cluster.name.clone()]);
                named = true;
            }
            let (style, cells) = line(result, found);
            table.row(style, cells);
        }
    }
    match seen - sure {
        0 => String::new(),
        rest => {
            format!("\n  {QUIET}In the clusters around, {rest} more differences are not told from zero.{QUIET:#}\n")
        }
    }
}

/// One metric of one cluster.
fn line(result: &ComparisonResult, found: &Difference) -> (Style, Vec<String>) {
    let metric = &result.layout.metrics[found.place.metric];
    let (paired, scale) = (&found.paired, scale_of(metric));
    let (style, verdict) = verdict(metric, found);
    let interval = if paired.low.is_infinite() {
        "not yet".to_owned()
    } else if paired.never_varies() {
        "in every pair".to_owned()
    } else {
        format!("{} to {}", signed(paired.low / scale), signed(paired.high / scale))
    };
    let above = paired.above;
    let (low, high) =
        if metric.better == Better::Higher { (above.low, above.high) } else { (1.0 - above.high, 1.0 - above.low) };
    let share = format!("{:.0} % ({:.0}-{:.0})", 100.0 * result.p_better(found), 100.0 * low, 100.0 * high);
    let nothing = paired.never_varies() && paired.mean == 0.0;
    let cells = vec![
        format!("  {}", label(metric)),
        plain(paired.baseline / scale),
        signed(paired.mean / scale),
        if nothing { String::new() } else { interval },
        if nothing { String::new() } else { strip(paired.low, paired.mean, paired.high) },
        if nothing { String::new() } else { share },
        verdict,
    ];
    (style, cells)
}

/// What may be said of a difference, and in which colour.
fn verdict(metric: &WantedMetric, found: &Difference) -> (Style, String) {
    let paired = &found.paired;
    if paired.never_varies() && paired.mean == 0.0 {
        return (QUIET, "the same in every pair".to_owned());
    }
    if paired.low.is_infinite() {
        return (UNSURE, "cannot tell: too few pairs".to_owned());
    }
    if paired.holds_zero() {
        return (Style::new(), "cannot tell: holds zero".to_owned());
    }
    let word = match (paired.mean > 0.0, metric.unit) {
        (true, _) => "more",
        (false, "JPY") => "less",
        (false, _) => "fewer",
    };
    let welcome = (paired.mean > 0.0) == (metric.better == Better::Higher);
    let style = if welcome { GOOD } else { BAD };
    if found.p_holm <= LEVEL {
        (style.bold(), word.to_owned())
    } else {
        (style, format!("{word}, not after correction"))
    }
}

/// What one more job and one more approval costs.
fn cost_lines(
    plan: &Plan,
    result: &ComparisonResult,
    policy: usize,
    year: usize,
    row: usize,
) -> Vec<(Style, Vec<String>)> {
    let here = |place: Place| place.year == year && place.row == row;
    let Some(metric) = plan.layout.metric("public_cost_jpy") else { return Vec::new() };
    let jobs = plan.layout.metric("employees");
    let paid = result.comparison.difference(policy, Place { metric, year, row: plan.layout.rows - 1 });
    // A policy that costs the public nothing has no cost for each of anything.
    if paid.is_none_or(|paid| paid.paired.mean == 0.0 && paid.paired.never_varies()) {
        return Vec::new();
    }
    let costs = result.comparison.costs.iter().filter(|cost| cost.policy == policy && here(cost.place));
    let costs: Vec<&CostPer> = costs.collect();
    if costs.len() > 1 && costs.iter().all(|cost| cost.ratio == Ratio::CannotTell) {
        return vec![cost_line("job, approval", String::new(), String::new(), "cannot tell: gain may be zero")];
    }
    costs
        .iter()
        .map(|cost| cost_of_each(if Some(cost.place.metric) == jobs { "job" } else { "approval" }, cost))
        .collect()
}

fn cost_of_each(thing: &str, cost: &CostPer) -> (Style, Vec<String>) {
    match cost.ratio {
        Ratio::Known { value, low, high } => {
            let remark = if low < 0.0 && high > 0.0 { "cannot tell cost from saving" } else { "" };
            cost_line(thing, plain(value / 1e6), format!("{} to {}", plain(low / 1e6), plain(high / 1e6)), remark)
        }
        Ratio::CannotTell => cost_line(thing, String::new(), String::new(), "cannot tell: gain may be zero"),
        Ratio::Falls => cost_line(thing, String::new(), String::new(), "a loss, not a gain"),
    }
}

fn cost_line(thing: &str, value: String, interval: String, remark: &str) -> (Style, Vec<String>) {
    let label = format!("  JPY m per {thing}");
    (QUIET, vec![label, String::new(), value, interval, String::new(), String::new(), remark.to_owned()])
}

/// How much the common random numbers help, and how far they reach.
fn pairing(plan: &Plan, result: &ComparisonResult, policy: usize) -> String {
    let last = plan.years.last().copied().unwrap_or(0);
    let reduction = reduction(result.comparison.variance_reduction(policy, last));
    let alignment = result.policies[policy].alignment;
    let aligned = if alignment.both == 0 {
        "no startup was founded in both runs of a pair".to_owned()
    } else {
        format!(
            "of {} startups founded in both runs of a pair, {} lived the same history; {} of the baseline's were founded in both",
            grouped(i128::from(alignment.both)),
            percent(alignment.score()),
            percent(alignment.founded_in_both())
        )
    };
    format!("\n  {QUIET}Pairing:{QUIET:#} {reduction}\n  {QUIET}Alignment:{QUIET:#} {aligned}\n")
}

/// What common random numbers are worth, as a median over so many differences.
fn reduction(found: (f64, usize)) -> String {
    match found {
        (_, 0) => "nothing varies".to_owned(),
        (median, over) if median.is_infinite() => {
            format!("most of the {over} differences that could vary do not vary at all")
        }
        (median, over) => format!(
            "independent seeds would need {} times the runs (median of the variance ratios of {over} differences)",
            plain(median)
        ),
    }
}

/// How to read the tables.
fn reading(plan: &Plan, result: &ComparisonResult, pairs: &Pairs) -> String {
    let valid = match result.look {
        Look::Once => format!("at {} pairs", result.pairs()),
        Look::AfterEvery => "however often one looks".to_owned(),
    };
    let start = month(result.start);
    let mut text = format!(
        "\n  {QUIET}Intervals hold 95 % each, {valid}. What is \"more\" or \"fewer\" without a remark also holds after\n  \
         Holm's correction over all {} differences of the year. Money, approvals, patients and cost are sums since\n  \
         {start}; \"better in\" is the share of pairs, with its 95 % interval; JPY m per job or approval is the public\n  \
         money of all clusters over what the cluster gains.{QUIET:#}\n",
        result.comparison.family
    );
    if result.policies.len() > 1 {
        let last = plan.years.last().copied().unwrap_or(0);
        let all = reduction(result.comparison.variance_reduction_of_all(last));
        let _ = writeln!(text, "\n  {QUIET}Pairing over all {} policies:{QUIET:#} {all}", result.policies.len());
    }
    if let (Some(stop), Some(met)) = (&plan.stop, pairs.met) {
        let said = if met { "met" } else { "NOT met" };
        let style = if met { GOOD } else { UNSURE };
        let _ = writeln!(text, "\n  {style}{said}{style:#} after {} pairs: {}", result.pairs(), stop.rule);
    }
    text
}

/// The interval as a line around zero, scaled to its own reach.
fn strip(low: f64, mean: f64, high: f64) -> String {
    let reach = low.abs().max(high.abs());
    if !(reach.is_finite() && reach > 0.0) {
        return String::new();
    }
    let place = |value: f64| (REACH as f64 + (value / reach * REACH as f64).round()).max(0.0) as usize;
    let (first, dot, last) = (place(low), place(mean), place(high));
    let mark = |at: usize| match at {
        _ if at == dot => '●',
        REACH if (first..=last).contains(&at) => '┼',
        REACH => '│',
        _ if (first..=last).contains(&at) => '─',
        _ => ' ',
    };
    let drawn: String = (0..=2 * REACH).map(mark).collect();
    format!(" {drawn}")
}

/// How a metric is counted over time.
pub(super) fn counted(metric: &WantedMetric) -> &'static str {
    if metric.cumulated { "sum since the first month" } else { "at the end of the year" }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn month(month: crate::units::CalendarMonth) -> String {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let name = NAMES.get(usize::from(month.month()).wrapping_sub(1)).copied().unwrap_or("?");
    format!("{name} {}", month.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawn_interval_shows_on_which_side_of_zero_it_lies() {
        assert_eq!(strip(1.0, 2.0, 3.0), "        │ ───●──");
        assert_eq!(strip(-3.0, 0.0, 3.0), " ───────●───────");
        assert_eq!(strip(-1.0, 2.0, 7.0), "       ─┼─●─────");
        assert_eq!(strip(f64::NEG_INFINITY, 0.0, f64::INFINITY), "");
    }
}
