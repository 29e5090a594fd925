//! What to do about a failure, as fits what went wrong: a finding's advice is about its mechanism and is left out where the fault makes it
//! pointless ("stop it with SIGTERM" where nobody stopped it), and what helps against the fault itself comes first.

use outcome::Finding;
use scenario::model::{Fault, FaultKind, Nanos};

/// A wait for at most so long is what a leader's move takes, and advice to expect it is true.
const SHORT: u64 = 1_500_000_000;

/// A pause within it is over before the session of a broker ends (`broker.session.timeout.ms`, 9 s): to kill it would take longer.
const WITHIN_A_SESSION: Nanos = Nanos(9_000_000_000);

/// What to do, most helpful first. `outage`: how long the promise was broken at a stretch, in nanoseconds, if it is about time.
pub(crate) fn of(faults: &[Fault], finding: Option<&Finding>, outage: Option<u64>) -> Vec<String> {
    let mut all: Vec<String> = faults
        .iter()
        .filter_map(|fault| against(&fault.kind.value))
        .map(str::to_owned)
        .collect();
    let own = finding.map(|finding| finding.advice.as_slice());
    let fitting = own.unwrap_or_default().iter();
    all.extend(
        fitting
            .filter(|advice| !misses(advice, faults, outage))
            .cloned(),
    );
    all.dedup();
    all
}

/// What people do against the fault itself.
fn against(kind: &FaultKind) -> Option<&'static str> {
    Some(match kind {
        FaultKind::Kill(_) | FaultKind::HostGone(_) | FaultKind::CrashLoop { .. } => {
            "a crash costs the partitions of that broker up to its session (broker.session.timeout.ms, in ZooKeeper mode zookeeper.session.timeout.ms): promise no less, or shorten it with care"
        }
        FaultKind::KillActiveController => {
            "a controller that dies costs an election (controller.quorum.fetch.timeout.ms, 2 s, and up to 1 s more): promise no less"
        }
        FaultKind::QuorumLoss => "keep the controllers in places that do not fail together",
        FaultKind::Hang(_) | FaultKind::GcPause(_) => {
            "nobody takes over from a broker that only stands still until its session is over: watch its pauses (GC logs, steal time) before the roll, and promise no less than the longest"
        }
        FaultKind::Cut { .. } => {
            "a node that is cut off keeps its leaders until its session is over: promise no less, or repair the network before the roll"
        }
        FaultKind::SomebodyRestarts(_) => {
            "one pair of hands at a time: a lock that everyone sees for as long as the runbook runs, supervisors and automatic repair off"
        }
        FaultKind::KillMember { .. } => {
            "static membership (group.instance.id) and a restart within session.timeout.ms, or a shorter session.timeout.ms with care"
        }
        FaultKind::ForgottenWait { .. } | FaultKind::OperatorTooFast { .. } => {
            "let a script wait at the gate, not a person"
        }
        FaultKind::OperatorLate { .. } => {
            "plan each step so that the cluster is safe if the next one comes an hour later"
        }
        FaultKind::NodeFirst { .. } => "let a script choose the order of the nodes",
        FaultKind::StepSkipped { .. }
        | FaultKind::StepTwice { .. }
        | FaultKind::StepEarly { .. } => {
            "check off the steps in one list that everyone sees, or let a script do them"
        }
        FaultKind::WrongBinary { .. } | FaultKind::OldNodeReturns { .. } => {
            "look at the version of each node before it starts, and take the old packages off the hosts"
        }
        FaultKind::EarlyBump { .. } => {
            "keep kafka-features.sh from everyone else for as long as the runbook runs"
        }
        FaultKind::WrongTool { .. } => "type on a host that has the tools of the release at hand",
        FaultKind::MoveController(_) => return None,
        FaultKind::SlowStart { .. } | FaultKind::LongRecovery { .. } => {
            "wait for the node itself (its port, and every ISR), not for a time"
        }
        FaultKind::DiskSlow { .. } | FaultKind::DiskFull(_) => {
            "look at the disks before the roll, and at each one before its node is stopped"
        }
        FaultKind::SlowLink { .. } => "look at the round trips between the nodes before the roll",
    })
}

