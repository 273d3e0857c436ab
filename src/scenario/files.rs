//! Reading files, following `extends`, and laying one file over another.

use super::code;
use super::merge;
use super::problem::Gathered;
use super::problem::Place;
use super::range;
use super::range::End;
use super::source::Source;
use super::tree;
use super::tree::Data;
use super::tree::Table;
use std::fs::File;
use std::io::ErrorKind;
use std::io::Read;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Largest file that is read, in bytes.
pub const FILE_LIMIT: u64 = 8 << 20;

/// Most files of one scenario.
const FILES_LIMIT: usize = 1000;

/// The folder that nothing may be read outside of, if there is one.
static CONFINED: OnceLock<PathBuf> = OnceLock::new();

/// Reads no file outside this folder from now on, whatever the files in it name: for a process that makes a stranger's
/// results again. The first call counts.
pub fn confine(folder: &Path) {
    let _ = CONFINED.set(folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf()));
}

/// What the first lines of a file say about it.
#[derive(Debug, Clone, Default)]
pub(super) struct Header {
    pub name: Option<String>,
    pub title: Option<String>,
    pub title_ja: Option<String>,
}

impl Header {
    /// The header of the same file at an end of its ranges.
    fn at(mut self, end: End) -> Self {
        if let Some(name) = &self.name {
            let (title, title_ja) = end.title(self.title.as_ref().unwrap_or(name), self.title_ja.as_deref());
            if end != End::Stated {
                (self.title, self.title_ja) = (Some(title), title_ja);
            }
            self.name = Some(end.name(name));
        }
        self
    }
}

/// The files read so far and those being read.
pub(super) struct Reader<'a> {
    pub found: &'a mut Gathered,
    /// Canonical path of each source, to find a file again.
    seen: Vec<PathBuf>,
    /// Files that are being followed, outermost first.
    chain: Vec<PathBuf>,
    /// Whether it was said that there are too many.
    full: bool,
    /// Where the numbers of the file that is read are taken, and how many had a range.
    end: End,
    moved: usize,
}

/// Whether a file stands alone or is laid over another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Scenario,
    Policy,
    /// Reached through `extends`.
    Base,
}

impl<'a> Reader<'a> {
    pub fn new(found: &'a mut Gathered) -> Self {
        Self { found, seen: Vec::new(), chain: Vec::new(), full: false, end: End::Stated, moved: 0 }
    }

    /// Reads `path` and everything it extends, base first, into `tree`. The header is that of `path` itself.
    pub fn read(&mut self, path: &Path, part: Part, tree: &mut Table) -> Header {
        self.read_at(path, part, End::Stated, tree)
    }

    /// The same with every number that has a range at one end of it.
    pub fn read_at(&mut self, path: &Path, part: Part, end: End, tree: &mut Table) -> Header {
        let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        self.chain.clear();
        (self.end, self.moved) = (end, 0);
        let file = self.found.sources.len();
        let header = self.follow(path, &name, part, None, tree);
        if end != End::Stated && self.moved == 0 && self.found.sources.len() > file {
            let place = Place { file: u16::try_from(file).unwrap_or(u16::MAX - 1), start: 0, end: 0 };
            self.found
                .error(code::UNCERTAIN, place, "no number of this policy has a range, so there are no ends to take")
                .fix("write `range = [low, high]` beside what it assumes, or leave `ranges` away");
        }
        header.at(end)
    }

    fn follow(&mut self, path: &Path, name: &str, part: Part, from: Option<Place>, tree: &mut Table) -> Header {
        let identity = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        if self.chain.contains(&identity) {
            self.cycle(path, from);
            return Header::default();
        }
        // A file that two others extend is laid down once, where it is first needed; at an end of its ranges it is another.
        if part == Part::Base && self.end == End::Stated && self.seen.contains(&identity) {
            return Header::default();
        }
        if self.found.sources.len() >= FILES_LIMIT {
            if !std::mem::replace(&mut self.full, true) {
                let shown = path.display().to_string();
                self.at(code::TOO_LARGE, &shown, from, format!("the scenario has more than {FILES_LIMIT} files"))
                    .fix("put what belongs together into one file");
            }
            return Header::default();
        }
        let Some(text) = self.text(path, from) else { return Header::default() };
        let file = u16::try_from(self.found.sources.len()).unwrap_or(u16::MAX - 1);
        self.found.sources.push(Source::new(path.display().to_string(), name.to_owned(), text));
        self.seen.push(identity.clone());
        let (mut own, sound) = tree::parse(file, self.found);
        self.chain.push(identity);
        for (base, place) in self.bases(&mut own) {
            let folder = path.parent().unwrap_or_else(|| Path::new(""));
            let base_name = tidy(&Path::new(name).parent().unwrap_or_else(|| Path::new("")).join(&base));
            self.follow(&tidy(&folder.join(&base)), &base_name.display().to_string(), Part::Base, Some(place), tree);
        }
        self.chain.pop();
        // What a file that is no TOML lacks is not worth saying.
        let header = self.header(&mut own, file, if sound { part } else { Part::Base });
        merge::normalise(&mut own, self.found);
        let taken = self.end.take(&mut own);
        self.moved += taken.count;
        merge::lay_over(tree, own, self.found);
        taken.over.into_iter().for_each(|(path, value)| range::put(tree, &path, value));
        header
    }

