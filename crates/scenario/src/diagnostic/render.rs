//! Diagnostics as people read them: "file:line:column", the line, the word underlined, what was expected, what to write
//! instead. This is the only place that knows the renderer's crate.

use super::{Diagnostic, Severity, Suggestion, sort};
use crate::model::Span;
use crate::source::{Source, Sources};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};
use std::ops::Range;

/// How to show diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With terminal colours. Whether that is wanted is for the caller to know.
    pub colour: bool,
    /// How many are shown; the rest is counted.
    pub most: usize,
    /// Width of the terminal in columns.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            colour: false,
            most: 20,
            width: 140,
        }
    }
}

/// The longest piece of a line that is shown; longer lines are no text that a person wrote.
const LONGEST_LINE: usize = 2_000;

/// All diagnostics, sorted by place, with "and N more" after the last one shown. Ends with a line end, or is empty.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, style: Style) -> String {
    let mut sorted = diagnostics.to_vec();
    sort(&mut sorted);
    let mut out = String::new();
    for diagnostic in sorted.iter().take(style.most) {
        out.push_str(&render_one(diagnostic, sources, style));
        out.push_str("\n\n");
    }
    let left = sorted.len().saturating_sub(style.most);
    if left > 0 {
        let errors = sorted[style.most..].iter().filter(|d| d.is_error()).count();
        out.push_str(&and_more(left, errors));
        out.push('\n');
    } else if !out.is_empty() {
        out.pop();
    }
    out
}

/// "… and 3 more errors" in words.
fn and_more(left: usize, errors: usize) -> String {
    let plural = |n: usize, word: &str| format!("{n} more {word}{}", if n == 1 { "" } else { "s" });
    match (errors, left - errors) {
        (errors, 0) => format!("… and {}", plural(errors, "error")),
        (0, warnings) => format!("… and {}", plural(warnings, "warning")),
        (errors, warnings) => format!(
            "… and {} and {}",
            plural(errors, "error"),
            plural(warnings, "warning")
        ),
    }
}

/// One diagnostic, without a line end at its end.
pub fn render_one(diagnostic: &Diagnostic, sources: &Sources, style: Style) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut main = level
        .clone()
        .primary_title(clean(&diagnostic.message))
        .id(diagnostic.code.name())
        .elements(std::iter::empty::<Origin<'_>>());

    let marks: Vec<Mark<'_>> = std::iter::once(Mark {
        span: diagnostic.span,
        kind: AnnotationKind::Primary,
        text: &diagnostic.label,
    })
    .chain(diagnostic.labels.iter().map(|label| Mark {
        span: label.span,
        kind: AnnotationKind::Context,
        text: &label.text,
    }))
    .collect();
    let windows = windows(&marks, sources);
    let paths: Vec<String> = windows
        .iter()
        .map(|window| window.source.path.display().to_string())
        .collect();
    for (window, path) in windows.iter().zip(&paths) {
        if window.source.text.is_empty() {
            main = main.element(Origin::path(path.as_str()));
        } else if window.is_cut() {
            main = main.element(window.origin(path)).element(window.snippet());
        } else {
            main = main.element(window.snippet().path(path.as_str()));
        }
    }
    for note in &diagnostic.notes {
        main = main.element(Level::NOTE.message(clean(note)));
    }

    let mut report: Vec<Group<'_>> = vec![main];
    if let Some(suggestion) = &diagnostic.suggestion {
        report.push(help(suggestion, sources));
    }
    let renderer = if style.colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer
        .decor_style(DecorStyle::Ascii)
        .term_width(style.width)
        .render(&report)
}

/// A place to underline.
struct Mark<'a> {
    span: Span,
    kind: AnnotationKind,
    text: &'a str,
}

/// A piece of a file that is shown, with all that is underlined in it.
struct Window<'a> {
    file: u32,
    source: &'a Source,
    lines: Range<usize>,
    marks: Vec<&'a Mark<'a>>,
}

