//! Whether every text can be read: the pairs of `style/tokens.css`, computed.

use std::collections::HashMap;

type Colour = [f64; 3];
type Tokens = HashMap<String, String>;

const TOKENS: &str = include_str!("../../style/tokens.css");
const STATES: [&str; 6] =
    ["--state-working", "--state-needs-you", "--state-done", "--state-failed", "--state-queued", "--state-paused"];
const TEXT: f64 = 4.5;
const MARK: f64 = 3.0;

/// The declarations of the rule with this selector.
fn rule(selector: &str) -> Tokens {
    let start = TOKENS.find(&format!("{selector} {{")).unwrap_or_else(|| panic!("no rule {selector}"));
    let body = TOKENS[start..].split_once('{').and_then(|(_, rest)| rest.split_once('}')).expect("an open rule").0;
    body.split(';')
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

fn themes() -> Vec<(&'static str, Tokens)> {
    let over =
        |layers: &[Tokens]| layers.iter().cloned().reduce(|below, above| below.into_iter().chain(above).collect());
    let dark = rule(":root");
    let light = rule(":root[data-theme=\"light\"]");
    let more = rule(":root[data-contrast=\"more\"]");
    let light_more = rule(":root[data-theme=\"light\"][data-contrast=\"more\"]");
    [
        ("dark", Some(dark.clone())),
        ("light", over(&[dark.clone(), light.clone()])),
        ("dark, more contrast", over(&[dark.clone(), more.clone()])),
        ("light, more contrast", over(&[dark, light, more, light_more])),
    ]
    .map(|(name, tokens)| (name, tokens.expect("a theme")))
    .into()
}

/// A colour and its opacity.
fn colour(text: &str) -> (Colour, f64) {
    let byte = |text: &str| f64::from(u8::from_str_radix(text, 16).expect("hexadecimal"));
    if let Some(hex) = text.strip_prefix('#') {
        return ([byte(&hex[0..2]), byte(&hex[2..4]), byte(&hex[4..6])], 1.0);
    }
    let inner = text.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')')).expect("a colour");
    let (rgb, alpha) = inner.split_once('/').expect("an opacity");
    let parts: Vec<f64> = rgb.split_whitespace().map(|part| part.parse().expect("a number")).collect();
    ([parts[0], parts[1], parts[2]], percent(alpha))
}

fn percent(text: &str) -> f64 {
    text.trim().trim_end_matches('%').parse::<f64>().expect("percent") / 100.0
}

fn over(above: (Colour, f64), below: Colour) -> Colour {
    std::array::from_fn(|part| above.0[part] * above.1 + below[part] * (1.0 - above.1))
}

fn luminance(colour: Colour) -> f64 {
    let linear = |part: f64| {
        let part = part / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])
}

fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

struct Theme {
    name: &'static str,
    tokens: Tokens,
    faults: Vec<String>,
}

impl Theme {
    fn get(&self, name: &str) -> (Colour, f64) {
        colour(self.tokens.get(name).unwrap_or_else(|| panic!("no token {name}")))
    }

    fn ground(&self, name: &str) -> Colour {
        self.get(name).0
    }

    /// `text` on `ground`, with films such as hover or a state's soft fill between.
    fn check(&mut self, text: &str, ground: &str, films: &[(Colour, f64)], least: f64) {
        let below = films.iter().fold(self.ground(ground), |below, film| over(*film, below));
        let found = contrast(over(self.get(text), below), below);
        if found < least {
            let film = if films.is_empty() { "" } else { " with a film" };
            self.faults.push(format!("{}: {text} on {ground}{film}: {found:.2} is less than {least}", self.name));
        }
    }

    fn soft(&self, state: &str) -> (Colour, f64) {
        let own = self.tokens.get(&state.replacen("--state", "--soft", 1)).filter(|own| own.starts_with('#'));
        if let Some(own) = own {
            return colour(own);
        }
        (self.ground(state), percent(self.tokens.get("--soft").expect("--soft")))
    }
}

fn texts(theme: &mut Theme) {
    let (hover, press, selected) = (theme.get("--hover"), theme.get("--press"), theme.get("--selected"));
    for text in ["--text-1", "--text-2", "--text-3"] {
        for ground in ["--ground", "--window", "--raised", "--control"] {
            theme.check(text, ground, &[], TEXT);
        }
        for ground in ["--window", "--raised"] {
            theme.check(text, ground, &[hover], TEXT);
        }
    }
    for text in ["--text-1", "--text-2"] {
        theme.check(text, "--track", &[], TEXT);
        for ground in ["--window", "--raised", "--control"] {
            theme.check(text, ground, &[press], TEXT);
            theme.check(text, ground, &[selected], TEXT);
            theme.check(text, ground, &[selected, hover], TEXT);
        }
        // Glass shows what is behind it: at worst the brightest and the darkest.
        for behind in [[255.0; 3], [0.0; 3]] {
            let worst = over((behind, 0.4), theme.ground("--ground"));
            let glass = theme.get("--glass");
            theme.check(text, "--ground", &[(worst, 1.0), glass], TEXT);
        }
    }
    for accent in ["--accent", "--accent-hover", "--accent-press"] {
        theme.check("--on-accent", accent, &[], TEXT);
    }
    for ground in ["--ground", "--window", "--raised", "--control"] {
        theme.check("--accent", ground, &[], TEXT);
    }
    for text in [
        "--screen-text",
        "--screen-dim",
        "--screen-done",
        "--screen-needs-you",
        "--screen-failed",
        "--screen-working",
        "--screen-paused",
    ] {
        theme.check(text, "--screen", &[], TEXT);
    }
}

fn states(theme: &mut Theme) {
    for state in STATES {
        theme.check("--on-state", state, &[], TEXT);
        for ground in ["--window", "--raised"] {
            let soft = theme.soft(state);
            theme.check(state, ground, &[], TEXT);
            theme.check(state, ground, &[soft], TEXT);
            theme.check("--text-1", ground, &[soft], TEXT);
            theme.check("--text-2", ground, &[soft], TEXT);
        }
        theme.check(state, "--ground", &[], TEXT);
        theme.check(state, "--track", &[], MARK);
    }
}

fn marks(theme: &mut Theme) {
    for ground in ["--ground", "--window", "--raised", "--control"] {
        theme.check("--mark", ground, &[], MARK);
        theme.check("--focus", ground, &[], MARK);
    }
    theme.check("--accent", "--track", &[], MARK);
}

#[test]
fn every_pair_of_colours_can_be_read() {
    let mut faults = Vec::new();
    for (name, tokens) in themes() {
        let mut theme = Theme { name, tokens, faults: Vec::new() };
        texts(&mut theme);
        states(&mut theme);
        marks(&mut theme);
        faults.append(&mut theme.faults);
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_measure_is_that_of_wcag() {
    assert_eq!(contrast([255.0; 3], [0.0; 3]), 21.0);
    assert!((contrast(colour("#777777").0, [255.0; 3]) - 4.48).abs() < 0.01);
}