    fn cycle(&mut self, path: &Path, from: Option<Place>) {
        let mut chain: Vec<String> = self.chain.iter().map(|p| p.display().to_string()).collect();
        chain.push(path.display().to_string());
        let names: Vec<&str> = chain.iter().map(|p| p.rsplit(['/', '\\']).next().unwrap_or(p)).collect();
        let place = from.unwrap_or(Place::REGISTRY);
        self.found
            .error(
                code::CYCLE,
                place,
                format!("`extends` leads back to the file it started from: {}", names.join(" -> ")),
            )
            .fix("let one of these files not extend the next");
    }

    /// Takes `extends` off a file: the paths, each with its place.
    fn bases(&mut self, own: &mut Table) -> Vec<(String, Place)> {
        let Some(entry) = own.take("extends") else { return Vec::new() };
        let items = match entry.node.data {
            Data::List(items) => items,
            _ => vec![entry.node],
        };
        let mut bases = Vec::new();
        for item in items {
            match &item.data {
                Data::Text(path) => bases.push((path.clone(), item.place)),
                _ => {
                    let found = item.describe();
                    self.found
                        .error(code::EXTENDS, item.place, "`extends` names files")
                        .expected("a path, or a list of paths")
                        .found(found)
                        .fix("write it as `extends = \"base.toml\"`");
                }
            }
        }
        bases
    }

