//! A diff, drawn.

use std::collections::BTreeSet;

use yew::prelude::*;

use super::{Change, Row, changes};
use crate::kit::{Glyph, Icon, format};

#[derive(Properties, PartialEq)]
pub struct DiffProps {
    pub old: AttrValue,
    pub new: AttrValue,
    /// What is changed: the file's path.
    pub label: AttrValue,
    /// Shows the path and the numbers of changed lines above.
    #[prop_or(true)]
    pub head: bool,
}

/// A unified diff; equal stretches are folded and open on a press. Signs that would hide or turn text round are written out:
/// people say yes by what they see here.
#[function_component]
pub fn Diff(props: &DiffProps) -> Html {
    let found = use_memo((props.old.clone(), props.new.clone()), |(old, new)| changes(old, new));
    let open = use_state(BTreeSet::<usize>::new);
    let rows = found.rows.iter().enumerate().map(|(index, row)| match row {
        Row::Line { .. } => line(index, 0, row),
        Row::Fold(lines) if open.contains(&index) => {
            html! { <>{ for lines.iter().enumerate().map(|(inner, row)| line(index, inner, row)) }</> }
        }
        Row::Fold(lines) => fold(index, lines.len(), &open),
    });
    html! {
        <div class="diff">
            if props.head {
                <div class="diff__head">
                    <span class="diff__path mono">{ format::unhidden(&props.label) }</span>
                    <span class="diff__added">{ format!("+{}", format::count(found.added as u64)) }</span>
                    <span class="diff__removed">{ format!("\u{2212}{}", format::count(found.removed as u64)) }</span>
                </div>
            }
            <div class="diff__scroll" tabindex="0" role="region" aria-label={format!("Changes of {}", props.label)}>
                if found.added == 0 && found.removed == 0 && !found.cut {
                    <div class="diff__note">{ "Both are equal." }</div>
                }
                <table class="diff__table mono"><tbody>{ for rows }</tbody></table>
                if found.cut {
                    <div class="diff__note">{ "Only the first 5,000 lines are shown. Download the file to see all of it." }</div>
                }
            </div>
        </div>
    }
}

fn line(index: usize, inner: usize, row: &Row) -> Html {
    let Row::Line { change, old, new, text } = row else { return Html::default() };
    let (class, sign, word) = match change {
        Change::Same => ("diff__row", " ", ""),
        Change::Added => ("diff__row diff__row--added", "+", "added "),
        Change::Removed => ("diff__row diff__row--removed", "\u{2212}", "removed "),
    };
    let number = |number: &Option<usize>| number.map(|number| number.to_string()).unwrap_or_default();
    html! {
        <tr key={format!("{index}-{inner}")} {class}>
            <td class="diff__number">{ number(old) }</td>
            <td class="diff__number">{ number(new) }</td>
            <td class="diff__sign"><span aria-hidden="true">{ sign }</span><span class="hidden-text">{ word }</span></td>
            <td class="diff__text">{ format::unhidden(text) }</td>
        </tr>
    }
}

fn fold(index: usize, lines: usize, open: &UseStateHandle<BTreeSet<usize>>) -> Html {
    let open = open.clone();
    let onclick = Callback::from(move |_| {
        let mut now = (*open).clone();
        now.insert(index);
        open.set(now);
    });
    html! {
        <tr key={format!("{index}-fold")} class="diff__fold">
            <td colspan="4">
                <button type="button" class="diff__open" {onclick}>
                    <Icon icon={Glyph::ChevronsUpDown} size={12} />{ format::plural(lines as u64, "equal line", "equal lines") }
                </button>
            </td>
        </tr>
    }
}
