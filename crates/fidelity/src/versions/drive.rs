//! A sequence in the model: its estate, its operations and its tool calls one after the other, and the answers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use engine::{Span, Time};
use facts::KafkaVersion;
use kafka::behaviour::NodeBehaviour;
use kafka::config::{NodeConfig, TopicConfig};
use kafka::estate::Estate;
use kafka::features::exit::{EXIT_CODE, ExitReason};
use kafka::features::{Fault, KRAFT_VERSION};
use kafka::ids::NodeIx;
use kafka::node::{Binary, Process};
use kafka::{Notice, Options, World};
use rehearsal::tools::{configs, features};

use super::file::{Call, Op, Run, Sequence};
use super::{Answer, words};
use crate::prepare::{build, seconds};
use crate::read::Error;

/// The world runs this long before the first operation.
const SETTLE: Span = Span::secs(30);
/// A process that is neither ready nor gone after this long is neither: longer than a broker tries to register.
const PATIENCE: Span = Span::secs(120);
/// The harness stops watching a stop after this long and kills.
const STOP_PATIENCE: Span = Span::secs(330);
/// Seeds tried until the active controllers are the recorded ones.
const TRIES: u64 = 64;
/// Seen by the harness's admin client, which asks every 30 ms, only if it lasts: *assumed*.
const SEEN: Span = Span::secs(2);

/// The first active controller is the recorded one, and so are later ones.
const ALL_FIT: u32 = 3;

/// What is done next, by its recorded moment.
enum Item<'a> {
    Op(&'a Op),
    Call(&'a Call),
}

/// Every question of a run with both answers.
pub(crate) fn answers(file: &str, sequence: &Sequence, run: &Run) -> Result<Vec<Answer>, Error> {
    let estate = estate(file, sequence, run)?;
    let mut best: Option<(u32, Vec<Answer>)> = None;
    for seed in 0..TRIES {
        let mut driver = Driver::new(estate.clone(), run, seed);
        let fits = driver.drive();
        if best.as_ref().is_none_or(|(most, _)| fits > *most) {
            best = Some((fits, driver.answers));
        }
        if fits == ALL_FIT {
            break;
        }
    }
    Ok(best.map(|(_, answers)| answers).unwrap_or_default())
}

/// The estate as a scenario says it.
fn estate(file: &str, sequence: &Sequence, run: &Run) -> Result<Arc<Estate>, Error> {
    let refused = |why: String| Error::Scenario {
        file: file.to_owned(),
        why,
    };
    let (brokers, controllers) = sequence.ids(run);
    let combined = sequence.combined.unwrap_or(false);
    let controllers = if combined {
        format!("Combined({controllers:?})")
    } else {
        format!("{controllers:?}")
    };
    let release = sequence
        .release
        .as_ref()
        .map_or_else(String::new, |release| {
            format!("metadata_version: {release:?}, ")
        });
    let mut topics = String::new();
    if let Some((partitions, replicas)) = sequence.topic_t() {
        let _ = write!(
            topics,
            "\"t\": (partitions: {partitions}, replicas: {replicas}, settings: {{\"min.insync.replicas\": 2}}), "
        );
    }
    for (name, settings) in run.created() {
        let _ = write!(
            topics,
            "{name:?}: (partitions: 1, replicas: 1, settings: {{"
        );
        for (key, value) in settings {
            let _ = write!(topics, "{key:?}: {value:?}, ");
        }
        topics.push_str("}), ");
    }
    let producers = if sequence.topic_t().is_some() {
        "producers: {\"p\": (to: \"t\", rate: \"60/s\", size: \"100B\", settings: {\"acks\": \"all\"})}"
    } else {
        ""
    };
    let text = format!(
        "(about: \"a sequence\", estate: (clusters: {{\"c\": (kafka: {:?}, {release}brokers: {brokers:?}, controllers: {controllers}, topics: {{{topics}}})}}, {producers}), runbook: [(step: \"s\", do: Wait(\"1s\"))], contract: [Completes])",
        sequence.kafka,
    );
    build("sequence.ron", text)
        .map(|built| built.estate)
        .map_err(refused)
}

struct Driver<'a> {
    run: &'a Run,
    estate: Arc<Estate>,
    world: World,
    /// The model's moment of the recording's time 0; later as waits take longer in the model.
    base: Time,
    exits: Vec<(NodeIx, ExitReason)>,
    stumbled: Vec<(NodeIx, Fault)>,
    topic_settings: BTreeMap<String, BTreeMap<String, String>>,
    acts: u32,
    /// Since when a partition of `t` is without leader, and whether that was to be seen since the last question.
    leaderless_since: Vec<Option<Time>>,
    leaderless_seen: bool,
    smallest_isr: u32,
    answers: Vec<Answer>,
}

