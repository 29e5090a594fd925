//! Who holds which partition: what the recording shows, else as the KRaft controller would have placed it.

use crate::recording::{Recording, Run, Topic};

/// Replicas of each partition by `node.id`, the preferred leader first.
pub(crate) type Assignment = Vec<Vec<u32>>;

/// The assignment of a topic that a run shows: given by the experiment, or read from the first thing that an admin client saw, when
/// the ISR was whole and in the order of the assignment. `None`: it was not watched.
pub(crate) fn shown(run: &Run, name: &str, topic: &Topic) -> Option<Assignment> {
    if let Some(given) = topic.assignment.as_deref().and_then(parse) {
        return Some(given);
    }
    let seen = if name == "t" {
        &run.metadata
    } else {
        run.metadata_more.get(name)?
    };
    (0..topic.partitions)
        .map(|partition| {
            let (_, _, leader, isr) = seen
                .iter()
                .find(|(t, number, _, _)| *number == partition && *t < 0.0)?;
            let whole = isr.len() == topic.replication_factor as usize
                && isr.first().map(|&id| i64::from(id)) == Some(*leader);
            whole.then(|| isr.clone())
        })
        .collect()
}

/// `1:2:3,2:3:1`
fn parse(text: &str) -> Option<Assignment> {
    text.split(',')
        .map(|partition| {
            partition
                .split(':')
                .map(|id| id.trim().parse().ok())
                .collect()
        })
        .collect()
}

/// As `StripedReplicaPlacer` places on brokers without racks: partitions go round the brokers from a random one, and after each round the
/// brokers are shuffled. `draw(n)` gives a number below n.
pub(crate) fn striped(
    brokers: &[u32],
    partitions: u32,
    replicas: u32,
    mut draw: impl FnMut(usize) -> usize,
) -> Assignment {
    let mut order = brokers.to_vec();
    let n = order.len().max(1);
    // `BrokerList.next`: the offset grows with each partition, also over a shuffle.
    let mut offset = draw(n);
    (0..partitions as usize)
        .map(|partition| {
            if partition > 0 {
                if partition % n == 0 {
                    for last in (1..order.len()).rev() {
                        order.swap(last, draw(last + 1));
                    }
                }
                offset = (offset + 1) % n;
            }
            (0..(replicas as usize).min(order.len()))
                .map(|at| order[(at + offset) % n])
                .collect()
        })
        .collect()
}

/// The assignment of each topic of a run, by name; drawn where it was not watched. The flag tells which were drawn.
pub(crate) fn of_run<'a>(
    recording: &'a Recording,
    run: &Run,
    mut draw: impl FnMut(usize) -> usize,
) -> Vec<(&'a str, Assignment, bool)> {
    let brokers = recording.broker_ids();
    recording
        .topics()
        .map(|(name, topic)| match shown(run, name, topic) {
            Some(assignment) => (name, assignment, false),
            None => (
                name,
                striped(
                    &brokers,
                    topic.partitions,
                    topic.replication_factor,
                    &mut draw,
                ),
                true,
            ),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_every_broker_leads_once() {
        let mut n = 0;
        let placed = striped(&[1, 2, 3], 9, 3, |below| {
            n += 1;
            n % below
        });
        for round in placed.chunks(3) {
            let mut leaders: Vec<u32> = round.iter().map(|replicas| replicas[0]).collect();
            leaders.sort_unstable();
            assert_eq!(leaders, [1, 2, 3]);
        }
    }

    #[test]
    fn an_assignment_given_to_the_tool_is_read() {
        assert_eq!(
            parse("1:2:3,2:3:1"),
            Some(vec![vec![1, 2, 3], vec![2, 3, 1]])
        );
        assert_eq!(parse("1:x"), None);
    }
}
