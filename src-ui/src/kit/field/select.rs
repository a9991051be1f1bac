//! One of a few: the platform's own list, which every device shows in its best way.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::{Choice, props::chosen, use_control};
use crate::kit::{Glyph, Icon};

chosen! {
    #[derive(Properties, PartialEq)]
    pub struct SelectProps {
        #[prop_or_default]
        pub class: Classes,
    }
}

/// One of a few.
#[function_component]
pub fn Select(props: &SelectProps) -> Html {
    let control = use_control();
    let onchange = props
        .onchange
        .reform(|event: Event| AttrValue::from(event.target_unchecked_into::<HtmlSelectElement>().value()));
    html! {
        <span class={classes!("select", props.class.clone())}>
            <select id={control.id.clone()} class="select__control" {onchange} disabled={props.disabled}
                aria-label={props.label.clone()} aria-describedby={control.described_by.clone()}
                aria-invalid={control.invalid_attr()} aria-required={control.required.then_some("true")}>
                { for grouped(&props.choices).into_iter().map(|(group, options)| section(group, &options, &props.value)) }
            </select>
            <Icon icon={Glyph::ChevronsUpDown} size={14} class="select__icon" />
        </span>
    }
}

fn section(group: Option<&AttrValue>, options: &[&Choice], selected: &AttrValue) -> Html {
    let options = options.iter().map(|option| {
        html! {
            <option key={option.value.to_string()} value={option.value.clone()} disabled={option.disabled}
                selected={option.value == *selected}>{ &option.label }</option>
        }
    });
    match group {
        Some(group) => html! { <optgroup label={group.clone()}>{ for options }</optgroup> },
        None => html! { <>{ for options }</> },
    }
}

fn grouped(options: &[Choice]) -> Vec<(Option<&AttrValue>, Vec<&Choice>)> {
    let mut groups: Vec<(Option<&AttrValue>, Vec<&Choice>)> = Vec::new();
    for option in options {
        match groups.iter_mut().find(|(group, _)| *group == option.group.as_ref()) {
            Some((_, members)) => members.push(option),
            None => groups.push((option.group.as_ref(), vec![option])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_keep_the_order_in_which_they_first_appear() {
        let options = [
            Choice::new("auto", "Automatic"),
            Choice::new("a", "A").group("One"),
            Choice::new("b", "B").group("Two"),
            Choice::new("c", "C").group("One"),
        ];
        let shape: Vec<(Option<&str>, usize)> = grouped(&options)
            .iter()
            .map(|(group, members)| (group.map(|group| group.as_str()), members.len()))
            .collect();
        assert_eq!(shape, [(None, 1), (Some("One"), 2), (Some("Two"), 1)]);
    }
}
