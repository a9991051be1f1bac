//! What stands above the page.

use yew::prelude::*;

use super::Sample;
use crate::kit::{
    Align, Anchor, Button, Choice, Code, ConfirmDialog, ContextMenu, Dialog, Field, Glyph, MenuButton, MenuEntry,
    MenuItem, Popover, Select, Shortcut, Switch, TextInput, Tone, Variant,
};

#[derive(Clone, Copy, PartialEq)]
enum Open {
    Nothing,
    Dialog,
    Confirm,
    Popover,
    Menu(f64, f64),
}

fn entries() -> Vec<MenuEntry> {
    vec![
        MenuEntry::Heading("File".into()),
        MenuItem::new("open", "Open").icon(Glyph::FolderOpen).shortcut(Shortcut::parse("Mod+O")).into(),
        MenuItem::new("rename", "Rename").icon(Glyph::Pencil).shortcut(Shortcut::parse("F2")).into(),
        MenuItem::new("answer", "Answer Coder").icon(Glyph::Hand).tone(Tone::NeedsYou).hint("asks: Which?").into(),
        MenuItem::new("share", "Share").icon(Glyph::Share2).disabled(true).hint("not allowed").into(),
        MenuEntry::Separator,
        MenuItem::new("hidden", "Show hidden files").checked(true).into(),
        MenuItem::new("sizes", "Show sizes").checked(false).into(),
        MenuEntry::Separator,
        MenuItem::new("delete", "Delete").icon(Glyph::Trash2).danger().into(),
    ]
}

#[function_component]
pub(super) fn Overlays() -> Html {
    let open = use_state(|| Open::Nothing);
    let said = use_state(|| AttrValue::from("nothing yet"));
    let anchor = use_node_ref();
    let show = |what: Open| {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(what))
    };
    let close = {
        let open = open.clone();
        Callback::from(move |()| open.set(Open::Nothing))
    };
    let onselect = {
        let said = said.clone();
        Callback::from(move |id| said.set(id))
    };
    let oncontextmenu = {
        let open = open.clone();
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            open.set(Open::Menu(f64::from(event.client_x()), f64::from(event.client_y())));
        })
    };
    let above = match *open {
        Open::Nothing => Html::default(),
        Open::Dialog => html! { <Deploy onclose={close} /> },
        Open::Confirm => html! {
            <ConfirmDialog title="Stop Researcher?" description="It ends at once. What it has written stays in its home."
                confirm="Stop" danger={true} onconfirm={close.clone()} oncancel={close}>
                <Code text="kill -9 15" label="Command" tools={false} />
            </ConfirmDialog>
        },
        Open::Popover => html! {
            <Popover anchor={Anchor::Element(anchor.clone())} label="View" onclose={close} align={Align::End}>
                <Switch label="Group by team" on={true} /><Switch label="Show cost" on={false} />
            </Popover>
        },
        Open::Menu(x, y) => html! {
            <ContextMenu {x} {y} label="File" entries={entries()} onselect={onselect.clone()} onclose={close} />
        },
    };
    html! {
        <div class="gallery__grid">
            <Sample name="MenuButton">
                <MenuButton label="Actions" entries={entries()} onselect={onselect.clone()} />
                <MenuButton label="More" icon={Glyph::Ellipsis} icon_only={true} variant={Variant::Ghost} entries={entries()}
                    {onselect} align={Align::End} />
                <span>{ format!("Chosen: {}", *said) }</span>
            </Sample>
            <Sample name="ContextMenu">
                <div class="gallery__area" {oncontextmenu}>{ "Press the second button here" }</div>
            </Sample>
            <Sample name="Popover, Dialog, ConfirmDialog">
                <Button node_ref={anchor} onclick={show(Open::Popover)} expanded={*open == Open::Popover} haspopup="dialog">
                    { "View" }
                </Button>
                <Button onclick={show(Open::Dialog)}>{ "Dialog" }</Button>
                <Button onclick={show(Open::Confirm)}>{ "Confirm" }</Button>
            </Sample>
            { above }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct DeployProps {
    onclose: Callback<()>,
}

#[function_component]
fn Deploy(props: &DeployProps) -> Html {
    let name = use_state(|| AttrValue::from(""));
    let onchange = {
        let name = name.clone();
        Callback::from(move |value: String| name.set(AttrValue::from(value)))
    };
    let close = props.onclose.reform(|_: MouseEvent| ());
    let actions = html! {
        <>
            <Button onclick={close.clone()}>{ "Cancel" }</Button>
            <Button variant={Variant::Primary} disabled={name.is_empty()} onclick={close}>{ "Deploy" }</Button>
        </>
    };
    html! {
        <Dialog title="Deploy agent" description="Say who it is and what it is to do." {actions} onclose={props.onclose.clone()}>
            <Field label="Name" required={true}><TextInput value={(*name).clone()} {onchange} /></Field>
            <Field label="Model">
                <Select value="auto" choices={vec![Choice::new("auto", "Automatic"), Choice::new("opus", "claude-opus")]} />
            </Field>
        </Dialog>
    }
}