impl<'a> Driver<'a> {
    fn new(estate: Arc<Estate>, run: &'a Run, seed: u64) -> Self {
        let options = Options {
            causes: false,
            trace: false,
            history: false,
            ..Options::default()
        };
        let world = World::new(estate.clone(), seed, options);
        let partitions = world.partition_count() as usize;
        Self {
            run,
            estate,
            world,
            base: Time::ZERO.saturating_add(SETTLE),
            exits: Vec::new(),
            stumbled: Vec::new(),
            topic_settings: run.created(),
            acts: 0,
            leaderless_since: vec![None; partitions],
            leaderless_seen: false,
            smallest_isr: u32::MAX,
            answers: Vec::new(),
        }
    }

    fn at(&self, recorded: f64) -> Time {
        self.base.saturating_add(seconds(recorded.max(0.0)))
    }

    /// Lets time pass; what notices say is kept.
    fn advance(&mut self, until: Time) {
        loop {
            match self.world.next(until) {
                Some(notices) => {
                    for notice in notices {
                        match notice {
                            Notice::Exited(node, reason) => self.exits.push((node, reason)),
                            Notice::Stumbles(node, fault) => self.stumbled.push((node, fault)),
                            _ => {}
                        }
                    }
                    self.looks();
                }
                None => {
                    if until > self.world.now() {
                        self.world.advance_to(until);
                    }
                    self.looks();
                    return;
                }
            }
        }
    }

    /// What the harness's watcher sees of `t`.
    fn looks(&mut self) {
        let Some(t) = self.estate.topic("t") else {
            return;
        };
        let now = self.world.now();
        for at in 0..self.world.partition_count() {
            if self.world.partition(at).topic != t {
                continue;
            }
            let newest = self.world.partition(at).newest();
            if newest.leader.is_some() {
                self.leaderless_since[at as usize] = None;
                self.smallest_isr = self.smallest_isr.min(newest.isr.count_ones());
            } else {
                let since = *self.leaderless_since[at as usize].get_or_insert(now);
                self.leaderless_seen |= now.saturating_since(since) >= SEEN;
            }
        }
    }

