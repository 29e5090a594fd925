//! Timers that can be armed again, put off and cancelled, without touching the queue.
//!
//! A [`Timer`] is 16 bytes in the state of whoever waits. Arming it gives a [`Ticket`], which travels in the scheduled
//! event. When the event comes the timer says whether the ticket is still good; a stale one is dropped. So a cancelled
//! event stays in the queue until its time and costs one pop, which is less than any way of finding it there.
//!
//! ```
//! use engine::{Digest, Scheduler, Span, Ticket, Time, Timer};
//!
//! #[derive(Clone, Copy)]
//! enum Event {
//!     SessionEnds { broker: u32, ticket: Ticket },
//! }
//!
//! impl Digest for Event {
//!     fn digest(&self) -> [u64; 2] {
//!         let Event::SessionEnds { broker, ticket } = *self;
//!         [broker.into(), ticket.as_u32().into()]
//!     }
//! }
//!
//! let mut scheduler = Scheduler::<Event>::new();
//! let mut session = Timer::default();
//!
//! // Armed twice: the second time counts.
//! for seconds in [9, 12] {
//!     scheduler.arm(&mut session, Time::ZERO + Span::secs(seconds), |ticket| Event::SessionEnds { broker: 3, ticket });
//! }
//!
//! let mut ended = Vec::new();
//! while let Some((now, Event::SessionEnds { ticket, .. })) = scheduler.next() {
//!     if !session.fire(ticket) {
//!         continue;
//!     }
//!     ended.push(now);
//! }
//! assert_eq!(ended, [Time::ZERO + Span::secs(12)]);
//! assert!(!session.is_armed());
//! ```

use crate::Time;

/// A wake-up that its owner can move or cancel. It begins idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    due: Time,
    generation: u32,
}

/// What an event carries to say which arming of a [`Timer`] it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(u32);

impl Ticket {
    /// The number of the arming, for the event's digest.
    pub const fn as_u32(self) -> u32 {
        self.0
    }
}

impl Default for Timer {
    fn default() -> Timer {
        Timer {
            due: Time::NEVER,
            generation: 0,
        }
    }
}

impl Timer {
    /// Sets the timer for `due`; all earlier tickets are stale from now on. Usually called through
    /// [`Scheduler::arm`](crate::Scheduler::arm), which also schedules the event.
    #[must_use = "the event must carry the ticket"]
    pub fn arm(&mut self, due: Time) -> Ticket {
        // One arming each nanosecond would take four seconds to get here; a ticket must not become good again.
        self.generation = self
            .generation
            .checked_add(1)
            .expect("a timer is armed fewer than 2^32 times");
        self.due = due;
        Ticket(self.generation)
    }

    /// Makes the timer idle; all tickets are stale.
    pub fn cancel(&mut self) {
        self.due = Time::NEVER;
    }

    /// When the timer is due: [`Time::NEVER`] while idle.
    pub fn due(&self) -> Time {
        self.due
    }

    /// Is the timer waiting?
    pub fn is_armed(&self) -> bool {
        !self.due.is_never()
    }

    /// Is `ticket` from the arming that still counts? If so the timer is idle again, so each arming fires once.
    #[must_use = "an event with a stale ticket must be dropped"]
    pub fn fire(&mut self, ticket: Ticket) -> bool {
        assert!(ticket.0 <= self.generation, "a ticket of another timer");
        let good = self.is_armed() && ticket.0 == self.generation;
        if good {
            self.cancel();
        }
        good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: u64) -> Time {
        Time::from_nanos(nanos)
    }

    #[test]
    fn only_the_newest_ticket_fires_and_only_once() {
        let mut timer = Timer::default();
        let first = timer.arm(at(10));
        let second = timer.arm(at(20));
        assert_eq!(timer.due(), at(20));
        assert!(!timer.fire(first));
        assert!(timer.is_armed());
        assert!(timer.fire(second));
        assert!(!timer.is_armed());
        assert!(!timer.fire(second));
    }

    #[test]
    fn a_cancelled_timer_does_not_fire() {
        let mut timer = Timer::default();
        let ticket = timer.arm(at(10));
        timer.cancel();
        assert!(!timer.fire(ticket));
        assert_eq!(timer.due(), Time::NEVER);
    }

    #[test]
    fn a_ticket_from_before_a_cancellation_stays_stale_after_the_next_arming() {
        let mut timer = Timer::default();
        let stale = timer.arm(at(10));
        timer.cancel();
        let good = timer.arm(at(10));
        assert!(!timer.fire(stale));
        assert!(timer.fire(good));
    }

    #[test]
    fn a_timer_takes_no_more_than_sixteen_bytes() {
        assert!(size_of::<Timer>() <= 16 && size_of::<Ticket>() == 4);
    }
}