/// Places that are further apart than this are shown as two pieces.
const NEIGHBOURS: usize = 2_000;

/// The pieces of the files that the marks are in, that of the first mark first.
fn windows<'a>(marks: &'a [Mark<'a>], sources: &'a Sources) -> Vec<Window<'a>> {
    let mut windows: Vec<Window<'a>> = Vec::new();
    for mark in marks {
        let Some(source) = sources.get(mark.span.file) else {
            continue;
        };
        let lines = lines_of(source, mark.span);
        let near = windows.iter_mut().find(|window| {
            window.file == mark.span.file
                && lines.start <= window.lines.end + NEIGHBOURS
                && window.lines.start <= lines.end + NEIGHBOURS
        });
        match near {
            Some(window) => {
                window.lines = window.lines.start.min(lines.start)..window.lines.end.max(lines.end);
                window.marks.push(mark);
            }
            None => windows.push(Window {
                file: mark.span.file,
                source,
                lines,
                marks: vec![mark],
            }),
        }
    }
    windows
}

impl<'a> Window<'a> {
    /// Does it begin in the middle of a line? Then the renderer cannot count the columns before it.
    fn is_cut(&self) -> bool {
        self.source.place(self.lines.start as u32).column > 1
    }

    fn origin(&self, path: &'a str) -> Origin<'a> {
        let place = self
            .source
            .place(self.marks.first().map_or(0, |mark| mark.span.start));
        Origin::path(path)
            .line(place.line)
            .char_column(place.column)
    }

    fn snippet(&self) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        Snippet::source(&self.source.text[self.lines.clone()])
            .line_start(self.source.place(self.lines.start as u32).line)
            .annotations(self.marks.iter().map(|mark| {
                mark.kind
                    .span(within(self.source, mark.span, &self.lines))
                    .label(Some(mark.text).filter(|text| !text.is_empty()))
            }))
    }
}

fn help<'a>(suggestion: &'a Suggestion, sources: &'a Sources) -> Group<'a> {
    let title = Level::HELP.secondary_title(clean(&suggestion.text));
    match sources.get(suggestion.span.file) {
        Some(source) if is_small(source, suggestion.span) => {
            let window = lines_of(source, suggestion.span);
            title.element(
                Snippet::source(&source.text[window.clone()])
                    .line_start(source.place(window.start as u32).line)
                    .patch(Patch::new(
                        within(source, suggestion.span, &window),
                        suggestion.replacement.as_str(),
                    )),
            )
        }
        _ => title.elements(std::iter::empty::<Origin<'_>>()),
    }
}

/// A patch is shown as the changed line; that is of no use for a line that fills the screen.
fn is_small(source: &Source, span: Span) -> bool {
    let lines = lines_of(source, span);
    lines.len() <= 400 && !source.text[lines].contains('\n')
}

/// The lines of a span, but of an endless line only what is near.
fn lines_of(source: &Source, span: Span) -> Range<usize> {
    let start = source.boundary(span.start as usize);
    let end = source.boundary((span.end as usize).max(start));
    // A mistake may span half of the file; its beginning is what people look for.
    let end = end.min(source.boundary(start + LONGEST_LINE));
    let mut lines = source.whole_lines(start..end);
    if lines.len() > 2 * LONGEST_LINE {
        lines.start = lines
            .start
            .max(source.boundary(start.saturating_sub(LONGEST_LINE / 2)));
        lines.end = lines.end.min(source.boundary(end + LONGEST_LINE / 2));
    }
    lines
}

/// A span relative to the window that is shown.
fn within(source: &Source, span: Span, window: &Range<usize>) -> Range<usize> {
    let start = source
        .boundary(span.start as usize)
        .clamp(window.start, window.end);
    let end = source.boundary(span.end as usize).clamp(start, window.end);
    start - window.start..end - window.start
}

/// Text of the file may be quoted in a message; control signs in it must not reach the terminal.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' {
                '\u{FFFD}'
            } else {
                c
            }
        })
        .collect()
}
