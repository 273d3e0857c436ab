//! Random scenarios that the reader accepts: a small world with entities taken away and added, and values drawn from the
//! ranges of the registry.

use toml::{Table, Value};
use trihelix::scenario::registry::{Kind, Parameter, registry};

/// SplitMix64: one number, one world.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below.max(1) as u64) as usize
    }

    /// In [0, 1].
    pub fn unit(&mut self) -> f64 {
        self.roll(1_000_001) as f64 / 1e6
    }

    pub fn happens(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.roll(list.len())]
    }
}

/// What a field may grow to here, whatever its range: a test world has thousands of people, not millions.
const CAPS: [(&str, f64); 9] = [
    ("entry", 40.0),
    ("employees", 2_000.0),
    ("count", 25.0),
    ("programmes", 60.0),
    ("graduates_researchers", 100.0),
    ("graduates_clinicians", 100.0),
    ("graduates_managers", 100.0),
    ("graduates_staff", 100.0),
    ("partners", 20.0),
];

/// Paths that are left as they are: the clocks must be able to deliver what everything else asks for, and the calendar
/// is chosen apart.
const KEPT: [&str; 7] =
    ["labour.clock_bound", "labour.clock_bound_restless", "time.", "currency.", "latitude", "longitude", "order"];

/// The text of a scenario.
pub fn scenario(number: u64) -> String {
    let mut dice = Dice(number);
    let mut world: Table = include_str!("../../scenarios/studies/small.toml").parse().expect("a sound file");
    world.insert("name".to_owned(), Value::String(format!("random-{number}")));
    let mut time = Table::new();
    let start = format!("{}-{:02}-01", 1995 + dice.roll(35), 1 + dice.roll(12));
    time.insert("start".to_owned(), Value::Datetime(start.parse().expect("a date")));
    let months = 4 + dice.roll(30);
    time.insert("months".to_owned(), Value::Integer(months as i64));
    world.insert("time".to_owned(), Value::Table(time));
    entities(&mut world, &mut dice);
    let wild = *dice.pick(&[0.0, 0.03, 0.15, 0.5]);
    values(&mut world, &mut dice, wild);
    events(&mut world, &mut dice, &start, months);
    let mut labour = world.get("labour").and_then(Value::as_table).cloned().unwrap_or_default();
    labour.insert("clock_bound".to_owned(), Value::Float(0.5));
    labour.insert("clock_bound_restless".to_owned(), Value::Float(0.5));
    world.insert("labour".to_owned(), Value::Table(labour));
    toml::to_string(&world).expect("a table can be written")
}

fn list<'a>(world: &'a mut Table, table: &str) -> &'a mut Vec<Value> {
    let list = world.entry(table).or_insert_with(|| Value::Array(Vec::new()));
    list.as_array_mut().expect("a list of entities")
}

fn id(entity: &Value) -> String {
    entity["id"].as_str().expect("an id").to_owned()
}

fn ids(world: &mut Table, table: &str) -> Vec<String> {
    list(world, table).iter().map(id).collect()
}

fn set(entity: &mut Value, key: &str, value: impl Into<Value>) {
    entity.as_table_mut().expect("a table").insert(key.to_owned(), value.into());
}

/// Takes entities away and adds others like those that were there.
fn entities(world: &mut Table, dice: &mut Dice) {
    for role in ["institute", "hospital", "company", "intermediary"] {
        let mut kind = list(world, "kind")[0].clone();
        set(&mut kind, "id", role);
        set(&mut kind, "name", role);
        set(&mut kind, "role", role);
        list(world, "kind").push(kind);
    }
    for number in 0..dice.roll(4) {
        let mut cluster = {
            let all = list(world, "cluster");
            all[dice.roll(all.len())].clone()
        };
        let name = format!("cluster-{number}");
        set(&mut cluster, "id", name.clone());
        set(&mut cluster, "grain", 1 + dice.roll(6) as i64);
        for other in ids(world, "cluster") {
            let mut access = list(world, "access")[0].clone();
            set(&mut access, "id", format!("{name}-{other}"));
            set(&mut access, "a", name.clone());
            set(&mut access, "b", other);
            set(&mut access, "hours", 0.5 + 20.0 * dice.unit());
            list(world, "access").push(access);
        }
        list(world, "cluster").push(cluster);
    }
    let clusters = ids(world, "cluster");
    let kinds = ids(world, "kind");
    for (table, most) in [("institution", 8), ("fund", 5), ("startup", 8)] {
        let models = list(world, table).clone();
        list(world, table).retain(|_| dice.happens(0.8));
        for number in 0..dice.roll(most) {
            let mut entity = dice.pick(&models).clone();
            set(&mut entity, "id", format!("{table}-{number}"));
            set(&mut entity, "cluster", dice.pick(&clusters).clone());
            entity.as_table_mut().expect("a table").remove("facility");
            if table == "institution" {
                set(&mut entity, "kind", dice.pick(&kinds).clone());
            }
            list(world, table).push(entity);
        }
    }
    if dice.happens(0.3) {
        world.remove("call");
    }
    if dice.happens(0.3) {
        world.remove("rule");
    }
    for table in ["institution", "fund", "startup"] {
        for entity in list(world, table) {
            for (field, cap) in CAPS {
                if entity.get(field).is_some() || (field == "count" && dice.happens(0.5)) {
                    let least = if field == "employees" { 4.0 } else { 1.0 };
                    set(entity, field, (least + dice.unit() * dice.unit() * cap) as i64);
                }
            }
        }
    }
}

