//! Every component in every state, for whoever changes one.

use yew::prelude::*;

/// The page of all components, shown at `?gallery`.
#[function_component]
pub fn Gallery() -> Html {
    html! { <main class="gallery" /> }
}
