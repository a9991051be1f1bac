//! Questions that stop everything else. Use a popover where that is not needed.

use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::{
    Portal,
    focus::{focused, keep_inside},
    focusable,
    portal::overlays,
};
use crate::kit::{Banner, Button, Glyph, Icon, IconButton, Tone, Variant, ids::use_id};

/// How wide a dialog is: 400, 560 or 840 pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DialogSize {
    Small,
    #[default]
    Medium,
    Large,
}

impl DialogSize {
    const fn class(self) -> &'static str {
        match self {
            DialogSize::Small => "dialog--small",
            DialogSize::Medium => "dialog--medium",
            DialogSize::Large => "dialog--large",
        }
    }
}

#[derive(Clone, Properties, PartialEq)]
pub struct DialogProps {
    pub title: AttrValue,
    /// Asked for by Escape and by the close button.
    pub onclose: Callback<()>,
    pub children: Html,
    /// One sentence under the title, read out when it opens.
    #[prop_or_default]
    pub description: Option<AttrValue>,
    /// The buttons at the bottom; the primary one last.
    #[prop_or_default]
    pub actions: Option<Html>,
    #[prop_or_default]
    pub size: DialogSize,
    /// `alertdialog`: something is about to be lost.
    #[prop_or_default]
    pub alert: bool,
    /// Whether Escape and the close button close it; not while it is at work.
    #[prop_or(true)]
    pub dismissible: bool,
    /// What has the focus first; without it the first control of its body, then of its actions.
    #[prop_or_default]
    pub initial: Option<NodeRef>,
    #[prop_or_default]
    pub icon: Option<Glyph>,
    #[prop_or_default]
    pub tone: Tone,
    #[prop_or_default]
    pub class: Classes,
}

/// A dialog. Show it only while it is open; the focus stays inside and returns to where it was.
#[function_component]
pub fn Dialog(props: &DialogProps) -> Html {
    let node = use_node_ref();
    use_held_page();
    html! { <Portal><Open {node} of={props.clone()} /></Portal> }
}

#[derive(Properties, PartialEq)]
struct OpenProps {
    node: NodeRef,
    of: DialogProps,
}

#[function_component]
fn Open(OpenProps { node, of: props }: &OpenProps) -> Html {
    let body = use_node_ref();
    let id = use_id("dialog");
    use_first_focus(node, &body, &props.initial);
    let (title_id, description_id) = (format!("{id}-title"), format!("{id}-description"));
    let described = props.description.as_ref().map(|_| description_id.clone());
    let onkeydown = keys(node, props.dismissible, &props.onclose);
    let close = props.onclose.reform(|_: MouseEvent| ());
    let stop_click = Callback::from(|event: MouseEvent| event.stop_propagation());
    let stop_press = Callback::from(|event: PointerEvent| event.stop_propagation());
    let role = if props.alert { "alertdialog" } else { "dialog" };
    html! {
        <div class="scrim" onclick={stop_click.clone()} onmousedown={stop_click} onpointerdown={stop_press}>
            <div ref={node.clone()} class={classes!("dialog", props.size.class(), props.class.clone())} {role} tabindex="-1"
                aria-modal="true" aria-labelledby={title_id.clone()} aria-describedby={described} {onkeydown}>
                <header class="dialog__head">
                    if let Some(icon) = props.icon {
                        <span class={classes!("dialog__icon", props.tone.class())}><Icon {icon} /></span>
                    }
                    <h2 class="dialog__title" id={title_id}>{ &props.title }</h2>
                    if props.dismissible && !props.alert {
                        <IconButton icon={Glyph::X} label="Close" onclick={close} />
                    }
                </header>
                <div ref={body} class="dialog__body">
                    if let Some(description) = &props.description {
                        <p class="dialog__description" id={description_id}>{ description }</p>
                    }
                    { props.children.clone() }
                </div>
                if let Some(actions) = &props.actions { <footer class="dialog__actions">{ actions.clone() }</footer> }
            </div>
        </div>
    }
}

