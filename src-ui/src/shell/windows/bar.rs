//! An app's own controls in the title bar of its window.

use web_sys::Element;
use yew::prelude::*;

use crate::kit::{Glyph, Icon};
use crate::wm::WindowId;

/// The id of the element in a title bar that an app may fill.
pub(super) fn host_id(window: WindowId) -> String {
    format!("window-bar-{window}")
}

/// The id of the element before a title in which an app leads back to where it came from.
pub(super) fn back_id(window: WindowId) -> String {
    format!("window-back-{window}")
}

#[derive(Properties, PartialEq)]
pub struct WindowBackProps {
    pub window: WindowId,
    /// Where it leads.
    pub label: AttrValue,
    pub onclick: Callback<MouseEvent>,
}

/// Before the title, the way back within the app.
#[component]
pub fn WindowBack(props: &WindowBackProps) -> Html {
    match use_host(back_id(props.window)) {
        Some(host) => {
            let back = html! {
                <button type="button" class="window__control window__control--back" aria-label={props.label.clone()}
                    onclick={props.onclick.clone()}><Icon icon={Glyph::ChevronLeft} size={22} /></button>
            };
            create_portal(back, host)
        }
        None => Html::default(),
    }
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
    match use_host(host_id(props.window)) {
        Some(host) => create_portal(props.children.clone(), host),
        None => Html::default(),
    }
}

/// The element of the title bar with this id, once it is there.
#[hook]
fn use_host(id: String) -> Option<Element> {
    let host = use_state(|| None::<Element>);
    let found = host.clone();
    use_effect_with(id, move |id| {
        let document = web_sys::window().and_then(|window| window.document());
        found.set(document.and_then(|document| document.get_element_by_id(id)));
    });
    (*host).clone()
}
