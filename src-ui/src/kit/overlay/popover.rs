//! A few controls beside what they are about.

use web_sys::Element;
use yew::prelude::*;

use super::{Align, Anchor, Floating, Side, focusable};

#[derive(Properties, PartialEq)]
pub struct PopoverProps {
    pub anchor: Anchor,
    /// Its name.
    pub label: AttrValue,
    pub onclose: Callback<()>,
    pub children: Html,
    #[prop_or(Side::Bottom)]
    pub side: Side,
    #[prop_or(Align::Start)]
    pub align: Align,
    /// Takes the focus when it opens.
    #[prop_or(true)]
    pub focus: bool,
    #[prop_or_default]
    pub class: Classes,
}

/// A box with controls; a press elsewhere or Escape closes it. Show it only while it is open.
#[function_component]
pub fn Popover(props: &PopoverProps) -> Html {
    html! {
        <Floating anchor={props.anchor.clone()} side={props.side} align={props.align} gap={8.0}
            onclose={props.onclose.clone()}>
            <Body label={props.label.clone()} focus={props.focus} class={props.class.clone()}>
                { props.children.clone() }
            </Body>
        </Floating>
    }
}

#[derive(Properties, PartialEq)]
struct BodyProps {
    label: AttrValue,
    focus: bool,
    class: Classes,
    children: Html,
}

#[function_component]
fn Body(props: &BodyProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(props.focus, move |focus| {
            if let (true, Some(root)) = (*focus, node.cast::<Element>()) {
                let target = focusable(&root).into_iter().next();
                let _ = target.or_else(|| node.cast::<web_sys::HtmlElement>()).map(|element| element.focus());
            }
        });
    }
    html! {
        <div ref={node} class={classes!("popover", props.class.clone())} role="dialog" tabindex="-1"
            aria-label={props.label.clone()}>{ props.children.clone() }</div>
    }
}
