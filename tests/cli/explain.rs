//! Tests the output of `explain`, `completions` and `man`, and the error for an unknown kind.

use oom_sweep::FindingKind;
use oom_sweep::guide::kinds;

use super::program::{Folder, oom_sweep, own_targets};

#[test]
fn a_kind_is_explained_under_any_of_its_names() {
    let folder = Folder::new();
    for kind in FindingKind::ALL {
        let page = folder.run(&oom_sweep(), &format!("explain {kind}")).assert_code(0).stdout;
        assert_eq!(page, kinds::page(kind));
    }
    for word in ["partial-update", "PARTIALUPDATE", "Partial_Update"] {
        let page = folder.run(&oom_sweep(), &format!("explain {word}")).assert_code(0).stdout;
        assert!(page.starts_with("# PartialUpdate\n\nThe operation failed, "), "{page}");
        assert!(page.contains("\n## The usual repair\n") && !page.contains("\n# "), "{page}");
    }
}

/// Kinds are accepted as reports name them, so that the printed command can be copied.
#[test]
fn several_kinds_are_explained_in_their_order() {
    let folder = Folder::new();
    let pages = folder.run(&oom_sweep(), "explain Leaked Hung").assert_code(0).stdout;
    let [first, second] = [FindingKind::Leaked, FindingKind::Hung].map(kinds::page);
    assert_eq!(pages, format!("{first}\n{second}"));
}

#[test]
fn without_a_kind_all_are_listed() {
    let folder = Folder::new();
    let list = folder.run(&oom_sweep(), "explain").assert_code(0).stdout;
    assert_eq!(folder.run(&own_targets(), "explain --list").assert_code(0).stdout, list);
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), FindingKind::ALL.len());
    for (line, kind) in lines.iter().zip(FindingKind::ALL) {
        let (name, summary) = line.split_once("  ").unwrap();
        assert_eq!((name, summary.trim()), (&*kind.to_string(), &*kinds::summary(kind)));
    }
}

#[test]
fn an_unknown_kind_is_one_line() {
    let folder = Folder::new();
    let unknown: &[(&str, &[&str])] = &[
        ("explain PartialUpdat", &["'PartialUpdat'", "'PartialUpdate'", "[possible values: "]),
        ("explain x", &["'x'", "NotInstalled, ", "FellBack]"]),
        ("explain hung x", &["'x'", "NotInstalled, "]),
        ("explain hung --list", &["--list", "cannot be used with"]),
        ("completions", &["<SHELL>"]),
        ("completions dash", &["'dash'", "bash, "]),
    ];
    for (words, parts) in unknown {
        let ran = folder.run(&oom_sweep(), words).assert_trouble(parts);
        assert_eq!(ran.stdout, "", "{words}");
    }
}

/// Completions and man pages use the name of the program that prints them.
#[test]
fn shells_complete_commands_options_and_kinds() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let words = format!("completions {shell}");
        let script = folder.run(&own_targets(), &words).assert_code(0).stdout;
        for part in ["own_targets", "minimize", "time-budget", "PartialUpdate"] {
            // Other shells get only commands and options.
            let is_told = part != "PartialUpdate" || ["bash", "zsh"].contains(&shell);
            assert!(script.contains(part) == is_told, "{shell}: {part}\n{script}");
        }
        // Except as a part of the name of the other program.
        assert!(!script.replace("cargo oom-sweep", "").contains("oom-sweep"), "{script}");
    }
}

/// Runs the completions in bash, if bash is installed.
#[test]
fn bash_completes() {
    let folder = Folder::new();
    let script = folder.run(&oom_sweep(), "completions bash").assert_code(0).stdout;
    let ask = "function=$(complete -p oom-sweep | sed 's/.* -F \\([^ ]*\\).*/\\1/')\n\
               COMP_WORDS=(oom-sweep explain Par); COMP_CWORD=2\n\
               $function oom-sweep Par explain; echo \"${COMPREPLY[@]}\"";
    folder.write("ask", format!("{script}\n{ask}\n"));
    let ran = folder.run("bash".as_ref(), "ask").assert_code(0);
    assert_eq!(ran.stdout, "PartialUpdate\n");
}

#[test]
fn man_pages_are_printed_or_written() {
    let folder = Folder::new();
    let page = folder.run(&own_targets(), "man").assert_code(0).stdout;
    assert!(page.contains("\n.TH own_targets 1 ") && page.contains("Exit codes:"), "{page}");
    assert!(page.contains("own_targets\\-minimize(1)"), "{page}");
    folder.run(&own_targets(), "man --output pages/man1").assert_code(0);
    assert!(folder.read("pages/man1/own_targets.1").contains("\\-sweep(1)"));
    let page = folder.read("pages/man1/own_targets-sweep.1");
    assert!(page.contains("\\-\\-time\\-budget") && page.contains("Examples:"), "{page}");

    folder.write("file", "");
    folder.run(&own_targets(), "man --output file").assert_trouble(&["cannot write to file"]);
}
