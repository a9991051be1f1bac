//! A hint of how hard a password is to guess. It is pure, and only a hint: the kernel decides what it takes.

use std::collections::HashSet;

use crate::kit::Tone;

/// Characters at the least: the kernel's own rule.
pub const LEAST: usize = 8;

/// How hard to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    TooShort,
    Weak,
    Fair,
    Strong,
}

impl Strength {
    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Strength::TooShort => "Too short: at least 8 characters.",
            Strength::Weak => "Easy to guess. Make it longer: four unrelated words work well.",
            Strength::Fair => "Fair. A few more characters make it strong.",
            Strength::Strong => "Strong.",
        }
    }

    pub fn tone(self) -> Tone {
        match self {
            Strength::TooShort | Strength::Weak => Tone::Failed,
            Strength::Fair => Tone::NeedsYou,
            Strength::Strong => Tone::Done,
        }
    }

    /// Of four.
    pub fn steps(self) -> u32 {
        match self {
            Strength::TooShort => 1,
            Strength::Weak => 2,
            Strength::Fair => 3,
            Strength::Strong => 4,
        }
    }
}

/// How hard `password` is to guess for somebody who knows `username`.
pub fn strength(password: &str, username: &str) -> Strength {
    let count = password.chars().count();
    if count < LEAST {
        return Strength::TooShort;
    }
    let lower = password.to_lowercase();
    let rest = if username.is_empty() { lower } else { lower.replace(&username.to_lowercase(), "") };
    match bits(password, &rest) {
        bits if bits < 40.0 => Strength::Weak,
        bits if bits < 64.0 => Strength::Fair,
        _ => Strength::Strong,
    }
}

/// About how many yes-or-no questions guessing takes: what characters it may have, by how many say something new.
fn bits(password: &str, rest: &str) -> f64 {
    let any = |is: fn(char) -> bool| password.chars().any(is);
    let mut alphabet = 0u32;
    alphabet += if any(|c| c.is_ascii_lowercase()) { 26 } else { 0 };
    alphabet += if any(|c| c.is_ascii_uppercase()) { 26 } else { 0 };
    alphabet += if any(|c| c.is_ascii_digit()) { 10 } else { 0 };
    alphabet += if any(|c| c.is_ascii_punctuation() || c == ' ') { 33 } else { 0 };
    alphabet += if any(|c| !c.is_ascii()) { 100 } else { 0 };
    let characters: Vec<char> = rest.chars().collect();
    let step = |pair: &[char]| match pair {
        [a, b] => i64::from(u32::from(*b)) - i64::from(u32::from(*a)),
        _ => 0,
    };
    // aaaa and 1234 say no more than their beginning.
    let expected = characters.windows(2).filter(|pair| (-1..=1).contains(&step(pair))).count();
    let distinct = characters.iter().collect::<HashSet<_>>().len();
    let telling = characters.len().saturating_sub(expected).min(distinct * 2);
    telling as f64 * f64::from(alphabet.max(2)).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_variety_count_and_what_is_expected_does_not() {
        for (password, wanted) in [
            ("short", Strength::TooShort),
            ("aaaaaaaaaaaaaaaa", Strength::Weak),
            ("1234567890", Strength::Weak),
            ("adalovelace", Strength::Weak),
            ("ada12345", Strength::Weak),
            ("Xk4!pq9Z", Strength::Fair),
            ("correct horse battery staple", Strength::Strong),
            ("Xk4!pq9Z-tR2v", Strength::Strong),
        ] {
            assert_eq!(strength(password, "ada"), wanted, "{password}");
        }
        assert_eq!(strength("eternal!", ""), Strength::Fair);
    }
}
