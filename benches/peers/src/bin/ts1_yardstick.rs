//! The yardstick as a program: TS-1 event-skipping and keyed, in plain Rust.

#[path = "../../../reference/definition.rs"]
mod definition;
#[path = "../../../reference/keyed.rs"]
mod keyed;
#[path = "../../../reference/skipping.rs"]
mod skipping;

fn main() {
    let (talents, months, seed, series) = trihelix_peers::arguments();
    let mut model = skipping::Model::new(talents, months, seed);
    let mut rows = Vec::with_capacity(months as usize);
    for _ in 0..months {
        model.step();
        rows.push(model.row);
    }
    if series {
        rows.iter().for_each(|row| println!("{}", definition::line(row)));
    }
}
