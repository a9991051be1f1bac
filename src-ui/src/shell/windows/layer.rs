//! All windows.

use web_sys::Element;
use yew::prelude::*;

use super::by_key::use_last_press;
use super::frame::Frame;
use super::gestures::Gestures;
use super::snap_preview::SnapPreview;
use crate::kit::browser::SizeWatch;
use crate::store::{Slice, use_select};
use crate::wm::{Content, Desktop, Drag, Rect, WindowId};

#[derive(Properties, PartialEq)]
pub struct WindowLayerProps {
    pub desktop: Slice<Desktop>,
    /// Renders the app in a window. It is asked again only when the window's content is another; give one callback that
    /// stays the same (`use_callback`).
    pub body: Callback<Content, Html>,
    /// For narrow screens: the window in front fills the layer, and nothing is dragged.
    #[prop_or_default]
    pub compact: bool,
}

/// Draws a desktop's windows in the element's own size, which is the area they may use; the shell places the element.
#[component]
pub fn WindowLayer(props: &WindowLayerProps) -> Html {
    let WindowLayerProps { desktop, body, compact } = props;
    let node = use_node_ref();
    let gestures = {
        let node = node.clone();
        use_memo(desktop.clone(), move |desktop| Gestures::new(desktop.clone(), node))
    };
    let open = use_select(desktop, |desktop| {
        // In the order of their ids: an element that changes its place in the page loses what it has scrolled to.
        let mut ids: Vec<WindowId> = desktop.windows().iter().map(|window| window.id).collect();
        ids.sort_unstable();
        ids
    });
    use_area(&node, desktop, *compact);
    use_end(&gestures);
    use_last_press();

    let shown = use_mut_ref(Vec::<WindowId>::new);
    let update = use_force_update();
    let ongone = {
        let shown = shown.clone();
        use_callback((), move |id: WindowId, ()| {
            shown.borrow_mut().retain(|other| *other != id);
            update.force_update();
        })
    };
    let frames: Vec<Html> = {
        let mut shown = shown.borrow_mut();
        let new: Vec<WindowId> = open.iter().filter(|id| !shown.contains(id)).copied().collect();
        shown.extend(new);
        let frame = |id: &WindowId| {
            html! {
                <Frame key={id.0} window={*id} leaving={!open.contains(id)} compact={*compact}
                    gestures={(*gestures).clone()} body={body.clone()} ongone={ongone.clone()} />
            }
        };
        shown.iter().map(frame).collect()
    };
    html! {
        <div ref={node} class="window-layer" data-compact={compact.then_some("true")}>
            { for frames }
            <SnapPreview gestures={(*gestures).clone()} z={(open.len() * 2).saturating_sub(1)} />
        </div>
    }
}

/// Tells the desktop how large the layer is. A narrow screen shows one window at a time, and leaves alone how they lie on
/// a wide one.
#[hook]
fn use_area(node: &NodeRef, desktop: &Slice<Desktop>, compact: bool) {
    let node = node.clone();
    use_effect_with((desktop.clone(), compact), move |(desktop, compact)| {
        let layer = node.cast::<Element>().filter(|_| !*compact);
        let watched = layer.and_then(|layer| watch(&layer, desktop.clone()));
        move || drop(watched)
    });
}

fn watch(layer: &Element, desktop: Slice<Desktop>) -> Option<SizeWatch> {
    let measured = layer.clone();
    SizeWatch::new(layer, move || {
        let area = Rect::new(0.0, 0.0, f64::from(measured.client_width()), f64::from(measured.client_height()));
        if desktop.get().area() != area {
            desktop.update(|desktop| desktop.set_area(area));
        }
    })
}

/// A gesture does not outlive the layer.
#[hook]
fn use_end(gestures: &Gestures) {
    use_effect_with(gestures.clone(), move |gestures| {
        let gestures = gestures.clone();
        move || gestures.finish(Drag::cancel)
    });
}
