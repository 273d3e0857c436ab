//! What one run shows that means of many cannot: who works with whom, how long startups live, how far they climb.

use maud::{Markup, PreEscaped, html};
use serde_json::Value;

use crate::plot::{Cell, Language, Picture, PlotError};

use super::view::{Shown, View};

/// A run whose charts stand in the report.
pub struct Story {
    /// Digest of its events, by which a check finds whether it is given the same run.
    pub digest: String,
    /// What was run, by language.
    pub titles: Vec<(Language, String)>,
    /// Its seed.
    pub seed: u64,
    /// Its charts by language and name.
    pub pictures: Vec<(Language, String, Picture)>,
}

/// The name of a cluster in the reader's language, as far as anybody has given one.
#[must_use]
pub fn cluster_name(resolved: &Value, id: &str, name: &str, language: Language) -> String {
    match language {
        Language::English => name.to_owned(),
        Language::Japanese => japanese_name(resolved, id).unwrap_or(name).to_owned(),
    }
}

/// The scenario's own Japanese name of a cluster, or the one that `words.toml` knows.
pub(super) fn japanese_name<'a>(resolved: &'a Value, id: &str) -> Option<&'a str> {
    let own = resolved[format!("cluster.{id}.name_ja").as_str()]["value"].as_str();
    own.or_else(|| super::words::find(&format!("cluster.{id}")).map(|words| words.ja.as_str()))
}

impl View<'_> {
    /// The charts of the run that was named, or how to name one.
    pub(super) fn story(&self) -> Result<Markup, PlotError> {
        let Some(story) = &self.ev.story else {
            return Ok(html! { h3 { (self.t("story.heading")) } p { (self.t("story.none")) } });
        };
        let mine = story.pictures.iter().filter(|(language, ..)| *language == self.language);
        let mut drawn = Vec::new();
        for (_, name, picture) in mine {
            let table = self.counted_in(picture);
            drawn.push(self.figure(&format!("run-{name}"), Ok(picture.clone()), table, None, Shown::AtFirst)?);
        }
        let title = story.titles.iter().find(|(language, _)| *language == self.language);
        let title = title.map_or("", |(_, title)| title.as_str());
        let how = self.t("story.how").replace("{title}", title).replace("{seed}", &story.seed.to_string());
        Ok(html! { h3 { (self.t("story.heading")) } p { (how) } @for figure in drawn { (figure) } })
    }

    /// The table that a chart brings along.
    fn counted_in(&self, picture: &Picture) -> Markup {
        let table = picture.table();
        let cell = |cell: &Cell| PreEscaped(html! { (cell.shown()) }.into_string());
        let rows = table.rows.iter().filter_map(|row| {
            let (first, others) = row.split_first()?;
            Some((cell(first), others.iter().map(cell).collect()))
        });
        self.table(picture.title(), &table.columns, rows.collect())
    }
}
