//! `--set PATH=VALUE`: the last layer, treated like one more file.

use super::code;
use super::near;
use super::problem::Gathered;
use super::problem::Place;
use super::registry::Branch;
use super::registry::registry;
use super::source::Source;
use super::tree;
use super::tree::Data;
use super::tree::Node;
use super::tree::Table;
use super::tree::shorten;

/// Lays the `--set` options over the tree, in order; returns them as path and value.
pub(super) fn lay_over(tree: &mut Table, sets: &[String], found: &mut Gathered) -> Vec<(String, String)> {
    if sets.is_empty() {
        return Vec::new();
    }
    let file = u16::try_from(found.sources.len()).unwrap_or(u16::MAX - 1);
    let one_line: Vec<String> = sets.iter().map(|set| set.replace(['\n', '\r'], " ")).collect();
    found.sources.push(Source::new("--set".to_owned(), "--set".to_owned(), one_line.join("\n")));
    let mut overrides = Vec::new();
    let mut offset = 0;
    for set in &one_line {
        let place = Place::new(file, offset..offset + set.len());
        match set.split_once('=') {
            Some((path, value)) => {
                let path = path.trim();
                let key = Place::new(file, offset..offset + set.find('=').unwrap_or(0));
                let start = offset + set.len() - value.len();
                if known(path, key, tree, found) {
                    overrides.push((path.to_owned(), value.trim().to_owned()));
                    let node = node(file, value, start);
                    super::merge::lay_over(tree, nest(path, key, node), found);
                }
            }
            None => {
                found
                    .error(code::SET, place, format!("`--set {}` has no `=`", shorten(set)))
                    .expected("PATH=VALUE")
                    .fix("write it as in `--set cluster.kobe.turnover=\"6 %/year\"`");
            }
        }
        offset += set.len() + 1;
    }
    overrides
}

/// TOML if it is TOML, else the words as they stand: a shell eats the quotation marks.
fn node(file: u16, value: &str, start: usize) -> Node {
    let trimmed = value.trim();
    let start = start + value.len() - value.trim_start().len();
    tree::parse_value(file, trimmed, start)
        .unwrap_or_else(|| Node::new(Place::new(file, start..start + trimmed.len()), Data::Text(trimmed.to_owned())))
}

fn nest(path: &str, key: Place, node: Node) -> Table {
    let mut node = node;
    let mut table = Table::default();
    for (depth, segment) in path.rsplit('.').enumerate() {
        if depth > 0 {
            node = Node::new(key, Data::Table(std::mem::take(&mut table)));
        }
        table.insert(segment, key, node.clone());
    }
    table
}

/// Whether the path is that of a parameter of an entity that exists; the problem otherwise.
fn known(path: &str, place: Place, tree: &Table, found: &mut Gathered) -> bool {
    let mut branch = &registry().root;
    let mut here = Some(tree);
    for segment in path.split('.') {
        let named = branch.children.get(segment);
        let Some(next) = named.or(branch.any.as_deref()) else {
            let near = near::nearest(segment, branch.children.keys().map(String::as_str));
            found
                .error(code::SET, place, format!("`{}` is no parameter", shorten(path)))
                .fix_or(near, format!("known here: {}", near::listed(branch.children.keys().map(String::as_str), 40)));
            return false;
        };
        let row = here.and_then(|table| table.table(segment));
        if named.is_none() && next.leaf.is_none() && row.is_none() {
            let ids = || here.into_iter().flat_map(|t| t.entries.keys()).map(String::as_str);
            found
                .error(
                    code::SET,
                    place,
                    format!("`{}` names nothing that exists: `{}`", shorten(path), shorten(segment)),
                )
                .fix_or(near::nearest(segment, ids()), format!("known here: {}", near::listed(ids(), 20)));
            return false;
        }
        here = row;
        branch = next;
    }
    if branch.leaf.is_none() {
        let inner: &Branch = branch.any.as_deref().filter(|_| branch.children.is_empty()).unwrap_or(branch);
        found
            .error(code::SET, place, format!("`{}` is a table, and one value is set at a time", shorten(path)))
            .fix(format!("add one of {}", near::listed(inner.children.keys().map(String::as_str), 40)));
    }
    branch.leaf.is_some()
}
