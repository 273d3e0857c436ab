//! Aligned tables for the terminal.

use std::fmt::Write;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

/// To which side a column leans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Rows of cells under a head, columns aligned by the width that letters take on a terminal.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Align>,
    rows: Vec<(Style, Vec<String>)>,
}

impl Table {
    pub(super) fn new(columns: &[Align]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row in one style; missing cells are empty.
    pub(super) fn row(&mut self, style: Style, cells: Vec<String>) {
        self.rows.push((style, cells));
    }

    /// The rows as lines, each indented by two spaces, with two more between columns.
    pub(super) fn render(&self) -> String {
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| self.rows.iter().map(|(_, cells)| width(cells.get(column))).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        for (style, cells) in &self.rows {
            let mut line = String::new();
            for (column, align) in self.columns.iter().enumerate() {
                let cell = cells.get(column).map_or("", String::as_str);
                let gap = " ".repeat(widths[column] - cell.width());
                let (before, after) = if *align == Align::Right { (gap.as_str(), "") } else { ("", gap.as_str()) };
                line.push_str("  ");
                line.push_str(before);
                line.push_str(cell);
                line.push_str(after);
            }
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{style}{}{style:#}", line.trim_end());
        }
        text
    }
}

fn width(cell: Option<&String>) -> usize {
    cell.map_or(0, |cell| cell.width())
}

/// A whole number with a comma between thousands.
pub(super) fn grouped(value: i128) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Yen in thousand millions with one decimal, rounded half away from zero.
pub(super) fn billions(yen: i128) -> String {
    let tenths = (yen.unsigned_abs() + 50_000_000) / 100_000_000;
    let whole = i128::try_from(tenths / 10).unwrap_or(i128::MAX);
    let sign = if yen < 0 && tenths > 0 { "-" } else { "" };
    format!("{sign}{}.{}", grouped(whole), tenths % 10)
}

/// A row of bars as high as the values, from zero to the greatest; at most `width` bars, evenly spaced in time.
pub(super) fn sparkline(values: &[f64], width: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let bars = values.len().min(width);
    let most = values.iter().copied().fold(0.0, f64::max);
    let last = values.len().saturating_sub(1);
    (0..bars)
        .map(|bar| if bars < 2 { last } else { bar * last / (bars - 1) })
        .map(|index| {
            let share = if most > 0.0 { (values[index] / most).clamp(0.0, 1.0) } else { 0.0 };
            BARS[(share * 7.0).round() as usize]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_in_any_script() {
        let mut table = Table::new(&[Align::Left, Align::Right]);
        table.row(Style::new(), vec!["大阪".to_owned(), "1".to_owned()]);
        table.row(Style::new(), vec!["Kobe".to_owned(), "1,234".to_owned()]);
        table.row(Style::new(), vec!["x".to_owned()]);
        assert_eq!(table.render(), "  大阪      1\n  Kobe  1,234\n  x\n");
    }

    #[test]
    fn numbers_are_grouped_and_rounded() {
        let whole = [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")];
        for (value, text) in whole {
            assert_eq!(grouped(value), text);
        }
        let yen = [
            (0, "0.0"),
            (49_999_999, "0.0"),
            (50_000_000, "0.1"),
            (1_234_560_000_000, "1,234.6"),
            (-1_000_000_000, "-1.0"),
        ];
        for (value, text) in yen {
            assert_eq!(billions(value), text);
        }
    }

    #[test]
    fn sparklines_keep_first_and_last_and_survive_nothing() {
        assert_eq!(sparkline(&[0.0, 7.0], 10), "▁█");
        assert_eq!(sparkline(&(0..100).map(f64::from).collect::<Vec<_>>(), 8), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[], 8), "");
        assert_eq!(sparkline(&[f64::NAN, 0.0], 8), "▁▁");
    }
}
