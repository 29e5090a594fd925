use super::*;
use crate::of;

fn check(line: &str, release: &str) -> CheckedCommand {
    check_command(line, of(release).unwrap()).unwrap()
}

fn faults(line: &str, release: &str) -> Vec<CommandFault> {
    check(line, release)
        .problems
        .iter()
        .map(|problem| problem.fault)
        .collect()
}

fn answer(line: &str, release: &str) -> String {
    check(line, release).answer.unwrap().text
}

const FEATURES: &str = "kafka-features --bootstrap-server b:9092";

#[test]
fn the_feature_commands_of_courses_that_no_release_has() {
    let finalize = format!("{FEATURES} --finalize-upgrade");
    let release_version = format!("{FEATURES} --upgrade-release-version 3.5");
    for release in crate::releases() {
        let version = release.version().to_string();
        for line in [&finalize, &release_version] {
            let checked = check(line, &version);
            assert!(checked.is_refused(), "{line} in {version}");
            assert!(checked.problems[0].instead.is_some(), "{line} in {version}");
        }
    }
    assert_eq!(faults(&finalize, "3.9"), [CommandFault::UnknownOption]);
    assert_eq!(
        answer(&finalize, "3.9"),
        "kafka-features: error: unrecognized arguments: '--finalize-upgrade'"
    );
    assert_eq!(
        answer(&finalize, "4.3"),
        "Command line error: unrecognized arguments: '--finalize-upgrade'. Type --help for help."
    );
    let instead = |release| {
        check(&finalize, release).problems[0]
            .instead
            .clone()
            .unwrap()
    };
    assert_eq!(instead("3.9"), "upgrade --metadata X.Y");
    assert_eq!(instead("4.1"), "upgrade --release-version X.Y");
}

#[test]
fn a_shell_does_not_find_tools_that_went_or_never_were() {
    let old = "kafka-preferred-replica-election.sh --zookeeper zk:2181";
    assert_eq!(faults(old, "2.8"), [CommandFault::Deprecated]);
    assert!(!check(old, "2.8").is_refused());
    assert_eq!(faults(old, "3.6"), [CommandFault::ToolGone]);
    let gone = check(old, "3.6");
    assert!(
        gone.problems[0]
            .instead
            .as_ref()
            .unwrap()
            .starts_with("kafka-leader-election.sh")
    );
    assert_eq!(gone.answer.unwrap().exit, 127);

    assert_eq!(
        faults("kafka-metrics.sh", "3.6"),
        [CommandFault::UnknownTool]
    );
    assert_eq!(
        answer("bin/kafka-metrics.sh", "3.6"),
        "bash: bin/kafka-metrics.sh: No such file or directory"
    );
    assert_eq!(
        faults(
            "kafka-metadata-quorum.sh --bootstrap-server b:9092 describe --status",
            "3.2"
        ),
        [CommandFault::ToolNotYet]
    );
    assert_eq!(
        check("kafka-topic.sh --list", "3.9").problems[0]
            .instead
            .as_deref(),
        Some("kafka-topics.sh?")
    );
}

#[test]
fn an_option_is_refused_before_it_came_and_after_it_went() {
    let upgrade = format!("{FEATURES} upgrade --release-version 4.1");
    assert_eq!(faults(&upgrade, "3.9"), [CommandFault::OptionNotYet]);
    assert_eq!(
        answer(&upgrade, "3.9"),
        "kafka-features: error: unrecognized arguments: '--release-version'"
    );
    assert_eq!(faults(&upgrade, "4.0"), []);
    assert_eq!(
        faults(&format!("{FEATURES} upgrade --metadata 3.9"), "3.9"),
        []
    );
    assert_eq!(
        faults(&format!("{FEATURES} upgrade --metadata 4.1"), "4.1"),
        [CommandFault::Deprecated],
        "it works, with a warning"
    );
    let list = "kafka-topics.sh --zookeeper zk:2181 --list";
    assert_eq!(faults(list, "3.0"), [CommandFault::OptionGone]);
    assert_eq!(
        answer(list, "3.0"),
        "Exception in thread \"main\" joptsimple.UnrecognizedOptionException: zookeeper is not a recognized option"
    );
    assert_eq!(answer(list, "3.9"), "zookeeper is not a recognized option");
    let quorum = "kafka-metadata-quorum.sh --bootstrap-controller c:9093 describe --status";
    assert_eq!(faults(quorum, "3.6"), [CommandFault::OptionNotYet]);
    assert_eq!(faults(quorum, "3.7"), []);
}

