//! Files.

pub mod kind;
pub mod name;
pub mod path;
pub mod watch;

use yew::prelude::*;

use super::AppProps;

/// See the module.
#[component]
pub fn Files(_props: &AppProps) -> Html {
    html! { <div class="app"></div> }
}
