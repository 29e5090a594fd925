//! The scheduler: the clock, the queue and what travels with each event.

use std::marker::PhantomData;

use crate::cause::{CauseId, Causes};
use crate::queue::{EventQueue, Queue};
use crate::timer::{Ticket, Timer};
use crate::trace::{Digest, Trace};
use crate::{Span, Time};

/// What the queue holds of one event.
#[derive(Clone, Copy, Debug)]
pub struct Entry<E> {
    event: E,
    cause: CauseId,
}

/// Pending events, the current moment, and the trace and the causes if they are switched on.
///
/// `E` is the model's event, a small `Copy` enum; `K` is what it notes as a [cause](crate::cause); `Q` is the queue,
/// which nobody but a test of the queue has reason to name. The crate's documentation lists what is guaranteed.
///
/// ```
/// use engine::{Scheduler, Span, Time};
///
/// let mut scheduler = Scheduler::<u32>::new();
/// scheduler.schedule_after(Span::millis(5), 1);
/// let mut handled = Vec::new();
/// while let Some((now, event)) = scheduler.next_until(Time::ZERO + Span::millis(50)) {
///     handled.push(event);
///     scheduler.schedule(now + Span::millis(20), event + 1);
/// }
/// assert_eq!(handled, [1, 2, 3]);
/// assert_eq!(scheduler.now(), Time::ZERO + Span::millis(45));
/// ```
#[derive(Clone, Debug)]
pub struct Scheduler<E, K = (), Q = Queue<Entry<E>>> {
    now: Time,
    cause: CauseId,
    sequence: u64,
    handled: u64,
    queue: Q,
    trace: Option<Trace>,
    causes: Option<Causes<K>>,
    event: PhantomData<E>,
}

impl<E, K, Q: Default> Default for Scheduler<E, K, Q> {
    fn default() -> Scheduler<E, K, Q> {
        Scheduler {
            now: Time::ZERO,
            cause: CauseId::NONE,
            sequence: 0,
            handled: 0,
            queue: Q::default(),
            trace: None,
            causes: None,
            event: PhantomData,
        }
    }
}

impl<E: Copy + Digest, K, Q: EventQueue<Entry<E>>> Scheduler<E, K, Q> {
    /// A scheduler at the beginning of the world, with nothing pending, without trace and causes.
    pub fn new() -> Scheduler<E, K, Q> {
        Scheduler::default()
    }

    /// Switches the trace on.
    ///
    /// # Panics
    /// If an event has been handled: a trace tells a run from its beginning.
    #[must_use]
    pub fn with_trace(mut self, trace: Trace) -> Self {
        assert!(
            self.handled == 0 && trace.events() == 0,
            "a trace begins with the run"
        );
        self.trace = Some(trace);
        self
    }

    /// Switches causes on. What has been scheduled before has none.
    #[must_use]
    pub fn with_causes(mut self) -> Self {
        self.causes.get_or_insert_default();
        self
    }

    /// The current moment: that of the event being handled.
    #[inline]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Schedules `event`, with the current cause. At [`Time::NEVER`] nothing happens, so nothing is queued.
    ///
    /// # Panics
    /// If `at` has passed.
    #[inline]
    pub fn schedule(&mut self, at: Time, event: E) {
        assert!(at >= self.now, "an event is scheduled in the past");
        if !at.is_never() {
            self.queue.push(
                at,
                Entry {
                    event,
                    cause: self.cause,
                },
            );
        }
    }

    /// Schedules `event` for when `span` has passed.
    #[inline]
    pub fn schedule_after(&mut self, span: Span, event: E) {
        self.schedule(self.now.saturating_add(span), event);
    }

    /// Sets `timer` for `at` and schedules the event that carries its ticket. For [`Time::NEVER`] the timer is cancelled.
    pub fn arm(&mut self, timer: &mut Timer, at: Time, event: impl FnOnce(Ticket) -> E) {
        let ticket = timer.arm(at);
        self.schedule(at, event(ticket));
    }

