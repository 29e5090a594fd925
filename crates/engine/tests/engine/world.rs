//! A toy world: processes pass tokens to their neighbours, and a watchdog wakes each one that waits too long.
//!
//! It has a random stream and a timer for each process, many events at one instant, and notes worth a chain.

use engine::{
    CauseId, Digest, Draw, Entry, EventQueue, Key, Queue, Run, Scheduler, Span, Stepped, Streams,
    Ticket, Time, Timer, Trace,
};

const MEAN_DELAY: Span = Span::millis(1);
/// Delays are whole multiples of this, so that ties abound.
const DELAY_STEP: Span = Span::micros(20);
const PATIENCE: Span = Span::millis(3);
/// A process keeps each token whose number of hops there divides by this.
const ABSORB_EVERY: u64 = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Hop { to: u32 },
    Watchdog { process: u32, ticket: Ticket },
}

impl Digest for Event {
    fn digest(&self) -> [u64; 2] {
        match *self {
            Event::Hop { to } => [0, to.into()],
            Event::Watchdog { process, ticket } => {
                [1, (u64::from(process) << 32) | u64::from(ticket.as_u32())]
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    Absorbed { process: u32 },
    Woken { process: u32 },
}

#[derive(Clone, Debug)]
struct Process {
    key: Key,
    drawn: u32,
    watchdog: Timer,
    hops: u64,
    /// Depends on the times of all tokens here, and on their order.
    history: u64,
    woken_by: CauseId,
}

/// A change of behaviour to plant: at its hop number `at_hop`, process `process` adds `delay`.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) process: usize,
    pub(crate) at_hop: u64,
    pub(crate) delay: Span,
}

/// What may differ between two worlds of one seed.
#[derive(Clone, Copy)]
pub(crate) struct Options {
    pub(crate) processes: usize,
    /// Processes that no token ever reaches; they have watchdogs and draw.
    pub(crate) idle: usize,
    pub(crate) end: Span,
    pub(crate) causes: bool,
    pub(crate) trace: bool,
    pub(crate) fault: Option<Fault>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            processes: 40,
            idle: 0,
            end: Span::millis(300),
            causes: false,
            trace: true,
            fault: None,
        }
    }
}

#[derive(Clone)]
pub(crate) struct World<Q = Queue<Entry<Event>>> {
    streams: Streams,
    options: Options,
    processes: Vec<Process>,
    pub(crate) scheduler: Scheduler<Event, Note, Q>,
}

impl<Q: EventQueue<Entry<Event>>> World<Q> {
    pub(crate) fn new(seed: u64, options: Options) -> World<Q> {
        let mut scheduler = Scheduler::new();
        if options.trace {
            scheduler = scheduler.with_trace(Trace::with_interval_log2(6));
        }
        if options.causes {
            scheduler = scheduler.with_causes();
        }
        let process = |number: usize| Process {
            key: Key::of("process").id(number as u64),
            drawn: 0,
            watchdog: Timer::default(),
            hops: 0,
            history: 0,
            woken_by: CauseId::NONE,
        };
        let processes = (0..options.processes + options.idle).map(process).collect();
        let mut world = World {
            streams: Streams::new(seed),
            options,
            processes,
            scheduler,
        };
        // The idle ones first, so that they are in the way of everything else if anything is.
        for idle in options.processes..options.processes + options.idle {
            world.watch(idle);
        }
        for process in 0..options.processes {
            let at = Time::ZERO + world.delay(process);
            world
                .scheduler
                .schedule(at, Event::Hop { to: process as u32 });
        }
        world
    }

    /// For each process that tokens reach: how many, and when, as one number.
    pub(crate) fn histories(&self) -> Vec<u64> {
        let busy = &self.processes[..self.options.processes];
        busy.iter().map(|process| process.history).collect()
    }

    /// The notes that woke a process last, by process.
    pub(crate) fn woken_by(&self) -> impl Iterator<Item = CauseId> {
        self.processes.iter().map(|process| process.woken_by)
    }

    pub(crate) fn run(mut self) -> Self {
        while self.step().is_some() {}
        self
    }

    fn delay(&mut self, process: usize) -> Span {
        let Process { key, drawn, .. } = &mut self.processes[process];
        let delay = self.streams.resume(*key, drawn).exponential(MEAN_DELAY);
        DELAY_STEP * (delay / DELAY_STEP)
    }

    fn watch(&mut self, process: usize) {
        let at = self.scheduler.now() + PATIENCE;
        let watchdog = &mut self.processes[process].watchdog;
        self.scheduler.arm(watchdog, at, |ticket| Event::Watchdog {
            process: process as u32,
            ticket,
        });
    }

    fn handle(&mut self, now: Time, event: Event) {
        match event {
            Event::Hop { to } => self.hop(now, to as usize),
            Event::Watchdog { process, ticket } => {
                if self.processes[process as usize].watchdog.fire(ticket) {
                    self.wake(process as usize);
                }
            }
        }
    }

    fn hop(&mut self, now: Time, process: usize) {
        self.watch(process);
        let mut delay = self.delay(process);
        let count = self.options.processes;
        let Process {
            key,
            drawn,
            hops,
            history,
            ..
        } = &mut self.processes[process];
        let step = *self
            .streams
            .resume(*key, drawn)
            .pick(&[1, 7, count - 7, count - 1]);
        *hops += 1;
        *history = history.wrapping_mul(31).wrapping_add(now.as_nanos());
        if let Some(fault) = self.options.fault
            && (fault.process, fault.at_hop) == (process, *hops)
        {
            delay += fault.delay;
        }
        if hops.is_multiple_of(ABSORB_EVERY) {
            self.scheduler.note(Note::Absorbed {
                process: process as u32,
            });
        } else {
            let to = (process + step) % count;
            self.scheduler
                .schedule_after(delay, Event::Hop { to: to as u32 });
        }
    }

    fn wake(&mut self, process: usize) {
        let note = self.scheduler.note(Note::Woken {
            process: process as u32,
        });
        self.processes[process].woken_by = note;
        if process < self.options.processes {
            self.scheduler
                .schedule_after(Span::ZERO, Event::Hop { to: process as u32 });
        } else {
            self.delay(process);
            self.watch(process);
        }
    }
}

impl<Q: EventQueue<Entry<Event>>> Run for World<Q> {
    type Event = Event;

    fn step(&mut self) -> Option<Stepped<Event>> {
        let (at, event) = self.scheduler.next_until(Time::ZERO + self.options.end)?;
        let sequence = self.scheduler.sequence();
        self.handle(at, event);
        Some(Stepped {
            at,
            sequence,
            event,
        })
    }

    fn trace(&self) -> &Trace {
        self.scheduler.trace().expect("the trace is on")
    }
}
