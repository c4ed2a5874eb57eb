//! Tests the fuzzing scripts in a small checkout: the arguments for cargo-fuzz, the inputs that
//! they add to the corpus, and the files that they write for ClusterFuzzLite and OSS-Fuzz. Needs
//! `zip` and `unzip`, as the scripts do.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::{Stage, assert_status, root, scripts, text};

/// A fake cargo that logs its arguments. It builds a script for each target. As libFuzzer it copies
/// the inputs of the other folders into the first, named by their hash.
const CARGO: &str = r#"#!/usr/bin/env bash
printf '%s ' cargo "$@" >>"$FAKE_SAID"
echo >>"$FAKE_SAID"
[[ $1 != +nightly || -z ${FAKE_ALONE-} ]] || exit 101
[[ $1 != +nightly ]] || shift
case $1-${2-} in
--version-) echo "cargo 1.99.0${FAKE_CHANNEL-}" ;;
fuzz-build)
    built=${CARGO_TARGET_DIR:-fuzz/target}/$(rustc -vV | sed -n 's/^host: //p')/release
    mkdir -p "$built"
    for target in fuzz/fuzz_targets/*.rs; do
        echo "$RUSTFLAGS" >"$built/$(basename -s .rs "$target")"
    done
    ;;
fuzz-run)
    first=$4
    shift 4
    while [[ $1 != -- ]]; do
        for file in "$1"/*; do
            [[ ! -f $file ]] || cp "$file" "$first/$(sha1sum <"$file" | head -c 40)"
        done
        shift
    done
    echo "MERGE-OUTER: successful in ${FAKE_ATTEMPTS-1} attempt(s)"
    ;;
esac
"#;

/// A fake `oom-sweep`. The input itself says what the result is.
const PROGRAM: &str = r#"#!/usr/bin/env bash
[[ "$1 $3" == "sweep --input" ]] || exit 101
read -r status words <"$4"
echo "$words" >&2
exit "$status"
"#;

/// A checkout with the targets `one` and `two`, and a seed for each.
fn checkout() -> Stage {
    let stage = Stage::new();
    stage.install("cargo", CARGO);
    stage.install("cargo-fuzz", "#!/bin/sh\nexit 101\n");
    stage.install("oom-sweep", PROGRAM);
    let write = |name: &str, bytes: &[u8]| write(&stage, name, bytes);
    for entry in fs::read_dir(scripts()).expect("it") {
        let path = entry.expect("it").path();
        let name = path.file_name().expect("it").to_str().expect("plain");
        write(&format!("scripts/{name}"), &fs::read(&path).expect("it"));
    }
    for name in ["fuzz/libfuzzer.options", ".clusterfuzzlite/build.sh"] {
        write(name, &fs::read(root().join(name)).expect("it"));
    }
    for target in ["one", "two"] {
        write(&format!("fuzz/fuzz_targets/{target}.rs"), b"");
        write(&format!("corpus/{target}/seed.bin"), b"0 a seed");
    }
    stage
}

/// The folder of the checkout has the same name as in the containers of the engines.
fn write(stage: &Stage, name: &str, bytes: &[u8]) {
    let path = stage.path("oom-sweep").join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, bytes).expect("a file");
}

fn run(stage: &Stage, script: &str, words: &[&str], variables: &[(&str, &str)]) -> Output {
    let script = stage.path("oom-sweep").join(script);
    stage.run(script.to_str().expect("plain"), words, variables)
}

fn files(folder: PathBuf) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("it"));
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_target_is_fuzzed_by_nightly_from_both_its_folders() {
    for (channel, cargo) in [("", "cargo +nightly fuzz"), ("-nightly", "cargo fuzz")] {
        let stage = checkout();
        let words = ["two", "-max_total_time=5"];
        assert_status(&run(&stage, "scripts/fuzz.sh", &words, &[("FAKE_CHANNEL", channel)]), 0);
        let expected = format!(
            "{cargo} run two fuzz/corpus/two corpus/two -- -max_len=4096 -timeout=30 \
             -max_total_time=5 "
        );
        assert_eq!(stage.said().last(), Some(&expected));
        assert!(stage.path("oom-sweep/fuzz/corpus/two").is_dir());
    }
    let stage = checkout();
    write(&stage, "fuzz/dictionaries/one.dict", b"\"a word\"\n");
    assert_status(&run(&stage, "scripts/fuzz.sh", &["one"], &[]), 0);
    let said = stage.said();
    assert!(said.last().unwrap().ends_with("-timeout=30 -dict=fuzz/dictionaries/one.dict "));
    let output = run(&stage, "scripts/fuzz.sh", &["three"], &[]);
    assert_status(&output, 2);
    assert!(text(&output.stderr).contains("targets: one two\n"));
    let output = run(&stage, "scripts/fuzz.sh", &["one"], &[("FAKE_ALONE", "1")]);
    assert_status(&output, 2);
    assert!(text(&output.stderr).contains("rustup toolchain install nightly"));
}

#[test]
fn a_cargo_fuzz_that_is_missing_is_installed() {
    let stage = checkout();
    fs::remove_file(stage.path("bin/cargo-fuzz")).expect("it");
    // Only the programs that the scripts need, without an installed cargo-fuzz.
    for program in ["bash", "dirname", "mkdir", "sed"] {
        let found = Command::new("which").arg(program).output().expect("which");
        let target = text(&found.stdout).trim().to_owned();
        std::os::unix::fs::symlink(target, stage.path("bin").join(program)).expect("a link");
    }
    let path = stage.path("bin");
    let variables = [("PATH", path.to_str().expect("plain"))];
    assert_status(&run(&stage, "scripts/fuzz.sh", &["one"], &variables), 0);
    assert!(stage.said().contains(&"cargo install cargo-fuzz --locked ".to_owned()));
}

#[test]
fn what_fuzzing_found_is_taken_if_it_can_be_swept_and_seeds_stay() {
    let stage = checkout();
    write(&stage, "corpus/one/regressions/old.bin", b"0 a regression");
    write(&stage, "corpus/one/fuzzed-0123456789abcdef.bin", b"0 of an earlier time");
    for (name, said) in [
        ("a", "0 clean"),
        ("b", "2 error: b: one cannot read it"),
        ("c", "3 not every plan ran"),
        ("d", "0 clean too"),
    ] {
        write(&stage, &format!("fuzz/corpus/one/{name}"), said.as_bytes());
    }
    let seeds = ["regressions", "seed.bin"];
    // The second run finds the inputs that the first has added.
    for _ in 0..2 {
        let output = run(&stage, "scripts/corpus-min.sh", &["one"], &[]);
        assert_status(&output, 0);
        let said = text(&output.stdout);
        let parts = ["3 inputs of 38 bytes", "1 that take more", "1 that the target cannot read"];
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
        let mut files = files(stage.path("oom-sweep/corpus/one"));
        assert!(seeds.iter().all(|seed| files.remove(*seed)));
        assert_eq!(files.len(), 3, "{files:?}");
        let is_hash = |name: &str| name.len() == 16 && name.bytes().all(|b| b.is_ascii_hexdigit());
        for file in &files {
            let hash = file.strip_prefix("fuzzed-").and_then(|rest| rest.strip_suffix(".bin"));
            assert!(hash.is_some_and(is_hash), "{file}");
        }
        assert!(!files.contains("fuzzed-0123456789abcdef.bin"), "the file name is its hash");
    }
    let seed = fs::read(stage.path("oom-sweep/corpus/one/seed.bin")).expect("it is there");
    assert_eq!(seed, b"0 a seed");
    assert_eq!(files(stage.path("oom-sweep/corpus/two")).len(), 1, "no corpus was requested");
}

#[test]
fn a_finding_is_told_and_not_taken_and_trouble_leaves_the_corpus_alone() {
    let stage = checkout();
    write(&stage, "fuzz/corpus/one/a", b"1 FAIL and the story");
    write(&stage, "fuzz/corpus/two/a", b"0 clean");
    let output = run(&stage, "scripts/corpus-min.sh", &[], &[]);
    assert_status(&output, 1);
    assert!(text(&output.stderr).contains("FAIL and the story"), "{}", text(&output.stderr));
    assert_eq!(files(stage.path("oom-sweep/corpus/one")).len(), 1, "the seed");
    assert_eq!(files(stage.path("oom-sweep/fuzz/artifacts/one")).len(), 1);
    assert_eq!(files(stage.path("oom-sweep/corpus/two")).len(), 2, "the others are not held up");

    let output = run(&stage, "scripts/corpus-min.sh", &["two"], &[("FAKE_ATTEMPTS", "2")]);
    assert_status(&output, 1);
    assert!(text(&output.stderr).contains("look at fuzz/artifacts/two"));

    write(&stage, "fuzz/corpus/two/a", b"2 error: no such option");
    assert_status(&run(&stage, "scripts/corpus-min.sh", &["two"], &[]), 2);
    assert_eq!(files(stage.path("oom-sweep/corpus/two")).len(), 2);
    let output = run(&stage, "scripts/corpus-min.sh", &["two", "three"], &[]);
    assert_status(&output, 2);
    assert!(text(&output.stderr).contains("three is no fuzz target"));
}

/// Runs the build with the variables and paths of the engines' containers.
fn build(stage: &Stage, sanitizer: &str, engine: &str) -> Output {
    let [src, out] = [stage.path(""), stage.path("out")];
    fs::create_dir_all(&out).expect("a folder");
    let variables = [
        ("SRC", src.to_str().expect("plain")),
        ("OUT", out.to_str().expect("plain")),
        ("SANITIZER", sanitizer),
        ("FUZZING_ENGINE", engine),
        ("RUSTFLAGS", "--cfg fuzzing"),
    ];
    run(stage, ".clusterfuzzlite/build.sh", &[], &variables)
}

#[test]
fn a_build_for_the_engines_leaves_fuzzers_seeds_and_options() {
    for (sanitizer, handed_on, flags) in [
        ("address", "address", "--cfg fuzzing\n"),
        ("none", "none", "--cfg fuzzing\n"),
        ("coverage", "none", "--cfg fuzzing -Cinstrument-coverage\n"),
    ] {
        let stage = checkout();
        write(&stage, "corpus/one/README.md", b"no seed");
        write(&stage, "corpus/one/long.bin", &[0; 4097]);
        write(&stage, "corpus/one/whole.bin", &[0; 4096]);
        write(&stage, "corpus/one/regressions/seed.bin", b"of the same name");
        write(&stage, "fuzz/dictionaries/two.dict", b"\"a word\"\n");
        assert_status(&build(&stage, sanitizer, "libfuzzer"), 0);
        let said = format!("cargo +nightly fuzz build --sanitizer {handed_on} ");
        assert_eq!(stage.said().last(), Some(&said));
        let out = stage.path("out");
        let left = ["", ".options", "_seed_corpus.zip"];
        let all =
            ["one", "two"].into_iter().flat_map(|name| left.map(|end| format!("{name}{end}")));
        let all = all.chain(["two.dict".to_owned()]);
        assert_eq!(files(out.clone()), all.collect());
        assert_eq!(fs::read_to_string(out.join("two")).expect("it"), flags);
        let options = fs::read_to_string(out.join("one.options")).expect("it");
        assert!(options.contains("\n[libfuzzer]\nmax_len = 4096\n"), "{options}");
        let archive = out.join("one_seed_corpus.zip");
        let listed = Command::new("unzip").arg("-Z1").arg(archive).output().expect("unzip");
        assert_eq!(text(&listed.stdout), "regressions/seed.bin\nseed.bin\nwhole.bin\n");
    }
}

#[test]
fn what_cannot_be_built_for_the_engines_is_refused_in_a_line() {
    for (sanitizer, engine, part) in [
        ("address", "afl", "FUZZING_ENGINE is afl"),
        ("address", "honggfuzz", "libfuzzer only"),
        ("undefined", "libfuzzer", "SANITIZER is undefined"),
        ("memory", "libfuzzer", "address, none or coverage"),
        ("", "libfuzzer", "SANITIZER is not set"),
    ] {
        let stage = checkout();
        let output = build(&stage, sanitizer, engine);
        assert_status(&output, 2);
        let error = text(&output.stderr);
        assert!(error.contains(part) && error.lines().count() == 1, "{error}");
        assert_eq!(stage.said(), [""; 0], "nothing was built");
    }
    let stage = checkout();
    fs::remove_file(stage.path("oom-sweep/corpus/two/seed.bin")).expect("it");
    let output = build(&stage, "address", "libfuzzer");
    assert_status(&output, 2);
    assert!(text(&output.stderr).contains("corpus/two holds no seed"));
}
