//! The tree of a text, drawn.

use yew::prelude::*;
use yew::virtual_dom::VTag;

use super::tree::{Node, may_open, parse};
use crate::kit::{Code, Glyph, Icon};

#[derive(Properties, PartialEq)]
pub struct MarkdownProps {
    pub text: AttrValue,
    #[prop_or_default]
    pub class: Classes,
}

/// A text with marks. Links open elsewhere; images are named, never fetched.
#[function_component]
pub fn Markdown(props: &MarkdownProps) -> Html {
    let nodes = use_memo(props.text.clone(), |text| parse(text));
    html! { <div class={classes!("prose", props.class.clone())}>{ many(&nodes) }</div> }
}

fn many(nodes: &[Node]) -> Html {
    nodes.iter().map(one).collect::<Html>()
}

fn one(node: &Node) -> Html {
    match node {
        Node::Text(text) => html! { text },
        Node::Code(text) => html! { <code class="mono">{ text }</code> },
        Node::CodeBlock { language, text } => {
            let label = if language.is_empty() { String::from("Code") } else { format!("Code, {language}") };
            html! { <Code text={text.trim_end_matches('\n').to_owned()} {label} /> }
        }
        Node::Element("table", rows) => html! {
            <div class="prose__table" tabindex="0" role="region" aria-label="Table">
                <table><tbody>{ many(rows) }</tbody></table>
            </div>
        },
        Node::Element(name, inner) => {
            let mut tag = VTag::new(*name);
            tag.add_child(many(inner));
            tag.into()
        }
        Node::List { start: None, items } => html! { <ul>{ many(items) }</ul> },
        Node::List { start: Some(start), items } => html! { <ol start={start.to_string()}>{ many(items) }</ol> },
        Node::Link { to, inner } => link(to, many(inner)),
        Node::Image { source, alt } => {
            let alt = if alt.is_empty() { "Image" } else { alt.as_str() };
            let name = html! { <span class="prose__image"><Icon icon={Glyph::Image} size={14} />{ alt }</span> };
            if may_open(source) { link(source, name) } else { name }
        }
        Node::Task(done) => {
            let (icon, label) = if *done { (Glyph::CircleCheck, "Done") } else { (Glyph::Circle, "To do") };
            html! { <Icon {icon} size={14} {label} class="prose__task" /> }
        }
        Node::Cell { head: true, end, inner } => {
            html! { <th scope="col" class={end.then_some("num")}>{ many(inner) }</th> }
        }
        Node::Cell { head: false, end, inner } => html! { <td class={end.then_some("num")}>{ many(inner) }</td> },
        Node::Break => html! { <br /> },
        Node::Rule => html! { <hr /> },
    }
}

fn link(to: &str, inner: Html) -> Html {
    html! {
        <a href={to.to_owned()} target="_blank" rel="noopener noreferrer nofollow" title={to.to_owned()}>{ inner }</a>
    }
}
