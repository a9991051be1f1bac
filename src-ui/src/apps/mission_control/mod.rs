//! Mission Control.

use yew::prelude::*;

use super::AppProps;

/// See the module.
#[component]
pub fn MissionControl(_props: &AppProps) -> Html {
    html! { <div class="app"></div> }
}

/// Sets up a new agent.
#[component]
pub fn DeployDialog() -> Html {
    Html::default()
}
