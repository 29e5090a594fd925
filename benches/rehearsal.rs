//! How fast whole rehearsals are: the reference roll, its clone, an idle day, and a cluster of 100 brokers with 100,000 partitions.
//!
//! `cargo bench --bench rehearsal`. Figures with the machine that gave them are in `benches/README.md`.
#![allow(
    missing_docs,
    clippy::print_stdout,
    reason = "a bench talks to whoever started it"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rehearsal::Rehearsal;

fn prepared(text: &str) -> Rehearsal {
    let loader = scenario::Memory::new().with("bench.ron", text);
    let read = scenario::read(&loader, "bench.ron");
    rehearsal::prepare(&read.scenario.expect("the scenario is right"), "bench.ron")
        .expect("it can be rehearsed")
}

fn file(name: &str) -> Rehearsal {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios")
        .join(name);
    prepared(&std::fs::read_to_string(path).expect("the file is there"))
}

/// A cluster on which nothing happens for so long.
fn idle(brokers: u32, partitions: u32, wait: &str) -> String {
    format!(
        r#"(
    about: "idle",
    estate: (
        clusters: {{ "c": (kafka: "3.9.2", brokers: {brokers}, controllers: 3,
            topics: {{ "t": (partitions: {partitions}, replicas: 3, settings: {{ "min.insync.replicas": 2 }}) }}) }},
        producers: {{ "p": (to: "t", rate: "{partitions}/s") }},
    ),
    runbook: [(step: "wait", do: Wait("{wait}"))],
    contract: [Completes],
)"#
    )
}

/// A rolling restart of everything.
fn roll(brokers: u32, partitions: u32, rate: u32) -> String {
    format!(
        r#"(
    about: "large roll",
    estate: (
        clusters: {{ "c": (kafka: "3.9.2", brokers: {brokers}, controllers: 3,
            topics: {{ "t": (partitions: {partitions}, replicas: 3, settings: {{ "min.insync.replicas": 2 }}) }}) }},
        producers: {{ "p": (to: "t", rate: "{rate}/s") }},
    ),
    runbook: [(step: "roll", do: Roll(Brokers), between: [UnderReplicated(at_most: 0, for: "15s", within: "20m")])],
    contract: [Completes, Lost("p", 0)],
)"#
    )
}

fn rehearsals(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rehearsal");
    let reference = file("reference-roll.ron");
    group.throughput(Throughput::Elements(1));
    let mut seed = 0;
    group.bench_function("reference roll, one seed", |bencher| {
        bencher.iter(|| {
            seed += 1;
            black_box(reference.holds(seed))
        });
    });
    group.bench_function("reference roll, with causes, trace and report", |bencher| {
        bencher.iter(|| {
            seed += 1;
            black_box(reference.run(seed))
        });
    });
    group.bench_function("reference roll, clone in the middle", |bencher| {
        let half_way = reference.play_until(1, 4 * 60);
        bencher.iter(|| black_box(half_way.clone()));
    });
    let day = prepared(&idle(6, 100, "1d"));
    group.bench_function("idle day of 6 brokers and 100 partitions", |bencher| {
        bencher.iter(|| {
            seed += 1;
            black_box(day.holds(seed))
        });
    });
    group.finish();
    large();
}

/// The large cluster takes too long for many samples: it is played once, and the wall clock of that is told.
fn large() {
    let name = "100 brokers and 100,000 partitions, all rolled";
    // Criterion's arguments: a filter, or `--test` for everything once and briefly.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let brief = arguments.iter().any(|argument| argument == "--test");
    let wanted = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .all(|filter| name.contains(filter.as_str()));
    if brief || !wanted {
        return;
    }
    let large = prepared(&roll(100, 100_000, 100_000));
    let begin = Instant::now();
    black_box(large.holds(1));
    println!("{name}: {:.1} s", begin.elapsed().as_secs_f64());
}

criterion_group!(benches, rehearsals);
criterion_main!(benches);
