//! Rows and columns.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::{Glyph, Icon, ids::yes_no};

/// A column's head.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub id: AttrValue,
    pub label: AttrValue,
    pub sortable: bool,
    /// Figures: at the end, all of one width. Give the cells the class `num` too.
    pub numeric: bool,
    /// Only those who cannot see the column need its name.
    pub label_hidden: bool,
    pub class: Classes,
}

impl Column {
    pub fn new(id: impl Into<AttrValue>, label: impl Into<AttrValue>) -> Self {
        Column {
            id: id.into(),
            label: label.into(),
            sortable: false,
            numeric: false,
            label_hidden: false,
            class: Classes::new(),
        }
    }

    pub fn sortable(mut self) -> Self {
        self.sortable = true;
        self
    }

    pub fn numeric(mut self) -> Self {
        self.numeric = true;
        self
    }

    pub fn label_hidden(mut self) -> Self {
        self.label_hidden = true;
        self
    }

    pub fn class(mut self, class: &'static str) -> Self {
        self.class.push(class);
        self
    }
}

/// By which column the rows are ordered, and which way.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    pub column: AttrValue,
    pub descending: bool,
}

impl Sort {
    pub fn new(column: impl Into<AttrValue>, descending: bool) -> Self {
        Sort { column: column.into(), descending }
    }

    /// After a press on a column's head: the other way, or this column upwards.
    pub fn pressed(current: Option<&Sort>, column: &AttrValue) -> Sort {
        match current {
            Some(sort) if sort.column == *column => Sort::new(column.clone(), !sort.descending),
            _ => Sort::new(column.clone(), false),
        }
    }
}

#[derive(Properties, PartialEq)]
pub struct TableProps {
    /// What the table is of.
    pub label: AttrValue,
    pub columns: Vec<Column>,
    /// `TableRow`s, or `<tr>`s.
    pub children: Html,
    #[prop_or_default]
    pub sort: Option<Sort>,
    /// A column's head was pressed; the rows' owner orders them.
    #[prop_or_default]
    pub onsort: Callback<Sort>,
    /// Rows can be selected: the table is a grid.
    #[prop_or_default]
    pub selectable: bool,
    #[prop_or_default]
    pub class: Classes,
}

/// A table whose head stays in sight.
#[function_component]
pub fn Table(props: &TableProps) -> Html {
    html! {
        <div class={classes!("table-scroll", props.class.clone())}>
            <table class="table" role={props.selectable.then_some("grid")} aria-label={props.label.clone()}>
                <thead><tr>{ for props.columns.iter().map(|column| head(column, props)) }</tr></thead>
                <tbody>{ props.children.clone() }</tbody>
            </table>
        </div>
    }
}

fn head(column: &Column, props: &TableProps) -> Html {
    let sort = props.sort.as_ref().filter(|sort| sort.column == column.id);
    let order = sort.map(|sort| if sort.descending { "descending" } else { "ascending" });
    let class = classes!(column.numeric.then_some("num"), column.class.clone());
    let label = html! { <span class={column.label_hidden.then_some("hidden-text")}>{ &column.label }</span> };
    if !column.sortable {
        return html! { <th key={column.id.to_string()} scope="col" {class}>{ label }</th> };
    }
    let next = Sort::pressed(props.sort.as_ref(), &column.id);
    let onclick = props.onsort.reform(move |_| next.clone());
    let icon = match sort {
        Some(sort) if sort.descending => Glyph::ArrowDown,
        Some(_) | None => Glyph::ArrowUp,
    };
    html! {
        <th key={column.id.to_string()} scope="col" {class} aria-sort={order}>
            <button type="button" class="table__sort" {onclick}>{ label }<Icon {icon} size={12} /></button>
        </th>
    }
}

#[derive(Properties, PartialEq)]
pub struct TableRowProps {
    /// `<td>`s.
    pub children: Html,
    #[prop_or_default]
    pub selected: Option<bool>,
    /// Chosen, by a press or Space.
    #[prop_or_default]
    pub onselect: Option<Callback<()>>,
    /// Opened, by a double press or Enter.
    #[prop_or_default]
    pub onopen: Option<Callback<()>>,
    #[prop_or_default]
    pub oncontextmenu: Callback<MouseEvent>,
    #[prop_or_default]
    pub class: Classes,
}

/// A row; arrow keys go from one to the next.
#[function_component]
pub fn TableRow(props: &TableRowProps) -> Html {
    let node = use_node_ref();
    let active = props.onselect.is_some() || props.onopen.is_some();
    let tell = |to: &Option<Callback<()>>| {
        let to = to.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(to) = &to {
                to.emit(());
            }
        })
    };
    html! {
        <tr ref={node.clone()} class={classes!("table__row", active.then_some("table__row--active"), props.class.clone())}
            tabindex={active.then_some("0")} aria-selected={props.selected.map(yes_no)} onclick={tell(&props.onselect)}
            ondblclick={tell(&props.onopen)} onkeydown={row_keys(props, &node)} oncontextmenu={props.oncontextmenu.clone()}>
            { props.children.clone() }
        </tr>
    }
}

fn row_keys(props: &TableRowProps, node: &NodeRef) -> Callback<KeyboardEvent> {
    let (node, onselect, onopen) = (node.clone(), props.onselect.clone(), props.onopen.clone());
    Callback::from(move |event: KeyboardEvent| {
        let row = node.cast::<Element>();
        // Keys of a control inside a cell are that control's.
        let own = event.target().and_then(|target| target.dyn_into::<Element>().ok()) == row;
        let Some(row) = row.filter(|_| own) else { return };
        let emit = |to: &Option<Callback<()>>| to.as_ref().map(|to| to.emit(())).is_some();
        let handled = match event.key().as_str() {
            "Enter" => emit(&onopen) || emit(&onselect),
            " " => emit(&onselect) || emit(&onopen),
            "ArrowDown" => focus(row.next_element_sibling()),
            "ArrowUp" => focus(row.previous_element_sibling()),
            _ => false,
        };
        if handled {
            event.prevent_default();
            event.stop_propagation();
        }
    })
}

fn focus(row: Option<Element>) -> bool {
    row.and_then(|row| row.dyn_into::<HtmlElement>().ok()).is_some_and(|row| row.focus().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_press_turns_the_order_round() {
        let (name, size) = (AttrValue::from("name"), AttrValue::from("size"));
        let first = Sort::pressed(None, &name);
        assert_eq!(first, Sort::new("name", false));
        let second = Sort::pressed(Some(&first), &name);
        assert_eq!(second, Sort::new("name", true));
        assert_eq!(Sort::pressed(Some(&second), &size), Sort::new("size", false));
    }
}
