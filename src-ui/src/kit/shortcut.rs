//! Key combinations: written once, shown and heard on every platform.

use yew::prelude::*;

/// A key with what is held beside it. `Mod` is Command on Apple's machines and Control elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shortcut {
    pub primary: bool,
    pub shift: bool,
    pub alt: bool,
    /// Control itself, on every platform.
    pub control: bool,
    /// As `KeyboardEvent.key` names it; letters in upper case.
    pub key: AttrValue,
}

/// The keys that are down at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pressed {
    pub key: String,
    pub control: bool,
    pub meta: bool,
    pub shift: bool,
    pub alt: bool,
}

impl From<&KeyboardEvent> for Pressed {
    fn from(event: &KeyboardEvent) -> Self {
        Pressed {
            key: event.key(),
            control: event.ctrl_key(),
            meta: event.meta_key(),
            shift: event.shift_key(),
            alt: event.alt_key(),
        }
    }
}

impl Shortcut {
    /// Reads `Mod+Shift+K`, `Alt+1`, `Ctrl+ArrowUp`, `F2`, `Mod++`. Nothing where that is no shortcut.
    pub fn parse(text: &str) -> Option<Self> {
        let (held, key) = match text.strip_suffix("++") {
            Some(held) => (held, "+"),
            None => text.rsplit_once('+').unwrap_or(("", text)),
        };
        let mut shortcut =
            Shortcut { primary: false, shift: false, alt: false, control: false, key: AttrValue::from(named(key)?) };
        for word in held.split('+').filter(|word| !word.is_empty()) {
            match word {
                "Mod" => shortcut.primary = true,
                "Shift" => shortcut.shift = true,
                "Alt" => shortcut.alt = true,
                "Ctrl" => shortcut.control = true,
                _ => return None,
            }
        }
        Some(shortcut)
    }

    /// Whether these keys are it.
    pub fn matches(&self, pressed: &Pressed, mac: bool) -> bool {
        let control = if mac { self.control } else { self.control || self.primary };
        let meta = mac && self.primary;
        let key = named(&pressed.key);
        // A sign such as `?` needs Shift on some keyboards and not on others.
        let sign =
            key.as_deref().is_some_and(|key| key.chars().count() == 1 && !key.chars().all(char::is_alphanumeric));
        key.as_deref() == Some(self.key.as_str())
            && pressed.control == control
            && pressed.meta == meta
            && pressed.alt == self.alt
            && (pressed.shift == self.shift || sign)
    }

    /// Its keys one by one, as they are written on the keyboard.
    pub fn keys(&self, mac: bool) -> Vec<AttrValue> {
        let held = if mac {
            [(self.control, "⌃"), (self.alt, "⌥"), (self.shift, "⇧"), (self.primary, "⌘")]
        } else {
            [(self.control || self.primary, "Ctrl"), (self.alt, "Alt"), (self.shift, "Shift"), (false, "")]
        };
        let mut keys: Vec<AttrValue> =
            held.into_iter().filter(|(down, _)| *down).map(|(_, name)| AttrValue::Static(name)).collect();
        keys.push(written(&self.key));
        keys
    }

    /// In words, for those who hear it: "Control Shift K".
    pub fn spoken(&self, mac: bool) -> String {
        let primary = if mac { "Command" } else { "Control" };
        let held = [
            (self.primary, primary),
            (self.control && (mac || !self.primary), "Control"),
            (self.alt, if mac { "Option" } else { "Alt" }),
            (self.shift, "Shift"),
        ];
        let mut words: Vec<&str> = held.into_iter().filter(|(down, _)| *down).map(|(_, name)| name).collect();
        words.push(&self.key);
        words.join(" ")
    }
}

fn named(key: &str) -> Option<String> {
    let mut letters = key.chars();
    match (letters.next(), letters.next()) {
        (None, _) => None,
        (Some(' '), None) => Some(String::from("Space")),
        (Some(letter), None) => Some(letter.to_uppercase().collect()),
        (Some(_), Some(_)) => Some(key.to_owned()),
    }
}

fn written(key: &AttrValue) -> AttrValue {
    AttrValue::Static(match key.as_str() {
        "ArrowUp" => "↑",
        "ArrowDown" => "↓",
        "ArrowLeft" => "←",
        "ArrowRight" => "→",
        "Escape" => "Esc",
        "Backspace" => "⌫",
        "Enter" => "↵",
        _ => return key.clone(),
    })
}

/// Whether the machine is one of Apple's; false until the page is there.
#[hook]
pub fn use_mac() -> bool {
    let mac = use_state(|| false);
    {
        let mac = mac.clone();
        use_effect_with((), move |()| {
            let platform = web_sys::window().and_then(|window| window.navigator().platform().ok()).unwrap_or_default();
            if platform.starts_with("Mac") || platform.starts_with("iP") {
                mac.set(true);
            }
        });
    }
    *mac
}

#[derive(Properties, PartialEq)]
pub struct KbdProps {
    pub shortcut: Shortcut,
    /// Without the keys' frames, for menus.
    #[prop_or_default]
    pub plain: bool,
}

/// A shortcut as this machine's keyboard has it.
#[function_component]
pub fn Kbd(props: &KbdProps) -> Html {
    let mac = use_mac();
    let between = if props.plain && !mac { "+" } else { "" };
    html! {
        <span class={classes!("keys", props.plain.then_some("keys--plain"))}>
            <span class="hidden-text">{ props.shortcut.spoken(mac) }</span>
            { for props.shortcut.keys(mac).into_iter().enumerate().map(|(index, key)| html! {
                <kbd key={index} aria-hidden="true">{ if index > 0 { between } else { "" } }{ key }</kbd>
            }) }
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(key: &str, control: bool, meta: bool, shift: bool) -> Pressed {
        Pressed { key: key.to_owned(), control, meta, shift, alt: false }
    }

    #[test]
    fn a_shortcut_is_heard_by_the_platforms_own_key() -> Result<(), &'static str> {
        let find = Shortcut::parse("Mod+K").ok_or("no shortcut")?;
        assert!(find.matches(&pressed("k", true, false, false), false));
        assert!(find.matches(&pressed("k", false, true, false), true));
        assert!(!find.matches(&pressed("k", true, false, false), true));
        assert!(!find.matches(&pressed("K", true, false, true), false));
        let help = Shortcut::parse("Mod+?").ok_or("no shortcut")?;
        assert!(help.matches(&pressed("?", true, false, true), false));
        Ok(())
    }

    #[test]
    fn a_shortcut_is_shown_as_the_keyboard_has_it() -> Result<(), &'static str> {
        let shortcut = Shortcut::parse("Mod+Shift+ArrowLeft").ok_or("no shortcut")?;
        assert_eq!(shortcut.keys(true), ["⇧", "⌘", "←"]);
        assert_eq!(shortcut.keys(false), ["Ctrl", "Shift", "←"]);
        assert_eq!(shortcut.spoken(false), "Control Shift ArrowLeft");
        Ok(())
    }

    #[test]
    fn what_is_no_shortcut_is_refused() {
        assert_eq!(Shortcut::parse(""), None);
        assert_eq!(Shortcut::parse("Hyper+K"), None);
        assert_eq!(Shortcut::parse("Mod++").map(|shortcut| shortcut.key), Some(AttrValue::from("+")));
    }
}
