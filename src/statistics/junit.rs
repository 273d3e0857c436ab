//! Claims as JUnit XML, which build servers read.

use std::fmt::Write;

use super::claims::Verdict;

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What groups the cases: the policy.
    pub group: String,
    /// Name of the case.
    pub name: String,
    /// A failure fails the build, an inconclusive case counts as skipped.
    pub verdict: Verdict,
    /// What was found.
    pub message: String,
}

/// The report as one document. No time and no host stand in it: the same results give the same bytes.
#[must_use]
pub fn junit_xml(suite: &str, cases: &[Case]) -> String {
    let count = |verdict: Verdict| cases.iter().filter(|case| case.verdict == verdict).count();
    let numbers = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"",
        cases.len(),
        count(Verdict::Fail),
        count(Verdict::Inconclusive)
    );
    let suite = escaped(suite);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {numbers}>\n  <testsuite name=\"{suite}\" {numbers}>\n"
    );
    for case in cases {
        let (group, name, message) = (escaped(&case.group), escaped(&case.name), escaped(&case.message));
        let inside = match case.verdict {
            Verdict::Pass => format!("<system-out>{message}</system-out>"),
            Verdict::Fail => format!("<failure message=\"{message}\" type=\"claim\">{message}</failure>"),
            Verdict::Inconclusive => format!("<skipped message=\"inconclusive: {message}\"/>"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(xml, "    <testcase classname=\"{group}\" name=\"{name}\">{inside}</testcase>");
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

/// Text that may stand in attributes and between tags; characters that XML does not know become U+FFFD.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            // An attribute would turn these into spaces.
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push_str("&#9;"),
            '\u{0}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => safe.push('\u{FFFD}'),
            _ => safe.push(letter),
        }
    }
    safe
}
