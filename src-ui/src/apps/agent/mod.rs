//! AgentWindow.

use yew::prelude::*;

use super::AppProps;

/// See the module.
#[component]
pub fn AgentWindow(_props: &AppProps) -> Html {
    html! { <div class="app"></div> }
}
