//! The colours of a terminal, made from the tokens of `style/tokens.css`.

use serde::Serialize;

/// A colour: red, green, blue.
type Rgb = [u8; 3];

const WHITE: Rgb = [255, 255, 255];

/// What a terminal's sixteen colours are made from, by the names of the tokens.
const TOKENS: [&str; 8] = [
    "--screen",
    "--screen-text",
    "--screen-dim",
    "--screen-failed",
    "--screen-done",
    "--screen-needs-you",
    "--screen-working",
    "--screen-paused",
];

/// As xterm names them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Palette {
    background: String,
    foreground: String,
    cursor: String,
    cursor_accent: String,
    selection_background: String,
    selection_inactive_background: String,
    overview_ruler_border: String,
    scrollbar_slider_background: String,
    scrollbar_slider_hover_background: String,
    scrollbar_slider_active_background: String,
    black: String,
    red: String,
    green: String,
    yellow: String,
    blue: String,
    magenta: String,
    cyan: String,
    white: String,
    bright_black: String,
    bright_red: String,
    bright_green: String,
    bright_yellow: String,
    bright_blue: String,
    bright_magenta: String,
    bright_cyan: String,
    bright_white: String,
}

/// How what was found is marked, as xterm's search names it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Marks {
    match_background: String,
    match_overview_ruler: String,
    active_match_background: String,
    active_match_color_overview_ruler: String,
}

/// The colours where `token` gives the value of a token. Nothing where one is not written as `#rrggbb`.
pub(super) fn palette(token: impl Fn(&str) -> String) -> Option<Palette> {
    let mut colours = [[0; 3]; TOKENS.len()];
    for (colour, name) in colours.iter_mut().zip(TOKENS) {
        *colour = parse(token(name).trim())?;
    }
    let [screen, text, dim, red, green, yellow, blue, magenta] = colours;
    let cyan = mix(blue, green, 0.5);
    let bright = |colour: Rgb| hex(mix(colour, WHITE, 0.35));
    Some(Palette {
        background: hex(screen),
        foreground: hex(text),
        cursor: hex(text),
        cursor_accent: hex(screen),
        selection_background: hex(mix(screen, blue, 0.38)),
        selection_inactive_background: hex(mix(screen, blue, 0.22)),
        overview_ruler_border: hex(screen),
        scrollbar_slider_background: hex(mix(screen, dim, 0.4)),
        scrollbar_slider_hover_background: hex(mix(screen, dim, 0.6)),
        scrollbar_slider_active_background: hex(mix(screen, dim, 0.8)),
        black: hex(mix(screen, text, 0.1)),
        red: hex(red),
        green: hex(green),
        yellow: hex(yellow),
        blue: hex(blue),
        magenta: hex(magenta),
        cyan: hex(cyan),
        white: hex(text),
        bright_black: hex(dim),
        bright_red: bright(red),
        bright_green: bright(green),
        bright_yellow: bright(yellow),
        bright_blue: bright(blue),
        bright_magenta: bright(magenta),
        bright_cyan: bright(cyan),
        bright_white: hex(mix(text, WHITE, 0.7)),
    })
}

/// See [`palette`].
pub(super) fn marks(token: impl Fn(&str) -> String) -> Option<Marks> {
    let colour = |name: &str| parse(token(name).trim());
    let (screen, mark) = (colour("--screen")?, colour("--screen-needs-you")?);
    Some(Marks {
        match_background: hex(mix(screen, mark, 0.3)),
        match_overview_ruler: hex(mix(screen, mark, 0.6)),
        active_match_background: hex(mix(screen, mark, 0.62)),
        active_match_color_overview_ruler: hex(mark),
    })
}

fn parse(text: &str) -> Option<Rgb> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

/// `share` of `to`, the rest of `from`.
fn mix(from: Rgb, to: Rgb, share: f64) -> Rgb {
    std::array::from_fn(|part| {
        let (from, to) = (from.get(part).copied().unwrap_or(0), to.get(part).copied().unwrap_or(0));
        (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8
    })
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of a token in a theme: the light theme changes those that it names.
    fn token(light: bool, name: &str) -> String {
        let sheet = include_str!("../../../style/tokens.css");
        let (dark, after) = sheet.split_once(":root[data-theme=\"light\"] {").expect("a light theme");
        let changed = after.split_once('}').map_or("", |(rules, _)| rules);
        let find = |rules: &str| {
            let (_, value) = rules.split_once(&format!("{name}:"))?;
            value.split_once(';').map(|(value, _)| value.trim().to_owned())
        };
        if light { find(changed).or_else(|| find(dark)) } else { find(dark) }.unwrap_or_default()
    }

    fn light_of(colour: &str) -> f64 {
        let parts = parse(colour).expect("a colour").map(|part| {
            let share = f64::from(part) / 255.0;
            if share <= 0.03928 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (light_of(one), light_of(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_colour_but_black_can_be_read_in_both_themes() {
        for light in [false, true] {
            let palette = palette(|name| token(light, name)).expect("tokens");
            let value = serde_json::to_value(&palette).expect("colours");
            for name in ["red", "green", "yellow", "blue", "magenta", "cyan", "white"] {
                for name in [name.to_owned(), format!("bright{}{}", name[..1].to_uppercase(), &name[1..])] {
                    let colour = value[&name].as_str().expect("a colour");
                    assert!(contrast(colour, &palette.background) >= 4.5, "{name} {colour} light: {light}");
                }
            }
            assert!(contrast(&palette.bright_black, &palette.background) >= 4.5);
            assert!(contrast(&palette.foreground, &palette.selection_background) >= 4.5);
            let marks = marks(|name| token(light, name)).expect("tokens");
            assert!(contrast(&palette.foreground, &marks.match_background) >= 4.5);
        }
    }

    #[test]
    fn what_is_no_plain_colour_gives_no_palette() {
        assert!(palette(|_| "rgb(1 2 3)".to_owned()).is_none());
        assert_eq!(hex(mix([0, 0, 0], [255, 255, 255], 0.5)), "#808080");
    }
}
