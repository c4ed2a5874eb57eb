//! Tests the JSON of reports against its schema: reports are written as the schema says, and the
//! schema accepts nothing else.
//!
//! The reports are made from JSON, because otherwise only sweeps make reports. The tests of files
//! are beside the code that writes them.

#![cfg(feature = "serde")]

use oom_sweep::report::{Document, FindingDocument, JSON_SCHEMA};
use oom_sweep::{Finding, FindingKind, Outcome, Report};
use serde_json::{Map, Value, from_value, json, to_value};

fn validator() -> jsonschema::Validator {
    let schema = serde_json::from_str(JSON_SCHEMA).expect("the schema is JSON");
    assert!(jsonschema::meta::is_valid(&schema), "the schema is a schema");
    jsonschema::validator_for(&schema).expect("the schema compiles")
}

fn assert_valid(validator: &jsonschema::Validator, value: &Value) {
    let errors: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}

/// A finding of this kind with only the required parts.
fn bare(kind: &str) -> Value {
    json!({
        "kind": kind,
        "status": "new",
        "message": "something is wrong",
        "plans": ["nth:0/succeed"],
        "temperatures": [],
        "stack": [],
        "died_at": [],
        "replay": "oom-sweep repro sample",
    })
}

/// A finding with every part.
fn full() -> Value {
    let mut finding = bare("PartialUpdate");
    let parts = json!({
        "status": "allowed",
        "plans": [
            "none/succeed", "nth:18446744073709551615/fail-all", "set:/forbid", "set:1,2/fail-next:3",
            "size:4096/succeed", "budget:65536/succeed", "random:50,seed=42/fail-all",
            "site:9f3c21d0#0/forbid",
        ],
        "plan_indices": [0, 1, 2, 3, 4, 5, 6, 18446744073709551615_u64],
        "temperatures": ["warm", "cold"],
        "request":
            {"number": 17, "size": 192, "old_size": 96, "align": 8, "operation": "alloc_zeroed"},
        "stack": [
            {"function": "a::b", "file": "src/a.rs", "line": 12},
            {"function": "main", "file": null, "line": null},
        ],
        "site": "0000002a",
        "returned": "Err(OutOfMemory)",
        "view": {"before": "len: 1", "after": "len: 2"},
        "afterwards": "2 more requests, both failed",
        "died_at": [{"function": "c", "file": "src/c.rs", "line": 4294967295_u32}],
    });
    merge(&mut finding, parts);
    finding
}

fn report(changes: Value) -> Value {
    let mut report = json!({
        "name": "memory::grow",
        "executor": "worker",
        "requests": 57,
        "sites": 31,
        "plans": 114,
        "runs": 114,
        "cold": "same_as_warm",
        "tolerated": 0,
        "findings": [],
        "notes": [],
        "elapsed_ms": 41.25,
    });
    merge(&mut report, changes);
    report
}

/// A report with the parts that older versions lack.
fn whole() -> Value {
    let mut known = bare("Hung");
    merge(&mut known, json!({"status": "known"}));
    json!({
        "findings": [known],
        "strategy": "unique-sites:2",
        "after": ["succeed", "fail-next:3"],
        "shard": "2/3",
        "site_ids": ["9f3c21d0", "0000002a"],
        "coverage": {"requests": "0-3,7", "sites": "0"},
        "tolerances": [
            {"what": "allow(Leaked)", "matched": true},
            {"what": "tolerate_in(\"b\", \"c\")", "matched": false, "nearest": "a::b::c"},
        ],
        "origin": {
            "commit": "0123456789abcdef0123456789abcdef01234567",
            "binary": null,
            "build": "0011223344556677",
            "baseline": "7766554433221100",
        },
    })
}

fn merge(object: &mut Value, parts: Value) {
    let Value::Object(parts) = parts else { panic!("{parts} is no object") };
    object.as_object_mut().expect("it is an object").extend(parts);
}

/// Reports that differ in every part that can differ.
fn varied() -> Vec<Report> {
    let every_kind: Vec<_> = FindingKind::ALL.iter().map(|kind| bare(&kind.to_string())).collect();
    let reports = [
        report(json!({})),
        report(json!({"findings": [full(), bare("Leaked")], "error": null})),
        report(json!({"findings": every_kind})),
        report(json!({"runs": 3, "cold": {"swept": {"requests": 61}}, "notes": ["a", "b"]})),
        report(json!({"runs": 3, "cold": {"not_swept": {"reason": "no fork"}}, "elapsed_ms": 0})),
        report(json!({"error": "it hung", "requests": u64::MAX, "tolerated": 7})),
        report(whole()),
    ];
    reports.into_iter().map(|report| from_value(report).expect("it is a report")).collect()
}

fn document() -> Value {
    to_value(Document::new(varied())).expect("it can be written")
}

#[test]
fn what_is_written_is_valid_and_is_read_back() {
    let validator = validator();
    let written = document();
    assert_valid(&validator, &written);
    let read: Document = from_value(written).expect("it is read");
    assert_eq!(read, Document::new(varied()));

    let finding: Finding = from_value(full()).expect("it is a finding");
    let document = FindingDocument::new("memory::grow", finding);
    let written = to_value(&document).expect("it can be written");
    assert_valid(&validator, &written);
    assert_eq!(from_value::<FindingDocument>(written).expect("it is read"), document);
}

