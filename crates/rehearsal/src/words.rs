//! Actions, gates, faults and promises in words, each phrased once.

use engine::Span;
use kafka::estate::Estate;
use kafka::ids::NodeIx;
use scenario::model::{
    Action, Check, ConfigTarget, ElectionKind, FaultKind, Gate, Nanos, Nodes, Order, PromiseKind,
    Roll, Settings, StopKind, Target, Through,
};

/// "7.9 s", "250 ms", "2 min 5 s": for reading, with at most three digits.
pub(crate) fn span(span: Span) -> String {
    let ns = span.as_nanos();
    let tenth = |whole: u64, unit: u64| (whole + unit / 20) / (unit / 10);
    let with_tenth = |tenths: u64, unit: &str| {
        if tenths.is_multiple_of(10) {
            format!("{} {unit}", tenths / 10)
        } else {
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
    };
    match ns {
        0 => "0 s".to_owned(),
        1..1_000 => format!("{ns} ns"),
        1_000..1_000_000 => format!("{} µs", ns / 1_000),
        1_000_000..1_000_000_000 => format!("{} ms", ns / 1_000_000),
        1_000_000_000..60_000_000_000 => with_tenth(tenth(ns, 1_000_000_000), "s"),
        60_000_000_000..3_600_000_000_000 => {
            let seconds = (ns + 500_000_000) / 1_000_000_000;
            let (minutes, rest) = (seconds / 60, seconds % 60);
            if rest == 0 {
                format!("{minutes} min")
            } else {
                format!("{minutes} min {rest} s")
            }
        }
        _ => {
            let minutes = (ns + 30_000_000_000) / 60_000_000_000;
            let (hours, rest) = (minutes / 60, minutes % 60);
            if rest == 0 {
                format!("{hours} h")
            } else {
                format!("{hours} h {rest} min")
            }
        }
    }
}

pub(crate) fn nanos(nanos: Nanos) -> String {
    span(Span::nanos(nanos.0))
}

/// "1 partition", "7 partitions".
pub(crate) fn count(n: u64, thing: &str) -> String {
    if n == 1 {
        format!("1 {thing}")
    } else {
        format!("{n} {thing}s")
    }
}

/// "a", "a and b", "a, b and c".
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// "broker 2", "controller 101", "broker and controller 2".
pub(crate) fn node(estate: &Estate, node: NodeIx) -> String {
    let spec = &estate.nodes[node as usize];
    match (spec.broker, spec.controller) {
        (true, true) => format!("combined node {}", spec.id),
        (true, false) => format!("broker {}", spec.id),
        (false, false) => format!("ZooKeeper server {}", spec.id),
        _ => format!("controller {}", spec.id),
    }
}

/// "broker 2", "brokers 2 and 3", "nodes 2 and 101".
pub(crate) fn nodes(estate: &Estate, which: &[NodeIx]) -> String {
    match which {
        [] => "no node".to_owned(),
        [one] => node(estate, *one),
        several => {
            let ids: Vec<u32> = several
                .iter()
                .map(|&at| estate.nodes[at as usize].id)
                .collect();
            let all = |f: fn(&kafka::estate::NodeSpec) -> bool| {
                several.iter().all(|&at| f(&estate.nodes[at as usize]))
            };
            let kind = if all(|node| node.broker && !node.controller) {
                "brokers"
            } else if all(|node| !node.broker && !node.controller) {
                "ZooKeeper servers"
            } else if all(|node| !node.broker) {
                "controllers"
            } else {
                "nodes"
            };
            format!("{kind} {}", id_list(&ids))
        }
    }
}

/// "1 to 6", "1, 3 and 5".
fn id_list(ids: &[u32]) -> String {
    let run = ids.len() > 2
        && ids
            .windows(2)
            .all(|pair| pair[1] == pair[0].wrapping_add(1));
    if run {
        format!("{} to {}", ids[0], ids[ids.len() - 1])
    } else {
        list(&ids.iter().map(u32::to_string).collect::<Vec<_>>())
    }
}

fn selection(nodes: &Nodes) -> String {
    match nodes {
        Nodes::Brokers => "all brokers".to_owned(),
        Nodes::Controllers => "all controllers".to_owned(),
        Nodes::All => "all nodes".to_owned(),
        Nodes::ActiveController => "the active controller".to_owned(),
        Nodes::Rack(rack) => format!("the brokers of rack {}", rack.value),
        Nodes::These(ids) => {
            let ids: Vec<u32> = ids.iter().map(|id| id.value).collect();
            if ids.len() == 1 {
                format!("node {}", ids[0])
            } else {
                format!("nodes {}", id_list(&ids))
            }
        }
    }
}

fn settings(settings: &Settings) -> String {
    let pairs: Vec<String> = settings
        .iter()
        .map(|(name, value)| format!("{}={}", name.value, value.value))
        .collect();
    list(&pairs)
}

fn names(names: &[scenario::model::Spanned<String>]) -> String {
    let names: Vec<String> = names.iter().map(|name| name.value.clone()).collect();
    list(&names)
}

fn roll(roll: &Roll) -> String {
    let mut text = match &roll.to {
        _ if roll.back => format!("roll {} back", selection(&roll.nodes)),
        Some(version) => format!("roll {} to {}", selection(&roll.nodes), version.value.0),
        None => format!("restart {}", selection(&roll.nodes)),
    };
    if !roll.settings.is_empty() {
        text.push_str(&format!(" with {}", settings(&roll.settings)));
    }
    text.push_str(match roll.batch.value {
        0 => ", a rack at a time",
        1 => ", one at a time",
        _ => "",
    });
    if roll.batch.value > 1 {
        text.push_str(&format!(", {} at once", roll.batch.value));
    }
    text.push_str(match roll.order.value {
        Order::ById | Order::AsListed => "",
        Order::ByRack => ", rack by rack",
        Order::ActiveControllerLast => ", the active controller last",
        Order::ControllersFirst => ", controllers first",
        Order::Descending => ", in descending order",
    });
    if roll.stop.value == StopKind::Kill {
        text.push_str(", by kill -9");
    }
    text
}

/// "roll all brokers to 4.1.2, one at a time".
pub(crate) fn action(action: &Action) -> String {
    match action {
        Action::Stop(nodes) => format!("stop {}", selection(nodes)),
        Action::Start(start) => {
            let mut text = format!("start {}", selection(&start.nodes));
            if let Some(version) = &start.version {
                text.push_str(&format!(" with {}", version.value.0));
            }
            if !start.settings.is_empty() {
                text.push_str(&format!(" and {}", settings(&start.settings)));
            }
            text
        }
        Action::Kill(nodes) => format!("kill -9 {}", selection(nodes)),
        Action::Roll(the_roll) => roll(the_roll),
        Action::SetConfig(set) => {
            let on = match &set.on.value {
                ConfigTarget::Brokers => "all brokers".to_owned(),
                ConfigTarget::Node(id) => format!("node {}", id.value),
                ConfigTarget::Topic(name) => format!("topic {}", name.value),
            };
            let mut parts = Vec::new();
            if !set.settings.is_empty() {
                parts.push(format!("set {}", settings(&set.settings)));
            }
            if !set.remove.is_empty() {
                parts.push(format!("delete {}", names(&set.remove)));
            }
            format!("{} on {on}", list(&parts))
        }
        Action::EditProperties(edit) => {
            let mut parts = Vec::new();
            if !edit.settings.is_empty() {
                parts.push(format!("write {}", settings(&edit.settings)));
            }
            if !edit.remove.is_empty() {
                parts.push(format!("take out {}", names(&edit.remove)));
            }
            format!(
                "{} in server.properties of {}",
                list(&parts),
                selection(&edit.nodes)
            )
        }
        Action::UpgradeClients(clients) => {
            let mut whom: Vec<String> = Vec::new();
            whom.extend(
                clients
                    .groups
                    .iter()
                    .map(|name| format!("group {}", name.value)),
            );
            whom.extend(
                clients
                    .producers
                    .iter()
                    .map(|name| format!("producer {}", name.value)),
            );
            format!("upgrade {} to {}", list(&whom), clients.to.value.0)
        }
        Action::ElectLeaders(elect) => {
            let kind = match elect.kind.value {
                ElectionKind::Preferred => "preferred",
                ElectionKind::Unclean => "unclean",
            };
            match (&elect.topic, &elect.partition) {
                (Some(topic), Some(partition)) => format!(
                    "elect the {kind} leader of {}-{}",
                    topic.value, partition.value
                ),
                (Some(topic), None) => format!("elect {kind} leaders of {}", topic.value),
                _ => format!("elect {kind} leaders"),
            }
        }
        Action::Features(features) => features_action(features),
        Action::Format(format) => {
            let mut text = format!("format the storage of {}", selection(&format.nodes));
            if let Some(release) = &format.release {
                text.push_str(&format!(" at {}", release.value));
            }
            text
        }
        Action::Wait(wait) => format!("wait {}", nanos(wait.value)),
        Action::Approve { question, .. } => format!("ask a person: {}", question.value),
        Action::Abort(why) => format!("abort: {}", why.value),
        Action::Command(command) => format!("run {}", command.line.value),
    }
}

/// "upgrade the features to release 4.1".
fn features_action(features: &scenario::model::Features) -> String {
    use scenario::model::{Direction, Levels};
    let verb = match features.direction {
        Direction::Upgrade => "upgrade",
        Direction::Downgrade => "downgrade",
        Direction::UnsafeDowngrade => "downgrade, unsafe,",
    };
    match &features.to {
        Levels::Release(release) => format!("{verb} the features to release {}", release.value),
        Levels::Metadata(version) => format!("{verb} metadata.version to {}", version.value),
        Levels::Newest => "finalize the features of the release".to_owned(),
        Levels::Each(levels) => {
            let levels: Vec<String> = levels
                .iter()
                .map(|(name, level)| format!("{} to {}", name.value, level.value))
                .collect();
            format!("{verb} {}", list(&levels))
        }
    }
}

/// "no under-replicated partitions for 30 s (kafka-topics via broker 1)".
pub(crate) fn gate(gate: &Gate) -> String {
    let mut text = check(&gate.check);
    if gate.for_.value.0 > 0 {
        text.push_str(&format!(" for {}", nanos(gate.for_.value)));
    }
    let looks_itself = matches!(gate.check.value, Check::PortOpen(_) | Check::ProcessUp(_));
    match &gate.through.value {
        Through::Tool { via: Some(via), .. } if !looks_itself => {
            text.push_str(&format!(" (as broker {via} sees it)"))
        }
        Through::Tool { .. } => {}
        Through::Metric { scrape, delay } => {
            text.push_str(&format!(
                " (metric, scraped every {}, shown {} later)",
                nanos(*scrape),
                nanos(*delay)
            ));
        }
        Through::Truth => text.push_str(" (by the truth)"),
    }
    text
}

/// "no under-replicated partitions".
pub(crate) fn check(check: &Check) -> String {
    let at_most = |n: u32, what: &str| {
        if n == 0 {
            format!("no {what}")
        } else {
            format!("at most {n} {what}")
        }
    };
    let whose = |nodes: &Option<Nodes>| {
        nodes
            .as_ref()
            .map_or_else(|| "the node at hand".to_owned(), selection)
    };
    match check {
        Check::UnderReplicated { at_most: n } => at_most(*n, "under-replicated partitions"),
        Check::UnderMinIsr { at_most: n } => at_most(*n, "partitions below min ISR"),
        Check::AtMinIsr { at_most: n } => at_most(*n, "partitions at min ISR"),
        Check::Offline { at_most: n } => at_most(*n, "partitions without a leader"),
        Check::PortOpen(nodes) => format!("the port of {} is open", whose(nodes)),
        Check::ProcessUp(nodes) => format!("the process of {} is up", whose(nodes)),
        Check::NoLeaders(nodes) => format!("{} leads no partition", whose(nodes)),
        Check::AllBrokersUp => "every broker is unfenced".to_owned(),
        Check::QuorumHealthy => "the quorum has an active controller and all its voters".to_owned(),
        Check::PreferredLeaders { at_least } => {
            format!("at least {at_least} % of the leaders are the preferred ones")
        }
        Check::Finalized { feature, at_least } => {
            format!("{} is at least {}", feature.value, at_least.value)
        }
        Check::Versions { version, nodes } => format!(
            "{} run {}",
            nodes
                .as_ref()
                .map_or_else(|| "all nodes".to_owned(), selection),
            version.value.0
        ),
        Check::MetadataSnapshot => {
            "every node has a snapshot of the metadata newer than the last change of features"
                .to_owned()
        }
        Check::Lag { group, at_most } => {
            format!("lag of {} at most {at_most} records", group.value)
        }
        Check::LagGrown { group, at_most } => {
            format!(
                "lag of {} at most {at_most} records above the start",
                group.value
            )
        }
        Check::Setting { name, is, nodes } => format!(
            "{} run with {}={}",
            nodes
                .as_ref()
                .map_or_else(|| "all brokers".to_owned(), selection),
            name.value,
            is.value
        ),
        Check::BytesIn { topic, at_least } => {
            format!("at least {} bytes/s into {}", at_least.0, topic.value)
        }
        Check::WritesOk { producer, at_most } => {
            format!(
                "writes of {} acknowledged within {}",
                producer.value,
                nanos(*at_most)
            )
        }
    }
}

fn target(target: &Target) -> String {
    match target {
        Target::Node(id) => format!("node {}", id.value),
        Target::Current => "the node at hand".to_owned(),
        Target::OtherBroker => "another broker".to_owned(),
        Target::AnyBroker => "a broker".to_owned(),
        Target::Leader { topic, partition } => format!("the leader of {}-{partition}", topic.value),
        Target::ActiveController => "the active controller".to_owned(),
    }
}

/// "kill -9 of broker 2": with `who` where the target has been found.
pub(crate) fn fault(kind: &FaultKind, who: Option<&str>) -> String {
    let whom = |given: &Target| who.map_or_else(|| target(given), str::to_owned);
    let ends = |from: &Nodes, to: &Option<Nodes>| {
        let other = to
            .as_ref()
            .map_or_else(|| "all others".to_owned(), selection);
        format!("{} and {other}", selection(from))
    };
    match kind {
        FaultKind::Kill(target) => format!("kill -9 of {}", whom(target)),
        FaultKind::Hang(target) => format!("hang of {}", whom(target)),
        FaultKind::HostGone(target) => format!("host of {} gone", whom(target)),
        FaultKind::GcPause(target) => format!("garbage collection pause of {}", whom(target)),
        FaultKind::SlowStart { node, by } => {
            format!("starts of {} take {} longer", whom(node), nanos(*by))
        }
        FaultKind::CrashLoop { node, times, after } => {
            format!(
                "{} dies {} after each of {}",
                whom(node),
                nanos(*after),
                count(u64::from(*times), "start")
            )
        }
        FaultKind::LongRecovery { node, by } => {
            format!("log recovery of {} takes {} longer", whom(node), nanos(*by))
        }
        FaultKind::DiskSlow { node, to_percent } => {
            format!("disk of {} at {to_percent} % of its speed", whom(node))
        }
        FaultKind::DiskFull(target) => format!("disk of {} full", whom(target)),
        FaultKind::MoveController(target) => format!(
            "/controller is deleted until {} is the controller",
            whom(target)
        ),
        FaultKind::KillActiveController => {
            format!("kill -9 of {}", who.unwrap_or("the active controller"))
        }
        FaultKind::QuorumLoss => match who {
            Some(who) => format!("quorum loss: kill -9 of {who}"),
            None => "quorum loss".to_owned(),
        },
        FaultKind::Cut { from, to, clients } => {
            let too = if *clients {
                ", and clients from the first"
            } else {
                ""
            };
            format!("network cut between {}{too}", ends(from, to))
        }
        FaultKind::SlowLink { from, to, by } => format!(
            "network between {} slower by {}",
            ends(from, to),
            nanos(*by)
        ),
        FaultKind::ForgottenWait { step } => {
            format!("the operator forgets the gates of step {}", step.value)
        }
        FaultKind::OperatorTooFast { step, after } => {
            format!(
                "the operator waits only {} between the nodes of step {}",
                nanos(*after),
                step.value
            )
        }
        FaultKind::OperatorLate { step, by } => {
            format!(
                "the operator of step {} comes {} late",
                step.value,
                nanos(*by)
            )
        }
        FaultKind::NodeFirst { step, node } => {
            format!(
                "the operator begins step {} with node {}",
                step.value, node.value
            )
        }
        FaultKind::StepSkipped { step } => format!("the operator leaves out step {}", step.value),
        FaultKind::StepTwice { step } => format!("the operator does step {} twice", step.value),
        FaultKind::StepEarly { step, before } => {
            format!(
                "the operator does step {} before {}",
                step.value, before.value
            )
        }
        FaultKind::SomebodyRestarts(target) => format!("somebody else restarts {}", whom(target)),
        FaultKind::WrongBinary { node, version } => {
            format!("{} is installed on {}", version.value.0, whom(node))
        }
        FaultKind::OldNodeReturns { node, version } => {
            format!("{} comes back with {}", whom(node), version.value.0)
        }
        FaultKind::EarlyBump { release } => {
            format!("somebody raises the features to {}", release.value)
        }
        FaultKind::WrongTool { version } => {
            format!("the operator types with the tools of {}", version.value.0)
        }
        FaultKind::KillMember { group, member } => {
            format!("kill -9 of member {member} of group {}", group.value)
        }
    }
}

/// "checkout is never without acknowledgement for more than 5 s".
pub(crate) fn promise(kind: &PromiseKind) -> String {
    let records = |n: u64| {
        if n == 0 {
            "no record".to_owned()
        } else {
            format!("at most {}", count(n, "record"))
        }
    };
    match kind {
        PromiseKind::WriteOutage(who, most) => {
            format!(
                "{} is never without acknowledgement for more than {}",
                who.value,
                nanos(*most)
            )
        }
        PromiseKind::ReadOutage(who, most) => format!(
            "{} never reads nothing for more than {}",
            who.value,
            nanos(*most)
        ),
        PromiseKind::Lost(who, n) => {
            format!("{} of {} is acknowledged and lost", records(*n), who.value)
        }
        PromiseKind::NotSent(who, n) => format!("{} of {} fails for good", records(*n), who.value),
        PromiseKind::Duplicated(who, n) => {
            format!("{} of {} is in the log twice", records(*n), who.value)
        }
        PromiseKind::Reordered(who, n) => {
            format!("{} of {} is out of order", records(*n), who.value)
        }
        PromiseKind::Redelivered(who, n) => {
            format!("{} is delivered to {} twice", records(*n), who.value)
        }
        PromiseKind::Skipped(who, n) => format!("{} is skipped by {}", records(*n), who.value),
        PromiseKind::Lag(who, n) => format!(
            "{} never lags by more than {}",
            who.value,
            count(*n, "record")
        ),
        PromiseKind::Leaderless(who, most) => format!(
            "no partition of {} is leaderless for more than {}",
            who.value,
            nanos(*most)
        ),
        PromiseKind::UnderMinIsr(who, most) => {
            format!(
                "no partition of {} is below min ISR for more than {}",
                who.value,
                nanos(*most)
            )
        }
        PromiseKind::NoController(who, most) => {
            format!(
                "{} is never without an active controller for more than {}",
                who.value,
                nanos(*most)
            )
        }
        PromiseKind::Window(most) => format!("the runbook takes at most {}", nanos(*most)),
        PromiseKind::Completes => "the runbook reaches its end".to_owned(),
        PromiseKind::FullyReplicated(who) => {
            format!("at the end every replica of {} is in sync", who.value)
        }
        PromiseKind::PreferredLeaders(who, least) => {
            format!(
                "at the end at least {least} % of the leaders of {} are the preferred ones",
                who.value
            )
        }
        PromiseKind::Rebalances(who, n) => {
            format!("{} rebalances at most {}", who.value, count(*n, "time"))
        }
    }
}
