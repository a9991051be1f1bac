//! Settings.

use yew::prelude::*;

use super::AppProps;

/// See the module.
#[component]
pub fn Settings(_props: &AppProps) -> Html {
    html! { <div class="app"></div> }
}
