//! Finding text in a terminal.

use yew::prelude::*;

use super::handle::TerminalHandle;
use super::palette;
use super::screen::{text, token};
use crate::kit::{Glyph, IconButton, Size, TextInput};
use crate::store::use_slice;

#[derive(Properties, PartialEq)]
pub(super) struct FindBarProps {
    pub handle: TerminalHandle,
    /// Which of how many was found.
    pub found: (i32, i32),
}

/// The search, where it is open.
#[component]
pub(super) fn FindBar(props: &FindBarProps) -> Html {
    let open = *use_slice(props.handle.finding());
    if open {
        html! { <Open handle={props.handle.clone()} found={props.found} /> }
    } else {
        Html::default()
    }
}

#[component]
fn Open(props: &FindBarProps) -> Html {
    let query = use_state(String::new);
    let handle = props.handle.clone();
    let look = {
        let handle = handle.clone();
        move |query: &str, backwards: bool, incremental: bool| {
            let Some(screen) = handle.screen() else { return };
            match palette::marks(token) {
                Some(marks) if !query.is_empty() => drop(screen.find(query, backwards, incremental, &text(&marks))),
                Some(_) | None => screen.end_find(),
            }
        }
    };
    let onchange = {
        let (query, look) = (query.clone(), look.clone());
        Callback::from(move |words: String| {
            look(&words, false, true);
            query.set(words);
        })
    };
    let step = |backwards: bool| {
        let (query, look) = (query.clone(), look.clone());
        Callback::from(move |_: MouseEvent| look(&query, backwards, false))
    };
    let close = {
        move || {
            handle.finding().set(false);
            if let Some(screen) = handle.screen() {
                screen.end_find();
                screen.focus();
            }
        }
    };
    let onkeydown = {
        let (query, look, close) = (query.clone(), look.clone(), close.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" if !event.is_composing() => {
                event.prevent_default();
                look(&query, event.shift_key(), false);
            }
            "Escape" => {
                event.prevent_default();
                event.stop_propagation();
                close();
            }
            _ => {}
        })
    };
    html! {
        <div class="term__find" role="search" aria-label="Find in the terminal">
            <TextInput value={(*query).clone()} {onchange} {onkeydown} label="Find in the terminal" placeholder="Find"
                icon={Glyph::Search} mono={true} autofocus={true} autocomplete="off" />
            <span class="term__count" role="status">{ count(&query, props.found) }</span>
            <IconButton icon={Glyph::ChevronUp} label="Previous" size={Size::Small} onclick={step(true)} />
            <IconButton icon={Glyph::ChevronDown} label="Next" size={Size::Small} onclick={step(false)} />
            <IconButton icon={Glyph::X} label="Close" size={Size::Small} onclick={Callback::from(move |_| close())} />
        </div>
    }
}

/// How much was found, in words; xterm gives no place once it stops counting.
fn count(query: &str, (index, count): (i32, i32)) -> String {
    match (index, count) {
        _ if query.is_empty() => String::new(),
        (_, 0) => String::from("Nothing found"),
        (index, count) if index < 0 => format!("{count} or more"),
        (index, count) => format!("{} of {count}", index + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_said_in_words() {
        assert_eq!(count("", (0, 3)), "");
        assert_eq!(count("x", (-1, 0)), "Nothing found");
        assert_eq!(count("x", (0, 3)), "1 of 3");
        assert_eq!(count("x", (-1, 1000)), "1000 or more");
    }
}
