//! Cards, rows, tables, long lists and texts.

use yew::prelude::*;

use super::Sample;
use crate::kit::{
    Breadcrumbs, Button, Card, ChunkedList, Code, Column, Count, Crumb, Diff, Glyph, IconButton, ListRow, Markdown,
    Progress, Size, Sort, SplitPane, StateBadge, Tab, TabPanel, Table, TableRow, Tabs, Tone, WorkState, format,
};

const OLD: &str = include_str!("before.txt");
const NEW: &str = include_str!("after.txt");
const PROSE: &str = include_str!("prose.md");

#[function_component]
pub(super) fn Lists() -> Html {
    let tab = use_state(|| AttrValue::from("screen"));
    let ratio = use_state(|| 0.35);
    let ontab = {
        let tab = tab.clone();
        Callback::from(move |id| tab.set(id))
    };
    let onresize = {
        let ratio = ratio.clone();
        Callback::from(move |to| ratio.set(to))
    };
    let tabs = vec![
        Tab::new("screen", "Screen").icon(Glyph::Monitor),
        Tab::new("terminal", "Terminal").icon(Glyph::Terminal),
        Tab::new("files", "Files").count(Some(3)),
        Tab::new("cost", "Cost").disabled(true),
    ];
    let thumbnail = html! { <pre class="gallery__thumb mono">{ "$ cargo nextest run -p server\n  PASS limiter::burst_of_50\n  Summary 148 tests run: 148 passed" }</pre> };
    let rows = html! {
        <div>
            <ListRow title="Needs you" icon={Glyph::Hand} selected={true} onclick={Callback::noop()}
                trailing={html! { <Count value={1} label="agents" /> }} />
            <ListRow title="Working" icon={Glyph::Activity} onclick={Callback::noop()} trailing={html! { "2" }} />
            <ListRow title="report.md" subtitle="written by Researcher" icon={Glyph::FileText} onclick={Callback::noop()}
                actions={html! { <IconButton icon={Glyph::Download} label="Download report.md" /> }} />
            <ListRow title="Not allowed" icon={Glyph::Lock} disabled={true} onclick={Callback::noop()} />
        </div>
    };
    html! {
        <div class="gallery__grid">
            <Sample name="Card">
                <Card title="Coder" meta="#14" tone={Tone::NeedsYou} media={thumbnail} onopen={Callback::noop()}
                    aside={html! { <StateBadge state={WorkState::NeedsYou} /> }}
                    footer={html! { <><span>{ "step 23 of 50 · $0.41" }</span><span>{ "6 min" }</span></> }}>
                    <p>{ "Fix the rate limiter so that bursts of 50 pass, with tests" }</p>
                    <Progress label="Steps" value={23.0} total={50.0} tone={Tone::NeedsYou} />
                </Card>
            </Sample>
            <Sample name="ListRow" wide={true}>{ rows.clone() }</Sample>
            <Sample name="Tabs" wide={true}>
                <Tabs id="gallery-tabs" label="Views" {tabs} selected={(*tab).clone()} onselect={ontab} />
                <TabPanel tabs="gallery-tabs" id={(*tab).clone()}><p>{ format!("The view \"{}\".", *tab) }</p></TabPanel>
            </Sample>
            <Sample name="Breadcrumbs" wide={true}>
                <Breadcrumbs onselect={Callback::noop()} crumbs={vec![Crumb::new("/", "home"), Crumb::new("/a", "agent_15"),
                    Crumb::new("/a/b", "bench"), Crumb::new("/a/b/c", "results")]} />
            </Sample>
            <Sample name="SplitPane" wide={true}>
                <div class="gallery__split">
                    <SplitPane label="Size of the side bar" ratio={*ratio} {onresize} first={rows}
                        second={html! { <p class="gallery__pane">{ "Drag the divider, or reach it by Tab and use the arrow keys." }</p> }} />
                </div>
            </Sample>
        </div>
    }
}

#[function_component]
pub(super) fn Tables() -> Html {
    let sort = use_state(|| Sort::new("cost", true));
    let selected = use_state(|| None::<&'static str>);
    let entries = use_state(|| 5000_usize);
    let onsort = {
        let sort = sort.clone();
        Callback::from(move |by| sort.set(by))
    };
    let mut rows = vec![
        ("Coder", 148_213_u64, 0.41_f64),
        ("Researcher", 96_400, 0.12),
        ("SysAdmin", 12_900, 0.22),
        ("Reviewer", 0, 0.0),
    ];
    match sort.column.as_str() {
        "cost" => rows.sort_by(|a, b| a.2.total_cmp(&b.2)),
        "tokens" => rows.sort_by_key(|row| row.1),
        _ => rows.sort_by_key(|row| row.0),
    }
    if sort.descending {
        rows.reverse();
    }
    let columns = vec![
        Column::new("name", "Agent").sortable(),
        Column::new("tokens", "Tokens").sortable().numeric(),
        Column::new("cost", "Cost").sortable().numeric(),
    ];
    let row = use_callback((), |index: usize, ()| entry(index));
    let more = {
        let entries = entries.clone();
        Callback::from(move |_| entries.set(*entries + 20))
    };
    html! {
        <div class="gallery__grid">
            <Sample name="Table" wide={true}>
                <Table label="Cost by agent" {columns} sort={(*sort).clone()} {onsort} selectable={true}>
                    { for rows.into_iter().map(|(name, tokens, cost)| {
                        let chosen = selected.clone();
                        html! {
                            <TableRow key={name} selected={*selected == Some(name)}
                                onselect={Callback::from(move |()| chosen.set(Some(name)))}>
                                <td>{ name }</td>
                                <td class="num">{ format::count(tokens) }</td>
                                <td class="num">{ format::money(cost) }</td>
                            </TableRow>
                        }
                    }) }
                </Table>
            </Sample>
            <Sample name="ChunkedList" wide={true}>
                <Button size={Size::Small} onclick={more}>{ "Add 20 rows" }</Button>
                <div class="gallery__log">
                    <ChunkedList label="Log" count={*entries} {row} stick_to_bottom={true} log={true} />
                </div>
            </Sample>
        </div>
    }
}

fn entry(index: usize) -> Html {
    let title = if index.is_multiple_of(7) { format!("Entry {index}, of two lines") } else { format!("Entry {index}") };
    html! {
        <ListRow {title} subtitle={index.is_multiple_of(7).then_some("its second line")} icon={Glyph::FileText} />
    }
}

#[function_component]
pub(super) fn Texts() -> Html {
    html! {
        <div class="gallery__grid">
            <Sample name="Code" wide={true}>
                <Code text="python bench.py --rows 1e6 --dims 384 --index hnsw --m 16 --ef 200 --output results/hnsw-m16-ef200.json" />
            </Sample>
            <Sample name="Markdown" wide={true}><Markdown text={PROSE} /></Sample>
            <Sample name="Diff" wide={true} full={true}><Diff label="server/src/limiter.rs" old={OLD} new={NEW} /></Sample>
        </div>
    }
}
