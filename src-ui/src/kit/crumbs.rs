//! The way to where one is.

use yew::prelude::*;

use super::{Glyph, Icon};

/// One place on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Crumb {
    /// What `onselect` is told.
    pub id: AttrValue,
    pub label: AttrValue,
}

impl Crumb {
    pub fn new(id: impl Into<AttrValue>, label: impl Into<AttrValue>) -> Self {
        Crumb { id: id.into(), label: label.into() }
    }
}

#[derive(Properties, PartialEq)]
pub struct BreadcrumbsProps {
    /// From the root to here; the last one is here.
    pub crumbs: Vec<Crumb>,
    pub onselect: Callback<AttrValue>,
    #[prop_or(AttrValue::Static("Path"))]
    pub label: AttrValue,
}

/// The way from the root to here.
#[function_component]
pub fn Breadcrumbs(props: &BreadcrumbsProps) -> Html {
    let last = props.crumbs.len().saturating_sub(1);
    html! {
        <nav class="crumbs" aria-label={props.label.clone()}>
            <ol class="crumbs__list">
                { for props.crumbs.iter().enumerate().map(|(index, crumb)| {
                    let id = crumb.id.clone();
                    let onclick = props.onselect.reform(move |_| id.clone());
                    html! {
                        <li key={crumb.id.to_string()} class="crumbs__item">
                            if index > 0 { <Icon icon={Glyph::ChevronRight} size={12} class="crumbs__mark" /> }
                            <button type="button" class="crumbs__link" {onclick}
                                aria-current={(index == last).then_some("page")}>{ &crumb.label }</button>
                        </li>
                    }
                }) }
            </ol>
        </nav>
    }
}
