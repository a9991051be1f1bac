//! The bar under the title: the views, and at its right what can be done, always in the same place.

use yew::prelude::*;

use crate::kit::{Tab, Tabs};

/// What the window shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Activity,
    Terminal,
    Files,
    Cost,
}

impl View {
    pub fn id(self) -> &'static str {
        match self {
            View::Activity => "activity",
            View::Terminal => "terminal",
            View::Files => "files",
            View::Cost => "cost",
        }
    }

    fn named(id: &str) -> View {
        match id {
            "terminal" => View::Terminal,
            "files" => View::Files,
            "cost" => View::Cost,
            _ => View::Activity,
        }
    }
}

#[derive(Properties, PartialEq)]
pub struct ToolbarProps {
    pub id: AttrValue,
    pub name: AttrValue,
    pub view: View,
    pub onview: Callback<View>,
    pub files: u64,
    pub queued: bool,
    /// What can be done.
    pub acts: Html,
}

/// See the module.
#[component]
pub fn Toolbar(props: &ToolbarProps) -> Html {
    let tabs = vec![
        Tab::new("activity", "Activity"),
        Tab::new("terminal", "Terminal").disabled(props.queued),
        Tab::new("files", "Files").count((props.files > 0).then_some(props.files)),
        Tab::new("cost", "Cost"),
    ];
    let onselect = props.onview.reform(|id: AttrValue| View::named(&id));
    html! {
        <div class="agent__tools">
            <Tabs id={props.id.clone()} label={format!("Views of {}", props.name)} {tabs} selected={props.view.id()} {onselect} />
            <div class="agent__acts" role="group" aria-label={format!("Control {}", props.name)}>{ props.acts.clone() }</div>
        </div>
    }
}
