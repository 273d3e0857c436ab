//! The page around the sections: head, style, switch, script, and the embedded font.

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::plot::{Language, Picture, PlotError, page_font};

use super::data;
use super::evidence::Evidence;
use super::number::{Kind, Style};
use super::view::View;

const STYLE: &str = include_str!("../../assets/report/report.css");
const SCRIPT: &str = include_str!("../../assets/report/report.js");
/// Nothing may be fetched; what the page has, it carries.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; font-src data:; img-src data:";
/// Sections in their order: the answer, what is least sure, then the evidence.
const SECTIONS: [&str; 14] = [
    "answer",
    "uncertain",
    "differences",
    "growth",
    "channels",
    "flows",
    "costs",
    "ranking",
    "futures",
    "switching",
    "assumptions",
    "limits",
    "unquantified",
    "reproduce",
];

/// The page, and its pictures by name with the language's code.
pub(super) fn of(ev: &Evidence, languages: &[Language]) -> Result<(String, Vec<(String, Picture)>), PlotError> {
    let first = languages.first().copied().unwrap_or(Language::English);
    let mut pictures = Vec::new();
    let mut mains = Vec::new();
    for language in languages {
        let view = View::new(ev, *language);
        let main = main_of(&view, *language == first)?;
        pictures.extend(
            view.pictures.take().into_iter().map(|(name, picture)| (format!("{name}.{}", view.code()), picture)),
        );
        mains.push(main);
    }
    // A text of the scenario cannot end the element: the one letter that could is written by its number.
    let data = data::of(ev, languages).to_string().replace('<', "\\u003c");
    let titles: Vec<(&str, String)> = languages.iter().map(|language| title_of(&View::new(ev, *language))).collect();
    let body = html! {
        body data-languages=(titles.iter().map(|(code, _)| *code).collect::<Vec<_>>().join(",")) {
            @for main in &mains { (main) }
            noscript { style { "[hidden]{display:revert!important}.switch,.languages{display:none}" } }
            script type="application/json" id="data" { (PreEscaped(data)) }
            script { (PreEscaped(SCRIPT)) }
        }
    };
    let head_title = titles.first().map_or("", |(_, title)| title.as_str()).to_owned();
    let mut letters: BTreeSet<char> =
        body.0.chars().chain(head_title.chars()).filter(|letter| !letter.is_control()).collect();
    letters.extend((' '..='~').chain("−+–…→〓".chars()));
    // The font's own descent is that of kanji; without this, browsers cut the tails of Latin letters.
    let font = page_font(&letters)?.replacen('{', "{ascent-override:90%;descent-override:26%;", 1);
    let body = languages.iter().fold(body.0, |body, language| {
        let view = View::new(ev, *language);
        let remark = font_remark(&view, &letters, &font);
        body.replace(&font_slot(&view), &remark.0)
    });
    let head = html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            meta name="generator" content={ "trihelix " (ev.study.manifest["version"].as_str().unwrap_or_default()) };
            meta name="trihelix-options" content=(ev.options());
            @for (code, title) in &titles { meta name={ "title-" (code) } content=(title); }
            title { (head_title) }
            style { (PreEscaped(&font)) (PreEscaped(STYLE)) }
        }
    };
    let page = html! { (DOCTYPE) html lang=(super::view::code(first)) { (head) (PreEscaped(body)) } };
    Ok((page.into_string() + "\n", pictures))
}

fn title_of(view: &View) -> (&'static str, String) {
    let manifest = &view.ev.study.manifest;
    let told = match view.language {
        Language::Japanese => manifest["study"]["title_ja"].as_str().or(manifest["study"]["title"].as_str()),
        Language::English => manifest["study"]["title"].as_str(),
    };
    let title = told.map_or_else(|| view.plain(&view.ev.scenarios[0]), str::to_owned);
    (view.code(), view.t("page.title").replace("{title}", &title))
}

/// Stands where the remark on the font goes, which is made when all letters are known.
fn font_slot(view: &View) -> String {
    format!("\u{1}font-{}\u{1}", view.code())
}

fn font_remark(view: &View, letters: &BTreeSet<char>, font: &str) -> Markup {
    let text = view.t("reproduce.font").replace("{glyphs}", &letters.len().to_string());
    html! { (text.replace("{kilobytes}", &(font.len() / 1000).to_string())) }
}

fn main_of(view: &View, shown: bool) -> Result<Markup, PlotError> {
    let ev = view.ev;
    let (_, title) = title_of(view);
    let version = ev.study.manifest["version"].as_str().unwrap_or_default().to_owned();
    Ok(html! {
        div.edition lang=(view.code()) id=(view.code()) hidden[!shown] {
            a.skip href={ "#" (view.id("answer")) } { (view.t("word.skip")) }
            header {
                h1 { (title) }
                p.note { (view.say("page.made", &[
                    ("version", html! { (version) }), ("runs", view.n("run/runs", Style::level(Kind::Count))),
                ])) }
                (languages_of(view))
                noscript { p.note { (view.t("page.no_script")) } }
            }
            nav aria-label=(view.t("word.contents")) {
                ol { @for section in SECTIONS {
                    li { a href={ "#" (view.id(section)) } { (view.t(&format!("{section}.heading"))) } }
                } }
            }
            main {
                (view.answer())
                (view.uncertain())
                (switch_of(view))
                (view.differences()?)
                (view.growth()?)
                (view.channels())
                (view.flows()?)
                (view.costs())
                (view.ranking()?)
                (view.futures()?)
                (view.switching())
                (view.assumptions())
                (view.limits())
                (view.reproduce(&html! { (font_slot(view)) }))
            }
        }
    })
}

/// Buttons for the other language; the script shows them where there are two.
fn languages_of(view: &View) -> Markup {
    html! {
        p.languages role="group" aria-label=(view.t("word.language")) {
            button type="button" data-language="en" lang="en" aria-pressed=(view.language == Language::English) { "English" }
            button type="button" data-language="ja" lang="ja" aria-pressed=(view.language == Language::Japanese) { "日本語" }
        }
    }
}

/// Which outcome, cluster and year the differences and the growth below show.
fn switch_of(view: &View) -> Markup {
    let ev = view.ev;
    let grown = (0..ev.wide.metrics.len()).filter(|metric| view.is_grown(*metric));
    let field = |name: &str, label: &str, options: Vec<(String, String, bool)>| {
        html! {
            label for=(view.id(name)) { (view.t(label)) }
            select id=(view.id(name)) data-switch=(name) {
                @for (value, text, chosen) in options { option value=(value) selected[chosen] { (text) } }
            }
        }
    };
    let metrics = grown.map(|metric| {
        let wanted = &ev.wide.metrics[metric];
        (wanted.name.clone(), view.metric(wanted), metric == ev.decision.metric)
    });
    let clusters = (0..ev.rows.len()).map(|row| (ev.rows[row].id.clone(), view.row_plain(row), row == ev.decision.row));
    let years = ev.wide.years.iter().enumerate();
    let years = years.map(|(at, year)| (year.0.to_string(), year.0.to_string(), at == ev.decision.year));
    html! {
        form.switch aria-label=(view.t("word.show")) {
            (field("metric", "word.metric", metrics.collect()))
            (field("cluster", "word.cluster", clusters.collect()))
            (field("year", "word.year", years.collect()))
            p.live aria-live="polite" {}
        }
    }
}
