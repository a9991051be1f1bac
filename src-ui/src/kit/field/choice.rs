//! One of a few that are all in sight.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{props::chosen, use_control};
use crate::kit::{Glyph, Icon, ids::use_id};

/// One of the things to choose from.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub value: AttrValue,
    pub label: AttrValue,
    /// What choosing it means (radio cards only).
    pub hint: Option<AttrValue>,
    pub icon: Option<Glyph>,
    pub disabled: bool,
    /// Lines of the same group stand together under its name (selects only).
    pub group: Option<AttrValue>,
}

impl Choice {
    pub fn new(value: impl Into<AttrValue>, label: impl Into<AttrValue>) -> Self {
        Choice { value: value.into(), label: label.into(), hint: None, icon: None, disabled: false, group: None }
    }

    pub fn hint(mut self, hint: impl Into<AttrValue>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn icon(mut self, icon: Glyph) -> Self {
        self.icon = Some(icon);
        self
    }

    pub fn group(mut self, group: impl Into<AttrValue>) -> Self {
        self.group = Some(group.into());
        self
    }

    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }
}

chosen! {
    #[derive(Properties, PartialEq)]
    pub struct RadioCardsProps {}
}

/// One of a few that each need a sentence.
#[function_component]
pub fn RadioCards(props: &RadioCardsProps) -> Html {
    let control = use_control();
    let name = use_id("radio");
    html! {
        <div class="radios" role="radiogroup" aria-label={props.label.clone()} aria-describedby={control.described_by}
            aria-labelledby={if props.label.is_none() { control.labelled_by } else { None }}>
            { for props.choices.iter().map(|choice| html! {
                <label key={choice.value.to_string()} class="radio">
                    <input type="radio" class="radio__input" name={name.clone()} value={choice.value.clone()}
                        checked={choice.value == props.value} disabled={props.disabled || choice.disabled}
                        onchange={chosen(&props.onchange)} />
                    if let Some(icon) = choice.icon { <Icon {icon} class="radio__icon" /> }
                    <span class="radio__text">
                        <span class="radio__label">{ &choice.label }</span>
                        if let Some(hint) = &choice.hint { <span class="radio__hint">{ hint }</span> }
                    </span>
                    <span class="radio__dot" aria-hidden="true" />
                </label>
            }) }
        </div>
    }
}

fn chosen(onchange: &Callback<AttrValue>) -> Callback<Event> {
    onchange.reform(|event: Event| AttrValue::from(event.target_unchecked_into::<HtmlInputElement>().value()))
}

chosen! {
    #[derive(Properties, PartialEq)]
    pub struct SegmentedProps {
        /// Shows the icons only; the labels stay as names.
        #[prop_or_default]
        pub icons_only: bool,
    }
}

/// One of two to five short words.
#[function_component]
pub fn Segmented(props: &SegmentedProps) -> Html {
    let control = use_control();
    let name = use_id("segment");
    html! {
        <div class="segments" role="radiogroup" aria-label={props.label.clone()} aria-describedby={control.described_by}
            aria-labelledby={if props.label.is_none() { control.labelled_by } else { None }}>
            { for props.choices.iter().map(|choice| html! {
                <label key={choice.value.to_string()} class="segment"
                    title={props.icons_only.then(|| choice.label.clone())}>
                    <input type="radio" class="segment__input" name={name.clone()} value={choice.value.clone()}
                        checked={choice.value == props.value} disabled={props.disabled || choice.disabled}
                        onchange={chosen(&props.onchange)} />
                    <span class="segment__face">
                        if let Some(icon) = choice.icon { <Icon {icon} size={14} /> }
                        <span class={props.icons_only.then_some("hidden-text")}>{ &choice.label }</span>
                    </span>
                </label>
            }) }
        </div>
    }
}