/// A value of the range, in the unit of the registry; `None` for what has no range to draw from.
fn drawn(parameter: &Parameter, field: &str, dice: &mut Dice) -> Option<Value> {
    if matches!(parameter.kind, Kind::Flag) {
        return Some(Value::Boolean(dice.happens(0.5)));
    }
    let [least, most] = parameter.range?;
    if !parameter.kind.is_numeric() {
        return None;
    }
    let most = CAPS.iter().find(|(name, _)| *name == field).map_or(most, |(_, cap)| cap.min(most));
    // The ends of a range are where things break; wide ranges are drawn by their logarithm.
    let value = match dice.roll(10) {
        0 => least,
        1 => most,
        _ if least > 0.0 && most / least > 100.0 => least * trihelix::math::pow(most / least, dice.unit()),
        _ => least + (most - least) * dice.unit(),
    };
    Some(if parameter.kind.is_whole() { Value::Integer(value.round() as i64) } else { Value::Float(value) })
}

/// Sets each parameter of each section and entity with this chance.
fn values(world: &mut Table, dice: &mut Dice, chance: f64) {
    for parameter in &registry().parameters {
        let path = parameter.path.as_str();
        if KEPT.iter().any(|kept| path.contains(kept)) {
            continue;
        }
        let parts: Vec<&str> = path.split('.').collect();
        match parts[..] {
            [section, field] if dice.happens(chance) => {
                let Some(value) = drawn(parameter, field, dice) else { continue };
                let table = world.entry(section).or_insert_with(|| Value::Table(Table::new()));
                if let Some(table) = table.as_table_mut() {
                    table.insert(field.to_owned(), value);
                }
            }
            [table, "*", field] if world.get(table).is_some_and(Value::is_array) && table != "rate" => {
                for entity in list(world, table) {
                    // Units of the file and of the registry may differ: what is there in words stays.
                    let worded = entity.get(field).is_some_and(|value| value.is_str() || value.is_table());
                    if !worded
                        && dice.happens(chance / 4.0)
                        && let Some(value) = drawn(parameter, field, dice)
                    {
                        set(entity, field, value);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Some dated changes.
fn events(world: &mut Table, dice: &mut Dice, start: &str, months: usize) {
    let year: i64 = start[..4].parse().expect("a year");
    let first: i64 = start[5..7].parse().expect("a month");
    for number in 0..dice.roll(5) {
        let month = first - 1 + dice.roll(months) as i64;
        let at = format!("{}-{:02}-01", year + month / 12, month % 12 + 1);
        let mut event = Table::new();
        let mut put = |key: &str, value: Value| event.insert(key.to_owned(), value);
        put("id", Value::String(format!("event-{number}")));
        put("at", Value::Datetime(at.parse().expect("a date")));
        let clusters = ids(world, "cluster");
        let institutions = ids(world, "institution");
        match dice.roll(4) {
            0 if !institutions.is_empty() => {
                put("target", Value::String(format!("institution:{}", dice.pick(&institutions))));
                put("op", Value::String((*dice.pick(&["close", "open"])).to_owned()));
            }
            1 => {
                put("target", Value::String("ties".to_owned()));
                put("field", Value::String("search".to_owned()));
                put("op", Value::String("mul".to_owned()));
                put("factor", Value::Float(0.1 + 3.0 * dice.unit()));
            }
            2 => {
                put("target", Value::String(format!("cluster:{}", dice.pick(&clusters))));
                put("field", Value::String("lab_slots".to_owned()));
                put("op", Value::String("add".to_owned()));
                put("value", Value::Integer(dice.roll(40) as i64));
                put("cost", Value::String("20 MJPY/year".to_owned()));
                put("payer", Value::String("city".to_owned()));
            }
            _ => {
                put("target", Value::String("finance".to_owned()));
                put("field", Value::String("hurdle".to_owned()));
                put("op", Value::String("set".to_owned()));
                put("value", Value::Float(0.3 + 3.0 * dice.unit()));
            }
        }
        list(world, "event").push(Value::Table(event));
    }
}
