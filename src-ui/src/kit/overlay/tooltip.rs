//! A few words about a control, for whoever rests on it.

use std::rc::Rc;

use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::{Align, Anchor, Portal, Side, floating::put};
use crate::kit::{Kbd, Shortcut, browser::Timeout, ids::use_id};

/// Long enough that passing over is not resting.
const REST_MS: i32 = 450;

#[derive(Properties, PartialEq)]
pub struct TooltipProps {
    pub text: AttrValue,
    /// One control.
    pub children: Html,
    #[prop_or(Side::Top)]
    pub side: Side,
    #[prop_or_default]
    pub shortcut: Option<Shortcut>,
    /// Ties the text to the control as its description; not where it repeats the control's name.
    #[prop_or(true)]
    pub describes: bool,
}

/// Words that show while the pointer rests on a control or the keyboard has reached it.
#[function_component]
pub fn Tooltip(props: &TooltipProps) -> Html {
    let node = use_node_ref();
    let open = use_state(|| false);
    let waiting = use_mut_ref(|| None::<Timeout>);
    let id = use_id("tip");
    let enter = {
        let (open, waiting) = (open.clone(), waiting.clone());
        Callback::from(move |event: PointerEvent| {
            if event.pointer_type() == "mouse" {
                let open = open.clone();
                *waiting.borrow_mut() = Timeout::new(REST_MS, move || open.set(true));
            }
        })
    };
    let close = {
        let open = open.clone();
        Rc::new(move || {
            *waiting.borrow_mut() = None;
            open.set(false);
        })
    };
    let onfocusin = {
        let (open, node) = (open.clone(), node.clone());
        Callback::from(move |_: FocusEvent| {
            let by_keys = node.cast::<Element>().and_then(|element| element.query_selector(":focus-visible").ok());
            if by_keys.flatten().is_some() {
                open.set(true);
            }
        })
    };
    let onkeydown = {
        let (open, close) = (open.clone(), close.clone());
        Callback::from(move |event: KeyboardEvent| {
            if *open {
                // Escape closes the words first, and nothing else.
                if event.key() == "Escape" {
                    event.stop_propagation();
                }
                close();
            }
        })
    };
    use_description(&node, &id, *open && props.describes);
    let leave = {
        let close = close.clone();
        Callback::from(move |_: PointerEvent| close())
    };
    let onfocusout = {
        let close = close.clone();
        Callback::from(move |_: FocusEvent| close())
    };
    let press = Callback::from(move |_: PointerEvent| close());
    html! {
        <span ref={node.clone()} class="tooltip-anchor" onpointerenter={enter} onpointerleave={leave}
            onpointerdown={press} {onfocusin} {onfocusout} {onkeydown}>
            { props.children.clone() }
            if *open {
                <Portal>
                    <Words {id} anchor={node} text={props.text.clone()} side={props.side} shortcut={props.shortcut.clone()} />
                </Portal>
            }
        </span>
    }
}

#[hook]
fn use_description(node: &NodeRef, id: &AttrValue, on: bool) {
    let (node, id) = (node.clone(), id.clone());
    use_effect_with(on, move |on| {
        if let Some(control) = node.cast::<Element>().and_then(|anchor| anchor.first_element_child()) {
            let _ = if *on {
                control.set_attribute("aria-describedby", &id)
            } else {
                match control.get_attribute("aria-describedby") {
                    Some(current) if current == id.as_str() => control.remove_attribute("aria-describedby"),
                    _ => Ok(()),
                }
            };
        }
    });
}

#[derive(Properties, PartialEq)]
struct WordsProps {
    id: AttrValue,
    anchor: NodeRef,
    text: AttrValue,
    side: Side,
    shortcut: Option<Shortcut>,
}

#[function_component]
fn Words(props: &WordsProps) -> Html {
    let node = use_node_ref();
    {
        let (node, anchor, side) = (node.clone(), props.anchor.clone(), props.side);
        use_effect(move || {
            if let Some(element) = node.cast::<HtmlElement>() {
                put(&element, &Anchor::Element(anchor), side, Align::Center, 6.0, false);
            }
        });
    }
    html! {
        <div ref={node} class="floating tooltip" role="tooltip" id={props.id.clone()}>
            { &props.text }
            if let Some(shortcut) = &props.shortcut { <Kbd shortcut={shortcut.clone()} /> }
        </div>
    }
}
