//! Measuring while the window is open: whenever the kernel has taken a sample, the machine and the agents are asked too.

use std::cell::Cell;
use std::rc::Rc;

use aether_protocol::domains::{kernel, process};
use aether_protocol::encoded::Encoded;
use aether_protocol::{Empty, WireError};
use futures_util::future::try_join;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::figures::Figures;
use crate::kernel::{Kernel, use_kernel};
use crate::store::use_select;

/// What is known of the machine.
#[derive(Clone, PartialEq)]
pub(super) struct Measured {
    pub figures: Rc<Figures>,
    /// Why the newest figures could not be had; those before stay.
    pub failed: Option<WireError>,
    /// Asks again now.
    pub again: Callback<()>,
}

enum Heard {
    Figures(f64, kernel::KernelStats, Vec<process::ProcessInfo>),
    Failed(WireError),
}

#[derive(Default, Clone)]
struct Known {
    figures: Rc<Figures>,
    failed: Option<WireError>,
}

impl Reducible for Known {
    type Action = Heard;

    fn reduce(self: Rc<Self>, heard: Heard) -> Rc<Self> {
        let mut known = (*self).clone();
        match heard {
            Heard::Figures(now, stats, living) => {
                Rc::make_mut(&mut known.figures).push(now, stats, &living);
                known.failed = None;
            }
            Heard::Failed(error) => known.failed = Some(error),
        }
        Rc::new(known)
    }
}

/// See the module.
#[hook]
pub(super) fn use_measured() -> Measured {
    let kernel = use_kernel();
    let known = use_reducer(Known::default);
    let asking = use_mut_ref(|| Rc::new(Cell::new(false))).borrow().clone();
    let again = {
        let (kernel, known) = (kernel.clone(), known.dispatcher());
        use_callback((), move |(), ()| ask(&kernel, &known, &asking))
    };
    // Every life of the link may be that of another kernel.
    let epoch = use_select(&kernel.store().connection, |connection| connection.is_online().then_some(connection.epoch));
    {
        let (kernel, again) = (kernel.clone(), again.clone());
        use_effect_with(epoch, move |epoch| {
            if epoch.is_some() {
                again.emit(());
                remember(&kernel);
            }
        });
    }
    {
        let again = again.clone();
        use_effect_with((), move |()| {
            let metrics = kernel.store().metrics.clone();
            let (last, seen) = (Cell::new(0), metrics.clone());
            let watch = metrics.watch(move || {
                let newest = seen.get().samples().back().map_or(0, |sample| sample.timestamp);
                if newest > last.replace(newest) && kernel.store().connection.get().is_online() {
                    again.emit(());
                }
            });
            move || drop(watch)
        });
    }
    Measured { figures: known.figures.clone(), failed: known.failed.clone(), again }
}

fn ask(kernel: &Kernel, known: &UseReducerDispatcher<Known>, asking: &Rc<Cell<bool>>) {
    // A kernel that is slow to answer is not asked again meanwhile.
    if asking.replace(true) {
        return;
    }
    let (kernel, known, asking) = (kernel.clone(), known.clone(), asking.clone());
    spawn_local(async move {
        let (machine, agents) = (kernel::Client(&kernel), process::Client(&kernel));
        let answered = try_join(machine.stats(Empty {}), agents.list(Empty {})).await;
        asking.set(false);
        let read = answered
            .and_then(|(stats, living)| Ok((stats, living.iter().map(Encoded::read).collect::<Result<Vec<_>, _>>()?)));
        known.dispatch(match read {
            Ok((stats, living)) => Heard::Figures(js_sys::Date::now(), stats, living),
            Err(error) => Heard::Failed(error),
        });
    });
}

/// Fetches the kernel's own samples of the last hour.
fn remember(kernel: &Kernel) {
    let kernel = kernel.clone();
    spawn_local(async move {
        // Without them the plots begin now.
        if let Ok(history) = kernel::Client(&kernel).metrics_history(kernel::MetricsQuery::default()).await {
            kernel.store().metrics.update(|metrics| metrics.remember(history));
        }
    });
}
