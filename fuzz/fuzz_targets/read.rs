//! `cargo +nightly fuzz run read`: whatever the bytes are, the reader ends with a scenario or with a reason, and both can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scenario::diagnostic::{json, render};
use scenario::{Diagnostic, Memory};

fuzz_target!(|bytes: &[u8]| {
    let read = scenario::read(&Memory::new().with("x.ron", bytes), "x.ron");
    let failed = read.diagnostics.iter().any(Diagnostic::is_error);
    assert_eq!(read.scenario.is_none(), failed);
    render::render(&read.diagnostics, &read.sources, render::Style::default());
    json::to_json(&read.diagnostics, &read.sources);
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(once) = scenario::format::format(text, 0)
    {
        assert_eq!(scenario::format::format(&once, 0).as_ref(), Ok(&once), "formatting again changes nothing");
    }
});
