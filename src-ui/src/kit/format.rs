//! Figures as people read them: in English, with a point and a thin group space, whatever the machine is set to.

mod unhidden;

pub use unhidden::unhidden;

/// 0 B, 812 B, 1.2 KB, 34 MB, 5.1 GB: steps of 1,000, three figures at most.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    // 999.5 would be written 1000.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let unit = UNITS.get(unit).copied().unwrap_or_default();
    if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// 1 204 551: groups of three from four figures on.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// 980, 12k, 1.4M: for badges and axes.
pub fn short_count(value: f64) -> String {
    let (sign, value) = if value < 0.0 { ("-", -value) } else { ("", value) };
    let (value, unit) = match value {
        value if value < 999.5 => (value, ""),
        value if value < 999_500.0 => (value / 1e3, "k"),
        value if value < 999_500_000.0 => (value / 1e6, "M"),
        value => (value / 1e9, "G"),
    };
    let text = if value < 9.95 && value.fract() > 0.0 { format!("{value:.1}") } else { format!("{value:.0}") };
    format!("{sign}{}{unit}", text.strip_suffix(".0").unwrap_or(&text))
}

/// $0.00, <$0.01, $0.41, $1 234.50.
pub fn money(dollars: f64) -> String {
    if !dollars.is_finite() || dollars <= 0.0 {
        return String::from("$0.00");
    }
    if dollars < 0.005 {
        return String::from("<$0.01");
    }
    let cents = (dollars * 100.0).round() as u64;
    format!("${}.{:02}", count(cents / 100), cents % 100)
}

/// 0 %, 41 %, 0.4 %: of a share between 0 and 1.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.95 {
        format!("{:.1}\u{202f}%", percent.max(0.1))
    } else {
        format!("{percent:.0}\u{202f}%")
    }
}

/// 340 ms, 4.2 s, 48 s, 6 min, 1 h 20 min, 3 d 4 h: the two largest units.
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..10 => format!("{}.{} s", seconds, ms % 1000 / 100),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => two(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

fn two(large: u64, unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {small_unit}") }
}

/// 0:07, 12:30, 1:02:09: a length that runs.
pub fn stopwatch(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds % 3600 / 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// "now", "6 min ago", "yesterday", "in 2 h", with the time after which it says something else, both in milliseconds.
pub fn relative(at_ms: i64, now_ms: i64) -> (String, i64) {
    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let passed = now_ms.saturating_sub(at_ms);
    if passed < 0 {
        let ahead = passed.saturating_neg();
        let (unit, name) = match ahead {
            ahead if ahead < MINUTE => return (String::from("in a moment"), ahead.max(1000)),
            ahead if ahead < HOUR => (MINUTE, "min"),
            ahead if ahead < DAY => (HOUR, "h"),
            _ => (DAY, "d"),
        };
        return (format!("in {} {name}", ahead / unit), ahead % unit + 1);
    }
    let left = |unit: i64| unit - passed % unit;
    match passed {
        passed if passed < MINUTE => (String::from("now"), MINUTE - passed),
        passed if passed < HOUR => (format!("{} min ago", passed / MINUTE), left(MINUTE)),
        passed if passed < DAY => (format!("{} h ago", passed / HOUR), left(HOUR)),
        passed if passed < 2 * DAY => (String::from("yesterday"), left(DAY)),
        passed if passed < 60 * DAY => (format!("{} d ago", passed / DAY), left(DAY)),
        passed if passed < 730 * DAY => (format!("{} months ago", passed / (30 * DAY)), left(DAY)),
        passed => (format!("{} years ago", passed / (365 * DAY)), left(DAY)),
    }
}

/// A moment in the person's own time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    pub day: u32,
    /// 0 is Sunday.
    pub weekday: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
}

impl LocalTime {
    /// Of milliseconds since 1970, by the browser's time zone; outside a browser by UTC.
    pub fn of(ms: i64) -> Self {
        #[cfg(target_arch = "wasm32")]
        {
            let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(ms as f64));
            LocalTime {
                year: date.get_full_year() as i32,
                month: date.get_month() + 1,
                day: date.get_date(),
                weekday: date.get_day(),
                hour: date.get_hours(),
                minute: date.get_minutes(),
                second: date.get_seconds(),
            }
        }
        #[cfg(not(target_arch = "wasm32"))]
        Self::utc(ms)
    }

    /// Of milliseconds since 1970, by UTC.
    pub fn utc(ms: i64) -> Self {
        let days = ms.div_euclid(86_400_000);
        let rest = ms.rem_euclid(86_400_000) / 1000;
        // The civil calendar from days, with years that begin in March.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        LocalTime {
            year: year as i32,
            month: month as u32,
            day: (of_year - (153 * month_from_march + 2) / 5 + 1) as u32,
            weekday: (days + 4).rem_euclid(7) as u32,
            hour: (rest / 3600) as u32,
            minute: (rest % 3600 / 60) as u32,
            second: (rest % 60) as u32,
        }
    }

    /// 22:04.
    pub fn clock(&self) -> String {
        format!("{:02}:{:02}", self.hour, self.minute)
    }

    /// 22:03:41.
    pub fn clock_seconds(&self) -> String {
        format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }

    /// Mon 23 Nov.
    pub fn date(&self) -> String {
        format!("{} {} {}", self.weekday_name(), self.day, self.month_name())
    }

    /// 23 Nov 2026, 22:04.
    pub fn full(&self) -> String {
        format!("{} {} {}, {}", self.day, self.month_name(), self.year, self.clock())
    }

    /// 2026-11-23T22:04:00, for `datetime` attributes.
    pub fn iso(&self) -> String {
        format!("{:04}-{:02}-{:02}T{}", self.year, self.month, self.day, self.clock_seconds())
    }

    fn weekday_name(&self) -> &'static str {
        ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"].get(self.weekday as usize).copied().unwrap_or_default()
    }

    fn month_name(&self) -> &'static str {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        MONTHS.get((self.month as usize).saturating_sub(1)).copied().unwrap_or_default()
    }
}

/// "3 files", "1 file".
pub fn plural(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// The first letters of the first and the last word: "AL" of "Ada Lovelace".
pub fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split(|c: char| c.is_whitespace() || matches!(c, '.' | '_' | '-')).collect();
    let letters: Vec<char> = words.iter().filter_map(|word| word.chars().next()).collect();
    let chosen: String = match letters.as_slice() {
        [] => return String::from("?"),
        [one] => one.to_string(),
        [first, .., last] => [first, last].into_iter().collect(),
    };
    chosen.to_uppercase()
}

#[cfg(test)]
mod tests;
