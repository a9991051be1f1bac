//! How an ended agent ended, on its card: why it failed and what to do, or what it did.

use std::rc::Rc;

use yew::prelude::*;

use super::need::{remedy, why};
use super::room::Room;
use super::unmarked::unmarked;
use crate::desk::Overlay;
use crate::kit::{Button, Glyph, Size};
use crate::store::{Agent, Standing};

#[derive(Properties, PartialEq)]
pub struct EndProps {
    pub room: Room,
    pub agent: Rc<Agent>,
}

/// See the module.
#[component]
pub fn End(props: &EndProps) -> Html {
    let EndProps { room, agent } = props;
    match agent.standing() {
        Standing::Failed => {
            let again = {
                let (desk, pid) = (room.desk.clone(), agent.pid());
                Callback::from(move |_: MouseEvent| desk.show(Overlay::DeployAgain { pid }))
            };
            let why = unmarked(&why(agent));
            html! {
                <div class="mc-end tone-failed">
                    <p class="mc-end__text" title={why.clone()}>{ why.clone() }</p>
                    <p class="mc-end__remedy">{ remedy(agent) }</p>
                    <div class="mc-ask__acts">
                        <Button size={Size::Small} icon={Glyph::RotateCcw} onclick={again}
                            label={format!("Try again: {}", agent.name())}>{ "Try again" }</Button>
                    </div>
                </div>
            }
        }
        Standing::Done => {
            let summary = agent.info.summary.as_deref().map(unmarked).filter(|summary| !summary.is_empty());
            let summary = summary.unwrap_or_else(|| "It left no summary.".to_owned());
            html! {
                <div class="mc-end tone-done">
                    <p class="mc-end__text" title={summary.clone()}>{ summary.clone() }</p>
                </div>
            }
        }
        Standing::NeedsYou | Standing::Working | Standing::Paused | Standing::Queued => Html::default(),
    }
}