    pub(super) fn text(&mut self, path: &Path, from: Option<Place>) -> Option<String> {
        let shown = path.display().to_string();
        if CONFINED.get().is_some_and(|folder| path.canonicalize().is_ok_and(|path| !path.starts_with(folder))) {
            self.at(code::OUTSIDE, &shown, from, format!("`{shown}` lies outside of the results that name it"))
                .fix("make results again only from the copies that stand beside them");
            return None;
        }
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return self.refuse(&shown, from, &error),
        };
        if metadata.is_dir() {
            self.at(code::DIRECTORY, &shown, from, format!("`{shown}` is a folder"))
                .expected("a file")
                .fix("name the .toml file in it");
            return None;
        }
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(FILE_LIMIT + 1).read_to_end(&mut bytes));
        if let Err(error) = read {
            return self.refuse(&shown, from, &error);
        }
        if metadata.len() > FILE_LIMIT || bytes.len() as u64 > FILE_LIMIT {
            self.at(code::TOO_LARGE, &shown, from, format!("`{shown}` is too large for a scenario"))
                .expected(format!("at most {} MB", FILE_LIMIT >> 20))
                .fix("split it, or take the data out of it");
            return None;
        }
        match String::from_utf8(bytes) {
            Ok(text) => Some(text),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let line = error.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
                self.at(code::NOT_UTF8, &shown, from, format!("`{shown}` is not UTF-8 text: byte {at}, line {line}"))
                    .fix("save it as UTF-8");
                None
            }
        }
    }

    fn refuse(&mut self, shown: &str, from: Option<Place>, error: &std::io::Error) -> Option<String> {
        if matches!(
            error.kind(),
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidInput | ErrorKind::InvalidFilename
        ) {
            let near = nearest_file(Path::new(shown));
            self.at(code::NO_FILE, shown, from, format!("there is no file `{shown}`"))
                .fix_or(near, "check the path; paths in `extends` start at the folder of the file they stand in");
        } else {
            self.found.machine_fault = true;
            self.at(code::UNREADABLE, shown, from, format!("`{shown}` could not be read: {error}"))
                .fix("check its permissions and the disk");
        }
        None
    }

    /// A problem at the `extends` that asked for the file, or else with the file alone.
    fn at(
        &mut self,
        code: code::Code,
        shown: &str,
        from: Option<Place>,
        message: String,
    ) -> &mut super::problem::Problem {
        match from {
            Some(place) => self.found.error(code, place, message),
            None => self.found.unreadable(code, shown, message),
        }
    }

    fn header(&mut self, own: &mut Table, file: u16, part: Part) -> Header {
        let top = Place { file, start: 0, end: 0 };
        match own.take("schema") {
            Some(entry) if matches!(&entry.node.data, Data::Number { text, whole: true } if text == "1") => {}
            Some(entry) => {
                let found = entry.node.describe();
                self.found
                    .error(code::SCHEMA, entry.node.place, "this program reads schema 1")
                    .expected("1")
                    .found(found)
                    .fix("write `schema = 1`");
            }
            None if part == Part::Base => {}
            None => {
                self.found
                    .error(code::SCHEMA, top, "the file does not say its schema")
                    .fix("begin it with `schema = 1`");
            }
        }
        self.policy(own, top, part);
        own.take("description");
        let name = self.name(own);
        if part != Part::Base && name.as_deref().is_none_or(str::is_empty) {
            self.found
                .error(code::MISSING, top, "the file has no `name`")
                .fix("add `name = \"...\"`, a short name without spaces");
        }
        Header { name, title: self.words(own, "title"), title_ja: self.words(own, "title_ja") }
    }

    /// The short name, which becomes a part of file names and of tables.
    fn name(&mut self, own: &mut Table) -> Option<String> {
        let place = own.get("name").map(|node| node.place);
        let name = self.words(own, "name")?;
        if let Some(place) = place.filter(|_| !name.is_empty() && !is_short_name(&name)) {
            self.found
                .error(code::BAD_ID, place, "`name` is no short name")
                .expected(
                    "at most 100 characters, of which the first is a letter or a digit; no spaces, no `/` and no `\\`",
                )
                .fix("write a short name here and the long one as `title`");
        }
        Some(name)
    }

    fn words(&mut self, own: &mut Table, key: &str) -> Option<String> {
        let entry = own.take(key)?;
        match entry.node.data {
            Data::Text(text) => Some(text),
            _ => {
                let found = entry.node.describe();
                self.found
                    .error(code::WRONG_TYPE, entry.node.place, format!("`{key}` is a text"))
                    .expected("a text")
                    .found(found)
                    .fix(format!("write `{key} = \"...\"`"));
                None
            }
        }
    }

    /// Takes `policy = true` off a file. `kind = "policy"` says the same where no `[[kind]]` tables stand.
    fn policy(&mut self, own: &mut Table, top: Place, part: Part) {
        let worded = own.get("kind").is_some_and(|node| node.text().is_some());
        let entry = if worded { own.take("kind") } else { own.take("policy") };
        let place = entry.as_ref().map_or(top, |e| e.node.place);
        let is_policy = match entry.as_ref().map(|e| &e.node.data) {
            None => false,
            Some(Data::Flag(flag)) => *flag,
            Some(Data::Text(text)) if worded && text == "policy" => true,
            Some(Data::Text(text)) if worded && text == "scenario" => false,
            Some(_) => {
                self.found
                    .error(code::KIND_OF_FILE, place, "unknown kind of file")
                    .expected("`policy = true`, or nothing")
                    .fix("write `policy = true` in a file that only changes scenarios");
                return;
            }
        };
        if is_policy && part == Part::Scenario {
            self.found
                .error(code::KIND_OF_FILE, place, "a policy cannot be run alone")
                .fix("name a scenario first and this file after it, as in `trihelix run base.toml policy.toml`");
        }
        if !is_policy && part == Part::Policy {
            self.found
                .error(code::KIND_OF_FILE, place, "this file is a scenario, and a policy is expected here")
                .fix("add `policy = true` at its top if it only changes other scenarios");
        }
    }
}

/// Whether a name of a scenario, policy or study can be a part of file names, addresses and tables, and means nothing but
/// itself there: a spreadsheet takes `=` at the beginning for a formula, a shell `-` for an option.
#[must_use]
pub fn is_short_name(name: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '\\');
    name.chars().next().is_some_and(char::is_alphanumeric) && !name.contains(odd) && name.chars().count() <= 100
}

/// A path without `.` and without `..` after a folder.
fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

fn nearest_file(path: &Path) -> Option<String> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let wanted = path.file_name()?.to_str()?;
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .take(1000)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    super::near::nearest(wanted, names.iter().map(String::as_str))
}
