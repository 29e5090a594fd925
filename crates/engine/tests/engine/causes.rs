//! The chain of causes in a whole world.

use engine::{CauseId, PlainQueue, Time};

use crate::world::{Note, Options, World};

fn world() -> World {
    World::new(
        5,
        Options {
            causes: true,
            ..Options::default()
        },
    )
    .run()
}

#[test]
fn every_note_knows_what_led_to_it() {
    let world = world();
    let causes = world.scheduler.causes().expect("causes are on");
    assert!(causes.len() > 100, "{}", causes.len());
    let mut longest = 0;
    for (id, cause) in causes.iter() {
        let chain: Vec<_> = causes.chain(id).collect();
        assert_eq!(chain[0], (id, cause));
        for pair in chain.windows(2) {
            let ((effect_id, effect), (cause_id, cause)) = (pair[0], pair[1]);
            assert_eq!(effect.parent, cause_id);
            assert!(cause_id < effect_id && cause.at <= effect.at);
        }
        let (_, root) = chain.last().expect("a chain has its own beginning");
        assert_eq!(root.parent, CauseId::NONE);
        longest = longest.max(chain.len());
    }
    assert!(longest > 5, "{longest}");
}

/// A watchdog is armed by the last token that came, so whoever is woken is woken because of what led to that token.
#[test]
fn who_is_woken_again_and_again_is_in_the_chain_of_the_waking() {
    let world = world();
    let causes = world.scheduler.causes().expect("causes are on");
    let mut woken = 0;
    for id in world.woken_by().filter(|id| !id.is_none()) {
        let (_, cause) = causes.chain(id).next().expect("it was noted");
        assert!(matches!(cause.kind, Note::Woken { .. }) && cause.at > Time::ZERO);
        woken += 1;
    }
    assert!(woken > 10, "{woken}");
}

#[test]
fn both_queues_tell_the_same_story() {
    let options = Options {
        causes: true,
        ..Options::default()
    };
    let fast: World = World::new(6, options).run();
    let plain: World<PlainQueue<_>> = World::new(6, options).run();
    let story = |causes: &engine::Causes<Note>| {
        causes
            .iter()
            .map(|(_, cause)| cause.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        story(fast.scheduler.causes().unwrap()),
        story(plain.scheduler.causes().unwrap())
    );
}
