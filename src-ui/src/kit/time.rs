//! How long ago something was, kept true.

use yew::prelude::*;

use super::{
    browser::{Timeout, now_ms},
    format::{LocalTime, relative},
};

#[derive(Properties, PartialEq)]
pub struct TimeAgoProps {
    /// Milliseconds since 1970.
    pub at: i64,
}

/// A time as seen from now; the exact one is its tooltip.
#[function_component]
pub fn TimeAgo(props: &TimeAgoProps) -> Html {
    let update = use_force_update();
    let (text, holds) = relative(props.at, now_ms());
    use_effect_with((props.at, text.clone()), move |_| {
        // Browsers take no longer delay than 2^31 ms.
        let holds = i32::try_from(holds.clamp(250, 86_400_000)).unwrap_or(86_400_000);
        let timeout = Timeout::new(holds, move || update.force_update());
        move || drop(timeout)
    });
    let at = LocalTime::of(props.at);
    html! { <time class="time" datetime={at.iso()} title={at.full()}>{ text }</time> }
}
