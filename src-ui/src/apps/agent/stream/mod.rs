//! The journal as one readable stream.

mod call;
mod fold;
mod parts;
mod row;

use std::collections::BTreeMap;
use std::rc::Rc;

use yew::prelude::*;

use self::call::Shown;
use self::parts::Folds;
use self::row::{LiveRow, RowView, pending};
use super::live::Draft;
use super::outbox::Waiting;
use super::record::{Record, Row, rows};
use crate::kernel::use_kernel;
use crate::kit::{Button, ChunkedList, EmptyState, Glyph, Size, Spinner};
use crate::store::Slice;

/// What is known of the journal's beginning.
#[derive(Debug, Clone, PartialEq)]
pub enum Earlier {
    /// Everything is here.
    Whole,
    Loading,
    /// There is more, which is fetched when it is asked for.
    More,
    /// It could not be fetched: why.
    Failed(AttrValue),
}

#[derive(Properties, PartialEq)]
pub struct StreamProps {
    pub record: Record,
    pub draft: Slice<Draft>,
    /// A reply is being written, or about to be.
    pub thinking: bool,
    /// The moment is now.
    pub live: bool,
    pub paused: bool,
    /// The agent may still do something.
    pub alive: bool,
    /// What it waits for is asked in full below.
    pub asks: bool,
    pub waiting: Vec<Waiting>,
    pub earlier: Earlier,
    pub onearlier: Callback<()>,
    pub name: AttrValue,
}

/// What a place of the list shows.
struct Rows {
    head: bool,
    rows: Rc<Vec<Row>>,
    live: bool,
    waiting: Vec<Waiting>,
}

impl Rows {
    fn count(&self) -> usize {
        usize::from(self.head) + self.rows.len() + usize::from(self.live) + self.waiting.len()
    }
}

/// See the module.
#[component]
pub fn Stream(props: &StreamProps) -> Html {
    let open = use_state(BTreeMap::<u64, u8>::new);
    let ontoggle = {
        let setter = open.setter();
        let current = use_mut_ref(BTreeMap::<u64, u8>::new);
        *current.borrow_mut() = (*open).clone();
        use_callback((), move |(n, part): (u64, u8), ()| {
            let mut now = current.borrow().clone();
            *now.entry(n).or_default() ^= part;
            setter.set(now);
        })
    };
    let grouped = use_memo(props.record.clone(), |record| rows(record.entries()));
    let before = use_rows_before(&props.record, &grouped);
    let shown = Rows {
        head: props.earlier != Earlier::Whole,
        rows: grouped.clone(),
        live: props.live && props.thinking,
        waiting: if props.live { props.waiting.clone() } else { Vec::new() },
    };
    let count = shown.count();
    let row = {
        let (draft, last_thought) = (props.draft.clone(), props.record.last_thought());
        let (earlier, onearlier, paused) = (props.earlier.clone(), props.onearlier.clone(), props.paused);
        let (open, calls) = ((*open).clone(), shown_of(props));
        Callback::from(move |index: usize| {
            let Some(index) = index.checked_sub(usize::from(shown.head)) else { return top(&earlier, &onearlier) };
            if let Some(row) = shown.rows.get(index) {
                let folds =
                    Folds { n: row.n, open: open.get(&row.n).copied().unwrap_or(0), ontoggle: ontoggle.clone() };
                return html! { <RowView key={format!("row-{}", row.n)} row={row.clone()} {folds} shown={calls} /> };
            }
            match index - shown.rows.len() {
                0 if shown.live => html! { <LiveRow key="live" draft={draft.clone()} {last_thought} /> },
                index => match shown.waiting.get(index - usize::from(shown.live)) {
                    Some(waiting) => {
                        html! { <div key={format!("waiting-{}", waiting.id)}>{ pending(waiting, paused) }</div> }
                    }
                    None => Html::default(),
                },
            }
        })
    };
    if count == 0 {
        return html! {
            <EmptyState icon={Glyph::History} title="Nothing yet" text="What it thinks, does and sees will appear here." />
        };
    }
    let label = format!("What {} thinks, does and sees", props.name);
    html! { <ChunkedList class="stream" {count} {row} {label} {before} row_height={92.0} stick_to_bottom=true log=true /> }
}

fn shown_of(props: &StreamProps) -> Shown {
    match (props.live && props.alive, props.asks) {
        (false, _) => Shown::Past,
        (true, false) => Shown::Live,
        (true, true) => Shown::AskedBelow,
    }
}

/// How many rows came before the first one since the list began.
#[hook]
fn use_rows_before(record: &Record, rows: &Rc<Vec<Row>>) -> usize {
    let begin = use_mut_ref(|| None::<u64>);
    let mut begin = begin.borrow_mut();
    if begin.is_none() {
        *begin = record.all().first().map(|entry| entry.n);
    }
    begin.map_or(0, |begin| rows.partition_point(|row| row.n < begin))
}

/// What stands before the first row.
fn top(earlier: &Earlier, onearlier: &Callback<()>) -> Html {
    let load = onearlier.reform(|_: MouseEvent| ());
    match earlier {
        Earlier::Whole => Html::default(),
        Earlier::Loading => html! { <div class="stream__top"><Spinner />{ "Fetching what came before" }</div> },
        Earlier::More => html! {
            <div class="stream__top"><Button size={Size::Small} icon={Glyph::ArrowUp} onclick={load}>{ "Show earlier" }</Button></div>
        },
        Earlier::Failed(why) => html! {
            <div class="stream__top">
                <span>{ format!("What came before could not be fetched. {why}") }</span>
                <Button size={Size::Small} icon={Glyph::RefreshCw} onclick={load}>{ "Retry" }</Button>
            </div>
        },
    }
}

/// Entries that are fetched without being asked for, so that time line and figures are of the whole run.
const UNASKED: usize = 20_000;

/// Fetches what came before the first known entry, page by page.
#[hook]
pub fn use_earlier(pid: aether_protocol::Pid, record: &Record) -> (Earlier, Callback<()>) {
    let kernel = use_kernel();
    let state = use_state(|| Earlier::Loading);
    let track = record.track();
    let known = track.known == crate::store::Known::Since;
    let wanted = known && !track.whole;
    let more = {
        let state = state.setter();
        let kernel = kernel.clone();
        use_callback(pid, move |(), pid| {
            let (kernel, state, pid) = (kernel.clone(), state.clone(), *pid);
            state.set(Earlier::Loading);
            wasm_bindgen_futures::spawn_local(async move {
                if let Err(error) = kernel.load_earlier(pid).await {
                    state.set(Earlier::Failed(error.message.into()));
                }
            });
        })
    };
    {
        let (more, state) = (more.clone(), state.setter());
        use_effect_with((pid, wanted, track.first()), move |(_, wanted, _)| {
            if *wanted {
                if count_of(&kernel, pid) < UNASKED { more.emit(()) } else { state.set(Earlier::More) }
            }
        });
    }
    let earlier = if track.whole || !known { Earlier::Whole } else { (*state).clone() };
    (earlier, more)
}

fn count_of(kernel: &crate::kernel::Kernel, pid: aether_protocol::Pid) -> usize {
    kernel.store().trajectories.of(pid).get().entries().len()
}