    /// Goes through the whole run. Returns how well the active controllers were the recorded ones.
    fn drive(&mut self) -> u32 {
        let mut items: Vec<(f64, u8, Item<'a>)> = Vec::new();
        items.extend(self.run.ops.iter().map(|op| (op.t, 1, Item::Op(op))));
        // A call is recorded when it has answered, an operation when it begins.
        items.extend(
            self.run
                .cli
                .iter()
                .map(|call| (call.t, 0, Item::Call(call))),
        );
        items.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut fits = true;
        let last = items.len().saturating_sub(1);
        for (at, (t, _, item)) in items.iter().enumerate() {
            let due = self.at(*t).max(self.world.now());
            self.advance(due);
            match item {
                Item::Op(op) => {
                    if let Some(leader) = op.leader {
                        fits &= self.world.active_controller() == self.estate.node(leader);
                    }
                    self.op(op);
                }
                Item::Call(call) => self.call(call),
            }
            let next = items.get(at + 1).map(|(t, ..)| *t);
            if let (Item::Op(op), Some(next)) = (item, next) {
                self.watched(op, next);
            }
            if at == last {
                self.at_the_end();
            }
        }
        u32::from(fits) + 2 * u32::from(self.first_leader_fits())
    }

    /// The active controller that the first refusal names is the model's.
    fn first_leader_fits(&self) -> bool {
        let named = |text: &str| -> Option<u32> {
            let after = text.split("Local controller ").nth(1)?;
            after.split(' ').next()?.parse().ok()
        };
        let recorded = self.run.cli.iter().find_map(|call| named(&call.output));
        let Some(recorded) = recorded else {
            return true;
        };
        let ours = self
            .answers
            .iter()
            .find_map(|answer| named(&answer.predicted));
        ours == Some(recorded)
    }

    fn act(&mut self, does: impl FnOnce(&mut World)) {
        self.acts += 1;
        self.world.begin_act(self.acts);
        does(&mut self.world);
        self.world.end_act();
    }

    // ------------------------------------------------------------------------------------ operations

    fn op(&mut self, op: &Op) {
        let Some(node) = op.node.and_then(|id| self.estate.node(id)) else {
            return;
        };
        let before = self.world.now();
        if op.op == "stop" {
            self.act(|world| world.stop(node));
            let killed = self.run.ops.iter().any(|later| {
                later.t >= op.t && later.node == op.node && later.op.starts_with("kill -9")
            });
            let limit = if killed { SEEN } else { STOP_PATIENCE };
            self.until(limit, |driver| driver.world.process(node) == Process::Gone);
        } else if op.op.starts_with("kill") {
            self.act(|world| world.kill(node));
        } else if op.op == "start" {
            self.start(op, node);
        }
        // What takes longer in the model than it took is waited for; what takes less is not.
        let took = self.world.now().saturating_since(before);
        let recorded = seconds(op.seconds.unwrap_or(0.0));
        if op.op == "start" && took > recorded {
            self.base = self.base.saturating_add(took).saturating_sub(recorded);
        }
    }

    /// Lets time pass until something is so.
    fn until(&mut self, limit: Span, so: impl Fn(&Self) -> bool) {
        let limit = self.world.now().saturating_add(limit);
        while !so(self) && self.world.now() < limit {
            let next = self.world.next_event().unwrap_or(limit);
            let next = next
                .min(limit)
                .max(self.world.now().saturating_add(Span::nanos(1)));
            self.advance(next);
        }
    }

    fn start(&mut self, op: &Op, node: NodeIx) {
        let broker = self.estate.nodes[node as usize].broker;
        let old = self.world.binary(node).clone();
        let version: KafkaVersion = op
            .version
            .as_ref()
            .and_then(|version| version.parse().ok())
            .unwrap_or(old.version);
        let mut settings = old.settings.clone();
        settings.extend(op.props.clone());
        let config = NodeConfig::read(version, &settings).unwrap_or(old.config);
        let binary = Binary {
            version,
            behaviour: NodeBehaviour::of(version),
            config,
            settings,
            refused: None,
        };
        let (exits, stumbles) = (self.exits.len(), self.stumbled.len());
        self.act(|world| world.start(node, Some(binary)));
        let unready = op.outcome.as_deref() == Some("running, not ready");
        let limit = op.seconds.filter(|_| unready).map_or(PATIENCE, seconds);
        self.until(limit, |driver| {
            // A controller says that it has started when it has replayed its log, for which it has to know of a leader.
            let leads = broker || driver.world.active_controller().is_some();
            driver.world.port_is_open(node) && leads || driver.world.process(node) == Process::Gone
        });
        let exit = self.exits[exits..]
            .iter()
            .find(|(who, _)| *who == node)
            .map(|exit| exit.1);
        let id = self.estate.nodes[node as usize].id;
        let question = format!("at {:.1} s node {id} is started with {version}", op.t);
        let predicted = match exit {
            Some(_) => format!("exits with code {EXIT_CODE}"),
            None if self.world.port_is_open(node) => "ready".to_owned(),
            None => "running, not ready".to_owned(),
        };
        let observed = match (op.outcome.as_deref(), op.exit) {
            (Some("exited"), Some(code)) => format!("exits with code {code}"),
            (Some(outcome), _) => outcome.to_owned(),
            (None, _) => return,
        };
        self.answers
            .push(Answer::new(question.clone(), observed, predicted));
        // The lines of its log: each that the model writes is in the recorded excerpt.
        let mut lines: Vec<String> = Vec::new();
        let stumbled = self.stumbled[stumbles..]
            .iter()
            .find(|(who, _)| *who == node)
            .map(|found| found.1);
        if let Some(fault) = stumbled {
            lines.extend(fault.lines(version, false));
        }
        match exit {
            // Its warnings are not in the excerpts.
            Some(reason @ ExitReason::NotRegistered(_)) => {
                lines.extend(reason.lines(version, None).pop());
            }
            Some(reason) => lines.extend(reason.lines(version, None)),
            None => {}
        }
        if op.log.is_empty() {
            return;
        }
        let said: Vec<String> = op.log.iter().map(|line| words::plain(line)).collect();
        for line in lines {
            let line = words::plain(&line);
            let found = said.iter().any(|said| said.contains(&line));
            self.answers.push(Answer::new(
                format!("{question}, its log says “{line}”"),
                found.to_string(),
                true.to_string(),
            ));
        }
    }

    // ------------------------------------------------------------------------------------ tools

    fn call(&mut self, call: &Call) {
        let Some((version, command)) = call
            .argv
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("] "))
        else {
            return;
        };
        let Ok(version) = version.parse::<KafkaVersion>() else {
            return;
        };
        let command = command.split(" (--").next().unwrap_or(command);
        let (tool, arguments) = command.split_once(' ').unwrap_or((command, ""));
        let question = format!("at {:.1} s {}", call.t, call.argv);
        match tool {
            "kafka-features" => self.features(call, version, arguments, &question),
            "kafka-metadata-quorum" => {
                let voters = call
                    .output
                    .lines()
                    .find(|line| line.starts_with("CurrentVoters"))
                    .unwrap_or_default();
                let observed = voters.contains("\"directoryId\": \"");
                let predicted = self.world.finalized(KRAFT_VERSION) > 0;
                self.answers.push(Answer::new(
                    format!("{question} shows directory ids of the voters"),
                    observed.to_string(),
                    predicted.to_string(),
                ));
            }
            "kafka-configs" => self.configs(call, arguments, &question),
            _ => {}
        }
    }

