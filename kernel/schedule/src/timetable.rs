//! When a cron expression comes due: read by `croner`, in a time zone of the IANA database.
//!
//! As in the protocol, a day must fit both the day of the month and the day of the week where both are given. Where clocks
//! go forward, a time that does not exist comes due right after the gap; where they go back, a fixed time comes due once.

use std::str::FromStr;

use chrono::{TimeZone, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::error::{Result, ScheduleError};

/// Bytes of an expression.
const LONGEST: usize = 256;
/// Runs that are looked at for the shortest time between two: those of a whole day, where each is a minute or more after
/// the last; and milliseconds that they are looked for in.
const LOOKED_AT: usize = 1_500;
const LOOKED_FOR: u64 = 400 * 24 * 3_600 * 1_000;
/// What each of five fields may hold.
const RANGES: [(u32, u32); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];

/// An expression in its time zone.
#[derive(Debug, Clone)]
pub struct Timetable {
    cron: Cron,
    zone: Tz,
}

impl Timetable {
    /// Reads five fields, or six with the seconds first, and the name of a time zone.
    ///
    /// # Errors
    /// [`ScheduleError::Expression`] in the protocol's words; [`ScheduleError::TimeZone`].
    pub fn parse(expression: &str, zone: &str) -> Result<Timetable> {
        let zone = Tz::from_str(zone).map_err(|_| ScheduleError::TimeZone(zone.to_owned()))?;
        let bad = |reason: String| ScheduleError::Expression(reason);
        if expression.len() > LONGEST {
            return Err(bad(format!("Invalid cron expression: it has more than {LONGEST} characters")));
        }
        let fields: Vec<&str> = expression.split_whitespace().collect();
        let nickname = fields.len() == 1 && expression.trim().starts_with('@');
        if !nickname && !(5..=6).contains(&fields.len()) {
            return Err(bad(format!("Invalid cron expression: expected 5 fields, got {}", fields.len())));
        }
        let parser = CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).dom_and_dow(true).build();
        let cron = parser.parse(expression).map_err(|error| {
            let told = fault(&fields).unwrap_or_else(|| format!("Invalid cron expression: {error}"));
            bad(told)
        })?;
        Ok(Timetable { cron, zone })
    }

    /// The first time after this one (both in milliseconds since the Unix epoch); `None` if there is none.
    pub fn next(&self, after: u64) -> Option<u64> {
        let from = Utc.timestamp_millis_opt(i64::try_from(after).ok()?).single()?.with_timezone(&self.zone);
        let found = self.cron.find_next_occurrence(&from, false).ok()?;
        u64::try_from(found.timestamp()).ok().map(|seconds| seconds * 1_000).filter(|next| *next > after)
    }

    /// The last time up to this one; `None` if there is none.
    pub fn last(&self, until: u64) -> Option<u64> {
        let to = Utc.timestamp_millis_opt(i64::try_from(until).ok()?).single()?.with_timezone(&self.zone);
        let found = self.cron.find_previous_occurrence(&to, true).ok()?;
        u64::try_from(found.timestamp()).ok().map(|seconds| seconds * 1_000)
    }

    /// The shortest time between two runs from now on, in milliseconds; `None` if a year has no two.
    pub fn shortest(&self, now: u64) -> Option<u64> {
        let times = std::iter::successors(self.next(now), |last| self.next(*last)).take(LOOKED_AT);
        let times = times.take_while(|time| *time < now + LOOKED_FOR);
        let mut last = None;
        let gaps = times.filter_map(|time| last.replace(time).map(|before| time - before));
        gaps.min()
    }
}

/// What is wrong with an expression that could not be read, in the words existing clients know.
fn fault(fields: &[&str]) -> Option<String> {
    let seconds = (fields.len() == 6).then_some((0, 59));
    seconds
        .into_iter()
        .chain(RANGES)
        .zip(fields)
        .find_map(|(range, field)| field.split(',').find_map(|part| fault_of(part, range)))
}

fn fault_of(part: &str, (low, high): (u32, u32)) -> Option<String> {
    let (base, step) = match part.split_once('/') {
        Some((base, step)) => (base, Some(step)),
        None => (part, None),
    };
    if let Some(step) = step.filter(|step| !step.parse::<u32>().is_ok_and(|step| step > 0 && step <= high)) {
        return Some(format!("Invalid step: {step}"));
    }
    // Names of months and days, and what croner knows beyond numbers, are its to judge.
    let number = |text: &str| text.parse::<u32>().ok();
    let outside = |value: u32| !(low..=high).contains(&value);
    match base.split_once('-') {
        Some((from, to)) => match (number(from), number(to)) {
            (Some(from), Some(to)) if from > to || outside(from) || outside(to) => {
                Some(format!("Invalid range: {base}"))
            }
            (Some(_), None) | (None, Some(_)) => Some(format!("Invalid range: {base}")),
            _ => None,
        },
        None if base == "*" => None,
        None => match number(base) {
            Some(value) if outside(value) => Some(format!("Invalid value {base} (range: {low}-{high})")),
            None if base.is_empty() || high > 12 && high != 31 => {
                Some(format!("Invalid value {base} (range: {low}-{high})"))
            }
            _ => None,
        },
    }
}
