//! Every form that can be written, every mistake that people make, and the way back.

use super::*;
use proptest::prelude::*;

fn nanos(text: &str) -> Result<u64, String> {
    text.parse::<Nanos>()
        .map(|value| value.0)
        .map_err(|error| error.message)
}

fn instead<T: FromStr<Err = UnitError>>(text: &str) -> Option<String> {
    text.parse::<T>().err().and_then(|error| error.instead)
}

#[test]
fn durations_are_read_to_the_nanosecond() {
    for (text, value) in [
        ("0", 0),
        ("0s", 0),
        ("30s", 30_000_000_000),
        ("1m30s", 90_000_000_000),
        ("1m 30s", 90_000_000_000),
        ("250ms", 250_000_000),
        ("250us", 250_000),
        ("7ns", 7),
        ("1.5h", 5_400_000_000_000),
        ("2h", 7_200_000_000_000),
        ("1d", 86_400_000_000_000),
        ("1_000ms", 1_000_000_000),
    ] {
        assert_eq!(nanos(text), Ok(value), "{text}");
    }
}

#[test]
fn a_duration_without_unit_is_asked_for_one() {
    assert_eq!(
        nanos("30"),
        Err("A duration needs a unit: \"30s\" is seconds, \"30ms\" milliseconds.".into())
    );
    assert_eq!(instead::<Nanos>("30"), Some("30s".into()));
}

#[test]
fn units_in_words_are_mended() {
    assert_eq!(instead::<Nanos>("5 minutes"), Some("5m".into()));
    assert_eq!(instead::<Nanos>("1min30sec"), Some("1m30s".into()));
    assert_eq!(instead::<Nanos>("10µs"), Some("10us".into()));
    assert_eq!(instead::<Nanos>("-5s"), Some("5s".into()));
}

#[test]
fn durations_that_cannot_be_are_refused() {
    for text in [
        "",
        " ",
        "s",
        "1x",
        "1s1m",
        "1s1s",
        "0.1ns",
        "600000d",
        "1..2s",
        "--1s",
        "1e3s",
        "99999999999999999999999999999999999999999s",
    ] {
        assert!(nanos(text).is_err(), "{text}");
    }
}

#[test]
fn durations_are_written_with_the_units_they_need() {
    for (value, text) in [
        (0, "0s"),
        (90_000_000_000, "1m30s"),
        (250_000, "250us"),
        (86_400_000_000_000, "1d"),
        (1_000_000_001, "1s1ns"),
    ] {
        assert_eq!(Nanos(value).to_string(), text);
    }
}

#[test]
fn sizes_know_both_kinds_of_kilo() {
    for (text, value) in [
        ("0", 0),
        ("512", 512),
        ("100B", 100),
        ("1KiB", 1024),
        ("1KB", 1000),
        ("1kB", 1000),
        ("1.5KiB", 1536),
        ("2TiB", 2 << 40),
        ("64 MiB", 64 << 20),
    ] {
        assert_eq!(text.parse(), Ok(Bytes(value)), "{text}");
    }
}

#[test]
fn sizes_in_other_spellings_are_mended() {
    assert_eq!(instead::<Bytes>("10gb"), Some("10GB".into()));
    assert_eq!(instead::<Bytes>("10G"), Some("10GB".into()));
    assert_eq!(instead::<Bytes>("10Mi"), Some("10MiB".into()));
    assert_eq!(instead::<Bytes>("-1KB"), Some("1KB".into()));
    assert_eq!(instead::<Bytes>("10 parsecs"), None);
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    for text in ["", "KB", "0.5B", "16EiB", "1KB/s", "twelve"] {
        assert!(text.parse::<Bytes>().is_err(), "{text}");
    }
}

#[test]
fn sizes_are_written_with_the_fewest_digits() {
    for (value, text) in [
        (0, "0B"),
        (1000, "1KB"),
        (1024, "1KiB"),
        (1001, "1001B"),
        (300 << 30, "300GiB"),
        (400_000_000, "400MB"),
    ] {
        assert_eq!(Bytes(value).to_string(), text);
    }
}

