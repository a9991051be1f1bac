//! Settings: models, the look, the account, the desktop, and what this program is.
//!
//! What it owns: showing and changing what is set. What it never does: show a setting that changes nothing.

mod about;
mod account;
mod appearance;
mod desktop;
mod models;
mod pages;
mod section;
mod sidebar;

use yew::prelude::*;

use self::about::About;
use self::account::Account;
use self::appearance::Appearance;
use self::desktop::DesktopPage;
use self::models::Models;
use self::pages::Page;
use self::section::Sought;
use self::sidebar::Sidebar;
use super::AppProps;
use crate::desk::use_desk;
use crate::shell::windows::WindowBack;

pub use models::{KeyForm, Known, Listed, use_is_admin, use_providers, wording};

/// See the module. `args` is the id of a page, with `#` and a setting's id where one is looked for.
#[component]
pub fn Settings(props: &AppProps) -> Html {
    let desk = use_desk();
    let (wanted, sought) = pages::read(&props.args);
    let page = wanted.unwrap_or(Page::Models);
    let window = props.window;
    {
        let desk = desk.clone();
        // A phone shows the list and its pages one at a time, each under its own name.
        let title = match (props.compact, wanted) {
            (false, _) => format!("Settings \u{2013} {}", page.title()),
            (true, Some(page)) => page.title().to_owned(),
            (true, None) => "Settings".to_owned(),
        };
        use_effect_with(title, move |title| desk.set_title(window, title));
    }
    let goto = Callback::from(move |args: String| desk.set_args(window, &args));
    let back = goto.reform(|_: MouseEvent| String::new());
    let list_alone = props.compact && wanted.is_none();
    let sought = sought.map(AttrValue::from);
    html! {
        <div class={classes!("settings", props.compact.then_some("settings--compact"))}>
            if !props.compact || list_alone {
                <Sidebar current={(!list_alone).then_some(page)} {goto} compact={props.compact} />
            }
            if !list_alone {
                <div class="settings__page" key={page.id()} data-test={format!("settings-{}", page.id())}>
                    if props.compact {
                        <WindowBack {window} label="All settings" onclick={back} />
                    }
                    <div class="settings__inner">
                        if !props.compact { <h2 class="settings__title">{ page.title() }</h2> }
                        <ContextProvider<Sought> context={Sought(sought)}>
                            { match page {
                                Page::Models => html! { <Models /> },
                                Page::Appearance => html! { <Appearance /> },
                                Page::Account => html! { <Account /> },
                                Page::Desktop => html! { <DesktopPage /> },
                                Page::About => html! { <About /> },
                            } }
                        </ContextProvider<Sought>>
                    </div>
                </div>
            }
        </div>
    }
}
