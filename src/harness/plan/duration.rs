//! Reads and writes durations: `500ms`, `10s`, `2m`.

use std::time::Duration;

/// Reads a duration that is not zero.
pub(crate) fn parse(word: &str) -> Result<Duration, String> {
    let unit = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (number, unit) = word.split_at(unit);
    let unit_millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => 0,
    };
    let length = number.parse().ok().and_then(|number: u64| number.checked_mul(unit_millis));
    match length {
        Some(millis @ 1..) => Ok(Duration::from_millis(millis)),
        Some(0) if unit_millis > 0 => Err(format!("{word} is no time: use a longer one")),
        Some(0) | None => Err("a time is a number with ms, s or m, as in 10s".to_owned()),
    }
}

/// The text that [`parse`] reads as this duration.
#[cfg(any(feature = "cli", test))]
pub(crate) fn text(length: Duration) -> String {
    match length.as_millis() {
        millis if millis % 1_000 == 0 => format!("{}s", millis / 1_000),
        millis => format!("{millis}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_lengths() {
        for (word, millis) in [("500ms", 500), ("10s", 10_000), ("2m", 120_000)] {
            let length = Duration::from_millis(millis);
            assert_eq!(parse(word), Ok(length));
            assert_eq!(parse(&text(length)), Ok(length));
        }
        for word in ["", "10", "s", "0s", "1.5s", "-1s", "1h", "10 s", "99999999999999999999s"] {
            assert!(parse(word).is_err(), "{word}");
        }
        assert!(parse("18446744073709551615m").is_err());
        assert_eq!(parse("0ms"), Err("0ms is no time: use a longer one".to_owned()));
        assert_eq!(parse("0h"), Err("a time is a number with ms, s or m, as in 10s".to_owned()));
        assert_eq!(text(Duration::from_secs(120)), "120s");
        assert_eq!(text(Duration::from_millis(1_500)), "1500ms");
    }
}
