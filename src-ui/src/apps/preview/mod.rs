//! Preview.

use yew::prelude::*;

use super::AppProps;

/// See the module.
#[component]
pub fn Preview(_props: &AppProps) -> Html {
    html! { <div class="app"></div> }
}
