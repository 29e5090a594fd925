//! What the tests of the binary share: running it, and folders that go away again.
#![allow(dead_code, reason = "each test binary uses its part")]

pub(crate) mod golden;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The repository.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What a run of the binary gave.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    /// Its exit code; `None`: it was ended by a signal.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Ran {
    /// Fails the test if the exit code is another.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Fails the test if standard output lacks this.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text), "no `{text}` in\n{self}");
        self
    }

    /// Fails the test if standard error lacks this.
    #[track_caller]
    pub(crate) fn complains(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no `{text}` in\n{self}");
        self
    }

    /// Fails the test if there is something on standard output.
    #[track_caller]
    pub(crate) fn without_result(self) -> Self {
        assert_eq!(self.out, "", "{self}");
        self
    }

    /// Fails the test if there is something on standard error.
    #[track_caller]
    pub(crate) fn quiet(self) -> Self {
        assert_eq!(self.err, "", "{self}");
        self
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "exit {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.code, self.out, self.err
        )
    }
}

/// The binary with a plain environment: 100 columns, UTF-8, no colours because nothing is a terminal.
pub(crate) fn dryroll() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dryroll"));
    for name in [
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "LANG",
        "LC_CTYPE",
        "RAYON_NUM_THREADS",
    ] {
        command.env_remove(name);
    }
    command
        .env("LC_ALL", "C.UTF-8")
        .env("COLUMNS", "100")
        .env("TERM", "xterm");
    command.current_dir(ROOT).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ran {
    let output = command.output().expect("the binary starts");
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("standard output is text"),
        err: String::from_utf8(output.stderr).expect("standard error is text"),
    }
}

/// Runs the binary with these words.
pub(crate) fn dry(words: &[&str]) -> Ran {
    run(dryroll().args(words))
}

/// Runs the binary with these words and this on standard input.
pub(crate) fn dry_with(words: &[&str], input: &[u8]) -> Ran {
    let mut child = dryroll()
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("it was asked for");
    let input = input.to_vec();
    // Beside the reading, so that neither side waits for the other. Not everything needs to be read.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("the writer ends");
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("standard output is text"),
        err: String::from_utf8(output.stderr).expect("standard error is text"),
    }
}

/// A folder of its own, which goes away with the value.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// An empty one.
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("folder-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // Left over from a run that was cut short and had the same number.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the folder can be made");
        Self { path }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a file in it, as a word of a command line.
    pub(crate) fn word(&self, name: &str) -> String {
        self.path
            .join(name)
            .to_str()
            .expect("a path of ours is text")
            .to_owned()
    }

    /// Writes a file into it, with the folders on the way, and gives its path.
    pub(crate) fn with(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder"))
            .expect("folders can be made");
        fs::write(&path, content).expect("the file can be written");
        self.word(name)
    }

    /// The text of a file in it.
    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).expect("the file is there")
    }

    /// The names in it, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.path).expect("the folder is there");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("it can be listed")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left over does no harm.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A small scenario of which every promise holds: nothing is done for ten seconds.
pub(crate) const CALM: &str = r#"(
    about: "Nothing happens",
    estate: (
        clusters: {
            "prod": (
                kafka: "3.9.2",
                brokers: 3,
                controllers: 3,
                topics: { "orders": (partitions: 3, replicas: 3) },
            ),
        },
        producers: { "checkout": (to: "orders", rate: "30/s") },
    ),
    runbook: [(step: "wait", do: Wait("10s"))],
    contract: [Completes, WriteOutage("checkout", at_most: "1s"), Lost("checkout", 0)],
    expect: Holds,
)
"#;

/// A small scenario that breaks a promise: the leader of a partition dies.
pub(crate) const KILLED: &str = r#"(
    about: "A broker dies",
    estate: (
        clusters: {
            "prod": (
                kafka: "3.9.2",
                brokers: 3,
                controllers: 3,
                topics: { "orders": (partitions: 3, replicas: 3) },
            ),
        },
        producers: { "checkout": (to: "orders", rate: "30/s") },
    ),
    runbook: [(step: "wait", do: Wait("30s"))],
    faults: [(fault: Kill(Leader(topic: "orders", partition: 0)), at: At("5s"))],
    contract: [WriteOutage("checkout", at_most: "1s")],
    expect: Breaks(promises: [WriteOutage("checkout")]),
)
"#;

/// A roll that waits for replicas, although brokers are away for long: `scenarios/no-wait-for-isr.ron` with the gate that it lacks.
pub(crate) fn careful() -> String {
    let text = fs::read_to_string(Path::new(ROOT).join("scenarios/no-wait-for-isr.ron"))
        .expect("it is there");
    let roll = "do: Roll(Brokers, down: \"2m\")";
    assert!(text.contains(roll));
    text.replace(
        roll,
        &format!("{roll}, between: [UnderReplicated(at_most: 0, for: \"10s\", within: \"20m\")]"),
    )
}
