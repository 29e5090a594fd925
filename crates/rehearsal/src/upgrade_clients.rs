//! Clients that get another version of their library.
//!
//! Members of a group are restarted one after the other: a member commits and leaves, is away for a while, and joins again. A group counts as
//! upgraded when its last member is. A producer's new instance takes over what the old one has not been acknowledged: what changes is
//! what its library can speak and its defaults (`acks` and `enable.idempotence` since 3.0, KIP-679); the hand-over itself costs nothing here.

use facts::KafkaVersion;
use scenario::model::UpgradeClients;

use crate::acts::What;
use crate::estate::duration;
use crate::operator::Instruction;
use crate::play::Play;

impl Play {
    /// What is done with each client, in order.
    pub(crate) fn client_instructions(&self, clients: &UpgradeClients) -> Vec<Instruction> {
        let Ok(version) = facts::speaker(&clients.to.value.0).map(|client| client.version()) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for name in &clients.groups {
            let group = self
                .estate
                .groups
                .iter()
                .position(|spec| spec.name == name.value);
            let Some(group) = group else { continue };
            let members = self.estate.groups[group].members;
            for member in 0..members {
                all.push(Instruction::StopMember(group as u32, member));
                all.push(Instruction::Sleep(duration(clients.down.value)));
                all.push(Instruction::StartMember(group as u32, member, version));
                all.push(Instruction::Sleep(duration(clients.pause.value)));
            }
        }
        for name in &clients.producers {
            let producer = self
                .estate
                .producers
                .iter()
                .position(|spec| spec.name == name.value);
            if let Some(producer) = producer {
                all.push(Instruction::TakeOver(producer as u32, version));
                all.push(Instruction::Sleep(duration(clients.pause.value)));
            }
        }
        all
    }

    pub(crate) fn stop_member(&mut self, group: u32, member: u32) {
        let name = &self.estate.groups[group as usize].name;
        let text = self.in_step(&format!("stop member {} of group {name}", member + 1));
        self.command(
            None,
            format!(
                "kill $(pgrep -f {name})   # member {} of {name}: SIGTERM",
                member + 1
            ),
        );
        let by = self.by();
        self.act(by, What::Other, &[], text, |world| {
            world.stop_member(group, member);
        });
    }

    pub(crate) fn start_member(&mut self, group: u32, member: u32, version: KafkaVersion) {
        let spec = self.estate.groups[group as usize].clone();
        let text = self.in_step(&format!(
            "start member {} of group {} with {version}",
            member + 1,
            spec.name
        ));
        self.command(
            None,
            format!(
                "# member {} of {}: kafka-clients-{version}.jar, then its start",
                member + 1,
                spec.name
            ),
        );
        let last = member + 1 == spec.members;
        if last {
            self.upgraded.push((self.world.now(), spec.name.clone()));
        }
        let settings = self.settings_of_group(&spec.name);
        let by = self.by();
        self.act(by, What::Other, &[], text, |world| {
            if last && let Ok((behaviour, config)) = crate::estate::group_as(version, &settings) {
                world.upgrade_group(group, version, behaviour, config);
            }
            world.start_member(group, member);
        });
    }

    pub(crate) fn take_over(&mut self, producer: u32, version: KafkaVersion) {
        let name = self.estate.producers[producer as usize].name.clone();
        let text = self.in_step(&format!("restart producer {name} with {version}"));
        self.command(
            None,
            format!("# {name}: kafka-clients-{version}.jar, a new instance beside the old, then the old is closed"),
        );
        let settings = self.settings_of_producer(&name);
        self.upgraded.push((self.world.now(), name));
        let by = self.by();
        self.act(by, What::Other, &[], text, |world| {
            if let Ok((behaviour, config)) = crate::estate::producer_as(version, &settings) {
                world.upgrade_producer(producer, version, behaviour, config);
            }
        });
    }

    fn settings_of_group(&self, name: &str) -> scenario::model::Settings {
        let mut groups = self.scenario.estate.groups.iter();
        groups
            .find(|(of, _)| of.value == name)
            .map(|(_, group)| group.settings.clone())
            .unwrap_or_default()
    }

    fn settings_of_producer(&self, name: &str) -> scenario::model::Settings {
        let mut producers = self.scenario.estate.producers.iter();
        producers
            .find(|(of, _)| of.value == name)
            .map(|(_, producer)| producer.settings.clone())
            .unwrap_or_default()
    }
}
