//! Dated events as the file says them: read, checked, and turned into edits of paths and charges of money.

use super::build::Ids;
use super::charge::charges;
use super::code;
use super::load::Charge;
use super::near;
use super::problem::Gathered;
use super::problem::Place;
use super::quantity::Decimal;
use super::quantity::Rates;
use super::registry::Kind;
use super::registry::Parameter;
use super::registry::registry;
use super::resolve::Settings;
use super::target::Entities;
use super::target::Target;
use super::tree::Data;
use super::tree::Entry;
use super::tree::Node;
use super::tree::Table;
use super::tree::shorten;
use super::value::Context;
use super::value::Value;
use crate::units::CalendarMonth;
use std::collections::BTreeSet;

/// What an edit does to a value. The order is that of application within a month.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operation {
    Set(Value),
    Mul(f64),
    Add(f64),
}

/// One change of one path, from a month on.
#[derive(Debug, Clone)]
pub(super) struct Edit {
    pub event: String,
    pub place: Place,
    pub path: String,
    pub operation: Operation,
    pub start: u16,
    /// Month in which it is over; `u16::MAX` for never.
    pub end: u16,
    /// Months of linear growth to the full change; 0 for at once.
    pub ramp: u16,
}

/// All events of a scenario.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub edits: Vec<Edit>,
    pub charges: Vec<Charge>,
    /// Path and place of numbers that name no unit.
    pub bare: Vec<(String, Place)>,
    /// Events without a source or a grade, neither for themselves nor for each of their numbers.
    pub unproven: Vec<Unproven>,
}

/// What an event does not say about its evidence.
#[derive(Debug, Clone)]
pub(super) struct Unproven {
    pub event: String,
    pub place: Place,
    pub no_source: bool,
    pub no_grade: bool,
}

/// What events are read against.
pub(super) struct Setup<'a> {
    pub settings: &'a Settings,
    pub ids: &'a Ids,
    pub rates: &'a Rates,
    pub sources: &'a BTreeSet<String>,
    pub start: CalendarMonth,
    /// Months that the file declares, or the run needs if that is more.
    pub months: u16,
}

/// Months at which an event begins, and the month in which each is over.
pub(super) struct Dates {
    pub(super) starts: Vec<u16>,
    pub(super) end: u16,
    pub(super) ramp: u16,
}

/// Reads every `[[event]]` of the merged tree.
pub(super) fn plan(tree: &Table, setup: &Setup<'_>, found: &mut Gathered) -> Plan {
    let mut plan = Plan::default();
    for (id, entry) in tree.table("event").into_iter().flat_map(|t| &t.entries) {
        if let Data::Table(row) = &entry.node.data {
            one(id, entry, row, setup, found, &mut plan);
        }
    }
    plan.charges.sort_by(|a, b| (a.month, &a.event).cmp(&(b.month, &b.event)));
    plan
}

fn one(id: &str, entry: &Entry, row: &Table, setup: &Setup<'_>, found: &mut Gathered, plan: &mut Plan) {
    evidence(id, entry, row, setup, found, plan);
    let dates = dates(id, entry, row, setup, found);
    let entities = Entities { ids: setup.ids, settings: setup.settings };
    let mut target = Some(Target::default());
    if let Some(node) = row.get("target")
        && let Some(text) = node.text()
    {
        target = entities.target(text, node.place, found);
    }
    let Some(target) = target else { return };
    let before = found.list.len();
    let steps = steps(id, entry, row, &target, setup, found);
    let complained = found.list.len() > before || row.get("op").is_some();
    if steps.is_empty() && row.get("cost").is_none() && !complained {
        found
            .error(code::OPERATION, entry.key, format!("the event `{id}` neither changes nor costs anything"))
            .fix("add `target`, `field` and `value` (or `factor`), or `cost`");
    }
    let mut edits = Vec::new();
    for step in &steps {
        let Some(paths) = entities.paths(&target, step.field.as_deref(), step.place, found) else { continue };
        for path in paths {
            if let Some((operation, unit_given)) = operation(&path, step, setup, found) {
                if !unit_given {
                    plan.bare.push((path.clone(), step.place));
                }
                edits.push((path, step.place, operation));
            }
        }
    }
    let Some(dates) = dates else { return };
    for (path, place, operation) in edits {
        if dates.ramp > 0 && matches!(&operation, Operation::Set(value) if !matches!(value, Value::Number(_))) {
            found
                .error(code::OPERATION, place, format!("`{path}` cannot change little by little"))
                .fix("leave `ramp` away, or give this change an event of its own");
            continue;
        }
        for start in &dates.starts {
            let (event, path, operation) = (id.to_owned(), path.clone(), operation.clone());
            plan.edits.push(Edit { event, place, path, operation, start: *start, end: dates.end, ramp: dates.ramp });
        }
    }
    charges(id, row, &dates, &target, setup, found, plan);
}

