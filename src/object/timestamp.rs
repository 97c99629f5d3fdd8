//! Points in time as text: RFC 3339.

const MICROS: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// `1991-04-09T12:00:00Z`, with a fraction only when there is one. Years outside 0..=9999, which RFC 3339 does not know, are
/// written with a sign, as ISO 8601 has them.
pub(super) fn format(micros: i64) -> String {
    let (seconds, fraction) = (micros.div_euclid(MICROS), micros.rem_euclid(MICROS));
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let of_day = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let year = if (0..=9999).contains(&year) { format!("{year:04}") } else { format!("{year:+05}") };
    let fraction = match fraction {
        0 => String::new(),
        _ => format!(".{fraction:06}").trim_end_matches('0').to_owned(),
    };
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// Microseconds from RFC 3339 text: `2024-02-29T10:30:00.25+02:00`; a date alone is its midnight, a blank may stand for `T`.
/// Digits beyond microseconds are cut. `Err` says what does not fit.
pub(super) fn parse(text: &str) -> Result<i64, &'static str> {
    let mut rest = text.trim();
    let year = year(&mut rest)?;
    let month = preceded(&mut rest, "-", 2)?;
    let day = preceded(&mut rest, "-", 2)?;
    if !(1..=12).contains(&month) || !(1..=month_length(year, month)).contains(&day) {
        return Err("there is no such day");
    }
    let midnight = days(year, month, day) * DAY;
    if rest.is_empty() {
        return midnight.checked_mul(MICROS).ok_or("out of range");
    }
    rest = rest.strip_prefix(['T', 't', ' ']).ok_or("expected T between date and time")?;
    let (of_day, fraction) = time(&mut rest)?;
    let zone = zone(rest)?;
    let micros = (midnight + of_day - zone).checked_mul(MICROS);
    micros.and_then(|micros| micros.checked_add(fraction)).ok_or("out of range")
}

/// Four digits, or a sign and four to six.
fn year(rest: &mut &str) -> Result<i64, &'static str> {
    let (sign, unsigned) = match rest.as_bytes().first() {
        Some(b'+') => (1, &rest[1..]),
        Some(b'-') => (-1, &rest[1..]),
        _ => {
            return digits(rest, 4);
        }
    };
    let length = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    if !(4..=6).contains(&length) {
        return Err("expected a year of four to six digits");
    }
    *rest = unsigned;
    digits(rest, length).map(|year| sign * year)
}

/// Seconds of the day and microseconds.
fn time(rest: &mut &str) -> Result<(i64, i64), &'static str> {
    let hour = digits(rest, 2)?;
    let minute = preceded(rest, ":", 2)?;
    let second = if rest.starts_with(':') { preceded(rest, ":", 2)? } else { 0 };
    // A leap second (60) is read as the next second, as POSIX time does.
    if hour > 23 || minute > 59 || second > 60 {
        return Err("there is no such time of day");
    }
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix('.') {
        let length = after.bytes().take_while(u8::is_ascii_digit).count();
        let mut kept = &after[..length.min(6)];
        let count = kept.len();
        if count == 0 {
            return Err("expected digits after the point");
        }
        fraction = digits(&mut kept, count)?;
        fraction *= (count..6).fold(1, |scale, _| scale * 10);
        *rest = &after[length..];
    }
    Ok((hour * 3600 + minute * 60 + second, fraction))
}

/// Seconds east of UTC; text without a zone is UTC.
fn zone(mut rest: &str) -> Result<i64, &'static str> {
    let sign = match rest.as_bytes().first() {
        None => return Ok(0),
        Some(b'Z' | b'z') if rest.len() == 1 => return Ok(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Err("expected Z or an offset such as +02:00 at the end"),
    };
    rest = &rest[1..];
    let hours = digits(&mut rest, 2)?;
    let minutes = preceded(&mut rest, ":", 2)?;
    if hours > 23 || minutes > 59 || !rest.is_empty() {
        return Err("expected Z or an offset such as +02:00 at the end");
    }
    Ok(sign * (hours * 3600 + minutes * 60))
}

fn preceded(rest: &mut &str, separator: &str, count: usize) -> Result<i64, &'static str> {
    *rest = rest.strip_prefix(separator).ok_or("expected YYYY-MM-DDTHH:MM:SSZ")?;
    digits(rest, count)
}

fn digits(rest: &mut &str, count: usize) -> Result<i64, &'static str> {
    let (number, after) = rest.split_at_checked(count).ok_or("expected YYYY-MM-DDTHH:MM:SSZ")?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("expected YYYY-MM-DDTHH:MM:SSZ");
    }
    *rest = after;
    number.parse().map_err(|_| "expected YYYY-MM-DDTHH:MM:SSZ")
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date in the Gregorian calendar, counted in years that start in March, so that the leap day
/// comes last, and in cycles of 400 years (146,097 days).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (cycle, of_cycle) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_cycle = of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + day_of_year;
    cycle * 146_097 + day_of_cycle - 719_468
}

/// Year, month and day of a number of days since 1970-01-01: the inverse of `days`.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (cycle, of_cycle) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_cycle - of_cycle / 1460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let day_of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + cycle * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_dates() {
        for (text, micros) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999999Z", -1),
            ("2000-02-29T00:00:00Z", 951_782_400_000_000),
            ("2024-03-01T12:34:56.25Z", 1_709_296_496_250_000),
            ("1900-03-01T00:00:00Z", -2_203_891_200_000_000),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000_000),
        ] {
            assert_eq!(parse(text), Ok(micros), "{text}");
            assert_eq!(format(micros), text);
        }
    }

    #[test]
    fn other_spellings() {
        assert_eq!(parse("2024-02-29"), parse("2024-02-29T00:00:00Z"));
        assert_eq!(parse("2024-02-29 10:30+02:00"), parse("2024-02-29T08:30:00Z"));
        assert_eq!(parse("2024-02-29t08:30:00.1234567z"), parse("2024-02-29T08:30:00.123456Z"));
        assert_eq!(parse("2016-12-31T23:59:60Z"), parse("2017-01-01T00:00:00Z"));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "x",
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-01-01T24:00:00Z",
            "2024-01-01T10:00:00+25:00",
            "2024-01-01X10:00:00Z",
            "2024-1-1",
            "2024-01-01T10:00:00.Z",
            "2024-01-01T10:00:00Zoo",
            "+999999-01-01",
            "é024-01-01",
            "2024-01-01T1é:00",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_round_trips(micros in any::<i64>()) {
            let text = format(micros);
            if text.starts_with(|first: char| first.is_ascii_digit()) || text.len() < 35 {
                prop_assert_eq!(parse(&text), Ok(micros), "{}", text);
            }
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
