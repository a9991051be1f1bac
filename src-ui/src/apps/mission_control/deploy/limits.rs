//! What an agent may use, and what hardly anybody changes.

use yew::prelude::*;

use super::form::{Draft, Part, STEPS, TOKENS};
use crate::kit::{Choice, Field, Glyph, Icon, NumberInput, Segmented, format, use_id};

#[derive(Properties, PartialEq)]
pub struct LimitsProps {
    pub draft: Draft,
    pub change: Callback<(Part, Draft)>,
    /// Of steps, tokens and cost.
    pub errors: [Option<AttrValue>; 3],
}

/// See the module.
#[component]
pub fn Limits(props: &LimitsProps) -> Html {
    let LimitsProps { draft, change, errors: [steps, tokens, cost] } = props;
    let set = |part: Part, set: fn(&mut Draft, Option<f64>)| {
        let draft = draft.clone();
        change.reform(move |value| {
            let mut next = draft.clone();
            set(&mut next, value);
            (part, next)
        })
    };
    let id = use_id("limits");
    html! {
        <>
            <section class="mc-deploy__limits" role="group" aria-labelledby={id.clone()} aria-describedby={format!("{id}-hint")}>
                <h3 class="field__label" id={id.clone()}>{ "Limits" }</h3>
                <div class="mc-deploy__row">
                    <Field label="Steps" error={steps.clone()}>
                        <NumberInput value={draft.max_steps} min={1.0} placeholder={STEPS.to_string()}
                            onchange={set(Part::Steps, |draft, value| draft.max_steps = value)} />
                    </Field>
                    <Field label="Tokens" error={tokens.clone()}>
                        <NumberInput value={draft.max_tokens} min={1.0} step={1_000.0} placeholder={format::count(TOKENS)}
                            onchange={set(Part::Tokens, |draft, value| draft.max_tokens = value)} />
                    </Field>
                    <Field label="Cost" error={cost.clone()}>
                        <NumberInput value={draft.max_cost} min={0.0} step={0.5} placeholder="No limit" unit="USD"
                            onchange={set(Part::Cost, |draft, value| draft.max_cost = value)} />
                    </Field>
                </div>
                <p class="field__hint" id={format!("{id}-hint")}>
                    { "At a limit it stops and asks you whether to go on. Nothing is lost." }
                </p>
            </section>
            <Advanced draft={draft.clone()} change={change.clone()} />
        </>
    }
}

#[derive(Properties, PartialEq)]
struct AdvancedProps {
    draft: Draft,
    change: Callback<(Part, Draft)>,
}

/// Closed until somebody wants it.
#[component]
fn Advanced(props: &AdvancedProps) -> Html {
    let AdvancedProps { draft, change } = props;
    let choices = [("1", "First"), ("2", "Sooner"), ("3", "Normal"), ("4", "Later"), ("5", "Last")]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec();
    let onchange = {
        let draft = draft.clone();
        change.reform(move |value: AttrValue| {
            (Part::Whole, Draft { priority: value.parse().unwrap_or(3), ..draft.clone() })
        })
    };
    html! {
        <details class="mc-deploy__advanced">
            <summary><Icon icon={Glyph::ChevronRight} size={14} class="mc-deploy__mark" />{ "Advanced" }</summary>
            <Field label="Priority" group={true} hint="Who starts first while agents wait for a place.">
                <Segmented value={draft.priority.to_string()} {choices} {onchange} />
            </Field>
        </details>
    }
}
