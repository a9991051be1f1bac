//! Every component in every state, for whoever changes one.

mod controls;
mod data;
mod figures;
mod overlays;
mod states;
mod toggles;

use yew::prelude::*;

use controls::{Buttons, Choices, Fields};
use data::{Lists, Tables, Texts};
use figures::Figures;
use overlays::Overlays;
use states::{Marks, States};
use toggles::Toggles;

/// The page of all components, shown at `?gallery`.
#[function_component]
pub fn Gallery() -> Html {
    html! {
        <main class="gallery">
            <header class="gallery__head">
                <h1 class="gallery__title">{ "Components" }</h1>
                <Toggles />
            </header>
            <Section title="Buttons"><Buttons /></Section>
            <Section title="Fields"><Fields /></Section>
            <Section title="Choices"><Choices /></Section>
            <Section title="States and marks"><Marks /></Section>
            <Section title="Cards, rows, tabs, panes"><Lists /></Section>
            <Section title="Menus, popovers, dialogs"><Overlays /></Section>
            <Section title="Notices, nothing, errors"><States /></Section>
            <Section title="Tables and long lists"><Tables /></Section>
            <Section title="Texts"><Texts /></Section>
            <Section title="Figures"><Figures /></Section>
        </main>
    }
}

#[derive(Properties, PartialEq)]
struct SectionProps {
    title: AttrValue,
    children: Html,
}

#[function_component]
fn Section(props: &SectionProps) -> Html {
    html! {
        <section class="gallery__section">
            <h2 class="gallery__name">{ &props.title }</h2>
            { props.children.clone() }
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct SampleProps {
    pub name: AttrValue,
    pub children: Html,
    /// Its parts below one another.
    #[prop_or_default]
    pub wide: bool,
    /// A row of its own.
    #[prop_or_default]
    pub full: bool,
}

/// One component with its name.
#[function_component]
fn Sample(props: &SampleProps) -> Html {
    html! {
        <div class={classes!("sample", props.wide.then_some("sample--wide"), props.full.then_some("sample--full"))}>
            <h3 class="sample__name">{ &props.name }</h3>
            <div class="sample__body">{ props.children.clone() }</div>
        </div>
    }
}
