//! Starting a process so that its port opens when it did in the recording: start-up times are an input, but what registration, metadata and
//! unfencing add to them is the model's own.

use engine::Span;
use kafka::Notice;
use kafka::behaviour::NodeBehaviour;
use kafka::config::NodeConfig;
use kafka::ids::NodeIx;
use kafka::node::{Binary, Process};

use crate::operations::Startup;
use crate::prepare::seconds;
use crate::replay::{Driver, LOOK, STOP_PATIENCE};

/// A start that never opens a port: the time until it reads its logs. *Measured*: 1 to 2 s on the machine of the recordings.
const DOOMED_START: Span = Span::millis(1500);
/// What registration and unfencing usually add to a start: the first guess when a start is fitted.
const AFTER_LOADING: Span = Span::millis(300);
/// The last part of a start, from the logs being loaded to the open port, where the log of the node does not tell. *Measured*: 14 to 26 % of
/// the whole on the machine of the recordings.
const SHARE_AFTER_LOADING: f64 = 0.2;
/// What the model itself does in that part: the controller's append and commit of the unfencing.
const UNFENCING: f64 = 0.04;
/// Guesses when a start is fitted.
const GUESSES: u32 = 4;

impl Driver<'_> {
    /// Starts a process so that its port opens when it did, as far as the process itself decides that.
    pub(crate) fn start(&mut self, node: NodeIx, startup: &Startup) {
        // The harness starts a process only when there is none.
        self.wait_until(STOP_PATIENCE, |driver| {
            (driver.world.process(node) == Process::Gone).then(|| driver.world.now())
        });
        let after = after_loading(startup);
        let binary = self.binary(node, startup);
        let wait = self.time_to_load(node, startup, after, binary.as_ref());
        self.opened.remove(&node);
        self.world.begin_act(self.acts);
        self.world.slow_next_start(node, wait);
        self.world.slow_next_recovery(node, after);
        self.world.start(node, binary);
        self.world.end_act();
    }

    /// What a start runs, where that is not what ran before.
    fn binary(&self, node: NodeIx, startup: &Startup) -> Option<Binary> {
        if startup.version.is_none() && startup.props.is_empty() {
            return None;
        }
        let old = self.world.binary(node);
        let version = startup
            .version
            .as_ref()
            .and_then(|version| version.parse().ok())
            .unwrap_or(old.version);
        let mut settings = old.settings.clone();
        settings.extend(startup.props.clone());
        Some(Binary {
            version,
            behaviour: NodeBehaviour::of(version),
            config: NodeConfig::read(version, &settings).ok()?,
            settings,
            refused: None,
        })
    }

    /// How long the process takes until it has something to ask of the controller.
    fn time_to_load(
        &self,
        node: NodeIx,
        startup: &Startup,
        after: Span,
        binary: Option<&Binary>,
    ) -> Span {
        if let Some(refused) = startup.refused {
            return seconds(refused);
        }
        let Some(port_open) = startup.port_open else {
            return DOOMED_START;
        };
        // The harness saw the port half a look late on the average.
        let target = seconds(port_open).saturating_sub(Span::nanos(LOOK.as_nanos() / 2));
        if !self.estate.nodes[node as usize].broker {
            return target;
        }
        // What comes after (registration, metadata, recovery, unfencing) is the model's own: tried out on copies of this world.
        let mut wait = target.saturating_sub(AFTER_LOADING).saturating_sub(after);
        let mut best: Option<(u64, Span)> = None;
        for _ in 0..GUESSES {
            let Some(took) = self.tried_start(node, wait, after, target, binary) else {
                break;
            };
            let off = took.as_nanos().abs_diff(target.as_nanos());
            if best.is_none_or(|(least, _)| off < least) {
                best = Some((off, wait));
            }
            let over = Span::nanos(took.as_nanos().saturating_sub(wait.as_nanos()));
            wait = target.saturating_sub(over);
        }
        best.map_or_else(
            || seconds(self.plan.usual_start).min(target),
            |(_, wait)| wait,
        )
    }

    /// From start to open port in a copy of this world; `None`: the registration was refused, or the port did not open.
    fn tried_start(
        &self,
        node: NodeIx,
        wait: Span,
        after: Span,
        target: Span,
        binary: Option<&Binary>,
    ) -> Option<Span> {
        let mut world = self.world.clone();
        let began = world.now();
        world.begin_act(0);
        world.slow_next_start(node, wait);
        world.slow_next_recovery(node, after);
        world.start(node, binary.cloned());
        world.end_act();
        let limit = began.saturating_add(target).saturating_add(Span::secs(20));
        while let Some(notices) = world.next(limit) {
            for notice in notices {
                match notice {
                    Notice::PortOpen(open) if open == node => {
                        return Some(world.now().saturating_since(began));
                    }
                    Notice::RegistrationRefused(refused) if refused == node => return None,
                    _ => {}
                }
            }
        }
        None
    }
}

/// How long a start takes from the logs being loaded to the open port, as far as the process itself decides that.
fn after_loading(startup: &Startup) -> Span {
    let Some(port_open) = startup.port_open else {
        return Span::ZERO;
    };
    // A broker whose registration is refused loads its logs meanwhile.
    if startup.refused.is_some() {
        return Span::ZERO;
    }
    let took = match startup.loading {
        Some(loading) => port_open - loading,
        None => SHARE_AFTER_LOADING * port_open,
    };
    seconds(took - UNFENCING)
}