/// Checks the evidence of the event as a whole, and notes what is missing for `check --strict`.
fn evidence(id: &str, entry: &Entry, row: &Table, setup: &Setup<'_>, found: &mut Gathered, plan: &mut Plan) {
    let mut context = Context { rates: setup.rates, sources: setup.sources, found };
    let (grade, source) = (context.grade(row), context.source(row));
    let edits = match row.get("edits").map(|node| &node.data) {
        Some(Data::List(items)) => items.as_slice(),
        _ => &[],
    };
    let inner = edits.iter().filter_map(|item| match &item.data {
        Data::Table(edit) => ["set", "mul", "add"].iter().find_map(|verb| edit.get(verb)),
        _ => None,
    });
    let outer = ["value", "factor", "to", "cost"].iter().filter_map(|key| row.get(key));
    let operands: Vec<&Node> = outer.chain(inner).collect();
    let each_has = |key: &str| {
        let has = |node: &&Node| matches!(&node.data, Data::Table(table) if table.get(key).is_some());
        !operands.is_empty() && operands.iter().all(has)
    };
    let no_source = source.is_none() && !each_has("source");
    let no_grade = grade.is_none() && !each_has("grade");
    if no_source || no_grade {
        plan.unproven.push(Unproven { event: id.to_owned(), place: entry.key, no_source, no_grade });
    }
}

fn dates(id: &str, entry: &Entry, row: &Table, setup: &Setup<'_>, found: &mut Gathered) -> Option<Dates> {
    let date = |field: &str| match setup.settings.get(&format!("event.{id}.{field}"))?.value {
        Value::Date(date) => Some((date.months_since(setup.start), row.get(field)?.place)),
        _ => None,
    };
    let unread = ["at", "from", "until", "every", "ramp"]
        .iter()
        .any(|field| row.get(field).is_some() && !setup.settings.contains_key(&format!("event.{id}.{field}")));
    if unread {
        return None;
    }
    let whole = |field: &str, found: &mut Gathered| match setup
        .settings
        .get(&format!("event.{id}.{field}"))
        .map(|s| (&s.value, s.place))
    {
        Some((Value::Number(n), _)) if n.fract() == 0.0 => Some(*n as u16),
        Some((_, place)) => {
            found.error(code::DATE, place, format!("`{field}` counts whole months")).fix("write it in months");
            None
        }
        None => Some(0),
    };
    let (every, ramp) = (whole("every", found)?, whole("ramp", found)?);
    let (from, place, field) = match (date("at"), date("from")) {
        (Some((at, place)), None) => (at, place, "at"),
        (None, Some((from, place))) => (from, place, "from"),
        (Some((_, place)), Some(_)) => {
            found
                .error(code::DATE, place, format!("the event `{id}` has both `at` and `from`"))
                .fix("keep `at` for a change for good, `from` for one that may end");
            return None;
        }
        (None, None) => {
            found
                .error(code::DATE, entry.key, format!("the event `{id}` has no date"))
                .fix("add `at = 2030-04-01`, or `from` and `until`");
            return None;
        }
    };
    if !(0..i64::from(setup.months)).contains(&from) {
        let last = setup.start.plus(i32::from(setup.months) - 1);
        found
            .error(code::DATE, place, format!("the event `{id}` is outside the simulated time"))
            .expected(format!("`{field}` from {} to {last}", setup.start))
            .found(setup.start.plus(i32::try_from(from).unwrap_or(0)).to_string())
            .fix("change the date, or `[time]`");
        return None;
    }
    let until = date("until");
    if let Some((until, place)) = until
        && (until <= from || (field == "at" && every == 0))
    {
        let message = if until <= from { "is over before it begins" } else { "holds for good and has an end" };
        found
            .error(code::DATE, place, format!("the event `{id}` {message}"))
            .fix("write `from` for the first month and `until` for the month in which it is over");
        return None;
    }
    let end = until.map_or(u16::MAX, |(until, _)| u16::try_from(until).unwrap_or(u16::MAX));
    let from = u16::try_from(from).unwrap_or(0);
    if every == 0 {
        return Some(Dates { starts: vec![from], end, ramp });
    }
    let starts = (from..end.min(setup.months)).step_by(usize::from(every)).collect();
    Some(Dates { starts, end: u16::MAX, ramp })
}

/// One operation of an event, before its target is known to exist.
struct Step {
    field: Option<String>,
    place: Place,
    verb: &'static str,
    operand: Option<Node>,
}

