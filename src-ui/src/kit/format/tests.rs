use super::*;

#[test]
fn bytes_have_three_figures_at_most() {
    let shown: Vec<String> = [0, 999, 1000, 1234, 9949, 34_000_000, 999_499, 999_600, 5_100_000_000, u64::MAX]
        .into_iter()
        .map(bytes)
        .collect();
    assert_eq!(shown, ["0 B", "999 B", "1.0 KB", "1.2 KB", "9.9 KB", "34 MB", "999 KB", "1.0 MB", "5.1 GB", "18 EB"]);
}

#[test]
fn counts_are_grouped_or_short() {
    assert_eq!(count(999), "999");
    assert_eq!(count(1_204_551), "1\u{202f}204\u{202f}551");
    let short: Vec<String> =
        [0.0, 0.5, 980.0, 12_000.0, 1500.0, 1_400_000.0, 999_700.0, -2000.0].into_iter().map(short_count).collect();
    assert_eq!(short, ["0", "0.5", "980", "12k", "1.5k", "1.4M", "1M", "-2k"]);
}

#[test]
fn money_says_when_it_is_less_than_a_cent() {
    let shown: Vec<String> = [0.0, 0.001, 0.005, 0.41, 1.999, 1234.5, f64::NAN].into_iter().map(money).collect();
    assert_eq!(shown, ["$0.00", "<$0.01", "$0.01", "$0.41", "$2.00", "$1\u{202f}234.50", "$0.00"]);
}

#[test]
fn percents_do_not_hide_what_is_little() {
    assert_eq!(
        [0.0, 0.0004, 0.004, 0.41, 1.0].map(percent),
        ["0\u{202f}%", "0.1\u{202f}%", "0.4\u{202f}%", "41\u{202f}%", "100\u{202f}%"]
    );
}

#[test]
fn durations_have_two_units_at_most() {
    let shown: Vec<String> =
        [340, 4250, 48_000, 360_000, 4_800_000, 7_200_000, 273_600_000].into_iter().map(duration).collect();
    assert_eq!(shown, ["340 ms", "4.2 s", "48 s", "6 min", "1 h 20 min", "2 h", "3 d 4 h"]);
    assert_eq!([7000, 750_000, 3_729_000].map(stopwatch), ["0:07", "12:30", "1:02:09"]);
}

#[test]
fn relative_times_say_how_long_they_hold() {
    const MIN: i64 = 60_000;
    let now = 1_000_000_000_000;
    assert_eq!(relative(now, now), (String::from("now"), MIN));
    assert_eq!(relative(now - 6 * MIN - 1000, now), (String::from("6 min ago"), 59_000));
    assert_eq!(relative(now - 30 * 60 * MIN, now).0, "yesterday");
    assert_eq!(relative(now - 3 * 24 * 60 * MIN, now).0, "3 d ago");
    assert_eq!(relative(now + 2 * 60 * MIN + 5, now), (String::from("in 2 h"), 6));
    assert_eq!(relative(now + 400, now).0, "in a moment");
}

#[test]
fn what_a_relative_time_says_changes_when_it_said_it_would() {
    let now = 1_000_000_000_000;
    for passed in [0, 59_999, 60_000, 3_599_999, 3_600_000, 86_399_999, 90_000_000, 200_000_000] {
        let (text, holds) = relative(now - passed, now);
        assert_eq!(relative(now - passed, now + holds - 1).0, text, "{passed}");
        assert_ne!(relative(now - passed, now + holds).0, text, "{passed}");
    }
}

#[test]
fn dates_follow_the_calendar() {
    let time = LocalTime::utc(1_795_471_441_000);
    assert_eq!(time.full(), "23 Nov 2026, 22:04");
    assert_eq!(time.date(), "Mon 23 Nov");
    assert_eq!(time.iso(), "2026-11-23T22:04:01");
    assert_eq!(LocalTime::utc(951_782_400_000).full(), "29 Feb 2000, 00:00");
    assert_eq!(LocalTime::utc(-1000).iso(), "1969-12-31T23:59:59");
}

#[test]
fn initials_are_of_the_first_and_the_last_word() {
    assert_eq!(["Ada Lovelace", "root", "", "ada.m.king", "émile zola"].map(initials), ["AL", "R", "?", "AK", "ÉZ"]);
    assert_eq!(
        (plural(1, "file", "files"), plural(3, "file", "files")),
        (String::from("1 file"), String::from("3 files"))
    );
}
