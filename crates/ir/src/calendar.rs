//! Dates and times of day: how a point in time is written. UTC and the Gregorian calendar throughout; no time zone, no
//! leap second.

/// A date and time of day, UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Civil {
    /// The year; 0 is the one before 1.
    pub year: i64,
    /// The month, from 1.
    pub month: i64,
    /// The day of the month, from 1.
    pub day: i64,
    /// The seconds since midnight.
    pub second_of_day: i64,
}

/// The date of a number of seconds since the epoch. It counts in years that start in March, so that the leap day is
/// their last.
pub fn civil(sec: i64) -> Civil {
    const DAYS_OF_400_YEARS: i64 = 146_097;
    /// From 0000-03-01 to 1970-01-01.
    const DAYS_TO_EPOCH: i64 = 719_468;
    let day = sec.div_euclid(86_400) + DAYS_TO_EPOCH;
    let (cycle, day) = (
        day.div_euclid(DAYS_OF_400_YEARS),
        day.rem_euclid(DAYS_OF_400_YEARS),
    );
    // The leap days before this one in the cycle, taken away, leave years of 365 days.
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // March to July and August to December are 31 30 31 30 31 days.
    let month = (5 * day + 2) / 153;
    Civil {
        year: cycle * 400 + year + i64::from(month >= 10),
        month: if month < 10 { month + 3 } else { month - 9 },
        day: day - (153 * month + 2) / 5 + 1,
        second_of_day: sec.rem_euclid(86_400),
    }
}

impl Civil {
    /// The date, as in `2026-11-23`; a year of more than four digits has a sign.
    pub fn date(&self) -> String {
        let Civil {
            year, month, day, ..
        } = self;
        let sign = match year {
            ..0 => "-",
            0..=9999 => "",
            _ => "+",
        };
        format!("{sign}{:04}-{month:02}-{day:02}", year.unsigned_abs())
    }
}

/// A time as RFC 3339 has it, with as many of the nine digits of the fraction as are wanted.
pub fn rfc3339(sec: i64, nsec: u64, digits: usize) -> String {
    let civil = civil(sec);
    let s = civil.second_of_day;
    let (hour, minute, second) = (s / 3600, s / 60 % 60, s % 60);
    let date = civil.date();
    let fraction = format!("{nsec:09}");
    let (point, fraction) = match fraction.get(..digits) {
        Some(digits) if !digits.is_empty() => (".", digits),
        _ => ("", ""),
    };
    format!("{date}T{hour:02}:{minute:02}:{second:02}{point}{fraction}Z")
}

/// The same with a fraction of as few digits as tell it: none, 3, 6 or 9.
pub fn shortest(sec: i64, nsec: u64) -> String {
    let digits = match nsec {
        0 => 0,
        n if n % 1_000_000 == 0 => 3,
        n if n % 1_000 == 0 => 6,
        _ => 9,
    };
    rfc3339(sec, nsec, digits)
}
