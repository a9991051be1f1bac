//! What the run has used, against what it may use.

use aether_protocol::Pid;
use aether_protocol::domains::process::{PidRef, ProcessInfo};
use aether_protocol::domains::resource::{self, ResourceQuota};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::record::{Figures, Record, Sum, figures};
use crate::kernel::use_kernel;
use crate::kit::{
    Column, EmptyState, Figure, Glyph, Meter, Plot, PlotKind, Series, Table, TableRow, Tone, Unit, format,
};
use crate::store::use_select;

#[derive(Properties, PartialEq)]
pub struct CostProps {
    pub pid: Pid,
    pub record: Record,
    pub info: ProcessInfo,
}

/// See the module.
#[component]
pub fn Cost(props: &CostProps) -> Html {
    let quota = use_quota(props.pid, props.info.max_steps);
    let found = use_memo(props.record.clone(), |record| figures(record.entries()));
    if found.whole.replies == 0 {
        return html! {
            <EmptyState icon={Glyph::Coins} title="Nothing used yet" text="Tokens and cost appear with the first reply." />
        };
    }
    html! {
        <div class="cost">
            { meters(&found, quota, &props.info) }
            <Plot label="Tokens of each step" series={vec![
                Series::new("Sent", found.input.clone()),
                Series::new("Written", found.output.clone()).tone(Tone::Done),
            ]} x={Figure::new("step", Unit::Count)} y={Figure::new("tokens", Unit::Count)} kind={PlotKind::Area} height={150.0} />
            if found.whole.cost > 0.0 {
                <Plot label="Cost so far" series={vec![Series::new("Cost", found.cost.clone())]}
                    x={Figure::new("step", Unit::Count)} y={Figure::new("dollars", Unit::Money)} kind={PlotKind::Step} height={130.0} />
            } else {
                <p class="cost__note">{ "The price of this model is not known, so its cost is not counted." }</p>
            }
            { table(&found) }
        </div>
    }
}

/// The agent's limits, read again whenever they may have changed.
#[hook]
fn use_quota(pid: Pid, max_steps: Option<u32>) -> Option<ResourceQuota> {
    let kernel = use_kernel();
    let quota = use_state(|| None::<ResourceQuota>);
    let epoch = use_select(&kernel.store().connection, |connection| connection.epoch);
    {
        let quota = quota.setter();
        use_effect_with((pid, max_steps, epoch), move |(pid, ..)| {
            let pid = *pid;
            spawn_local(async move {
                // An agent that has ended has no limits any more; its figures stand without them.
                if let Ok(found) = resource::Client(&kernel).get_quota(PidRef { pid }).await {
                    quota.set(Some(found));
                }
            });
        });
    }
    *quota
}

fn meters(found: &Figures, quota: Option<ResourceQuota>, info: &ProcessInfo) -> Html {
    let whole = &found.whole;
    let of = |used: String, limit: Option<String>| match limit {
        Some(limit) => format!("{used} of {limit}"),
        None => used,
    };
    let steps = quota.map(|quota| quota.max_steps).or(info.max_steps);
    let meter =
        |label: &'static str, value: f64, limit: Option<f64>, text: String| match limit.filter(|limit| *limit > 0.0) {
            Some(limit) => html! { <Meter {label} {value} {limit} {text} /> },
            None => html! {
                <div class="cost__figure"><span>{ label }</span><strong>{ text }</strong></div>
            },
        };
    let tokens = quota.map(|quota| quota.max_tokens_per_session);
    let time = quota.map(|quota| quota.max_wall_clock_ms);
    let cost = if whole.unpriced && whole.cost == 0.0 { "not known".to_owned() } else { format::money(whole.cost) };
    html! {
        <section class="cost__meters" aria-label="Used so far">
            { meter("Steps", f64::from(found.steps), steps.map(f64::from),
                of(format::count(found.steps.into()), steps.map(|steps| format::count(steps.into())))) }
            { meter("Tokens", whole.tokens() as f64, tokens.map(|tokens| tokens as f64),
                of(format::count(whole.tokens()), tokens.map(format::count))) }
            { meter("Time at work", whole.work_ms as f64, time.map(|ms| ms as f64),
                of(format::duration(whole.work_ms), time.map(format::duration))) }
            { meter("Cost", whole.cost, None, cost) }
        </section>
    }
}

fn table(found: &Figures) -> Html {
    let columns = vec![
        Column::new("model", "Model"),
        Column::new("replies", "Replies").numeric(),
        Column::new("input", "Sent").numeric(),
        Column::new("output", "Written").numeric(),
        Column::new("cost", "Cost").numeric(),
    ];
    let line = |name: String, sum: &Sum| {
        let cost = match (sum.unpriced, sum.cost > 0.0) {
            (true, false) => "not known".to_owned(),
            (true, true) => format!("at least {}", format::money(sum.cost)),
            (false, _) => format::money(sum.cost),
        };
        html! {
            <TableRow key={name}>
                <td class="mono">{ &name }</td>
                <td class="num">{ format::count(sum.replies) }</td>
                <td class="num">{ format::count(sum.input) }</td>
                <td class="num">{ format::count(sum.output) }</td>
                <td class="num">{ cost }</td>
            </TableRow>
        }
    };
    html! {
        <Table label="Used by each model" {columns}>
            { for found.by_model.iter().map(|(model, sum)| {
                line(if model.is_empty() { "unknown".to_owned() } else { model.clone() }, sum)
            }) }
        </Table>
    }
}
