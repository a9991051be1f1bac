//! The parts that pages are made of.

use web_sys::HtmlElement;
use yew::prelude::*;

/// The id of the setting that a search led to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sought(pub Option<AttrValue>);

#[derive(Properties, PartialEq)]
pub struct SectionProps {
    /// As `pages.rs` names it.
    pub id: AttrValue,
    pub title: AttrValue,
    #[prop_or_default]
    pub text: Option<AttrValue>,
    /// At the end of the title's line.
    #[prop_or_default]
    pub aside: Html,
    pub children: Html,
}

/// Settings that belong together, under their name. The one that a search led to comes into sight.
#[component]
pub fn Section(props: &SectionProps) -> Html {
    let node = use_node_ref();
    let sought = use_context::<Sought>().unwrap_or_default().0.as_ref() == Some(&props.id);
    {
        let node = node.clone();
        use_effect_with(sought, move |sought| {
            if *sought && let Some(section) = node.cast::<HtmlElement>() {
                let options = web_sys::FocusOptions::new();
                options.set_prevent_scroll(true);
                let _ = section.focus_with_options(&options);
                section.scroll_into_view();
            }
        });
    }
    let title = format!("setting-{}-title", props.id);
    html! {
        <section ref={node} class={classes!("set", sought.then_some("set--sought"))} tabindex="-1"
            id={format!("setting-{}", props.id)} aria-labelledby={title.clone()}>
            <header class="set__head">
                <h3 class="set__title" id={title}>{ &props.title }</h3>
                { props.aside.clone() }
            </header>
            if let Some(text) = &props.text { <p class="set__text">{ text }</p> }
            { props.children.clone() }
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub struct FactProps {
    pub label: AttrValue,
    pub children: Html,
}

/// One line of a list of facts (`<dl class="facts">`).
#[component]
pub fn Fact(props: &FactProps) -> Html {
    html! {
        <div class="facts__line">
            <dt class="facts__label">{ &props.label }</dt>
            <dd class="facts__value">{ props.children.clone() }</dd>
        </div>
    }
}