fn keys(node: &NodeRef, dismissible: bool, onclose: &Callback<()>) -> Callback<KeyboardEvent> {
    let (node, onclose) = (node.clone(), onclose.clone());
    Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            if dismissible {
                onclose.emit(());
            }
        }
        "Tab" => {
            event.stop_propagation();
            if let Some(root) = node.cast::<Element>()
                && keep_inside(&root, event.shift_key())
            {
                event.prevent_default();
            }
        }
        _ => {}
    })
}

#[hook]
fn use_first_focus(node: &NodeRef, body: &NodeRef, initial: &Option<NodeRef>) {
    let (node, body, initial) = (node.clone(), body.clone(), initial.clone());
    use_effect_with((), move |()| {
        let first = |root: &NodeRef| root.cast::<Element>().and_then(|root| focusable(&root).into_iter().next());
        let footer = || {
            let root = node.cast::<Element>()?;
            focusable(&root.query_selector(".dialog__actions").ok()??).into_iter().next()
        };
        let target = initial
            .and_then(|initial| initial.cast::<HtmlElement>())
            .or_else(|| first(&body))
            .or_else(footer)
            .or_else(|| node.cast::<HtmlElement>());
        let already = focused().zip(node.cast::<Element>()).is_some_and(|(now, root)| root.contains(Some(&now)));
        if let (false, Some(target)) = (already, target) {
            let _ = target.focus();
        }
    });
}

/// While the dialog is open, the page behind can be neither reached nor read; then the focus returns to where it was.
#[hook]
fn use_held_page() {
    use_effect_with((), |()| {
        // What is held loses the focus, so it is asked for first.
        let before = focused();
        let held = hold_page();
        move || {
            for element in held {
                let _ = element.remove_attribute("inert");
            }
            if let Some(before) = before.filter(|before| before.is_connected()) {
                let _ = before.focus();
            }
        }
    });
}

// What an earlier dialog holds stays held by that one.
fn hold_page() -> Vec<Element> {
    let Some(host) = overlays() else { return Vec::new() };
    let Some(body) = host.parent_element() else { return Vec::new() };
    let children = body.children();
    (0..children.length())
        .filter_map(|index| children.item(index))
        .filter(|child| child != &host && !child.has_attribute("inert") && child.tag_name() != "SCRIPT")
        .inspect(|child| {
            let _ = child.set_attribute("inert", "");
        })
        .collect()
}

#[derive(Properties, PartialEq)]
pub struct ConfirmDialogProps {
    /// The question: "Stop Researcher?"
    pub title: AttrValue,
    /// What follows from a yes.
    #[prop_or_default]
    pub description: Option<AttrValue>,
    /// What will run or change, exactly.
    #[prop_or_default]
    pub children: Html,
    /// The verb: "Stop".
    pub confirm: AttrValue,
    #[prop_or(AttrValue::Static("Cancel"))]
    pub cancel: AttrValue,
    #[prop_or_default]
    pub danger: bool,
    #[prop_or_default]
    pub busy: bool,
    /// Why it did not work.
    #[prop_or_default]
    pub error: Option<AttrValue>,
    pub onconfirm: Callback<()>,
    pub oncancel: Callback<()>,
}

/// A yes or a no. The focus begins on the no where a yes loses something.
#[function_component]
pub fn ConfirmDialog(props: &ConfirmDialogProps) -> Html {
    let (no, yes) = (use_node_ref(), use_node_ref());
    let initial = if props.danger { no.clone() } else { yes.clone() };
    let variant = if props.danger { Variant::Danger } else { Variant::Primary };
    let actions = html! {
        <>
            <Button node_ref={no} disabled={props.busy} onclick={props.oncancel.reform(|_| ())}>{ props.cancel.clone() }</Button>
            <Button node_ref={yes} {variant} busy={props.busy}
                onclick={props.onconfirm.reform(|_| ())}>{ props.confirm.clone() }</Button>
        </>
    };
    html! {
        <Dialog title={props.title.clone()} description={props.description.clone()} onclose={props.oncancel.clone()}
            {actions} size={DialogSize::Small} alert={true} dismissible={!props.busy} {initial}
            icon={props.danger.then_some(Glyph::TriangleAlert)} tone={Tone::Failed}>
            { props.children.clone() }
            if let Some(error) = &props.error { <Banner tone={Tone::Failed} text={error.clone()} /> }
        </Dialog>
    }
}