#[test]
fn what_must_be_there_is_all_that_must() {
    let validator = validator();
    let mut finding = to_value(FindingDocument::new("s", from_value(full()).unwrap()))
        .expect("it can be written");
    for part in ["request", "site", "returned", "view", "afterwards"] {
        finding["finding"].as_object_mut().unwrap().remove(part).expect("it was there");
        assert_valid(&validator, &finding);
        from_value::<FindingDocument>(finding.clone()).expect("it may be missing");
    }
    let mut document = document();
    for part in ["strategy", "after", "shard", "site_ids", "coverage", "tolerances", "origin"] {
        for report in document["reports"].as_array_mut().unwrap() {
            report.as_object_mut().unwrap().remove(part).expect("it was there");
        }
        assert_valid(&validator, &document);
        from_value::<Document>(document.clone()).expect("it may be missing");
    }
}

#[test]
fn what_follows_from_the_rest_is_written() {
    let expected = [
        (Outcome::Pass, true, true),
        (Outcome::Fail, false, true),
        (Outcome::Fail, false, true),
        (Outcome::Partial, true, false),
        (Outcome::Partial, true, false),
        (Outcome::Error, false, false),
        (Outcome::Pass, true, true),
    ];
    let document = document();
    let reports = document["reports"].as_array().expect("there are reports");
    for ((report, read), (outcome, clean, complete)) in reports.iter().zip(varied()).zip(expected) {
        assert_eq!(report["outcome"], outcome.to_string().to_lowercase());
        assert_eq!((&report["clean"], &report["complete"]), (&json!(clean), &json!(complete)));
        assert_eq!(
            (read.outcome(), read.is_clean(), read.is_complete()),
            (outcome, clean, complete)
        );
    }
}

/// The paths of all values in a value.
fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| paths(value, &format!("{at}/{key}"), found));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, item)| paths(item, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

#[test]
fn nothing_else_is_valid() {
    let validator = validator();
    let document = document();
    let mut found = Vec::new();
    paths(&document, "", &mut found);
    let is_valid_with = |path: &str, other: Value| {
        let mut document = document.clone();
        *document.pointer_mut(path).expect("the path was found before") = other;
        validator.is_valid(&document)
    };
    for path in &found {
        let value = document.pointer(path).expect("the path was found before");
        // A value of another JSON type.
        let other = if value.is_object() { json!(["x"]) } else { json!({"x": 1}) };
        assert!(!is_valid_with(path, other), "{path} as another type");
        match value {
            Value::Object(fields) => {
                let mut more = fields.clone();
                more.insert("surprise".to_owned(), json!(null));
                assert!(!is_valid_with(path, Value::Object(more)), "{path} with more");
                assert!(!is_valid_with(path, Value::Object(Map::new())), "{path} with nothing");
            }
            Value::Number(_) => assert!(!is_valid_with(path, json!(-1)), "{path} below zero"),
            _ => {}
        }
    }
}

#[test]
fn values_out_of_range_are_neither_valid_nor_read() {
    let validator = validator();
    let finding = "/reports/1/findings/0";
    for (path, value) in [
        ("/schema", json!(1)),
        ("/schema", json!("1")),
        (&*format!("{finding}/plans"), json!([])),
        (&format!("{finding}/plans/0"), json!("nth:")),
        (&format!("{finding}/plans/0"), json!("Nth:1/succeed")),
        (&format!("{finding}/plans/0"), json!("nth:1/succeed ")),
        (&format!("{finding}/kind"), json!("Broken")),
        (&format!("{finding}/status"), json!("old")),
        (&format!("{finding}/site"), json!("2a")),
        (&format!("{finding}/temperatures/0"), json!("hot")),
        (&format!("{finding}/request/operation"), json!("free")),
        (&format!("{finding}/request/size"), json!(1.5)),
        ("/reports/6/shard", json!("0/3")),
        ("/reports/6/after/0", json!("fail")),
        ("/reports/6/coverage/requests", json!("3-")),
        ("/reports/6/site_ids/0", json!("2a")),
        ("/reports/0/cold", json!("hot")),
        ("/reports/0/elapsed_ms", json!(-0.5)),
    ] {
        let mut document = document();
        *document.pointer_mut(path).expect("the path is there") = value.clone();
        assert!(!validator.is_valid(&document), "{path} = {value}");
        assert!(from_value::<Document>(document).is_err(), "{path} = {value}");
    }
}

#[test]
fn a_report_that_was_read_is_shown_as_ever() {
    let text = varied()[1].to_string();
    let lines: Vec<_> = text.lines().collect();
    let header = "FAIL memory::grow  57 requests, 31 sites, 114 plans, complete, worker, 41 ms";
    assert_eq!(lines[..2], [header, "2 findings (1 new), 0 tolerated"]);
    assert!(
        lines.contains(
            &"[2] Leaked: something is wrong                                         NEW"
        )
    );
}