fn steps(id: &str, entry: &Entry, row: &Table, target: &Target, setup: &Setup<'_>, found: &mut Gathered) -> Vec<Step> {
    let mut steps = Vec::new();
    match row.get("edits").map(|node| (&node.data, node)) {
        Some((Data::List(items), _)) => steps.extend(items.iter().filter_map(|item| edit(id, item, found))),
        Some((_, node)) => {
            let what = node.describe();
            found
                .error(code::WRONG_TYPE, node.place, format!("`edits` of `{id}` is a list"))
                .expected("a list of tables")
                .found(what)
                .fix("write `edits = [{ path = \"...\", mul = 1.2 }]`");
        }
        None => {}
    }
    let text = |key: &str| row.get(key).and_then(Node::text);
    let operand = |keys: &[&str]| keys.iter().find_map(|key| row.get(key));
    let op_place = row.get("op").map_or(entry.key, |n| n.place);
    let table = target.prefixes.first().map_or("", |p| p.split('.').next().unwrap_or(""));
    let place = row.get("field").or(row.get("target")).map_or(entry.key, |n| n.place);
    let (verb, default_field, operand) = match text("op") {
        Some("set") => ("set", None, operand(&["value", "to"])),
        Some("mul") => ("mul", None, operand(&["factor", "value"])),
        Some("add") => ("add", None, operand(&["value"])),
        Some("open") => ("open", Some("open"), None),
        Some("close") => ("close", Some("open"), None),
        Some("move") => ("set", Some("cluster"), operand(&["to", "value"])),
        Some("capacity") => {
            let field = match table {
                "cluster" | "facility" => "lab_slots",
                "institution" => "trial_slots",
                _ => "capacity",
            };
            (if row.get("factor").is_some() { "mul" } else { "set" }, Some(field), operand(&["factor", "value", "to"]))
        }
        Some(_) => return steps,
        None if row.get("factor").is_some() => ("mul", None, operand(&["factor"])),
        None if operand(&["value", "to"]).is_some() => ("set", None, operand(&["value", "to"])),
        None => return steps,
    };
    if operand.is_none() && !matches!(verb, "open" | "close") {
        found
            .error(code::OPERATION, op_place, format!("the event `{id}` does not say by what or to what"))
            .fix(if verb == "mul" { "add `factor = ...`" } else { "add `value = ...`" });
        return steps;
    }
    let field = text("field").or(if target.full { None } else { default_field }).map(str::to_owned);
    if field.is_none() && !target.full {
        found
            .error(code::TARGET, place, format!("the event `{id}` does not say which value changes"))
            .fix("add `field = \"...\"`, or write the whole path as `target`");
        return steps;
    }
    if text("op") == Some("move")
        && let Some(node) = operand
        && let Some((table, id)) = node.text().and_then(|text| text.split_once(':'))
    {
        steps.extend(move_to(table, id, node, place, setup));
        return steps;
    }
    steps.push(Step { field, place, verb, operand: operand.cloned() });
    steps
}

/// `to = "facility:ID"` moves under that roof and to its cluster; `to = "cluster:ID"` to the cluster.
fn move_to(table: &str, id: &str, node: &Node, place: Place, setup: &Setup<'_>) -> Vec<Step> {
    let step = |field: &str, id: &str| {
        let operand = Node::new(node.place, Data::Text(id.to_owned()));
        Step { field: Some(field.to_owned()), place, verb: "set", operand: Some(operand) }
    };
    let mut steps = vec![step(table, id)];
    if let Some(Value::Text(cluster)) = setup.settings.get(&format!("facility.{id}.cluster")).map(|s| &s.value)
        && table == "facility"
    {
        steps.push(step("cluster", cluster));
    }
    steps
}

