//! The desktop: wallpaper, menu bar, windows, dock, and what lies over them.

use web_sys::Element;
use yew::prelude::*;

use super::actions::Reach;
use super::attention::use_attention;
use super::banner::{Curtain, LostBanner};
use super::dock::Dock;
use super::keyboard::use_keyboard;
use super::menu_bar::MenuBar;
use super::notices::{NoticeCentre, Toasts};
use super::phone::TabBar;
use super::shortcuts::{About, Shortcuts};
use super::smart_bar::SmartBar;
use super::welcome::Welcome;
use super::windows::WindowLayer;
use crate::apps::mission_control::DeployDialog;
use crate::apps::{self, AppProps};
use crate::desk::Desk;
use crate::kit::browser::SizeWatch;
use crate::store::{use_select, use_slice};
use crate::wm::Content;

/// Narrower than this there is room for one thing at a time.
const COMPACT: i32 = 640;

#[derive(Properties, PartialEq)]
pub struct DesktopProps {
    pub reach: Reach,
}

/// See the module.
#[component]
pub fn DesktopView(props: &DesktopProps) -> Html {
    let desk = &props.reach.desk;
    let compact = *use_slice(&desk.compact);
    let held = use_select(&props.reach.kernel.store().connection, |connection| connection.phase.is_curtained());
    let layer = use_node_ref();
    use_keyboard(&props.reach);
    use_attention(&props.reach);
    use_compact(&layer, desk);
    let body = {
        Callback::from(move |content: Content| match apps::find(&content.app) {
            Some(app) => (app.body)(&AppProps { window: content.id, args: content.args.into(), compact }),
            None => Html::default(),
        })
    };
    html! {
        <div class="desktop" data-compact={compact.then_some("true")}>
            <div class="desktop__under" inert={held}>
                <div class="wallpaper" aria-hidden="true"></div>
                if !compact {
                    <MenuBar reach={props.reach.clone()} />
                }
                <LostBanner />
                <main ref={layer} class="desktop__layer">
                    <WindowLayer desktop={desk.windows.clone()} {body} {compact} />
                </main>
                if compact { <TabBar /> } else { <Dock /> }
                <Toasts />
                <NoticeCentre />
                <SmartBar />
                <Shortcuts />
                <About />
                <DeployDialog />
                <Welcome />
            </div>
            <Curtain />
        </div>
    }
}

/// Notices when there is room for one thing only, and when there is for more.
#[hook]
fn use_compact(layer: &NodeRef, desk: &Desk) {
    let desk = desk.clone();
    use_effect_with(layer.clone(), move |layer| {
        let element = layer.cast::<Element>();
        let measure = {
            let element = element.clone();
            move || {
                let Some(element) = &element else { return };
                let narrow = element.client_width() < COMPACT;
                if *desk.compact.get() != narrow {
                    desk.compact.set(narrow);
                }
            }
        };
        measure();
        let watch = element.and_then(|element| SizeWatch::new(&element, measure));
        move || drop(watch)
    });
}
