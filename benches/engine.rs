//! How fast is the engine? `cargo bench --bench engine`
//!
//! * **phold**: 1000 processes pass tokens to one of four neighbours after an exponential delay of 1 ms on average,
//!   with 1, 16 and 256 tokens for each process. The engine races a bare loop over the standard library's heap, the
//!   one that anybody would write first. All do the same work with the same cheap generator and must end with the same
//!   checksum. They take turns, round after round, and the medians of the ratios of one round are printed at the end:
//!   above 1 the engine is faster than the bare loop.
//! * the others are measured by criterion: arrival counts, draws, clones.
//!
//! `-- --test` runs everything once and briefly; any other argument selects by name.
#![allow(
    missing_docs,
    clippy::print_stdout,
    reason = "a bench talks to whoever started it"
)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::env;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use engine::{
    Arrivals, Digest, Draw, Entry, EventQueue, Key, Phase, PlainQueue, Queue, Scheduler, Span,
    Stream, Streams, Time, Trace,
};

const PROCESSES: u32 = 1_000;
const NEIGHBOURS: [u32; 4] = [1, 31, PROCESSES - 31, PROCESSES - 1];
const MEAN_DELAY: Span = Span::millis(1);
/// In the variant with causes, each so many-th hop of a process is notable.
const NOTE_EVERY: u64 = 16;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let brief = arguments.iter().any(|argument| argument == "--test");
    let listing = arguments.iter().any(|argument| argument == "--list");
    let filter = arguments.iter().find(|argument| !argument.starts_with('-'));

    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    arrivals(&mut criterion);
    draws(&mut criterion);
    clones(&mut criterion);
    criterion.final_summary();

    if !listing && filter.is_none_or(|name| "phold".contains(name.as_str())) {
        race(brief);
    }
}

// ------------------------------------------------------------------------------------------------- phold

/// Where a process takes its randomness from.
trait Source: Draw {
    fn new(process: u32) -> Self;
}

/// SplitMix64: about a nanosecond a word, so that the race is one of queues.
struct Cheap(u64);

impl Source for Cheap {
    fn new(process: u32) -> Cheap {
        Cheap(u64::from(process) << 32)
    }
}

