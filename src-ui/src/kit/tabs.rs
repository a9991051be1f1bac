//! Several views in one place.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::{Glyph, Icon, ids::yes_no};

/// One view's name.
#[derive(Clone, Debug, PartialEq)]
pub struct Tab {
    pub id: AttrValue,
    pub label: AttrValue,
    pub icon: Option<Glyph>,
    pub count: Option<u64>,
    pub disabled: bool,
}

impl Tab {
    pub fn new(id: impl Into<AttrValue>, label: impl Into<AttrValue>) -> Self {
        Tab { id: id.into(), label: label.into(), icon: None, count: None, disabled: false }
    }

    pub fn icon(mut self, icon: Glyph) -> Self {
        self.icon = Some(icon);
        self
    }

    pub fn count(mut self, count: Option<u64>) -> Self {
        self.count = count;
        self
    }

    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }
}

#[derive(Properties, PartialEq)]
pub struct TabsProps {
    /// Unique in the page; the panels name it too.
    pub id: AttrValue,
    /// What the tabs are of.
    pub label: AttrValue,
    pub tabs: Vec<Tab>,
    /// The id of the tab that is shown.
    pub selected: AttrValue,
    pub onselect: Callback<AttrValue>,
    #[prop_or_default]
    pub class: Classes,
}

/// The names of views; arrow keys go from one to the next.
#[function_component]
pub fn Tabs(props: &TabsProps) -> Html {
    let node = use_node_ref();
    let onkeydown = keys(props, &node);
    html! {
        <div ref={node} class={classes!("tabs", props.class.clone())} role="tablist" aria-label={props.label.clone()}
            {onkeydown}>
            { for props.tabs.iter().map(|tab| {
                let selected = tab.id == props.selected;
                let (id, onselect) = (tab.id.clone(), props.onselect.clone());
                let onclick = Callback::from(move |_| onselect.emit(id.clone()));
                html! {
                    <button key={tab.id.to_string()} type="button" class="tab" role="tab" {onclick} disabled={tab.disabled}
                        id={format!("{}-tab-{}", props.id, tab.id)} aria-selected={yes_no(selected)}
                        aria-controls={selected.then(|| format!("{}-panel-{}", props.id, tab.id))}
                        tabindex={if selected { "0" } else { "-1" }}>
                        if let Some(icon) = tab.icon { <Icon {icon} size={14} /> }
                        { &tab.label }
                        if let Some(count) = tab.count { <span class="tab__count">{ count }</span> }
                    </button>
                }
            }) }
        </div>
    }
}

fn keys(props: &TabsProps, node: &NodeRef) -> Callback<KeyboardEvent> {
    let open: Vec<AttrValue> = props.tabs.iter().filter(|tab| !tab.disabled).map(|tab| tab.id.clone()).collect();
    let (node, id, selected, onselect) =
        (node.clone(), props.id.clone(), props.selected.clone(), props.onselect.clone());
    Callback::from(move |event: KeyboardEvent| {
        let now = open.iter().position(|tab| *tab == selected).unwrap_or(0);
        let count = open.len();
        let to = match event.key().as_str() {
            "ArrowRight" => (now + 1) % count.max(1),
            "ArrowLeft" => (now + count.max(1) - 1) % count.max(1),
            "Home" => 0,
            "End" => count.saturating_sub(1),
            _ => return,
        };
        let Some(tab) = open.get(to) else { return };
        event.prevent_default();
        event.stop_propagation();
        onselect.emit(tab.clone());
        let wanted = format!("{id}-tab-{tab}");
        let children = node.cast::<Element>().map(|list| list.children());
        let found = children.and_then(|children| children.named_item(&wanted));
        if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    })
}

#[derive(Properties, PartialEq)]
pub struct TabPanelProps {
    /// The `id` of the `Tabs`.
    pub tabs: AttrValue,
    /// The tab's id.
    pub id: AttrValue,
    pub children: Html,
    #[prop_or_default]
    pub class: Classes,
}

/// The view of the tab that is shown.
#[function_component]
pub fn TabPanel(props: &TabPanelProps) -> Html {
    html! {
        <div class={classes!("tab-panel", props.class.clone())} role="tabpanel" tabindex="0"
            id={format!("{}-panel-{}", props.tabs, props.id)} aria-labelledby={format!("{}-tab-{}", props.tabs, props.id)}>
            { props.children.clone() }
        </div>
    }
}