    fn asked(&self) -> Option<NodeIx> {
        (0..self.estate.nodes.len() as NodeIx)
            .find(|&node| self.estate.nodes[node as usize].broker && self.world.answers(node))
    }

    fn features(&mut self, call: &Call, version: KafkaVersion, arguments: &str, question: &str) {
        let Some(typed) = features::Call::parse(version, arguments) else {
            return;
        };
        let asked = self.asked();
        let mut answer = None;
        self.act(|world| answer = Some(typed.run(world, asked)));
        let Some(answer) = answer else { return };
        // The change is committed when the tool answers.
        let soon = self.world.now().saturating_add(Span::millis(200));
        self.advance(soon);
        let mut observed = words::lines(&call.output);
        let mut predicted: Vec<String> =
            answer.lines.iter().map(|line| words::plain(line)).collect();
        let timed_out = call.output.contains("TIMEOUT");
        if timed_out {
            // The harness gave up on the tool after its answer: what it had said by then counts.
            predicted.truncate(observed.len());
        }
        if predicted.len() < observed.len() && observed.iter().any(|line| line.starts_with("usage"))
        {
            observed.retain(|line| predicted.contains(line));
        }
        let exit = |code: i32| {
            if timed_out {
                String::new()
            } else {
                format!("exit {code}: ")
            }
        };
        self.answers.push(Answer::new(
            question.to_owned(),
            format!("{}{}", exit(call.exit), observed.join(" / ")),
            format!("{}{}", exit(answer.exit), predicted.join(" / ")),
        ));
    }

