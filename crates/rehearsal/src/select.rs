//! Which nodes a selection means at this moment, and in which order a roll takes them.

use kafka::World;
use kafka::estate::Estate;
use kafka::ids::NodeIx;
use scenario::model::{Nodes, Order, Roll};

/// The nodes of a selection, in ascending order of ids (those that are listed: as listed).
pub(crate) fn nodes(world: &World, estate: &Estate, which: &Nodes) -> Vec<NodeIx> {
    let all = 0..estate.nodes.len() as NodeIx;
    let by = |so: &dyn Fn(&kafka::estate::NodeSpec) -> bool| -> Vec<NodeIx> {
        all.clone()
            .filter(|&node| so(&estate.nodes[node as usize]))
            .collect()
    };
    match which {
        Nodes::Brokers => by(&|node| node.broker),
        Nodes::Controllers => by(&|node| node.controller),
        Nodes::All => {
            let mut found = by(&|node| node.controller);
            found.extend(by(&|node| node.broker && !node.controller));
            found
        }
        Nodes::ActiveController => world.active_controller().into_iter().collect(),
        Nodes::Rack(rack) => {
            by(&|node| node.broker && node.rack.as_deref() == Some(rack.value.as_str()))
        }
        Nodes::These(ids) => ids.iter().filter_map(|id| estate.node(id.value)).collect(),
    }
}

/// The batches of a roll, in order.
pub(crate) fn batches(world: &World, estate: &Estate, roll: &Roll) -> Vec<Vec<NodeIx>> {
    let mut order = nodes(world, estate, &roll.nodes);
    let active = world.active_controller();
    let spec = |node: NodeIx| &estate.nodes[node as usize];
    match roll.order.value {
        Order::AsListed => {}
        Order::ById => order.sort_by_key(|&node| spec(node).id),
        Order::Descending => order.sort_by_key(|&node| std::cmp::Reverse(spec(node).id)),
        Order::ByRack => order.sort_by_key(|&node| (spec(node).rack.clone(), spec(node).id)),
        Order::ActiveControllerLast => {
            order.sort_by_key(|&node| (Some(node) == active, spec(node).id))
        }
        Order::ControllersFirst => {
            order
                .sort_by_key(|&node| (!spec(node).controller, Some(node) == active, spec(node).id));
        }
    }
    let racks = roll.order.value == Order::ByRack;
    let most = match roll.batch.value {
        0 => usize::MAX,
        n => n as usize,
    };
    let mut batches: Vec<Vec<NodeIx>> = Vec::new();
    for node in order {
        match batches.last_mut() {
            Some(batch)
                if batch.len() < most && (!racks || spec(batch[0]).rack == spec(node).rack) =>
            {
                batch.push(node)
            }
            _ => batches.push(vec![node]),
        }
    }
    batches
}