    /// Advances to the next event and hands it out to be handled. Its cause becomes the current one.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator could not schedule"
    )]
    #[inline]
    pub fn next(&mut self) -> Option<(Time, E)> {
        self.next_until(Time::NEVER)
    }

    /// Like [`next`](Scheduler::next), but leaves an event later than `limit` where it is, and the clock too.
    #[inline]
    pub fn next_until(&mut self, limit: Time) -> Option<(Time, E)> {
        let popped = self.queue.pop_until(limit)?;
        let Entry { event, cause } = popped.payload;
        assert!(popped.at >= self.now, "time goes back");
        self.now = popped.at;
        self.sequence = popped.sequence;
        self.cause = cause;
        self.handled += 1;
        if let Some(trace) = &mut self.trace {
            trace.fold(popped.at, popped.sequence, event.digest());
        }
        Some((popped.at, event))
    }

    /// Moves the clock to `at` without an event, for whoever looks at the world between two. What is scheduled then has
    /// no cause but what is noted.
    ///
    /// # Panics
    /// If `at` has passed, or an event is due before it.
    pub fn advance_to(&mut self, at: Time) {
        assert!(at >= self.now, "time goes back");
        assert!(
            self.queue.peek_time().is_none_or(|next| next >= at),
            "an event is due before"
        );
        self.now = at;
        self.cause = CauseId::NONE;
    }

    /// When the next event is due.
    pub fn peek_time(&self) -> Option<Time> {
        self.queue.peek_time()
    }

    /// The number of events that are queued, those with a stale ticket included.
    pub fn pending(&self) -> usize {
        self.queue.len()
    }

    /// The number of events handed out.
    pub fn handled(&self) -> u64 {
        self.handled
    }

    /// The push sequence of the event being handled: how many had been scheduled before it.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The trace, if it is on.
    pub fn trace(&self) -> Option<&Trace> {
        self.trace.as_ref()
    }

    /// All that was noted, if causes are on.
    pub fn causes(&self) -> Option<&Causes<K>> {
        self.causes.as_ref()
    }

    /// The current cause: what is scheduled or noted now comes from it.
    pub fn cause(&self) -> CauseId {
        self.cause
    }

    /// Makes `cause` the current one and returns the one before; for a handler that acts on behalf of several.
    pub fn set_cause(&mut self, cause: CauseId) -> CauseId {
        std::mem::replace(&mut self.cause, cause)
    }

    /// Notes that `kind` happens now, because of the current cause, and makes it the current cause.
    /// Where causes are off it does nothing and returns [`CauseId::NONE`].
    pub fn note(&mut self, kind: K) -> CauseId {
        let Some(causes) = &mut self.causes else {
            return CauseId::NONE;
        };
        self.cause = causes.add(self.cause, self.now, kind);
        self.cause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: u64) -> Time {
        Time::from_nanos(nanos)
    }

    fn handled(mut scheduler: Scheduler<u32>) -> Vec<u32> {
        std::iter::from_fn(|| scheduler.next())
            .map(|(_, event)| event)
            .collect()
    }

    #[test]
    fn what_is_scheduled_for_this_instant_comes_after_what_waits_for_it() {
        let mut scheduler = Scheduler::<u32>::new();
        scheduler.schedule(at(5), 1);
        scheduler.schedule(at(5), 2);
        assert_eq!(scheduler.next(), Some((at(5), 1)));
        scheduler.schedule_after(Span::ZERO, 3);
        assert_eq!(handled(scheduler), [2, 3]);
    }

    #[test]
    fn what_is_scheduled_for_never_is_not_queued() {
        let mut scheduler = Scheduler::<u32>::new();
        scheduler.schedule(Time::NEVER, 1);
        scheduler.schedule_after(Span::MAX, 2);
        let mut timer = Timer::default();
        scheduler.arm(&mut timer, Time::NEVER, |ticket| ticket.as_u32());
        assert_eq!(scheduler.pending(), 0);
        assert!(!timer.is_armed());
    }

    #[test]
    fn an_event_after_the_limit_stays_and_the_clock_too() {
        let mut scheduler = Scheduler::<u32>::new();
        scheduler.schedule(at(10), 1);
        scheduler.schedule(at(20), 2);
        assert_eq!(scheduler.next_until(at(15)), Some((at(10), 1)));
        assert_eq!(scheduler.next_until(at(15)), None);
        assert_eq!(
            (scheduler.now(), scheduler.pending(), scheduler.handled()),
            (at(10), 1, 1)
        );
        scheduler.advance_to(at(15));
        assert_eq!(
            (scheduler.now(), scheduler.peek_time()),
            (at(15), Some(at(20)))
        );
    }

    #[test]
    #[should_panic(expected = "an event is scheduled in the past")]
    fn nothing_is_scheduled_in_the_past() {
        let mut scheduler = Scheduler::<u32>::new();
        scheduler.schedule(at(5), 1);
        scheduler.next();
        scheduler.schedule(at(4), 2);
    }

    #[test]
    #[should_panic(expected = "an event is due before")]
    fn the_clock_does_not_skip_an_event() {
        let mut scheduler = Scheduler::<u32>::new();
        scheduler.schedule(at(5), 1);
        scheduler.advance_to(at(6));
    }

    #[test]
    fn what_a_handler_schedules_comes_from_what_it_noted() {
        let mut scheduler = Scheduler::<u32, &str>::new().with_causes();
        let killed = scheduler.note("broker 2 is killed");
        scheduler.schedule(at(9), 1);
        scheduler.set_cause(CauseId::NONE);
        scheduler.schedule(at(3), 2);

        assert_eq!(scheduler.next(), Some((at(3), 2)));
        assert_eq!(scheduler.cause(), CauseId::NONE);
        scheduler.schedule(at(12), 3);

        assert_eq!(scheduler.next(), Some((at(9), 1)));
        assert_eq!(scheduler.cause(), killed);
        let fenced = scheduler.note("its session expires");
        scheduler.schedule(at(11), 4);

        assert_eq!(scheduler.next(), Some((at(11), 4)));
        assert_eq!(scheduler.cause(), fenced);
        let causes = scheduler.causes().expect("causes are on");
        let story: Vec<_> = causes
            .chain(fenced)
            .map(|(_, cause)| (cause.at, cause.kind))
            .collect();
        assert_eq!(
            story,
            [
                (at(9), "its session expires"),
                (at(0), "broker 2 is killed")
            ]
        );

        assert_eq!(scheduler.next(), Some((at(12), 3)));
        assert_eq!(scheduler.cause(), CauseId::NONE);
    }

    #[test]
    fn between_two_events_nothing_has_a_cause() {
        let mut scheduler = Scheduler::<u32, &str>::new().with_causes();
        scheduler.schedule(at(1), 1);
        scheduler.next();
        scheduler.note("it happens");
        scheduler.advance_to(at(2));
        assert_eq!(scheduler.cause(), CauseId::NONE);
    }

    #[test]
    fn without_causes_a_note_is_nothing() {
        let mut scheduler = Scheduler::<u32, &str>::new();
        assert_eq!(scheduler.note("broker 2 is killed"), CauseId::NONE);
        assert!(scheduler.causes().is_none());
    }
}
