//! Who gets which partition (RangeAssignor; AbstractStickyAssignor.ConstrainedAssignmentBuilder and CooperativeStickyAssignor.adjustAssignment), for
//! groups whose members all read the same topics. Members are places in their sorted order.

/// RangeAssignor: each topic by itself, in consecutive ranges; the first members get one more.
pub(super) fn range(members: usize, topics: &[usize]) -> Vec<Option<usize>> {
    let mut assignment = Vec::new();
    for &partitions in topics {
        if members == 0 {
            assignment.resize(assignment.len() + partitions, None);
            continue;
        }
        let (each, more) = (partitions / members, partitions % members);
        for member in 0..members {
            let count = each + usize::from(member < more);
            assignment.resize(assignment.len() + count, Some(member));
        }
    }
    assignment
}

/// CooperativeStickyAssignor: as balanced as can be with as little movement as possible; what has to move from one member to another is
/// given to nobody in this round. `owned`: who has each partition now.
pub(super) fn cooperative_sticky(members: usize, owned: &[Option<usize>]) -> Vec<Option<usize>> {
    let mut assignment = vec![None; owned.len()];
    if members == 0 {
        return assignment;
    }
    let (least, more) = (owned.len() / members, owned.len() % members);
    let most = least + usize::from(more > 0);
    let mut with_most = 0;
    let mut counts = vec![0usize; members];
    for (member, count) in counts.iter_mut().enumerate() {
        let has: Vec<usize> = (0..owned.len())
            .filter(|&at| owned[at] == Some(member))
            .collect();
        let keeps = if has.len() < least {
            has.len()
        } else if has.len() >= most && with_most < more {
            with_most += 1;
            most
        } else {
            least
        };
        for &at in &has[..keeps] {
            assignment[at] = Some(member);
        }
        *count = keeps;
    }
    // What is left goes round among those that have the fewest.
    let mut next = 0;
    for at in 0..owned.len() {
        if assignment[at].is_some() {
            continue;
        }
        let room = |member: usize, with_most: usize| {
            counts[member] < least || (counts[member] == least && with_most < more)
        };
        // Members below the least share come first.
        let below = counts.iter().any(|&count| count < least);
        let taker = (0..members)
            .map(|step| (next + step) % members)
            .find(|&member| room(member, with_most) && (!below || counts[member] < least));
        let Some(member) = taker else { break };
        if counts[member] == least {
            with_most += 1;
        }
        counts[member] += 1;
        next = (member + 1) % members;
        if owned[at].is_none_or(|owner| owner == member) {
            assignment[at] = Some(member);
        }
    }
    assignment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_gives_the_first_members_one_more_of_each_topic() {
        assert_eq!(range(2, &[3, 1]), [Some(0), Some(0), Some(1), Some(0)]);
    }

    #[test]
    fn sticky_hands_out_in_turn_at_first() {
        assert_eq!(
            cooperative_sticky(3, &[None; 6]),
            [Some(0), Some(1), Some(2), Some(0), Some(1), Some(2)]
        );
    }

    #[test]
    fn what_a_gone_member_had_is_shared_and_nothing_else_moves() {
        // Six partitions of members 0, 1, 2; the third is gone.
        let owned = [Some(0), Some(1), None, Some(0), Some(1), None];
        assert_eq!(
            cooperative_sticky(2, &owned),
            [Some(0), Some(1), Some(0), Some(0), Some(1), Some(1)]
        );
    }

    #[test]
    fn what_moves_to_a_new_member_is_given_to_nobody_in_the_first_round() {
        let owned = [Some(0), Some(1), Some(0), Some(0), Some(1), Some(1)];
        let first = cooperative_sticky(3, &owned);
        assert_eq!(first, [Some(0), Some(1), Some(0), None, Some(1), None]);
        let second = cooperative_sticky(3, &first);
        assert_eq!(
            second,
            [Some(0), Some(1), Some(0), Some(2), Some(1), Some(2)]
        );
    }

    #[test]
    fn with_more_members_than_partitions_some_get_none() {
        assert_eq!(cooperative_sticky(3, &[None; 2]), [Some(0), Some(1)]);
        assert_eq!(range(3, &[2]), [Some(0), Some(1)]);
    }
}
