//! Where a window would lie if it were let go now.

use yew::prelude::*;

use super::gestures::Gestures;

#[derive(Properties, PartialEq)]
pub(super) struct SnapPreviewProps {
    pub gestures: Gestures,
    /// Behind the window that is dragged, before all others.
    pub z: usize,
}

#[component]
pub(super) fn SnapPreview(props: &SnapPreviewProps) -> Html {
    let desktop = props.gestures.desktop.clone();
    let place = crate::store::use_select(&props.gestures.drag, move |drag| {
        drag.as_ref().and_then(|drag| drag.preview(&desktop.get()))
    });
    let Some(place) = place else { return Html::default() };
    let (x, y, w, h) = (place.x, place.y, place.w, place.h);
    let style = format!("translate:{x}px {y}px;width:{w}px;height:{h}px;z-index:{}", props.z);
    html! { <div class="snap-preview" {style} aria-hidden="true"></div> }
}