    fn configs(&mut self, call: &Call, arguments: &str, question: &str) {
        let word_after = |name: &str| {
            let mut words = arguments.split_whitespace();
            words.find(|word| *word == name)?;
            words.next().map(str::to_owned)
        };
        let Some(topic) = word_after("--entity-name") else {
            return;
        };
        let mut has = self.topic_settings.get(&topic).cloned().unwrap_or_default();
        if let Some(name) = word_after("--delete-config") {
            has.remove(&name);
        }
        let changes: BTreeMap<String, String> = word_after("--add-config")
            .and_then(|pair| {
                let (name, value) = pair.split_once('=')?;
                Some((name.to_owned(), value.to_owned()))
            })
            .into_iter()
            .collect();
        let Some(active) = self.world.active_controller() else {
            return;
        };
        let version = self.world.binary(active).version;
        let answer = configs::alter(version, &topic, &has, &changes);
        if answer.exit == 0 {
            has.extend(changes);
            if let (Some(at), Some(broker)) = (self.estate.topic(&topic), self.asked()) {
                let config = self.world.binary(broker).config.clone();
                if let Ok(config) = TopicConfig::read(version, &has, &config) {
                    self.act(|world| world.set_topic_config(at, &config));
                }
            }
            self.topic_settings.insert(topic, has);
        }
        let line = answer.lines.first().cloned().unwrap_or_default();
        let said = words::lines(&call.output)
            .into_iter()
            .find(|said| *said == words::plain(&line))
            .unwrap_or_else(|| {
                words::lines(&call.output)
                    .into_iter()
                    .next()
                    .unwrap_or_default()
            });
        self.answers.push(Answer::new(
            question.to_owned(),
            format!("exit {}: {said}", call.exit),
            format!("exit {}: {}", answer.exit, words::plain(&line)),
        ));
    }

    // ------------------------------------------------------------------------------------ partitions

    /// What the watcher saw from an operation on a broker until the next entry.
    fn watched(&mut self, op: &Op, next: f64) {
        let is_broker = op
            .node
            .and_then(|id| self.estate.node(id))
            .is_some_and(|node| self.estate.nodes[node as usize].broker);
        if self.run.metadata.is_empty() || !is_broker || !matches!(op.op.as_str(), "stop" | "start")
        {
            return;
        }
        let until = self.at(next).max(self.world.now());
        self.advance(until);
        let in_window = |t: f64| t >= op.t && t < next;
        // Without a leader for as long as the harness would see for sure.
        let mut leaderless = false;
        let mut smallest = u32::MAX;
        for (index, (t, partition, leader, isr)) in self.run.metadata.iter().enumerate() {
            if !in_window(*t) {
                continue;
            }
            if *leader < 0 {
                let over = self.run.metadata[index + 1..]
                    .iter()
                    .find(|later| later.1 == *partition && later.2 >= 0)
                    .map_or(next, |later| later.0);
                leaderless |= seconds(over - t) >= SEEN;
            } else {
                smallest = smallest.min(isr.len() as u32);
            }
        }
        let id = op.node.unwrap_or(0);
        let question = format!(
            "from {:.1} s ({} of {id}) a partition has no leader for 2 s",
            op.t, op.op
        );
        self.answers.push(Answer::new(
            question,
            leaderless.to_string(),
            self.leaderless_seen.to_string(),
        ));
        if op.op == "stop" && smallest != u32::MAX {
            self.answers.push(Answer::new(
                format!("from {:.1} s (stop of {id}) the smallest ISR", op.t),
                smallest.to_string(),
                self.smallest_isr.to_string(),
            ));
        }
        self.leaderless_seen = false;
        self.smallest_isr = u32::MAX;
    }

    /// Losses, and whether every replica is in sync.
    fn at_the_end(&mut self) {
        let Some(books) = self.run.ledger.get("p") else {
            return;
        };
        let (lost, failed, duplicates) = (books.lost, books.failed, books.duplicates);
        let settled = self.world.now().saturating_add(Span::secs(60));
        self.advance(settled);
        self.world.close_books();
        let mut ours = (0, 0, 0);
        for flow in 0..self.world.flow_count() {
            let ledger = self.world.flow_ledger(flow);
            ours.0 += ledger.lost.len();
            ours.1 += ledger.failed.len();
            ours.2 += ledger.extra_copies;
        }
        let text = |(lost, failed, twice): (u64, u64, u64)| {
            format!("{lost} lost, {failed} failed, {twice} twice in the log")
        };
        self.answers.push(Answer::new(
            "the records of p at the end".to_owned(),
            text((lost, failed, duplicates)),
            text(ours),
        ));
    }
}
