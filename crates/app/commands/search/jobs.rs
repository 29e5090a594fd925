//! A search in parts: job files for those who have a scheduler. There is none here.
//!
//! The parts know nothing of each other; `dryroll merge` makes the result of the whole search of them.

use std::path::Path;

/// Who runs the parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum System {
    /// GNU parallel, on one machine or several
    Parallel,
    /// A Slurm job array
    Slurm,
    /// A Kubernetes Indexed Job
    Kubernetes,
    /// A Python script for Ray
    Ray,
}

/// The job file. `words`: the options of the search.
pub(crate) fn file(
    system: System,
    file: &Path,
    out: &Path,
    shards: u64,
    words: &[String],
) -> String {
    let out_word = quoted(&out.display().to_string());
    // What is asked of the search as a whole is asked of the merge.
    let plain = words.iter().any(|word| word == "--no-shrink");
    let whole = if plain { " --no-shrink" } else { "" };
    let search = |shard: &str, part: &str| {
        let mut all = vec![
            "dryroll search".to_owned(),
            quoted(&file.display().to_string()),
        ];
        all.extend(words.iter().map(|word| quoted(word)));
        all.push(format!(
            "--shard {shard}/{shards} --out {out_word}/parts/{part}"
        ));
        all.join(" ")
    };
    // Exit code 1 is "a promise was broken": a result, not a failed job.
    match system {
        System::Parallel => format!(
            "#!/bin/sh\n# Plays a search in {shards} parts with GNU parallel, then puts them together.\nset -u\nmkdir -p {out_word}/parts\n\
             seq 1 {shards} | parallel --halt soon,fail=1 '{} > /dev/null || [ $? -eq 1 ]' || exit 2\n\
             dryroll merge {out_word}/parts/* --out {out_word}{whole}\n",
            search("{}", "{}").replace('\'', "'\\''")
        ),
        System::Slurm => format!(
            "#!/bin/bash\n#SBATCH --job-name=dryroll\n#SBATCH --array=1-{shards}\n#SBATCH --cpus-per-task=1\n#SBATCH --mem=1G\n\
             # Then: dryroll merge {out_word}/parts/* --out {out_word}{whole}\nmkdir -p {out_word}/parts\n\
             {} --jobs 1 || [ $? -eq 1 ]\n",
            search("${SLURM_ARRAY_TASK_ID}", "${SLURM_ARRAY_TASK_ID}")
        ),
        System::Kubernetes => format!(
            "# Needs an image with dryroll, and a volume that all pods share, with the scenario in it.\n\
             # Then, on the volume: dryroll merge {out_word}/parts/* --out {out_word}{whole}\n\
             apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: dryroll-search\nspec:\n  completionMode: Indexed\n  completions: {shards}\n  \
             parallelism: {shards}\n  backoffLimitPerIndex: 2\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: search\n        \
             image: dryroll\n        workingDir: /work\n        command: [\"/bin/sh\", \"-c\"]\n        args:\n        - |\n          \
             k=$((JOB_COMPLETION_INDEX + 1))\n          mkdir -p {out_word}/parts\n          {} --jobs 1 || [ $? -eq 1 ]\n        \
             resources: {{ requests: {{ cpu: \"1\", memory: 1Gi }} }}\n        volumeMounts:\n        - {{ name: work, mountPath: /work }}\n      \
             volumes:\n      - name: work\n        persistentVolumeClaim: {{ claimName: dryroll }}\n",
            search("$k", "$k")
        ),
        System::Ray => {
            let list = |words: &[String]| {
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                words.join(", ")
            };
            let mut all = vec![
                "dryroll".to_owned(),
                "search".to_owned(),
                file.display().to_string(),
            ];
            all.extend(words.iter().cloned());
            format!(
                "# Plays a search in {shards} parts with Ray, then puts them together. The folder must be one that every machine sees.\n\
                 import os\nimport subprocess\nimport sys\n\nimport ray\n\nSHARDS = {shards}\nOUT = {:?}\nSEARCH = [{}]\n\n\n@ray.remote\n\
                 def part(k):\n    folder = f\"{{OUT}}/parts/{{k}}\"\n    words = SEARCH + [\"--shard\", f\"{{k}}/{{SHARDS}}\", \"--out\", folder, \"--jobs\", \"1\"]\n    \
                 code = subprocess.run(words, stdout=subprocess.DEVNULL).returncode\n    if code > 1:\n        raise RuntimeError(f\"part {{k}} ended with exit code {{code}}\")\n    \
                 return folder\n\n\nos.makedirs(f\"{{OUT}}/parts\", exist_ok=True)\nray.init()\nfolders = ray.get([part.remote(k) for k in range(1, SHARDS + 1)])\n\
                 sys.exit(subprocess.run([\"dryroll\", \"merge\", *folders, \"--out\", OUT{}]).returncode)\n",
                out.display().to_string(),
                list(&all),
                if plain { ", \"--no-shrink\"" } else { "" },
            )
        }
    }
}

/// A word that a shell takes as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}
