//! When expressions come due.

use chrono::{DateTime, TimeZone, Utc};

use super::*;
use crate::timetable::Timetable;

fn at(text: &str) -> u64 {
    DateTime::parse_from_rfc3339(text).expect("a time").timestamp_millis() as u64
}

/// The next times after a time, in UTC.
fn times(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let table = Timetable::parse(expression, zone).expect("an expression");
    let times = std::iter::successors(table.next(at(after)), |last| table.next(*last)).take(count);
    times.map(|time| Utc.timestamp_millis_opt(time as i64).unwrap().to_rfc3339()[..19].to_owned()).collect()
}

#[test]
fn five_fields_or_six() {
    let check = |expression, expect: [&str; 2]| {
        assert_eq!(times(expression, "UTC", "2026-03-02T08:59:30.500Z", 2), expect, "{expression}");
    };
    check("0 5 * * *", ["2026-03-03T05:00:00", "2026-03-04T05:00:00"]);
    check("*/15 9-10 * * 1", ["2026-03-02T09:00:00", "2026-03-02T09:15:00"]);
    check("30 0 9 * * *", ["2026-03-02T09:00:30", "2026-03-03T09:00:30"]);
    check("*/20 * * * * *", ["2026-03-02T08:59:40", "2026-03-02T09:00:00"]);
    check("0 0 * jan mon", ["2027-01-04T00:00:00", "2027-01-11T00:00:00"]);
    check("@daily", ["2026-03-03T00:00:00", "2026-03-04T00:00:00"]);
    check("0 0 13 * 5", ["2026-03-13T00:00:00", "2026-11-13T00:00:00"]);
}

#[test]
fn a_time_zone_keeps_its_hours_when_clocks_change() {
    let berlin = |expression, after, count| times(expression, "Europe/Berlin", after, count);
    // Clocks go forward on 29 March at 01:00 UTC, and back on 25 October at 01:00 UTC.
    assert_eq!(
        berlin("0 9 * * *", "2026-03-27T12:00:00Z", 3),
        ["2026-03-28T08:00:00", "2026-03-29T07:00:00", "2026-03-30T07:00:00"]
    );
    let gap = berlin("30 2 * * *", "2026-03-28T12:00:00Z", 2);
    assert_eq!(gap.len(), 2);
    assert!(gap[0].starts_with("2026-03-29T01:"), "half past two does not exist that day: {gap:?}");
    assert_eq!(gap[1], "2026-03-30T00:30:00");
    let twice = berlin("30 2 * * *", "2026-10-24T12:00:00Z", 2);
    assert_eq!(twice[1], "2026-10-26T01:30:00", "once on the day that has it twice: {twice:?}");
}

#[test]
fn what_cannot_be_read_is_named_in_the_words_of_the_protocol() {
    for (expression, told) in [
        ("* * * *", "Invalid cron expression: expected 5 fields, got 4"),
        ("", "Invalid cron expression: expected 5 fields, got 0"),
        ("1 2 3 4 5 6 7", "Invalid cron expression: expected 5 fields, got 7"),
        ("*/0 * * * *", "Invalid step: 0"),
        ("*/x * * * *", "Invalid step: x"),
        ("5-1 * * * *", "Invalid range: 5-1"),
        ("1-99 * * * *", "Invalid range: 1-99"),
        ("61 * * * *", "Invalid value 61 (range: 0-59)"),
        ("* 24 * * *", "Invalid value 24 (range: 0-23)"),
        ("* * 0 * *", "Invalid value 0 (range: 1-31)"),
        ("* * * 13 *", "Invalid value 13 (range: 1-12)"),
        ("* * * * 8", "Invalid value 8 (range: 0-7)"),
        ("x * * * *", "Invalid value x (range: 0-59)"),
        ("60 * * * * *", "Invalid value 60 (range: 0-59)"),
    ] {
        let error = Timetable::parse(expression, "UTC").expect_err(expression);
        assert_eq!(error.to_string(), told, "{expression}");
    }
    for strange in ["@every 5m", "* * * foo *", "💥 * * * *", &"* ".repeat(200)] {
        let error = Timetable::parse(strange, "UTC").expect_err(strange).to_string();
        assert!(error.starts_with("Invalid"), "{strange}: {error}");
    }
    let error = Timetable::parse("* * * * *", "Mars/Olympus").expect_err("no such zone").to_string();
    assert!(error.starts_with("Mars/Olympus is no time zone."), "{error}");
}

#[test]
fn the_shortest_time_between_two_runs_is_found() {
    let shortest = |expression| Timetable::parse(expression, "UTC").expect("valid").shortest(MORNING);
    assert_eq!(shortest("* * * * *"), Some(MINUTE));
    assert_eq!(shortest("0,50 * * * * *"), Some(10 * SECOND));
    assert_eq!(shortest("0,59 5,6 3 * * *"), Some(SECOND));
    assert_eq!(shortest("0 5 * * *"), Some(DAY));
    assert_eq!(shortest("0 0 30 2 *"), None, "there is no such day");
}
