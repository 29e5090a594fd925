//! Answers at the client (specification P9, P11; Sender.completeBatch).

use super::ClientError;
use super::again_by_kernel::Direction;
use super::connection::{PartState, Place, RequestKind};
use crate::event::Event;
use crate::happening::Happening;
use crate::ids::ConnectionIx;
use crate::world::World;

impl World {
    /// P9: an answer arrives.
    pub(crate) fn answer_arrives(&mut self, connection: ConnectionIx, id: u32, life: u32) {
        let me = &self.connections[connection as usize];
        if me.life != life || me.calm {
            return;
        }
        let Some(at) = me.find(id) else { return };
        let lost = self.nodes[me.broker as usize].lost;
        let again = match lost {
            true => None,
            false => self.held_up(connection, Direction::Back),
        };
        if lost || again.is_some() {
            self.connections[connection as usize].requests[at].place = Place::Lost;
            if let Some(again) = again {
                let request = id;
                let event = Event::AnswerArrives {
                    connection,
                    request,
                    life,
                };
                self.clock.schedule(again, event);
            }
            self.touch_connection(connection);
            return;
        }
        let me = &self.connections[connection as usize];
        let (producer, broker) = (me.producer, me.broker);
        let request = self.connections[connection as usize]
            .requests
            .remove(at)
            .expect("just found");
        self.look_at_connection(connection);
        match request.kind {
            RequestKind::Metadata => self.metadata_answer(producer, request.picture, request.alive),
            RequestKind::Produce => {
                let hints = self.nodes[broker as usize]
                    .binary
                    .behaviour
                    .tells_new_leader
                    && self.estate.producers[producer as usize]
                        .behaviour
                        .uses_leader_hint;
                let mut wanted = false;
                let mut parts = request.parts;
                for part in parts.drain(..) {
                    self.no_longer_in_flight(part.flow, part.batch.first);
                    if part.expired {
                        continue;
                    }
                    match part.state {
                        PartState::Good => {
                            self.acknowledge(part.flow, part.batch.first, part.batch.end);
                            self.resolve(part.flow);
                        }
                        PartState::Bad(error) => {
                            wanted |= error.invalidates_metadata();
                            if hints && error == ClientError::NotLeaderOrFollower {
                                self.leader_hint(part.flow, request.picture);
                            }
                            self.retry_or_fail(part.flow, part.batch, error);
                        }
                        PartState::Sent | PartState::Waiting { .. } => {
                            unreachable!("an answered part has a result")
                        }
                    }
                }
                self.spare(parts);
                if wanted {
                    self.clock.note(Happening::NotLeader(producer, broker));
                    self.want_metadata(producer);
                }
            }
        }
        self.try_to_ask(producer);
    }
}
