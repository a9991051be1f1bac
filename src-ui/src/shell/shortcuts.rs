//! The list of keys, and what this program is.

use yew::prelude::*;

use super::actions::{ACTIONS, Action, Group};
use super::mark::Mark;
use crate::desk::{Overlay, use_desk};
use crate::kernel::use_kernel;
use crate::kit::{Dialog, DialogSize, Kbd, SearchField, Shortcut};
use crate::store::use_select;
use crate::wm::keys::{Action as WindowAction, SHORTCUTS};

/// One line of the list.
struct Line {
    group: &'static str,
    label: &'static str,
    keys: Vec<Shortcut>,
}

/// Every shortcut, searchable.
#[component]
pub fn Shortcuts() -> Html {
    let desk = use_desk();
    let open = use_select(&desk.overlay, |overlay| *overlay == Overlay::Shortcuts);
    if open {
        html! { <List /> }
    } else {
        Html::default()
    }
}

#[component]
fn List() -> Html {
    let desk = use_desk();
    let query = use_state(String::new);
    let onchange = {
        let query = query.clone();
        Callback::from(move |text| query.set(text))
    };
    let words = query.to_lowercase();
    let lines: Vec<Line> =
        lines().into_iter().filter(|line| line.label.to_lowercase().contains(words.trim())).collect();
    let mut groups: Vec<&'static str> = Vec::new();
    for line in &lines {
        if !groups.contains(&line.group) {
            groups.push(line.group);
        }
    }
    html! {
        <Dialog title="Keyboard shortcuts" size={DialogSize::Large}
            onclose={Callback::from(move |()| desk.close_overlay())}>
            <SearchField value={(*query).clone()} {onchange} label="Search shortcuts" autofocus=true />
            if lines.is_empty() {
                <p class="shortcuts__none" role="status">
                    { format!("No shortcut is called \u{201c}{}\u{201d}.", query.trim()) }
                </p>
            }
            <div class="shortcuts">
                { for groups.into_iter().map(|group| html! {
                    <section key={group}>
                        <h3 class="shortcuts__group">{ group }</h3>
                        <dl class="shortcuts__list">
                            { for lines.iter().filter(|line| line.group == group).map(|line| html! {
                                <div class="shortcuts__line" key={line.label}>
                                    <dt>{ line.label }</dt>
                                    <dd>{ for line.keys.iter().take(2).map(|keys| html! {
                                        <Kbd shortcut={keys.clone()} />
                                    }) }</dd>
                                </div>
                            }) }
                        </dl>
                    </section>
                }) }
            </div>
        </Dialog>
    }
}

/// The groups, in an order that fills two columns evenly.
const GROUPS: [&str; 5] = ["System", "Agents", "Tiling", "Windows", "Moving and sizing"];

fn lines() -> Vec<Line> {
    let group = |action: &Action| match action.group {
        _ if action.id == "close" => "Windows",
        Group::Aether | Group::Help | Group::File | Group::View => "System",
        Group::Agents => "Agents",
        Group::Window => "Windows",
    };
    let mut lines: Vec<Line> = ACTIONS
        .iter()
        .filter(|action| !action.keys.is_empty())
        .map(|action| Line {
            group: group(action),
            label: action.label,
            keys: action.keys.iter().filter_map(|keys| Shortcut::parse(keys)).collect(),
        })
        .collect();
    let app = ["Alt+1\u{2013}5", "Mod+1\u{2013}5"].into_iter().filter_map(Shortcut::parse).collect();
    lines.push(Line { group: "System", label: "Apps in the dock", keys: app });
    for row in SHORTCUTS {
        let group = match row.action {
            // These are actions of the menus too, and listed as those.
            WindowAction::Close | WindowAction::Minimise | WindowAction::ToggleMaximise => continue,
            WindowAction::Cycle(_) => "Windows",
            WindowAction::Tile(_) => "Tiling",
            WindowAction::Move(_) | WindowAction::Resize(_) => "Moving and sizing",
        };
        let held = row.modifiers;
        let mut keys = Shortcut::parse(shown(row.key));
        if let Some(keys) = &mut keys {
            (keys.primary, keys.alt, keys.shift) = (held.command, held.alt, held.shift);
        }
        match lines.iter_mut().find(|line| line.label == row.label) {
            Some(line) => line.keys.extend(keys),
            None => lines.push(Line { group, label: row.label, keys: keys.into_iter().collect() }),
        }
    }
    lines.sort_by_key(|line| GROUPS.iter().position(|group| *group == line.group));
    lines
}

/// A key as people call it.
fn shown(key: &'static str) -> &'static str {
    match key {
        "arrowleft" => "ArrowLeft",
        "arrowright" => "ArrowRight",
        "arrowup" => "ArrowUp",
        "arrowdown" => "ArrowDown",
        "tab" => "Tab",
        // The sign itself is a speck on a key.
        "backquote" => "Backtick",
        other => other,
    }
}

/// What this program is, and which version.
#[component]
pub fn About() -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let open = use_select(&desk.overlay, |overlay| *overlay == Overlay::About);
    let product = use_select(&kernel.store().connection, |connection| connection.product.clone());
    if !open {
        return Html::default();
    }
    html! {
        <Dialog title="About Aether OS" size={DialogSize::Small} onclose={Callback::from(move |()| desk.close_overlay())}>
            <div class="about">
                <Mark size={48} />
                <p class="about__name">{ "Aether OS" }</p>
                <p class="about__line">{ format!("Version {product}") }</p>
                <p class="about__line">{ "An operating system for agents: real processes, real sandboxes, your machine." }</p>
            </div>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_keys_and_no_line_stands_twice() {
        let lines = lines();
        let mut labels: Vec<&str> = lines.iter().map(|line| line.label).collect();
        labels.sort_unstable();
        let count = labels.len();
        labels.dedup();
        assert_eq!(labels.len(), count);
        assert!(lines.iter().all(|line| !line.keys.is_empty()), "some line has no keys");
        assert!(lines.iter().all(|line| GROUPS.contains(&line.group)), "some line stands in no group");
    }
}
