//! Writing HTML so that it cannot come out unbalanced or unescaped.

use crate::text::escape::markup;

/// HTML that grows. Text is escaped, and an element is closed when its content is done.
#[derive(Debug, Default)]
pub(super) struct Html {
    out: String,
}

impl Html {
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// An element with content. Values of attributes are escaped.
    pub(super) fn element(
        &mut self,
        tag: &str,
        attributes: &[(&str, &str)],
        content: impl FnOnce(&mut Html),
    ) {
        self.open(tag, attributes);
        self.out.push('\n');
        content(self);
        self.close(tag);
    }

    /// An element with text only.
    pub(super) fn leaf(&mut self, tag: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(tag, attributes);
        self.text(text);
        self.close(tag);
    }

    /// Text.
    pub(super) fn text(&mut self, text: &str) {
        // The escaping trims; a blank at an end keeps words apart here.
        if text.starts_with(' ') {
            self.out.push(' ');
        }
        self.out.push_str(&markup(text));
        if text.len() > 1 && text.ends_with(' ') {
            self.out.push(' ');
        }
    }

    /// Markup of our own.
    pub(super) fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    /// A table with a caption for those who cannot see what it is, column heads, and rows of cells.
    pub(super) fn table(&mut self, caption: &str, heads: &[&str], rows: impl FnOnce(&mut Html)) {
        self.element("div", &[("class", "scroll")], |html| {
            html.element("table", &[], |html| {
                html.leaf("caption", &[], caption);
                html.element("thead", &[], |html| {
                    html.element("tr", &[], |html| {
                        for head in heads {
                            html.leaf("th", &[("scope", "col")], head);
                        }
                    });
                });
                html.element("tbody", &[], rows);
            });
        });
    }

    fn open(&mut self, tag: &str, attributes: &[(&str, &str)]) {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push_str(&format!(" {name}=\"{}\"", markup(value)));
        }
        self.out.push('>');
    }

    fn close(&mut self, tag: &str) {
        self.out.push_str(&format!("</{tag}>\n"));
    }
}
