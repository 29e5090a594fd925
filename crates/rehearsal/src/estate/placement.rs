//! Who holds which partition, where the file does not say: the algorithm of Kafka's `AdminUtils.assignReplicasToBrokers`, with
//! its two random numbers taken as 0, so that a file always means the same cluster.
//!
//! Leaders go round the brokers; followers are spread so that the load of a dead broker falls on all others. With racks, the brokers are
//! taken rack by rack in turn and a partition's replicas use every rack before they use one twice. (The KRaft controller's
//! `StripedReplicaPlacer` keeps the same two promises with a random order.)

/// Places (index of the broker, its rack) in ascending order of ids; gives the replicas of each partition, preferred leader first.
pub(super) fn place(
    brokers: &[(u32, Option<&str>)],
    partitions: u32,
    replicas: u32,
) -> Vec<Vec<u32>> {
    let order = rack_by_rack(brokers);
    let n = order.len();
    let wanted = (replicas as usize).min(n);
    if wanted == 0 {
        return vec![Vec::new(); partitions as usize];
    }
    let racked = brokers.iter().all(|(_, rack)| rack.is_some());
    let racks = if racked { count_racks(brokers) } else { 1 };
    (0..partitions as usize)
        .map(|partition| {
            let first = partition % n;
            // The distance of the followers grows each time round.
            let shift = (partition / n) * if racked { racks } else { 1 };
            let mut chosen = vec![order[first]];
            let mut step = 0;
            while chosen.len() < wanted {
                let other = order[(first + 1 + (shift + step) % (n - 1)) % n];
                step += 1;
                let new_rack = !racked || {
                    let used = |rack| chosen.iter().filter(|(_, used)| *used == rack).count();
                    let distinct = count_racks(&chosen);
                    used(other.1) == 0 || distinct == racks
                };
                // After a whole turn any broker is better than none.
                if !chosen.contains(&other) && (new_rack || step > n) {
                    chosen.push(other);
                }
            }
            chosen.into_iter().map(|(at, _)| at).collect()
        })
        .collect()
}

fn count_racks(brokers: &[(u32, Option<&str>)]) -> usize {
    let mut racks: Vec<_> = brokers.iter().map(|(_, rack)| rack).collect();
    racks.sort_unstable();
    racks.dedup();
    racks.len().max(1)
}

/// The first broker of each rack, then the second of each, and so on.
fn rack_by_rack<'a>(brokers: &[(u32, Option<&'a str>)]) -> Vec<(u32, Option<&'a str>)> {
    if brokers.iter().any(|(_, rack)| rack.is_none()) {
        return brokers.to_vec();
    }
    let mut turn: Vec<(usize, Option<&str>, u32)> = Vec::new();
    for &(at, rack) in brokers {
        let before = turn.iter().filter(|(_, other, _)| *other == rack).count();
        turn.push((before, rack, at));
    }
    turn.sort_unstable();
    turn.into_iter().map(|(_, rack, at)| (at, rack)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaders_go_round_the_brokers() {
        let brokers = [(0, None), (1, None), (2, None)];
        let placed = place(&brokers, 6, 2);
        let leaders: Vec<u32> = placed.iter().map(|replicas| replicas[0]).collect();
        assert_eq!(leaders, [0, 1, 2, 0, 1, 2]);
        assert_ne!(
            placed[0][1], placed[3][1],
            "the second time round the follower is another one"
        );
    }

    #[test]
    fn replicas_are_in_different_racks() {
        let brokers = [
            (0, Some("a")),
            (1, Some("a")),
            (2, Some("b")),
            (3, Some("b")),
            (4, Some("c")),
            (5, Some("c")),
        ];
        for replicas in place(&brokers, 50, 3) {
            let mut racks: Vec<u32> = replicas.iter().map(|at| at / 2).collect();
            racks.sort_unstable();
            assert_eq!(racks, [0, 1, 2], "{replicas:?}");
        }
    }

    #[test]
    fn more_replicas_than_racks_use_every_rack_first() {
        let brokers = [
            (0, Some("a")),
            (1, Some("a")),
            (2, Some("b")),
            (3, Some("b")),
        ];
        for replicas in place(&brokers, 20, 3) {
            assert_eq!(replicas.len(), 3);
            assert!(
                replicas.iter().any(|at| at / 2 == 0) && replicas.iter().any(|at| at / 2 == 1),
                "{replicas:?}"
            );
        }
    }

    #[test]
    fn no_broker_holds_a_partition_twice() {
        for n in 1..9u32 {
            let brokers: Vec<(u32, Option<&str>)> = (0..n).map(|at| (at, None)).collect();
            for replicas in 1..=n {
                for mut set in place(&brokers, 40, replicas) {
                    set.sort_unstable();
                    set.dedup();
                    assert_eq!(set.len(), replicas as usize);
                }
            }
        }
    }
}
