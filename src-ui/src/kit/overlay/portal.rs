//! The way out of the page's stacking order.

use web_sys::Element;
use yew::prelude::*;

const HOST: &str = "overlays";

#[derive(Properties, PartialEq)]
pub struct PortalProps {
    pub children: Html,
}

/// Shows its children in `#overlays`, which it makes if nobody has.
#[function_component]
pub fn Portal(props: &PortalProps) -> Html {
    let host = use_state(|| None::<Element>);
    {
        let host = host.clone();
        use_effect_with((), move |()| host.set(overlays()));
    }
    match &*host {
        Some(host) => create_portal(html! { <>{ props.children.clone() }</> }, host.clone()),
        None => Html::default(),
    }
}

/// The element above the page, for callbacks and effects.
pub(super) fn overlays() -> Option<Element> {
    let document = web_sys::window()?.document()?;
    if let Some(host) = document.get_element_by_id(HOST) {
        return Some(host);
    }
    let host = document.create_element("div").ok()?;
    host.set_id(HOST);
    document.body()?.append_child(&host).ok()?;
    Some(host)
}
