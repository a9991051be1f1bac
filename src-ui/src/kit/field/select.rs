//! One of a few: the platform's own list, which every device shows in its best way.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::use_control;
use crate::kit::{Glyph, Icon};

/// One line of a `Select`.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectOption {
    pub value: AttrValue,
    pub label: AttrValue,
    pub disabled: bool,
    /// Lines of the same group stand together under its name.
    pub group: Option<AttrValue>,
}

impl SelectOption {
    pub fn new(value: impl Into<AttrValue>, label: impl Into<AttrValue>) -> Self {
        SelectOption { value: value.into(), label: label.into(), disabled: false, group: None }
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

#[derive(Properties, PartialEq)]
pub struct SelectProps {
    pub value: AttrValue,
    pub options: Vec<SelectOption>,
    #[prop_or_default]
    pub onchange: Callback<AttrValue>,
    #[prop_or_default]
    pub label: Option<AttrValue>,
    #[prop_or_default]
    pub disabled: bool,
    #[prop_or_default]
    pub class: Classes,
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
                { for grouped(&props.options).into_iter().map(|(group, options)| section(group, &options, &props.value)) }
            </select>
            <Icon icon={Glyph::ChevronsUpDown} size={14} class="select__icon" />
        </span>
    }
}

fn section(group: Option<&AttrValue>, options: &[&SelectOption], selected: &AttrValue) -> Html {
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

fn grouped(options: &[SelectOption]) -> Vec<(Option<&AttrValue>, Vec<&SelectOption>)> {
    let mut groups: Vec<(Option<&AttrValue>, Vec<&SelectOption>)> = Vec::new();
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
            SelectOption::new("auto", "Automatic"),
            SelectOption::new("a", "A").group("One"),
            SelectOption::new("b", "B").group("Two"),
            SelectOption::new("c", "C").group("One"),
        ];
        let shape: Vec<(Option<&str>, usize)> = grouped(&options)
            .iter()
            .map(|(group, members)| (group.map(|group| group.as_str()), members.len()))
            .collect();
        assert_eq!(shape, [(None, 1), (Some("One"), 2), (Some("Two"), 1)]);
    }
}
