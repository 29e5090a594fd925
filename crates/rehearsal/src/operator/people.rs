//! People who do not do what the runbook says: late, in another order, twice, not at all.
//!
//! Like every fault these are data of the plan. They concern a step and take effect when it comes.

use kafka::ids::NodeIx;
use scenario::model::FaultKind;

use super::Instruction;
use crate::estate::duration;
use crate::play::Play;

impl Play {
    /// The first fault of this kind that concerns the step.
    fn concerning<T>(
        &self,
        step: usize,
        of: impl Fn(&FaultKind) -> Option<(&str, T)>,
    ) -> Option<(usize, T)> {
        let name = &self.scenario.runbook[step].name.value;
        self.faults.iter().enumerate().find_map(|(at, fault)| {
            let (step, what) = of(&fault.kind.value)?;
            (step == name).then_some((at, what))
        })
    }

    fn comes_to_pass(&mut self, fault: usize) {
        let now = self.world.now();
        self.injected[fault].began.get_or_insert(now);
    }

    /// The order of the steps, if somebody does one before its time.
    pub(super) fn disordered(&self, mut order: Vec<usize>) -> Vec<usize> {
        let place = |order: &[usize], name: &str| {
            order
                .iter()
                .position(|&step| self.scenario.runbook[step].name.value == name)
        };
        for fault in self.faults.iter() {
            if let FaultKind::StepEarly { step, before } = &fault.kind.value
                && let (Some(from), Some(to)) =
                    (place(&order, &step.value), place(&order, &before.value))
                && to < from
            {
                let early = order.remove(from);
                order.insert(to, early);
            }
        }
        order
    }

    /// Is this step left out?
    pub(super) fn is_skipped(&mut self, step: usize) -> bool {
        let skipped = self.concerning(step, |kind| match kind {
            FaultKind::StepSkipped { step } => Some((step.value.as_str(), ())),
            _ => None,
        });
        let early = self.concerning(step, |kind| match kind {
            FaultKind::StepEarly { step, .. } => Some((step.value.as_str(), ())),
            _ => None,
        });
        if let Some((fault, ())) = early {
            self.comes_to_pass(fault);
        }
        if let Some((fault, ())) = skipped {
            self.comes_to_pass(fault);
        }
        skipped.is_some()
    }

    /// Is this step, which has just ended, begun once more?
    pub(super) fn is_repeated(&mut self, step: usize) -> bool {
        let twice = self.concerning(step, |kind| match kind {
            FaultKind::StepTwice { step } => Some((step.value.as_str(), ())),
            _ => None,
        });
        let Some((fault, ())) = twice else {
            return false;
        };
        if self.injected[fault].began.is_some() {
            let now = self.world.now();
            self.injected[fault].ended = Some(now);
            return false;
        }
        self.comes_to_pass(fault);
        true
    }

    /// What an operator who is late does first: nothing, for so long.
    pub(super) fn late(&mut self, step: usize) -> Option<Instruction> {
        let (fault, by) = self.concerning(step, |kind| match kind {
            FaultKind::OperatorLate { step, by } => Some((step.value.as_str(), duration(*by))),
            _ => None,
        })?;
        self.comes_to_pass(fault);
        Some(Instruction::Sleep(by))
    }

    /// The batches of a roll, if somebody begins with another node: it changes places with the first.
    pub(super) fn reordered(&mut self, step: usize, batches: &mut [Vec<NodeIx>]) {
        let first = self.concerning(step, |kind| match kind {
            FaultKind::NodeFirst { step, node } => Some((step.value.as_str(), node.value)),
            _ => None,
        });
        let Some((fault, id)) = first else {
            return;
        };
        let Some(node) = self.estate.node(id) else {
            return;
        };
        let place = batches
            .iter()
            .enumerate()
            .find_map(|(batch, nodes)| Some((batch, nodes.iter().position(|&at| at == node)?)));
        if let Some((batch, at)) = place {
            let other = batches[0][0];
            batches[batch][at] = other;
            batches[0][0] = node;
            self.comes_to_pass(fault);
        }
    }
}
