//! The accounts of a month, as a user asks for them.

mod support;

use std::path::Path;

use serde_json::Value;
use support::command::Place;

fn osaka() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/osaka.toml").display().to_string()
}

fn amounts(row: &Value) -> Vec<i64> {
    row.as_object().expect("amounts by sector").values().map(|amount| amount.as_i64().expect("whole yen")).collect()
}

#[test]
fn every_row_sums_to_zero_and_every_column_to_the_change_of_money() {
    let place = Place::new();
    let ask = |at: &str| {
        place.trihelix(&["accounts", &osaka(), "--months", "8", "--at", at, "--format", "json"]).succeeds().json()
    };
    let (before, sheet) = (ask("2024-05"), ask("2024-06"));
    let transactions = sheet["transactions"].as_object().expect("rows by category");
    assert!(transactions.contains_key("wages") && transactions.contains_key("sales"), "{transactions:?}");
    let sectors: Vec<&String> = sheet["change"].as_object().expect("by sector").keys().collect();
    let mut change = vec![0; sectors.len()];
    for (category, row) in transactions {
        let row = amounts(row);
        assert_eq!(row.iter().sum::<i64>(), 0, "{category} comes from nowhere");
        for (sum, amount) in change.iter_mut().zip(row) {
            *sum += amount;
        }
    }
    assert_eq!(change, amounts(&sheet["change"]));
    assert_eq!(amounts(&sheet["balance"]).iter().sum::<i64>(), 0);
    for sector in sectors {
        let balance = |sheet: &Value| sheet["balance"][sector].as_i64().unwrap_or(0);
        assert_eq!(balance(&sheet) - balance(&before), sheet["change"][sector].as_i64().unwrap_or(0), "{sector}");
    }
}

#[test]
fn text_shows_the_matrix_and_a_month_outside_the_run_is_refused() {
    let place = Place::new();
    let call = place.trihelix(&["accounts", &osaka(), "--months", "2"]);
    call.succeeds().shows("limited partners").shows("change in money").shows("2024-02");
    place.trihelix(&["accounts", &osaka(), "--months", "2", "--at", "2031-01"]).fails_with(2).says("outside the run");
    place.trihelix(&["accounts", &osaka(), "--at", "soon"]).fails_with(2).says("soon");
}
