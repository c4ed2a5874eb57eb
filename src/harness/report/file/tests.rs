//! Documents as files: they are read as they were written, and every error is one line that names
//! the place and the reason.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::harness::report::samples;

/// Writes a file with this text in a new directory.
fn file(text: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out.json");
    fs::write(&path, text).unwrap();
    (directory, path)
}

/// Returns the error for a file with this text, without the directory.
fn refusal(text: &str) -> String {
    let (directory, path) = file(text);
    let error = Document::read(&path).unwrap_err();
    assert!(!error.contains('\n'), "{error}");
    error.replace(&format!("{}/", directory.path().display()), "")
}

fn example() -> Document {
    Document::new(vec![samples::example()])
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

#[test]
fn documents_are_read_as_they_were_written() {
    let (directory, path) = file("old");
    let document = Document::new(samples::varied());
    document.write(&path).unwrap();
    assert_eq!(Document::read(&path).unwrap(), document);
    assert!(fs::read_to_string(&path).unwrap().ends_with("]\n}\n"));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn errors_say_where() {
    let text = pretty(&example());
    for (from, to, error) in [
        (
            "nth:17/succeed",
            "nth:x",
            "out.json:38:19: reports[0].findings[0].plans[1]: plan \"nth:x\": expected a number",
        ),
        ("\"runs\": 114", "\"runs\": -1", "out.json:27:16: reports[0].runs: invalid value"),
        ("\"runs\": 114,", "\"runs\": 114", "out.json:28:7: reports[0].runs: expected `,`"),
        ("\"runs\": 114,", "", "out.json:91:5: reports[0]: missing field `runs`"),
        (
            "\"kind\": \"Part",
            "\"kind\": \"part",
            "out.json:33:33: reports[0].findings[0].kind: unknown variant",
        ),
    ] {
        let refusal = refusal(&text.replacen(from, to, 1));
        assert!(refusal.starts_with(error), "{refusal}\n{error}");
    }
    assert!(refusal("").starts_with("out.json:1:0: EOF while parsing"), "{}", refusal(""));
    assert!(refusal("{}").ends_with("this is not a report of oom-sweep: it has no schema"));
    assert!(refusal("{\"schema\": 2}").ends_with("the file has neither `reports` nor `finding`"));
    let missing = Document::read(Path::new("no/such/file")).unwrap_err();
    assert!(missing.starts_with("cannot read no/such/file: "), "{missing}");
}

#[test]
fn errors_name_the_path_of_the_value() {
    let document = serde_json::to_value(Document::new(vec![samples::several()])).unwrap();
    for (pointer, other, path) in [
        ("/tool/name", json!(1), "tool.name"),
        ("/reports/0/name", json!([]), "reports[0].name"),
        ("/reports/0/runs", json!(-1), "reports[0].runs"),
        ("/reports/0/notes/0", json!({}), "reports[0].notes[0]"),
        ("/reports/0/cold/swept/requests", json!("x"), "reports[0].cold.swept.requests"),
        ("/reports/0/findings/0/plans/0", json!("x"), "reports[0].findings[0].plans[0]"),
        ("/reports/0/findings/0/plans/7", json!("x"), "reports[0].findings[0].plans[7]"),
        // An error at the end of the last value cannot be told from one in the value itself.
        ("/reports/0/findings/0/plans/29", json!("x"), "reports[0].findings[0].plans"),
        ("/reports/0/findings/1/plans", json!([]), "reports[0].findings[1].plans"),
        ("/reports/0/findings/2/kind", json!("Odd"), "reports[0].findings[2].kind"),
        ("/reports/0/findings/2/site", json!("2a"), "reports[0].findings[2].site"),
        ("/reports/0/findings/0/stack/1/line", json!(-1), "reports[0].findings[0].stack[1].line"),
    ] {
        let mut document = document.clone();
        *document.pointer_mut(pointer).unwrap() = other;
        let refusal = refusal(&pretty(&document));
        assert!(refusal.contains(&format!(": {path}: ")), "{refusal}\n{path}");
    }
}

#[test]
fn another_schema_is_refused_with_what_to_do() {
    let this = env!("CARGO_PKG_VERSION");
    // Even if everything else has changed.
    let other = json!({"suites": {}, "tool": {"version": "9.8.7"}, "schema": 9});
    assert_eq!(
        refusal(&pretty(&other)),
        format!(
            "out.json: the file has schema 9, written by oom-sweep 9.8.7; oom-sweep {this} reads schema 2: \
             read it with oom-sweep 9.8.7, or sweep again"
        )
    );
    assert!(
        refusal("{\"schema\": 0}").contains("the file has schema 0, written by another version")
    );
    let known = json!({"known": [], "tool": {"version": "0.1.0"}, "schema": 1});
    assert_eq!(
        refusal(&pretty(&known)),
        format!(
            "out.json: the file has schema 1, written by oom-sweep 0.1.0; oom-sweep {this} reads schema 2 and \
             names sites differently: run `oom-sweep known …` again"
        )
    );
}

#[test]
fn one_finding_is_read_from_either_document() {
    let expected = ("memory::grow".to_owned(), samples::partial_update());
    let (_directory, path) = file(&pretty(&example()));
    assert_eq!(read_finding(&path, None).unwrap(), expected);
    assert_eq!(read_finding(&path, Some(1)).unwrap(), expected);
    let document = FindingDocument::new(expected.0.clone(), expected.1.clone());
    document.write(&path).unwrap();
    assert_eq!(read_finding(&path, None).unwrap(), expected);
    assert!(read_finding(&path, Some(2)).unwrap_err().ends_with("no finding 2: the file has 1"));
    assert!(Document::read(&path).unwrap_err().ends_with("not a document of reports"));
}

#[test]
fn known_findings_are_read_as_they_were_written() {
    let known = KnownFindings::of(&samples::varied());
    let text = pretty(&KnownDocument::new(&known));
    let (_directory, path) = file(&text);
    assert_eq!(KnownFindings::read(&path).unwrap(), known);
    assert!(Document::read(&path).unwrap_err().contains("a list of known findings, not a"));
    assert!(read_finding(&path, None).unwrap_err().ends_with("cannot be replayed"));

    let refusal = |text: &str| {
        let (_directory, path) = file(text);
        KnownFindings::read(&path).unwrap_err()
    };
    assert!(refusal(&pretty(&example())).ends_with("`oom-sweep known` makes one"));
    let error = refusal(&text.replacen("\"Panicked\"", "\"Odd\"", 1));
    assert!(error.contains("out.json:") && error.contains(": known["), "{error}");
    assert!(refusal(&text[..text.len() / 2]).contains(": EOF while parsing"));
}

#[test]
fn a_choice_is_asked_for() {
    let document = Document::new(vec![samples::several(), samples::clean(), samples::example()]);
    let (_directory, path) = file(&pretty(&document));
    let error = read_finding(&path, None).unwrap_err();
    let choice = "the file has 4 findings: choose one with --finding N: \
                  1 is Panicked in memory::grow, nth:4/fail-all; 2 is Leaked in";
    assert!(error.contains(choice), "{error}");
    assert_eq!(read_finding(&path, Some(4)).unwrap().1, samples::partial_update());
    for number in [0, 5, usize::MAX] {
        let error = read_finding(&path, Some(number)).unwrap_err();
        assert!(
            error.ends_with(&format!("no finding {number}: the numbers are 1 to 4")),
            "{error}"
        );
    }
    Document::new(vec![samples::clean()]).write(&path).unwrap();
    assert!(read_finding(&path, None).unwrap_err().contains("the file has no finding"));
}

#[test]
fn nothing_is_lost_when_writing_fails() {
    let (directory, path) = file("old");
    struct Broken;
    impl Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("broken"))
        }
    }
    assert!(write_json(&Broken, &path).unwrap_err().contains("cannot write"));
    // A file cannot replace a directory.
    let taken = directory.path().join("taken");
    fs::create_dir(&taken).unwrap();
    assert!(example().write(&taken).is_err());
    assert!(example().write(&directory.path().join("none/out.json")).is_err());
    assert!(example().write(Path::new("/")).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
}

