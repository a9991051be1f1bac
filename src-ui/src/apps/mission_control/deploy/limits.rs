//! What an agent may use and when it starts: a line that says it, and opens to change it.

use yew::prelude::*;

use super::form::{Draft, NORMAL, PRIORITIES, Part, STEPS, TOKENS};
use crate::kit::{Choice, Field, Glyph, Icon, NumberInput, Segmented, format, use_id};

#[derive(Properties, PartialEq)]
pub struct LimitsProps {
    pub draft: Draft,
    pub change: Callback<(Part, Draft)>,
    /// Of steps, tokens and cost.
    pub errors: [Option<AttrValue>; 3],
}

/// See the module. Closed until somebody wants it, or something in it is wrong.
#[component]
pub fn Limits(props: &LimitsProps) -> Html {
    let LimitsProps { draft, change, errors } = props;
    let open = use_state(|| false);
    let wrong = errors.iter().any(Option::is_some);
    {
        let open = open.clone();
        // It stays open when the fault is gone, so that nothing closes under the person's hands.
        use_effect_with(wrong, move |wrong| {
            if *wrong {
                open.set(true);
            }
        });
    }
    let onclick = {
        let open = open.clone();
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            open.set(!*open);
        })
    };
    html! {
        <details class="mc-deploy__limits" open={*open || wrong} data-test="deploy-limits">
            <summary {onclick}>
                <Icon icon={Glyph::ChevronRight} size={14} class="mc-deploy__mark" />
                <span class="mc-deploy__limits-name">{ "Limits:" }</span>
                <span class="mc-deploy__limits-text">{ draft.limits() }</span>
            </summary>
            <Fields draft={draft.clone()} change={change.clone()} errors={errors.clone()} />
        </details>
    }
}

#[component]
fn Fields(props: &LimitsProps) -> Html {
    let LimitsProps { draft, change, errors: [steps, tokens, cost] } = props;
    let set = |part: Part, set: fn(&mut Draft, Option<f64>)| {
        let draft = draft.clone();
        change.reform(move |value| {
            let mut next = draft.clone();
            set(&mut next, value);
            (part, next)
        })
    };
    let choices = PRIORITIES.map(|(value, label)| Choice::new(value.to_string(), label)).to_vec();
    let onpriority = {
        let draft = draft.clone();
        change.reform(move |value: AttrValue| {
            (Part::Whole, Draft { priority: value.parse().unwrap_or(NORMAL), ..draft.clone() })
        })
    };
    let id = use_id("limits");
    html! {
        <div class="mc-deploy__fields">
            <div class="mc-deploy__row" role="group" aria-label="Limits" aria-describedby={id.clone()}>
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
            <p class="field__hint" {id}>{ "At a limit it stops and asks you whether to go on. Nothing is lost." }</p>
            <Field label="Priority" group={true} hint="Who starts first while agents wait for a place.">
                <Segmented value={draft.priority.to_string()} {choices} onchange={onpriority} />
            </Field>
        </div>
    }
}