impl Draw for Cheap {
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

impl Source for Stream {
    fn new(process: u32) -> Stream {
        Streams::new(1).of(Key::of("process").id(process.into()))
    }
}

/// A stream of which only the counter is stored.
struct Counted {
    streams: Streams,
    key: Key,
    drawn: u32,
}

impl Source for Counted {
    fn new(process: u32) -> Counted {
        Counted {
            streams: Streams::new(1),
            key: Key::of("process").id(process.into()),
            drawn: 0,
        }
    }
}

impl Draw for Counted {
    fn next_u64(&mut self) -> u64 {
        self.streams.resume(self.key, &mut self.drawn).next_u64()
    }
}

struct Process<S> {
    source: S,
    hops: u64,
    history: u64,
}

/// What happens at a hop, and where and when the next one is. The same in each variant.
#[inline(always)]
fn hop<S: Source>(process: &mut Process<S>, number: u32, now: u64) -> (u64, u32) {
    process.hops += 1;
    process.history = process.history.wrapping_mul(31).wrapping_add(now);
    let delay = process.source.exponential(MEAN_DELAY);
    let neighbour = NEIGHBOURS[(process.source.next_u64() >> 62) as usize];
    (now + delay.as_nanos(), (number + neighbour) % PROCESSES)
}

fn processes<S: Source>() -> Vec<Process<S>> {
    (0..PROCESSES)
        .map(|number| Process {
            source: S::new(number),
            hops: 0,
            history: 0,
        })
        .collect()
}

/// Depends on the order within each process, not on that between two of one instant.
fn checksum<S>(processes: &[Process<S>]) -> u64 {
    processes
        .iter()
        .fold(0, |sum: u64, process| sum.wrapping_add(process.history))
}

struct Lap {
    time: Duration,
    checksum: u64,
}

/// The rod to measure with.
fn bare<S: Source>(tokens: u32, hops: u64) -> Lap {
    let mut processes = processes::<S>();
    let mut heap: BinaryHeap<Reverse<(u64, u64, u32)>> = BinaryHeap::new();
    let mut sequence = 0;
    for number in 0..PROCESSES {
        for _ in 0..tokens {
            let at = processes[number as usize]
                .source
                .exponential(MEAN_DELAY)
                .as_nanos();
            heap.push(Reverse((at, sequence, number)));
            sequence += 1;
        }
    }
    let begin = Instant::now();
    for _ in 0..hops {
        let Reverse((now, _, number)) = heap.pop().expect("tokens do not get lost");
        let (at, to) = hop(&mut processes[number as usize], number, now);
        heap.push(Reverse((at, sequence, to)));
        sequence += 1;
    }
    Lap {
        time: begin.elapsed(),
        checksum: checksum(&processes),
    }
}

#[derive(Clone, Copy)]
struct Hop(u32);

impl Digest for Hop {
    fn digest(&self) -> [u64; 2] {
        [0, self.0.into()]
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Watch {
    Nothing,
    Trace,
    TraceAndCauses,
}

fn engine<S: Source, Q: EventQueue<Entry<Hop>>>(tokens: u32, hops: u64, watch: Watch) -> Lap {
    let mut processes = processes::<S>();
    let mut scheduler = Scheduler::<Hop, u32, Q>::new();
    if watch != Watch::Nothing {
        scheduler = scheduler.with_trace(Trace::new());
    }
    if watch == Watch::TraceAndCauses {
        scheduler = scheduler.with_causes();
    }
    for number in 0..PROCESSES {
        for _ in 0..tokens {
            let delay = processes[number as usize].source.exponential(MEAN_DELAY);
            scheduler.schedule_after(delay, Hop(number));
        }
    }
    let begin = Instant::now();
    for _ in 0..hops {
        let (now, Hop(number)) = scheduler.next().expect("tokens do not get lost");
        let process = &mut processes[number as usize];
        let (at, to) = hop(process, number, now.as_nanos());
        if watch == Watch::TraceAndCauses && process.hops.is_multiple_of(NOTE_EVERY) {
            scheduler.note(number);
        }
        scheduler.schedule(Time::from_nanos(at), Hop(to));
    }
    let time = begin.elapsed();
    black_box(scheduler.trace().map(Trace::value));
    Lap {
        time,
        checksum: checksum(&processes),
    }
}

type Variant = (&'static str, fn(u32, u64) -> Lap);

/// The first one of each list is what the others are compared with.
const QUEUES: [Variant; 5] = [
    ("bare", bare::<Cheap>),
    ("engine", |tokens, hops| {
        engine::<Cheap, Queue<_>>(tokens, hops, Watch::Nothing)
    }),
    ("with trace", |tokens, hops| {
        engine::<Cheap, Queue<_>>(tokens, hops, Watch::Trace)
    }),
    ("with trace and causes", |tokens, hops| {
        engine::<Cheap, Queue<_>>(tokens, hops, Watch::TraceAndCauses)
    }),
    ("on the plain queue", |tokens, hops| {
        engine::<Cheap, PlainQueue<_>>(tokens, hops, Watch::Nothing)
    }),
];
const STREAMS: [Variant; 3] = [
    ("bare", bare::<Stream>),
    ("engine with trace", |tokens, hops| {
        engine::<Stream, Queue<_>>(tokens, hops, Watch::Trace)
    }),
    ("engine with trace, counters", |tokens, hops| {
        engine::<Counted, Queue<_>>(tokens, hops, Watch::Trace)
    }),
];

fn race(brief: bool) {
    let (rounds, hops) = if brief { (1, 20_000) } else { (15, 1_000_000) };
    let mut summary = Vec::new();
    for tokens in [1, 16, 256] {
        let mut cheap = Vec::new();
        let mut ciphers = Vec::new();
        for turn in 0..rounds {
            cheap.push(round(&QUEUES, turn, tokens, hops));
            ciphers.push(round(&STREAMS, turn, tokens, hops));
        }
        let nanos = |rounds: &[Vec<Duration>], variant: usize| {
            median(
                rounds
                    .iter()
                    .map(|times| times[variant].as_secs_f64() * 1e9 / hops as f64),
            )
        };
        let gain =
            |variant: usize| median(cheap.iter().map(|times| ratio(times[0], times[variant])));
        let plural = if tokens == 1 { "" } else { "s" };
        let gains: Vec<String> = (1..QUEUES.len())
            .map(|variant| format!("{} {:.2}", QUEUES[variant].0, gain(variant)))
            .collect();
        summary.push(format!(
            "phold {tokens} token{plural}: engine/bare {}",
            gains.join(", ").replacen("engine ", "", 1)
        ));
        let each: Vec<String> = (0..QUEUES.len())
            .map(|variant| format!("{} {:.1}", QUEUES[variant].0, nanos(&cheap, variant)))
            .collect();
        summary.push(format!("    ns a hop: {}", each.join(", ")));
        // Against the bare loop with the cheap generator, in the same round.
        let cost = |variant: usize| {
            median(
                cheap
                    .iter()
                    .zip(&ciphers)
                    .map(|(cheap, cipher)| ratio(cheap[0], cipher[variant])),
            )
        };
        let costs: Vec<String> = (0..STREAMS.len())
            .map(|variant| format!("{} {:.2}", STREAMS[variant].0, cost(variant)))
            .collect();
        summary.push(format!(
            "    with a ChaCha8 stream for each process: {}",
            costs.join(", ")
        ));
    }
    println!(
        "\nmedians of {rounds} interleaved rounds of {hops} hops; above 1 is faster than the bare loop"
    );
    println!("{}", summary.join("\n"));
}

/// Each variant once, beginning with another one at each turn. They must agree on what happened.
fn round(variants: &[Variant], turn: usize, tokens: u32, hops: u64) -> Vec<Duration> {
    let mut times = vec![Duration::ZERO; variants.len()];
    let mut checksums = vec![0; variants.len()];
    for step in 0..variants.len() {
        let variant = (turn + step) % variants.len();
        let lap = variants[variant].1(tokens, hops);
        times[variant] = lap.time;
        checksums[variant] = lap.checksum;
    }
    for ((name, _), checksum) in variants.iter().zip(&checksums) {
        assert_eq!(
            *checksum, checksums[0],
            "{name} did other work than {}",
            variants[0].0
        );
    }
    times
}

fn ratio(reference: Duration, time: Duration) -> f64 {
    reference.as_secs_f64() / time.as_secs_f64()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

// ------------------------------------------------------------------------------------------------- parts

fn arrivals(criterion: &mut Criterion) {
    let arrivals = Arrivals::new(Time::ZERO + Span::secs(3), 2_003, Span::secs(1));
    let heartbeat = Phase::new(Time::ZERO + Span::millis(700), Span::secs(2));
    let now = Time::ZERO + Span::secs(1_000);
    let mut group = criterion.benchmark_group("arithmetic");
    group.bench_function("Arrivals::count_until", |bench| {
        bench.iter(|| black_box(&arrivals).count_until(black_box(now)));
    });
    group.bench_function("Arrivals::count_until, by 128-bit division", |bench| {
        bench.iter(|| {
            let passed = u128::from((black_box(now) - arrivals.start()).as_nanos());
            let period = black_box(&arrivals).period();
            ((passed + 1) * u128::from(period.den())).div_ceil(u128::from(period.num())) as u64
        });
    });
    group.bench_function("Arrivals::time_of", |bench| {
        bench.iter(|| black_box(&arrivals).time_of(black_box(1_999_001)));
    });
    group.bench_function("Phase::next_after", |bench| {
        bench.iter(|| black_box(&heartbeat).next_after(black_box(now)));
    });
    group.finish();
}

fn draws(criterion: &mut Criterion) {
    let streams = Streams::new(1);
    let key = Key::of("broker/3/heartbeat-phase");
    let mut stream = streams.of(key);
    let mut drawn = 0;
    let mut group = criterion.benchmark_group("draws");
    group.bench_function("Key::of, 24 bytes", |bench| {
        bench.iter(|| Key::of(black_box("broker/3/heartbeat-phase")));
    });
    group.bench_function("Streams::of", |bench| {
        bench.iter(|| streams.of(black_box(key)))
    });
    group.bench_function("Stream::next_u64", |bench| bench.iter(|| stream.next_u64()));
    group.bench_function("Stream::below", |bench| {
        bench.iter(|| stream.below(black_box(1_000)))
    });
    group.bench_function("Stream::exponential", |bench| {
        bench.iter(|| stream.exponential(black_box(MEAN_DELAY)))
    });
    group.bench_function("Streams::word", |bench| {
        bench.iter(|| streams.word(black_box(key), black_box(77)))
    });
    group.bench_function("Streams::resume, one draw", |bench| {
        bench.iter(|| {
            drawn = (drawn + 1) % 1_000_000;
            streams.resume(black_box(key), &mut drawn).next_u64()
        });
    });
    group.bench_function("Streams::resume, eight draws", |bench| {
        bench.iter(|| {
            drawn = (drawn + 8) % 1_000_000 / 8 * 8;
            let mut cursor = streams.resume(black_box(key), &mut drawn);
            (0..8).fold(0, |sum: u64, _| sum.wrapping_add(cursor.next_u64()))
        });
    });
    group.finish();
}

fn clones(criterion: &mut Criterion) {
    /// As large as the event of a real model.
    #[derive(Clone, Copy)]
    struct Event([u64; 3]);

    impl Digest for Event {
        fn digest(&self) -> [u64; 2] {
            [self.0[0], self.0[1] ^ self.0[2]]
        }
    }

    let mut scheduler = Scheduler::<Event>::new().with_trace(Trace::new());
    let mut delays = Streams::new(1).of("delays");
    for number in 0..1_000 {
        scheduler.schedule_after(delays.exponential(MEAN_DELAY), Event([number; 3]));
    }
    for _ in 0..100_000 {
        let (_, event) = scheduler
            .next()
            .expect("as many are scheduled as are taken");
        scheduler.schedule_after(delays.exponential(MEAN_DELAY), event);
    }
    assert_eq!(scheduler.pending(), 1_000);
    criterion.bench_function(
        "clones/Scheduler with 1000 pending events of 24 bytes",
        |bench| {
            bench.iter(|| black_box(&scheduler).clone());
        },
    );
}
