//! The files that `trihelix new` writes: a scenario, a policy, a study, and the base files that they rest on.

const SCENARIO: &str = include_str!("starter/scenario.toml");
const POLICY: &str = include_str!("starter/policy.toml");
const STUDY: &str = include_str!("starter/study.toml");

/// The shipped base, so that a starter runs wherever it is written; a test compares the list with the folder.
const BASE: [(&str, &str); 15] = [
    ("access.toml", include_str!("../../scenarios/base/access.toml")),
    ("calls.toml", include_str!("../../scenarios/base/calls.toml")),
    ("clusters.toml", include_str!("../../scenarios/base/clusters.toml")),
    ("countries.toml", include_str!("../../scenarios/base/countries.toml")),
    ("currency.toml", include_str!("../../scenarios/base/currency.toml")),
    ("facilities.toml", include_str!("../../scenarios/base/facilities.toml")),
    ("funds.toml", include_str!("../../scenarios/base/funds.toml")),
    ("institutions-abroad.toml", include_str!("../../scenarios/base/institutions-abroad.toml")),
    ("institutions-japan.toml", include_str!("../../scenarios/base/institutions-japan.toml")),
    ("kinds.toml", include_str!("../../scenarios/base/kinds.toml")),
    ("modalities.toml", include_str!("../../scenarios/base/modalities.toml")),
    ("rules.toml", include_str!("../../scenarios/base/rules.toml")),
    ("sources.toml", include_str!("../../scenarios/base/sources.toml")),
    ("startups.toml", include_str!("../../scenarios/base/startups.toml")),
    ("world.toml", include_str!("../../scenarios/base/world.toml")),
];

/// Names, with `/` between parts, and texts of the starter's files; those to be edited come first.
pub fn starter() -> impl Iterator<Item = (String, &'static str)> {
    let own = [("scenario.toml", SCENARIO), ("policy.toml", POLICY), ("study.toml", STUDY)];
    let own = own.into_iter().map(|(name, text)| (name.to_owned(), text));
    own.chain(BASE.into_iter().map(|(name, text)| (format!("base/{name}"), text)))
}
