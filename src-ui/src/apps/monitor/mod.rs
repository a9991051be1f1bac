//! System Monitor: how busy and how full the machine is, and which agent uses what.

mod agents;
mod figures;
mod machine;
mod measure;
mod rows;

use yew::prelude::*;

use self::agents::AgentTable;
use self::machine::Machine;
use self::measure::use_measured;
use super::AppProps;
use crate::kernel::use_kernel;
use crate::kit::{Banner, ErrorState, Tone};
use crate::store::use_select;

/// See the module.
#[component]
pub fn Monitor(props: &AppProps) -> Html {
    let kernel = use_kernel();
    let measured = use_measured();
    let online = use_select(&kernel.store().connection, crate::store::Connection::is_online);
    let class = classes!("monitor", props.compact.then_some("monitor--compact"));
    // While the link is lost the desktop says so itself.
    let failed = measured.failed.as_ref().filter(|_| online);
    html! {
        <div {class} data-test="monitor">
            if let (Some(error), None) = (failed, &measured.figures.stats) {
                <ErrorState title="The machine could not be measured" message={error.message.clone()}
                    details={format!("{:?}", error.code)} onretry={measured.again.clone()} />
            } else {
                if let Some(error) = failed {
                    <Banner tone={Tone::Failed} text={format!("These figures are out of date. {}", error.message)} />
                }
                <Machine figures={measured.figures.clone()} {online} />
            }
            <AgentTable figures={measured.figures.clone()} compact={props.compact} />
        </div>
    }
}
