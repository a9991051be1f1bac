//! The mark of Aether OS.

use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct MarkProps {
    #[prop_or(16)]
    pub size: u32,
}

/// Three strokes of wind.
#[component]
pub fn Mark(props: &MarkProps) -> Html {
    let size = props.size.to_string();
    html! {
        <svg class="mark" width={size.clone()} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor"
            stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
            <path d="M3 8h10.5a2.75 2.75 0 1 0-2.6-3.6" />
            <path d="M3 12h15.2a2.9 2.9 0 1 1-2.7 4" />
            <path d="M3 16h7.4a2.3 2.3 0 1 1-2.1 3.2" />
        </svg>
    }
}
