//! What opens a menu: a button, or the pointer's second button.

use yew::prelude::*;

use super::{Menu, MenuEntry};
use crate::kit::{Align, Anchor, Button, Glyph, Icon, IconButton, Side, Size, Variant};

#[derive(Properties, PartialEq)]
pub struct MenuButtonProps {
    /// The button's text, or its name where `icon_only`.
    pub label: AttrValue,
    pub entries: Vec<MenuEntry>,
    pub onselect: Callback<AttrValue>,
    #[prop_or_default]
    pub icon: Option<Glyph>,
    #[prop_or_default]
    pub icon_only: bool,
    #[prop_or_default]
    pub variant: Variant,
    #[prop_or_default]
    pub size: Size,
    #[prop_or(Align::Start)]
    pub align: Align,
    #[prop_or(Side::Bottom)]
    pub side: Side,
    #[prop_or_default]
    pub disabled: bool,
    #[prop_or_default]
    pub class: Classes,
}

/// A button that opens a menu, by a press or an arrow key.
#[function_component]
pub fn MenuButton(props: &MenuButtonProps) -> Html {
    let node = use_node_ref();
    let open = use_state(|| false);
    let onclick = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let onclose = {
        let open = open.clone();
        Callback::from(move |()| open.set(false))
    };
    let onkeydown = {
        let open = open.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "ArrowDown" && !*open {
                event.prevent_default();
                open.set(true);
            }
        })
    };
    let (label, class) = (props.label.clone(), props.class.clone());
    let button = if props.icon_only {
        let icon = props.icon.unwrap_or(Glyph::Ellipsis);
        html! {
            <IconButton {icon} {label} {onclick} variant={props.variant} size={props.size} disabled={props.disabled}
                expanded={*open} haspopup="menu" node_ref={node.clone()} {class} />
        }
    } else {
        html! {
            <Button icon={props.icon} {onclick} variant={props.variant} size={props.size} disabled={props.disabled}
                expanded={*open} haspopup="menu" node_ref={node.clone()} {class}>
                { &label }<Icon icon={Glyph::ChevronDown} size={14} class="btn__caret" />
            </Button>
        }
    };
    html! {
        <span class="menu-button" {onkeydown}>
            { button }
            if *open {
                <Menu anchor={Anchor::Element(node)} label={props.label.clone()} entries={props.entries.clone()}
                    onselect={props.onselect.clone()} {onclose} align={props.align} side={props.side} />
            }
        </span>
    }
}

#[derive(Properties, PartialEq)]
pub struct ContextMenuProps {
    /// The point of the viewport, in pixels.
    pub x: f64,
    pub y: f64,
    pub label: AttrValue,
    pub entries: Vec<MenuEntry>,
    pub onselect: Callback<AttrValue>,
    pub onclose: Callback<()>,
}

/// A menu where the pointer is. Show it only while it is open.
#[function_component]
pub fn ContextMenu(props: &ContextMenuProps) -> Html {
    html! {
        <Menu anchor={Anchor::Point(props.x, props.y)} label={props.label.clone()} entries={props.entries.clone()}
            onselect={props.onselect.clone()} onclose={props.onclose.clone()} />
    }
}
