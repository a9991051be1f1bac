//! The machine: what it is, how busy and how full, and how that was over the last hour.

use aether_protocol::domains::kernel::KernelStats;
use yew::prelude::*;

use super::figures::{Figures, agents_over_time, bytes};
use crate::kernel::use_kernel;
use crate::kit::{Figure, Glyph, Icon, Meter, Plot, PlotKind, Series, Skeleton, Tone, Unit, format};
use crate::store::{use_select, use_slice};

#[derive(Properties, PartialEq)]
pub(super) struct MachineProps {
    pub figures: std::rc::Rc<Figures>,
    pub online: bool,
}

/// See the module.
#[component]
pub(super) fn Machine(props: &MachineProps) -> Html {
    let kernel = use_kernel();
    let product = use_select(&kernel.store().connection, |connection| connection.product.clone());
    let Some(stats) = &props.figures.stats else {
        return html! { <div class="monitor__machine"><Skeleton lines={4} block={true} label="Measuring" /></div> };
    };
    html! {
        <section class="monitor__machine" aria-label="Machine">
            <dl class="monitor__facts">
                { fact(Glyph::Server, "Machine", stats.hostname.clone().unwrap_or_else(|| "this machine".into())) }
                { fact(Glyph::Cpu, "System", stats.os.clone()) }
                { fact(Glyph::Clock, "Up", format::duration(stats.uptime_seconds.saturating_mul(1000))) }
                { fact(Glyph::Tag, "Aether OS", product) }
            </dl>
            <div class="monitor__meters">{ for meters(stats) }</div>
            <Hour figures={props.figures.clone()} />
            if !props.online {
                <p class="monitor__note" role="status">
                    <Icon icon={Glyph::WifiOff} size={14} />
                    { "Connection lost. These are the last known figures." }
                </p>
            }
        </section>
    }
}

fn fact(icon: Glyph, name: &'static str, value: String) -> Html {
    html! {
        <div class="monitor__fact" key={name}>
            <dt><Icon {icon} size={14} /><span class="hidden-text">{ name }</span></dt>
            <dd title={format!("{name}: {value}")}>
                if name == "Up" { { "up " } }
                if name == "Aether OS" { { "Aether OS " } }
                { value }
            </dd>
        </div>
    }
}

fn meters(stats: &KernelStats) -> Vec<Html> {
    let cores = format::plural(u64::from(stats.cores), "core", "cores");
    let of = |used: u64, total: u64| format!("{} of {}", format::bytes(bytes(used)), format::bytes(bytes(total)));
    let meter = |label: &'static str, value: f64, limit: f64, text: String| {
        html! { <div class="monitor__meter" key={label}><Meter {label} {value} {limit} {text} /></div> }
    };
    vec![
        meter("CPU", stats.cpu_percent, 100.0, format!("{} of {cores}", format::percent(stats.cpu_percent / 100.0))),
        meter(
            "Memory",
            stats.memory_used_mb as f64,
            stats.memory_total_mb as f64,
            of(stats.memory_used_mb, stats.memory_total_mb),
        ),
        meter(
            "Disk",
            stats.disk_used_mb as f64,
            stats.disk_total_mb as f64,
            of(stats.disk_used_mb, stats.disk_total_mb),
        ),
    ]
}

#[derive(Properties, PartialEq)]
struct HourProps {
    figures: std::rc::Rc<Figures>,
}

/// The last hour: what the agents used as the kernel has kept it, and the machine since the window was opened.
#[component]
fn Hour(props: &HourProps) -> Html {
    let kernel = use_kernel();
    let metrics = use_slice(&kernel.store().metrics);
    let figures = &props.figures;
    let (cores, total) = figures.stats.as_ref().map_or((1, 0), |stats| (stats.cores, bytes(stats.memory_total_mb)));
    let (cpu, memory) = agents_over_time(metrics.samples().iter(), cores);
    let series = |agents: Vec<(f64, f64)>, machine: Vec<(f64, f64)>| {
        vec![Series::new("Agents", agents).tone(Tone::Accent), Series::new("Machine", machine).tone(Tone::Done)]
    };
    let x = Figure::new("", Unit::Time);
    html! {
        <div class="monitor__plots">
            <Plot label="CPU" series={series(cpu, figures.machine_cpu())} kind={PlotKind::Area} x={x.clone()}
                y={Figure::new("", Unit::Percent)} at_least={1.0} height={148.0} />
            <Plot label="Memory" series={series(memory, figures.machine_memory())} kind={PlotKind::Area} {x}
                y={Figure::new("", Unit::Bytes)} at_least={total as f64} height={148.0} />
        </div>
    }
}
