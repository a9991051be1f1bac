//! A text with marks as a tree of a few known elements.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// An element of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Text(String),
    Code(String),
    CodeBlock {
        language: String,
        text: String,
    },
    /// `<p>`, `<em>`, `<strong>`, ...: an element that only holds others.
    Element(&'static str, Vec<Node>),
    List {
        start: Option<u64>,
        items: Vec<Node>,
    },
    /// An address that may be opened.
    Link {
        to: String,
        inner: Vec<Node>,
    },
    Image {
        source: String,
        alt: String,
    },
    Task(bool),
    Cell {
        head: bool,
        end: bool,
        inner: Vec<Node>,
    },
    Break,
    Rule,
}

/// Reads `text`; what it does not know becomes plain text.
pub(super) fn parse(text: &str) -> Vec<Node> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut reader = Reader { stack: vec![Open { tag: Kind::Root, inner: Vec::new() }], table: Table::default() };
    for event in Parser::new_ext(text, options) {
        reader.take(event);
    }
    while reader.stack.len() > 1 {
        reader.close();
    }
    reader.stack.pop().map(|root| root.inner).unwrap_or_default()
}

/// An address that a press may open: the web's and mail's, nothing that runs or reads here.
pub(super) fn may_open(address: &str) -> bool {
    let lower = address.trim_start().to_ascii_lowercase();
    ["https://", "http://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme))
}

struct Open {
    tag: Kind,
    inner: Vec<Node>,
}

enum Kind {
    Root,
    Element(&'static str),
    CodeBlock(String),
    List(Option<u64>),
    Link(String),
    Image(String),
    Cell,
    Transparent,
}

#[derive(Default)]
struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    head: bool,
}

struct Reader {
    stack: Vec<Open>,
    table: Table,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(end) => self.end(end),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.push(Node::Text(text.into_string()))
            }
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.push(Node::Code(text.into_string()));
            }
            Event::SoftBreak => self.push(Node::Text(String::from("\n"))),
            Event::HardBreak => self.push(Node::Break),
            Event::Rule => self.push(Node::Rule),
            Event::TaskListMarker(done) => self.push(Node::Task(done)),
            Event::FootnoteReference(name) => self.push(Node::Text(format!("[{name}]"))),
        }
    }

    fn open(&mut self, tag: Tag<'_>) {
        let kind = match tag {
            Tag::Paragraph | Tag::HtmlBlock => Kind::Element("p"),
            Tag::Heading { level, .. } => Kind::Element(heading(level)),
            Tag::BlockQuote(_) => Kind::Element("blockquote"),
            Tag::CodeBlock(kind) => Kind::CodeBlock(match kind {
                CodeBlockKind::Fenced(language) => language.split([' ', ',']).next().unwrap_or_default().to_owned(),
                CodeBlockKind::Indented => String::new(),
            }),
            Tag::List(start) => Kind::List(start),
            Tag::Item => Kind::Element("li"),
            Tag::Emphasis => Kind::Element("em"),
            Tag::Strong => Kind::Element("strong"),
            Tag::Strikethrough => Kind::Element("del"),
            Tag::Link { dest_url, .. } => Kind::Link(dest_url.into_string()),
            Tag::Image { dest_url, .. } => Kind::Image(dest_url.into_string()),
            Tag::Table(alignments) => {
                self.table = Table { alignments, column: 0, head: false };
                Kind::Element("table")
            }
            Tag::TableHead => {
                self.table.head = true;
                self.table.column = 0;
                Kind::Element("tr")
            }
            Tag::TableRow => {
                self.table.column = 0;
                Kind::Element("tr")
            }
            Tag::TableCell => Kind::Cell,
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => Kind::Transparent,
        };
        self.stack.push(Open { tag: kind, inner: Vec::new() });
    }

    fn end(&mut self, end: TagEnd) {
        self.close();
        if end == TagEnd::TableHead {
            self.table.head = false;
        }
    }

    fn close(&mut self) {
        let Some(Open { tag, inner }) = self.stack.pop() else { return };
        let node = match tag {
            Kind::Element(name) => Node::Element(name, inner),
            Kind::CodeBlock(language) => Node::CodeBlock { language, text: plain(&inner) },
            Kind::List(start) => Node::List { start, items: inner },
            Kind::Link(to) if may_open(&to) => Node::Link { to, inner },
            Kind::Image(source) => Node::Image { source, alt: plain(&inner) },
            Kind::Cell => {
                let end = self.table.alignments.get(self.table.column) == Some(&Alignment::Right);
                self.table.column += 1;
                Node::Cell { head: self.table.head, end, inner }
            }
            Kind::Root | Kind::Transparent | Kind::Link(_) => {
                inner.into_iter().for_each(|node| self.push(node));
                return;
            }
        };
        self.push(node);
    }

    fn push(&mut self, node: Node) {
        let Some(open) = self.stack.last_mut() else { return };
        match (open.inner.last_mut(), node) {
            (Some(Node::Text(before)), Node::Text(text)) => before.push_str(&text),
            (_, node) => open.inner.push(node),
        }
    }
}

