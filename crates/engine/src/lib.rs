//! A discrete-event engine: simulated time, a queue of events, random streams, a trace and causes. It knows no Kafka.
//!
//! ```text
//!                 ┌──────────────── Scheduler ────────────────┐
//!   schedule ───► │ Queue ──► now ──► Trace    Causes ◄─ note │ ───► next ──► the model's handler ─┐
//!      ▲          └───────────────────────────────────────────┘                                    │
//!      └───────────────────────────────────────────────────────────────────────────────────────────┘
//!   Timer: an event that can be moved or dropped          Streams: randomness, keyed by meaning
//!   Phase, Arrivals: what is periodic and needs no event  Ratio: exact fractions · Log: history that clones cheaply
//! ```
//!
//! A model owns a [`Scheduler`] of its own event type, a small `Copy` enum; a loop takes the next event and calls the
//! model's handler, which changes the model and schedules more. There are no callbacks, no boxes and no traits to
//! implement but [`Digest`], which says what of an event goes into the trace.
//!
//! ```
//! use engine::{Digest, Draw, Scheduler, Span, Streams, Time, Trace};
//!
//! #[derive(Clone, Copy, Debug)]
//! enum Event {
//!     Ping { from: u32 },
//! }
//!
//! impl Digest for Event {
//!     fn digest(&self) -> [u64; 2] {
//!         let Event::Ping { from } = *self;
//!         [0, from.into()]
//!     }
//! }
//!
//! let run = |seed| {
//!     let mut latency = Streams::new(seed).of("network/latency");
//!     let mut scheduler = Scheduler::<Event>::new().with_trace(Trace::new());
//!     scheduler.schedule(Time::ZERO, Event::Ping { from: 0 });
//!     while let Some((_, Event::Ping { from })) = scheduler.next_until(Time::ZERO + Span::secs(1)) {
//!         scheduler.schedule_after(latency.exponential(Span::millis(1)), Event::Ping { from: 1 - from });
//!     }
//!     scheduler.trace().expect("it is on").value()
//! };
//! assert_eq!(run(7), run(7));
//! assert_ne!(run(7), run(8));
//! ```
//!
//! # What is guaranteed
//!
//! 1. **Time order.** Events are handed out in order of their time. [`Scheduler::now`] is the time of the event being
//!    handled and never goes back; scheduling in the past panics.
//! 2. **Ties.** Events of one instant are handed out in the order in which they were scheduled. So what a handler
//!    schedules for *now* comes after all that waits for this instant already.
//! 3. **Never.** [`Time::NEVER`] is later than everything. What is scheduled for it is not queued, takes no place in the
//!    order, and does not happen.
//! 4. **Timers.** Of all events that carry a [`Ticket`] of one [`Timer`], [`Timer::fire`] accepts the one of the last
//!    arming, once, and none after [`Timer::cancel`]. Stale ones are handed out like any other and are to be dropped.
//! 5. **Causes.** An event inherits the cause that is current when it is scheduled; while it is handled, that cause is
//!    current, until [`Scheduler::note`] makes a new one of it. A cause is never later than its effect.
//! 6. **Observers do not disturb.** With or without trace and causes, the same events are handed out at the same times
//!    in the same order, and the trace is the same with or without causes.
//! 7. **Draws.** Draw `n` of a stream is a function of (seed, path, `n`) and of nothing else: no other stream, no order,
//!    no earlier run has a part in it.
//! 8. **Clones.** A clone of a scheduler goes on exactly as the original does. (So does a clone of the world, if all its
//!    state is inside.)
//! 9. **Everywhere the same.** All of this is integer arithmetic of stated widths. Debug and release, one thread or many,
//!    any processor: the same bytes. The hash, the cipher and the distributions are fixed by golden values.
//!
//! # Limits
//!
//! Time ends after 584 years. A queue holds 16.7 million events at once and takes 1.1 million million in its life; a run has
//! 2^32 causes, a timer 2^32 armings, a resumed stream 2^32 draws. All of these are checked and panic.
#![deny(clippy::float_arithmetic)]

mod arrivals;
pub mod cause;
mod log;
mod phase;
pub mod queue;
pub mod random;
mod ratio;
mod scheduler;
mod time;
pub mod timer;
pub mod trace;

pub use arrivals::Arrivals;
pub use cause::{Cause, CauseId, Causes};
pub use log::Log;
pub use phase::Phase;
pub use queue::{EventQueue, PlainQueue, Queue};
pub use random::{Cursor, Draw, Key, Stream, Streams};
pub use ratio::Ratio;
pub use scheduler::{Entry, Scheduler};
pub use time::{Span, Time};
pub use timer::{Ticket, Timer};
pub use trace::{Difference, Digest, Murmur3, Run, Side, Stepped, Trace, Words, bisect};
