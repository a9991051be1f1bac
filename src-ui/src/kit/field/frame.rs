//! The label, the hint and the error around a control.

use yew::prelude::*;

use crate::kit::{Glyph, Icon, ids::use_id};

/// What a control learns from the field around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Control {
    /// The id that the label points at.
    pub id: Option<AttrValue>,
    /// The label's own id, for groups.
    pub labelled_by: Option<AttrValue>,
    /// Ids of hint and error.
    pub described_by: Option<AttrValue>,
    pub invalid: bool,
    pub required: bool,
}

impl Control {
    pub(super) fn invalid_attr(&self) -> Option<&'static str> {
        self.invalid.then_some("true")
    }
}

/// For controls: the field around, or nothing of one.
#[hook]
pub fn use_control() -> Control {
    use_context::<Control>().unwrap_or_default()
}

#[derive(Properties, PartialEq)]
pub struct FieldProps {
    pub label: AttrValue,
    /// The control.
    pub children: Html,
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// What is wrong and what to do; read out as soon as it is there.
    #[prop_or_default]
    pub error: Option<AttrValue>,
    #[prop_or_default]
    pub required: bool,
    /// For several controls under one label (radio cards, segments).
    #[prop_or_default]
    pub group: bool,
    #[prop_or_default]
    pub class: Classes,
}

/// A control with its label; the control inside picks up its id, its description and its error.
#[function_component]
pub fn Field(props: &FieldProps) -> Html {
    let id = use_id("field");
    let (label_id, hint_id, error_id) = (format!("{id}-label"), format!("{id}-hint"), format!("{id}-error"));
    let described = [props.hint.as_ref().map(|_| hint_id.as_str()), props.error.as_ref().map(|_| error_id.as_str())];
    let described = described.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let control = Control {
        id: Some(id.clone()),
        labelled_by: Some(AttrValue::from(label_id.clone())),
        described_by: (!described.is_empty()).then(|| AttrValue::from(described)),
        invalid: props.error.is_some(),
        required: props.required,
    };
    let text = html! {
        <>
            { &props.label }
            if props.required { <span class="field__required" aria-hidden="true">{ "required" }</span> }
        </>
    };
    let label = if props.group {
        html! { <span class="field__label" id={label_id}>{ text }</span> }
    } else {
        html! { <label class="field__label" id={label_id} for={id}>{ text }</label> }
    };
    html! {
        <div class={classes!("field", props.class.clone())}>
            { label }
            <ContextProvider<Control> context={control}>{ props.children.clone() }</ContextProvider<Control>>
            if let Some(hint) = &props.hint { <div class="field__hint" id={hint_id}>{ hint }</div> }
            <div class="field__alert" aria-live="polite">
                if let Some(error) = &props.error {
                    <div class="field__error" id={error_id}><Icon icon={Glyph::CircleAlert} size={14} />{ error }</div>
                }
            </div>
        </div>
    }
}