// A text inside a window begins below the window's own titles.
fn heading(level: HeadingLevel) -> &'static str {
    match level {
        HeadingLevel::H1 => "h3",
        HeadingLevel::H2 => "h4",
        HeadingLevel::H3 => "h5",
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => "h6",
    }
}

fn plain(nodes: &[Node]) -> String {
    nodes
        .iter()
        .map(|node| match node {
            Node::Text(text) | Node::Code(text) => text.clone(),
            Node::Element(_, inner) | Node::Link { inner, .. } => plain(inner),
            Node::CodeBlock { text, .. } => text.clone(),
            Node::Image { alt, .. } => alt.clone(),
            Node::List { items, .. } => plain(items),
            Node::Cell { inner, .. } => plain(inner),
            Node::Task(_) | Node::Break | Node::Rule => String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Node {
        Node::Text(text.to_owned())
    }

    #[test]
    fn marks_become_elements() {
        assert_eq!(
            parse("# A\n\nb *c* **d** `e`"),
            [
                Node::Element("h3", vec![text("A")]),
                Node::Element(
                    "p",
                    vec![
                        text("b "),
                        Node::Element("em", vec![text("c")]),
                        text(" "),
                        Node::Element("strong", vec![text("d")]),
                        text(" "),
                        Node::Code(String::from("e")),
                    ]
                ),
            ]
        );
    }

    #[test]
    fn html_stays_text() {
        assert_eq!(
            parse("a <img src=x onerror=alert(1)> b"),
            [Node::Element("p", vec![text("a <img src=x onerror=alert(1)> b")])]
        );
        assert_eq!(parse("<script>alert(1)</script>"), [Node::Element("p", vec![text("<script>alert(1)</script>")])]);
    }

    #[test]
    fn only_addresses_of_the_web_and_of_mail_can_be_opened() {
        assert!(may_open("https://a.b") && may_open("HTTP://a") && may_open("mailto:a@b"));
        for address in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "/api", "aether://x", ""] {
            assert!(!may_open(address), "{address}");
        }
        assert_eq!(parse("[a](javascript:b)"), [Node::Element("p", vec![text("a")])]);
    }

    #[test]
    fn images_are_named_and_code_keeps_its_language() {
        let image = Node::Image { source: String::from("https://x/y.png"), alt: String::from("a b") };
        assert_eq!(parse("![a *b*](https://x/y.png)"), [Node::Element("p", vec![image])]);
        assert_eq!(
            parse("```rust,ignore\nfn a() {}\n```"),
            [Node::CodeBlock { language: String::from("rust"), text: String::from("fn a() {}\n") }]
        );
    }

    #[test]
    fn tables_keep_their_heads_and_ends() {
        let cell = |head: bool, end: bool, inner: &str| Node::Cell { head, end, inner: vec![text(inner)] };
        assert_eq!(
            parse("| a | b |\n|---|--:|\n| c | 1 |"),
            [Node::Element(
                "table",
                vec![
                    Node::Element("tr", vec![cell(true, false, "a"), cell(true, true, "b")]),
                    Node::Element("tr", vec![cell(false, false, "c"), cell(false, true, "1")]),
                ]
            )]
        );
    }
}