#[test]
fn subcommands_have_their_place() {
    assert_eq!(
        faults(&format!("{FEATURES} finalize"), "3.9"),
        [CommandFault::UnknownSubcommand]
    );
    assert_eq!(
        answer(&format!("{FEATURES} finalize"), "3.9"),
        "kafka-features: error: invalid choice: 'finalize' (choose from 'describe', 'disable', 'downgrade', 'upgrade')"
    );
    assert_eq!(faults(FEATURES, "3.9"), [CommandFault::MissingSubcommand]);
    assert_eq!(
        answer(FEATURES, "3.9"),
        "kafka-features: error: too few arguments"
    );
    assert_eq!(
        faults(
            "kafka-features.sh describe --bootstrap-server b:9092",
            "3.9"
        ),
        [CommandFault::OptionMisplaced]
    );
    assert_eq!(
        answer(
            "kafka-features.sh describe --bootstrap-server b:9092",
            "3.9"
        ),
        "kafka-features: error: unrecognized arguments: '--bootstrap-server'"
    );
    assert_eq!(faults(&format!("{FEATURES} --describe"), "3.2"), []);
    assert_eq!(
        faults(&format!("{FEATURES} --describe"), "3.3"),
        [CommandFault::OptionGone]
    );
    assert_eq!(
        faults(
            "kafka-storage.sh format -t x -c server.properties --standalone",
            "3.8"
        ),
        [CommandFault::OptionNotYet]
    );
    assert_eq!(
        faults(
            "kafka-cluster.sh unregister --bootstrap-server b:9092 --id 3",
            "3.9"
        ),
        []
    );
}

#[test]
fn the_two_parsers_differ() {
    assert_eq!(
        faults(&format!("{FEATURES} upgrade --meta 3.9"), "3.9"),
        [],
        "argparse4j completes"
    );
    assert_eq!(
        faults("kafka-topics.sh --bootstrap-server b:9092 --desc", "3.9"),
        [CommandFault::UnknownOption],
        "joptsimple does not"
    );
    assert_eq!(
        faults(&format!("{FEATURES} upgrade --metadata"), "3.9"),
        [CommandFault::MissingValue]
    );
    assert_eq!(
        answer(&format!("{FEATURES} upgrade --metadata"), "3.9"),
        "kafka-features: error: argument --metadata: expected one argument"
    );
    assert_eq!(
        answer(
            "kafka-topics.sh --bootstrap-server b:9092 --describe --topic",
            "3.9"
        ),
        "Option topic requires an argument"
    );
    assert_eq!(
        faults(
            "kafka-topics.sh --bootstrap-server b:9092 --topic --describe",
            "3.9"
        ),
        [],
        "joptsimple takes `--describe` as the topic"
    );
}

#[test]
fn who_asks_has_to_say_whom() {
    for (line, release, text) in [
        (
            "kafka-features.sh describe",
            "3.9",
            "kafka-features: error: one of the arguments --bootstrap-server --bootstrap-controller is required",
        ),
        (
            "kafka-topics.sh --list",
            "2.8",
            "Exception in thread \"main\" java.lang.IllegalArgumentException: Only one of --bootstrap-server or --zookeeper must be specified",
        ),
        (
            "kafka-topics.sh --list",
            "4.1",
            "--bootstrap-server must be specified",
        ),
        (
            "kafka-consumer-groups.sh --list",
            "3.9",
            "Missing required argument \"[bootstrap-server]\"",
        ),
    ] {
        assert_eq!(
            faults(line, release),
            [CommandFault::MissingServer],
            "{line}"
        );
        assert_eq!(answer(line, release), text);
    }
    assert_eq!(faults("kafka-topics.sh --help", "3.9"), []);
    assert_eq!(faults("kafka-storage.sh random-uuid", "3.9"), []);
}

#[test]
fn classes_move_between_releases() {
    let old =
        "kafka-run-class.sh kafka.tools.GetOffsetShell --bootstrap-server b:9092 --topic orders";
    assert_eq!(faults(old, "3.0"), []);
    let moved = check(old, "3.9");
    assert_eq!(moved.problems[0].fault, CommandFault::NoSuchClass);
    assert_eq!(
        moved.answer.unwrap().text,
        "Error: Could not find or load main class kafka.tools.GetOffsetShell"
    );
    assert!(check_command("kafka-run-class.sh com.example.Mine", of("3.9").unwrap()).is_none());
}

#[test]
fn what_is_not_kafkas_is_not_judged() {
    let release = of("3.9").unwrap();
    for line in [
        "systemctl restart kafka",
        "",
        "kill -9 $(pgrep -f kafka.Kafka)",
        "sudo tar -xf kafka_2.13-3.6.0.tgz",
        "FOO=bar",
    ] {
        assert!(check_command(line, release).is_none(), "{line}");
    }
    assert_eq!(
        faults(
            "$ sudo /opt/kafka/bin/kafka-topics --bootstrap-server b:9092 --describe | head",
            "3.9"
        ),
        []
    );
}

/// Whatever is typed is answered, and a problem points into the line.
#[test]
fn any_line_is_answered() {
    let release = of("3.9").unwrap();
    for line in [
        "kafka-topics.sh --",
        "kafka-topics.sh --=",
        "kafka-topics.sh '",
        "kafka-features.sh ü --ü=ü",
        "kafka-",
        "$",
        "kafka-run-class.sh",
        "kafka-topics.sh --topic=\\",
    ] {
        if let Some(checked) = check_command(line, release) {
            for problem in checked.problems {
                assert!(line.get(problem.at.clone()).is_some(), "{line}: {problem}");
            }
        }
    }
}
