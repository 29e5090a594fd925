//! What stands in `server.properties` on each host, and nodes that go back to what they were.
//!
//! A line that is edited counts from the next start of the process on, whoever starts it; the process that runs knows nothing of it
//! (Kafka documentation, "Broker Configs": settings of update mode read-only).

use std::collections::BTreeMap;

use kafka::ids::NodeIx;
use kafka::node::Binary;
use scenario::model::EditProperties;

use crate::acts::What;
use crate::play::Play;
use crate::{binary, commands, select, words};

/// Lines that were edited; `None`: taken out.
pub(crate) type Edits = BTreeMap<String, Option<String>>;

impl Play {
    /// A person edits the file on some hosts.
    pub(crate) fn edit_properties(&mut self, edit: &EditProperties) {
        let nodes = select::nodes(&self.world, &self.estate, &edit.nodes.value);
        for node in nodes {
            let version = self.world.binary(node).version;
            let spec = &self.estate.nodes[node as usize];
            for line in commands::edits(&self.estate, spec, version, edit) {
                self.command(Some(node), line);
            }
            let edits = self.edited.entry(node).or_default();
            for (name, value) in &edit.settings {
                edits.insert(name.value.clone(), Some(value.value.clone()));
            }
            for name in &edit.remove {
                edits.insert(name.value.clone(), None);
            }
        }
    }

    /// What the node ran last, with its file as it is now: for a start at this moment.
    pub(crate) fn properties_file(&mut self, node: NodeIx) -> Binary {
        let old = self.world.binary(node);
        match self.edited.remove(&node) {
            Some(edits) => binary::edited(old, &edits),
            None => old.clone(),
        }
    }

    /// What a start by somebody else than the operator brings; `None`: what ran last.
    pub(crate) fn binary_on_host(&mut self, node: NodeIx) -> Option<Binary> {
        self.edited
            .contains_key(&node)
            .then(|| self.properties_file(node))
    }

    /// The node runs with the binary and the file of before the first step.
    pub(crate) fn runs_as_before(&self, node: NodeIx) -> bool {
        let spec = &self.estate.nodes[node as usize];
        let now = self.world.binary(node);
        now.version == spec.version
            && now.settings == spec.settings
            && !self.edited.contains_key(&node)
            && self.world.port_is_open(node)
    }

    /// Starts nodes with the binary and the file of before the first step.
    pub(crate) fn start_as_before(&mut self, nodes: &[NodeIx]) {
        let mut binaries = Vec::new();
        for &node in nodes {
            self.edited.remove(&node);
            let spec = self.estate.nodes[node as usize].clone();
            let old = self.world.binary(node).clone();
            for line in commands::restored(&self.estate, &spec, &old) {
                self.command(Some(node), line);
            }
            let line = commands::start(&self.estate, &spec, spec.version);
            self.command(Some(node), line);
            binaries.push((node, binary::of(&spec)));
        }
        let text = self.in_step(&format!(
            "start {} as before",
            words::nodes(&self.estate, nodes)
        ));
        let by = self.by();
        self.act(by, What::Start, nodes, text, |world| {
            for (node, binary) in binaries {
                world.start(node, Some(binary));
            }
        });
    }
}