#[cfg(unix)]
#[test]
fn links_and_devices_stay_what_they_are() {
    let (directory, path) = file("old");
    let link = directory.path().join("link.json");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    example().write(&link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(Document::read(&path).unwrap(), example());
    example().write(Path::new("/dev/null")).unwrap();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn mangled_files_are_refused_not_crashed_on() {
    let text = pretty(&example());
    for end in (0..text.len()).filter(|&end| text.is_char_boundary(end)) {
        let path = Path::new("x");
        assert!(parse::<Value>(path, &text[..end]).is_err() && probe(path, &text[..end]).is_err());
    }
}

/// Names, versions and keys come from the file and may contain anything.
#[test]
fn an_error_is_one_line_whatever_the_file_holds() {
    let report = |text: &str| {
        let error = Document::from_text(Path::new("x"), text).unwrap_err();
        assert!(error.starts_with("x:") && !error.contains('\n'), "{error}");
        error
    };
    let text = pretty(&example());
    let error = report(&text.replace("\"kind\": \"Part", "\"kind\": \"\\n"));
    assert!(error.contains("findings[0].kind: unknown variant `\\nialUpdate`"), "{error}");
    let error = report(r#"{"schema": 9, "tool": {"name": "", "version": "1\n\u001b[2J"}}"#);
    assert!(error.contains("written by oom-sweep 1\\n\\u{1b}[2J"), "{error}");
    report("{\"a\nb");
    let error = report(&format!("{{\"{}\": x", "long".repeat(10_000)));
    assert!(error.chars().count() < 2010, "{}", error.len());

    let findings = vec![samples::bare(crate::harness::oracle::FindingKind::Hung); 2];
    let named =
        crate::harness::report::Report { name: "a\nb".to_owned(), findings, ..samples::clean() };
    let text = pretty(&Document::new(vec![named]));
    let error = finding_in(Path::new("x"), &text, None).unwrap_err();
    assert!(error.contains("1 is Hung in a\\nb, none/succeed") && !error.contains('\n'), "{error}");
}

#[test]
fn temporary_files_of_killed_writes_go_with_the_next_write() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("report.json");
    let [left, written, other] = [".report.json.1-0.tmp", ".report.json.2-0.tmp", ".x.1-0.tmp"]
        .map(|name| folder.path().join(name));
    for path in [&left, &written, &other] {
        fs::write(path, "{").unwrap();
    }
    let writer = fs::File::open(&written).unwrap();
    writer.lock().unwrap();
    Document::new(vec![]).write(&target).unwrap();
    assert!(target.exists() && !left.exists(), "nobody writes it any more");
    assert!(written.exists() && other.exists(), "another process writes it, or another target's");
    drop(writer);
    Document::new(vec![]).write(&target).unwrap();
    assert!(!written.exists());
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_refused() {
    let error = KnownFindings::read(Path::new("/dev/zero")).unwrap_err();
    assert_eq!(error, "/dev/zero: it is larger than 256 MiB, so it is no report");
    let error = Document::read(Path::new("/dev/zero")).unwrap_err();
    assert!(error.contains("256 MiB"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let error = KnownFindings::read(&pipe).unwrap_err();
    assert!(error.ends_with("pipe: it is a pipe: write the list to a file"), "{error}");
}