/// Advice that does not fit, by what it says.
fn misses(advice: &str, faults: &[Fault], outage: Option<u64>) -> bool {
    let any = |so: fn(&Fault) -> bool| faults.iter().any(so);
    let crash = any(|fault| {
        matches!(
            fault.kind.value,
            FaultKind::Kill(_)
                | FaultKind::HostGone(_)
                | FaultKind::KillActiveController
                | FaultKind::QuorumLoss
                | FaultKind::CrashLoop { .. }
                | FaultKind::OldNodeReturns { .. }
        )
    });
    let member = any(|fault| matches!(fault.kind.value, FaultKind::KillMember { .. }));
    let other = any(|fault| matches!(fault.kind.value, FaultKind::SomebodyRestarts(_)));
    let short_pause = any(|fault| {
        matches!(
            fault.kind.value,
            FaultKind::GcPause(_) | FaultKind::Cut { .. }
        ) && fault
            .lasts
            .is_some_and(|lasts| lasts.value <= WITHIN_A_SESSION)
    });
    (crash && advice.contains(A_CLEAN_STOP))
        || (member && advice.contains(A_CLEAN_LEAVE))
        || (other && advice.contains(BEFORE_ANYTHING))
        || (short_pause && advice.contains(A_KILL))
        || (outage.is_some_and(|outage| outage > SHORT) && advice.starts_with(A_SHORT_WAIT))
}

const A_CLEAN_STOP: &str = "SIGTERM";
const A_CLEAN_LEAVE: &str = "close consumers on shutdown";
const BEFORE_ANYTHING: &str = "before anything else is taken down";
const A_KILL: &str = "kill a hung broker";
const A_SHORT_WAIT: &str = "expect ";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::said;
    use rehearsal::findings::catalog::KINDS;
    use scenario::model::{Target, When};

    fn fault(kind: FaultKind, seconds: u64) -> Fault {
        Fault {
            kind: said(kind),
            at: said(When::At(Nanos(0))),
            lasts: Some(said(Nanos(seconds * 1_000_000_000))),
        }
    }

    fn node() -> Target {
        Target::Node(said(1))
    }

    #[test]
    fn what_is_left_out_is_what_findings_say() {
        let says = |part: &str| {
            KINDS
                .iter()
                .flat_map(|kind| kind.advice)
                .any(|advice| advice.contains(part))
        };
        for part in [
            A_CLEAN_STOP,
            A_CLEAN_LEAVE,
            BEFORE_ANYTHING,
            A_KILL,
            A_SHORT_WAIT,
        ] {
            assert!(says(part), "{part}");
        }
    }

    #[test]
    fn nobody_is_told_to_stop_cleanly_what_was_killed() {
        let sigterm = "stop brokers with SIGTERM and wait until they have moved their leaders";
        let killed = [fault(FaultKind::Kill(node()), 10)];
        assert!(misses(sigterm, &killed, None));
        assert!(!misses(sigterm, &[], None));
        assert!(of(&killed, None, None)[0].contains("broker.session.timeout.ms"));
    }

    #[test]
    fn a_pause_within_a_session_is_not_answered_by_a_kill() {
        let kill = "kill a hung broker (kill -9) rather than to wait for it";
        assert!(misses(kill, &[fault(FaultKind::GcPause(node()), 3)], None));
        assert!(!misses(
            kill,
            &[fault(FaultKind::GcPause(node()), 40)],
            None
        ));
    }

    #[test]
    fn a_long_outage_is_not_a_few_hundred_milliseconds() {
        let expect = "expect a few hundred milliseconds at each move";
        assert!(misses(expect, &[], Some(8_000_000_000)));
        assert!(!misses(expect, &[], Some(800_000_000)));
    }
}
