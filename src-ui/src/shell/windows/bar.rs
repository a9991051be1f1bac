//! An app's own controls in the title bar of its window.

use web_sys::Element;
use yew::prelude::*;

use crate::wm::WindowId;

/// The id of the element in a title bar that an app may fill.
pub(super) fn host_id(window: WindowId) -> String {
    format!("window-bar-{window}")
}

#[derive(Properties, PartialEq)]
pub struct WindowBarProps {
    pub window: WindowId,
    pub children: Html,
}

/// Shows its children at the right of the window's title bar. What in them can be pressed is pressed; by the rest the
/// window is dragged.
#[component]
pub fn WindowBar(props: &WindowBarProps) -> Html {
    let host = use_state(|| None::<Element>);
    let found = host.clone();
    use_effect_with(props.window, move |window| {
        let document = web_sys::window().and_then(|window| window.document());
        found.set(document.and_then(|document| document.get_element_by_id(&host_id(*window))));
    });
    match &*host {
        Some(host) => create_portal(props.children.clone(), host.clone()),
        None => Html::default(),
    }
}