#[test]
fn byte_rates_come_in_bytes_and_bits() {
    for (text, value) in [
        ("400MB/s", 400_000_000),
        ("64MiB/s", 64 << 20),
        ("10Gbit/s", 1_250_000_000),
        ("8bit/s", 1),
        ("0B/s", 0),
    ] {
        assert_eq!(text.parse(), Ok(BytesPerSecond(value)), "{text}");
    }
}

#[test]
fn byte_rates_in_other_spellings_are_mended() {
    assert_eq!(instead::<BytesPerSecond>("400MB"), Some("400MB/s".into()));
    assert_eq!(instead::<BytesPerSecond>("10Gbps"), Some("10Gbit/s".into()));
    assert_eq!(instead::<BytesPerSecond>("100mb/s"), Some("100MB/s".into()));
    assert_eq!(instead::<BytesPerSecond>("5"), Some("5B/s".into()));
    assert!("1bit/s".parse::<BytesPerSecond>().is_err());
}

#[test]
fn byte_rates_are_written_with_the_fewest_digits() {
    assert_eq!(BytesPerSecond(1_250_000_000).to_string(), "10Gbit/s");
    assert_eq!(BytesPerSecond(400_000_000).to_string(), "400MB/s");
    assert_eq!(BytesPerSecond(0).to_string(), "0B/s");
}

#[test]
fn rates_are_exact_ratios_in_lowest_terms() {
    for (text, count, per) in [
        ("2000/s", 1, 500_000),
        ("30/min", 1, 2_000_000_000),
        ("0.5/s", 1, 2_000_000_000),
        ("1/3s", 1, 3_000_000_000),
        ("7/h", 7, 3_600_000_000_000),
        ("0/s", 0, 1),
    ] {
        assert_eq!(text.parse(), Ok(Rate { count, per }), "{text}");
    }
}

#[test]
fn rates_in_other_spellings_are_mended() {
    assert_eq!(instead::<Rate>("2000"), Some("2000/s".into()));
    assert_eq!(instead::<Rate>("2000/sec"), Some("2000/s".into()));
    assert_eq!(instead::<Rate>("30/minute"), Some("30/min".into()));
    for text in ["", "/s", "5/", "5/x", "5/0s", "x/s", "5 per second"] {
        assert!(text.parse::<Rate>().is_err(), "{text}");
    }
}

#[test]
fn rates_are_written_without_fraction_where_that_is_possible() {
    for (text, written) in [
        ("2000/s", "2000/s"),
        ("30/min", "30/min"),
        ("0.5/s", "30/min"),
        ("1/3s", "20/min"),
        ("1/7s", "1/7s"),
        ("60/min", "1/s"),
    ] {
        let rate: Rate = text.parse().expect(text);
        assert_eq!(rate.to_string(), written);
    }
}

#[test]
fn percentages_are_whole_and_at_most_a_hundred() {
    assert_eq!(parse_percent("95%"), Ok(95));
    assert_eq!(parse_percent("95"), Ok(95));
    for text in ["", "%", "101%", "9.5%", "-1%", "99999999999999999999%"] {
        assert!(parse_percent(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_as_the_same(value: u64, count: u64, per in 1u64..) {
        prop_assert_eq!(Nanos(value).to_string().parse(), Ok(Nanos(value)));
        prop_assert_eq!(Bytes(value).to_string().parse(), Ok(Bytes(value)));
        prop_assert_eq!(BytesPerSecond(value).to_string().parse(), Ok(BytesPerSecond(value)));
        let rate = Rate { count, per };
        let again: Rate = rate.to_string().parse().expect("a rate");
        prop_assert_eq!(u128::from(again.count) * u128::from(per), u128::from(count) * u128::from(again.per));
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,12}|[0-9.]{1,5}[a-zA-Z/µ]{0,6}") {
        let _ = text.parse::<Nanos>();
        let _ = text.parse::<Bytes>();
        let _ = text.parse::<BytesPerSecond>();
        let _ = text.parse::<Rate>();
        let _ = parse_percent(&text);
    }
}