fn edit(id: &str, item: &Node, found: &mut Gathered) -> Option<Step> {
    const KEYS: [&str; 5] = ["path", "field", "set", "mul", "add"];
    let Data::Table(table) = &item.data else {
        let what = item.describe();
        found
            .error(code::WRONG_TYPE, item.place, format!("an edit of `{id}` is a table"))
            .expected("a table")
            .found(what)
            .fix("write `{ path = \"...\", mul = 1.2 }`");
        return None;
    };
    if let Some((key, entry)) = table.entries.iter().find(|(key, _)| !KEYS.contains(&key.as_str())) {
        found
            .error(code::UNKNOWN_KEY, entry.key, format!("unknown key `{}` of an edit", shorten(key)))
            .fix_or(near::nearest(key, KEYS), format!("known here: {}", near::listed(KEYS, 9)));
        return None;
    }
    let field = table.get("path").or(table.get("field"));
    let verbs: Vec<(&'static str, &Node)> =
        ["set", "mul", "add"].into_iter().filter_map(|verb| Some((verb, table.get(verb)?))).collect();
    match (field.and_then(Node::text), verbs.as_slice()) {
        (Some(text), [(verb, operand)]) => {
            let place = field.map_or(item.place, |n| n.place);
            Some(Step { field: Some(text.to_owned()), place, verb, operand: Some((*operand).clone()) })
        }
        (None, _) => {
            found
                .error(code::TARGET, item.place, format!("an edit of `{id}` does not say which value changes"))
                .fix("add `path = \"...\"`");
            None
        }
        (Some(_), _) => {
            found
                .error(code::OPERATION, item.place, format!("an edit of `{id}` has {} operations", verbs.len()))
                .expected("one of `set`, `mul` and `add`")
                .fix("write each operation as an edit of its own");
            None
        }
    }
}

/// The operation, and whether its number names its unit.
fn operation(path: &str, step: &Step, setup: &Setup<'_>, found: &mut Gathered) -> Option<(Operation, bool)> {
    let parameter = registry().find(path)?;
    let mut context = Context { rates: setup.rates, sources: setup.sources, found };
    match (step.verb, &step.operand) {
        ("open" | "close", _) => Some((Operation::Set(Value::Flag(step.verb == "open")), true)),
        ("set", Some(node)) => {
            let setting = context.read(parameter, path, node)?;
            exists(parameter, path, node, &setting.value, setup.ids, found)?;
            let unit_given = setting.unit_given || !parameter.kind.is_numeric();
            Some((Operation::Set(setting.value), unit_given))
        }
        (verb, Some(node)) if !parameter.kind.is_numeric() => {
            found
                .error(code::OPERATION, node.place, format!("`{path}` is no number, and cannot be changed by `{verb}`"))
                .fix("use `set`");
            None
        }
        ("add", Some(node)) => {
            let unit = match &node.data {
                Data::Table(table) => table.get("unit"),
                _ => None,
            };
            let (number, unit_given) = context.number(parameter, path, bare(node), unit)?;
            // What is added may be of any size: what it comes to is judged when it is.
            assumed(&Parameter { range: None, low_high: None, ..parameter.clone() }, path, node, number, setup, found)?;
            Some((Operation::Add(number), unit_given))
        }
        ("mul", Some(node)) => {
            let number = factor(path, bare(node), found)?;
            let factors = Parameter::plain("event.*.factor", Kind::Share, "share", [0.0, 1e9]);
            assumed(&factors, path, node, number, setup, found)?;
            Some((Operation::Mul(number), true))
        }
        _ => None,
    }
}

/// Checks what is said beside the operand of an event; nothing is returned if that cannot be read.
fn assumed(
    parameter: &Parameter,
    path: &str,
    node: &Node,
    number: f64,
    setup: &Setup<'_>,
    found: &mut Gathered,
) -> Option<()> {
    let Data::Table(table) = &node.data else { return Some(()) };
    let mut context = Context { rates: setup.rates, sources: setup.sources, found };
    let (.., evidence) = context.evidence(parameter, path, node.place, table)?;
    if let Some([low, high]) = evidence.range
        && !(low..=high).contains(&number)
    {
        found
            .warning(
                code::OWN_RANGE,
                node.place,
                format!("the change of `{path}` is outside the range given beside it"),
            )
            .fix("widen `range`, or check the value");
    }
    Some(())
}

/// The value of an evidence table, or the node itself.
pub(super) fn bare(node: &Node) -> &Node {
    match &node.data {
        Data::Table(table) => table.get("value").unwrap_or(node),
        _ => node,
    }
}

fn factor(path: &str, node: &Node, found: &mut Gathered) -> Option<f64> {
    let text = match &node.data {
        Data::Number { text, .. } | Data::Text(text) => text.as_str(),
        _ => "",
    };
    let number = Decimal::split(text).and_then(|(decimal, rest)| match rest {
        "" => decimal.value(0),
        "%" => decimal.value(-2),
        _ => None,
    });
    match number {
        Some(number) if number >= 0.0 => Some(number),
        _ => {
            let what = node.describe();
            found
                .error(code::OPERATION, node.place, format!("`{path}` cannot be multiplied by this"))
                .expected("a factor of 0 or more")
                .found(what)
                .fix("write 1.2 to raise a value by a fifth");
            None
        }
    }
}

fn exists(
    parameter: &Parameter,
    path: &str,
    node: &Node,
    value: &Value,
    ids: &Ids,
    found: &mut Gathered,
) -> Option<()> {
    let Some(to) = &parameter.to else { return Some(()) };
    let wanted: &[String] = match value {
        Value::Text(id) => std::slice::from_ref(id),
        Value::List(ids) => ids,
        _ => return Some(()),
    };
    let known = || ids.get(to).into_iter().flatten().map(String::as_str);
    let Some(strange) = wanted.iter().find(|id| known().all(|k| k != id.as_str())) else { return Some(()) };
    found
        .error(code::REFERENCE, node.place, format!("`{path}` names no {to}: \"{}\"", shorten(strange)))
        .expected(format!("one of {}", near::listed(known(), 12)))
        .fix_or(near::nearest(strange, known()), "check the id");
    None
}
