//! One icon at one size, in the colour of the text around it.

use yew::prelude::*;

use super::Glyph;

#[derive(Properties, PartialEq)]
pub struct IconProps {
    pub icon: Glyph,
    /// Width and height in pixels: 14 to 16 in text, 22 in the dock.
    #[prop_or(16)]
    pub size: u32,
    /// What it says to those who cannot see it; without it the icon is decoration.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    #[prop_or_default]
    pub class: Classes,
}

/// An icon of Lucide's.
#[function_component]
pub fn Icon(props: &IconProps) -> Html {
    let size = props.size.to_string();
    let (role, hidden) = if props.label.is_some() { (Some("img"), None) } else { (None, Some("true")) };
    html! {
        <svg class={classes!("icon", props.class.clone())} width={size.clone()} height={size} viewBox="0 0 24 24"
            fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"
            role={role} aria-hidden={hidden} aria-label={props.label.clone()} focusable="false">
            { Html::from_html_unchecked(AttrValue::Static(props.icon.shapes())) }
        </svg>
    }
}
