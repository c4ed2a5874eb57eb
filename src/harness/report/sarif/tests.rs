//! Compares SARIF with the official schema, and checks its parts.

use std::path::Path;
use std::sync::LazyLock;

use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::samples;
use super::*;
use crate::guide::kinds;
use crate::harness::oracle::{Finding, FindingKind, Frame};

const ROOT: &str = "/code/store";

static OFFICIAL: LazyLock<Validator> = LazyLock::new(|| {
    let schema = include_str!("../../../../tests/sarif/sarif-schema-2.1.0.json");
    let mut schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    // Their pattern has one bracket too many, which strict validators refuse. We write neither.
    for holder in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][holder]["properties"]["language"];
        language.as_object_mut().expect("a property").remove("pattern").expect("its pattern");
    }
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&schema).expect("the schema is a schema")
});

fn errors(value: &Value) -> Vec<String> {
    OFFICIAL.iter_errors(value).map(|error| error.to_string()).collect()
}

fn value(reports: &[Report]) -> Value {
    serde_json::from_str(&sarif(reports, Path::new(ROOT))).expect("it is JSON")
}

fn results(reports: &[Report]) -> Vec<Value> {
    value(reports)["runs"][0]["results"].as_array().expect("results").clone()
}

fn result_of(finding: Finding) -> Value {
    results(&[Report { findings: vec![finding], ..samples::example() }]).remove(0)
}

#[test]
fn every_report_is_valid_by_the_official_schema() {
    for reports in [vec![], samples::varied()] {
        assert_eq!(errors(&value(&reports)), [""; 0]);
    }
    for (place, wrong) in [
        ("/version", json!("2.0.0")),
        ("/runs/0/results/0/level", json!("fatal")),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", json!(0)),
        ("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", json!("a b")),
    ] {
        let mut value = value(&samples::varied());
        *value.pointer_mut(place).expect(place) = wrong;
        assert!(!OFFICIAL.is_valid(&value), "{place}");
    }
}

#[test]
fn rules_are_where_results_look_for_them() {
    let value = value(&samples::varied());
    let rules = &value["runs"][0]["tool"]["driver"]["rules"];
    assert_eq!(rules.as_array().map(Vec::len), Some(FindingKind::ALL.len()));
    let results = results(&samples::varied());
    assert_eq!(results.len(), 25);
    for result in results {
        let index = result["ruleIndex"].as_u64().and_then(|index| usize::try_from(index).ok());
        assert_eq!(rules[index.unwrap()]["id"], result["ruleId"]);
    }
    let help = rules[0]["help"]["text"].as_str().unwrap();
    assert!(help.ends_with("\nMore: oom-sweep explain NotInstalled"), "{help}");
    for (rule, kind) in rules.as_array().unwrap().iter().zip(FindingKind::ALL) {
        assert_eq!(rule["help"]["markdown"], kinds::page(kind));
        assert_eq!(rule["shortDescription"]["text"], kinds::summary(kind));
    }
}

#[test]
fn every_result_has_one_place_in_a_file() {
    for result in results(&samples::varied()) {
        let locations = result["locations"].as_array().unwrap();
        assert_eq!(locations.len(), 1, "{result}");
        let place = &locations[0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        assert!(place["artifactLocation"]["uri"].is_string(), "{result}");
        assert!(place["region"]["startLine"].as_u64() >= Some(1), "{result}");
    }
    let bare = result_of(samples::bare(FindingKind::Hung));
    assert_eq!(bare["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "Cargo.toml");
}

#[test]
fn the_stack_is_a_code_flow_and_a_stack() {
    let result = result_of(samples::partial_update());
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(
        (&place["artifactLocation"]["uri"], &place["region"]["startLine"]),
        (&json!("store.rs"), &json!(912))
    );
    let steps = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    let said: Vec<_> = steps.iter().map(|step| &step["location"]["message"]["text"]).collect();
    assert_eq!(
        said,
        [
            "tests::memory_grow::{closure}",
            "memory::Memory::new",
            "store::StoreOpaque::push_memory: realloc 96 → 192 bytes, align 8, which fails",
        ]
    );
    let frames = result["stacks"][0]["frames"].as_array().unwrap();
    let name = &frames[0]["location"]["logicalLocations"][0]["fullyQualifiedName"];
    assert_eq!((frames.len(), name), (3, &json!("store::StoreOpaque::push_memory")));
}

#[test]
fn the_place_of_death_is_related_and_replaces_a_stack_without_files() {
    let result = result_of(samples::panicked());
    let [main, related] = ["locations", "relatedLocations"].map(|key| &result[key][0]);
    assert_eq!(main["physicalLocation"], related["physicalLocation"]);
    assert_eq!(related["physicalLocation"]["artifactLocation"]["uri"], "src/store.rs");
    assert_eq!(related["message"]["text"], "where it panicked");
    // `store::open` has no file, so it is only in the stack.
    let steps = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    let file = &steps[0]["location"]["physicalLocation"]["artifactLocation"];
    assert_eq!((steps.len(), &file["uri"]), (1, &json!("library/alloc/src/vec/mod.rs")));
    assert_eq!(file["uriBaseId"], "%LIBRARIES%");
    assert_eq!(result["stacks"][0]["frames"].as_array().map(Vec::len), Some(2));
}

#[test]
fn statuses_are_levels_and_states() {
    use crate::harness::oracle::Status::{Allowed, Known, New};
    for (status, level, state, suppressed) in [
        (New, "error", "new", false),
        (Known, "warning", "unchanged", false),
        (Allowed, "note", "unchanged", true),
    ] {
        let result = result_of(Finding { status, ..samples::partial_update() });
        assert_eq!(result["level"], level);
        assert_eq!(result["baselineState"], state);
        assert_eq!(result["suppressions"].is_array(), suppressed, "{result}");
    }
}

#[test]
fn a_fingerprint_is_sweep_site_and_kind() {
    let fingerprint =
        |finding| result_of(finding)["partialFingerprints"]["sweepSiteAndKind/v1"].clone();
    assert_eq!(fingerprint(samples::partial_update()), "memory::grow:9f3c21d0:PartialUpdate");
    assert_eq!(fingerprint(samples::bare(FindingKind::Hung)), "memory::grow:Hung");
    let text = document(&[samples::sampled()], Path::new("/code")).to_string();
    assert!(
        text.contains("\"store::big::tests::big::big::load:9f3c21d0:PartialUpdate\""),
        "{text}"
    );
}

#[test]
fn absolute_paths_are_left_out() {
    let mut finding = samples::panicked();
    for file in ["/code/other/src/lib.rs", "/code/store/src/a b#.rs"] {
        let function = "f".to_owned();
        finding.stack.push(Frame { function, file: Some(file.to_owned()), line: Some(3) });
    }
    let result = result_of(finding);
    assert!(!result.to_string().contains("/code"), "{result}");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "src/a%20b%23.rs");
}

#[test]
fn errors_and_notes_are_notifications() {
    let value = value(&[samples::error(), samples::partial(), samples::clean()]);
    let invocation = &value["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let told = invocation["toolExecutionNotifications"].as_array().unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|one| (one["level"].as_str().unwrap(), one["message"]["text"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told[1..],
        [
            ("warning", "größe: PARTIAL: 61 of 240 plans ran"),
            ("note", "größe: the time budget of 2 s ran out")
        ]
    );
    assert!(told[0].1.starts_with("store::open: a fault-free run hung in a child: it waits"));
}

#[test]
fn messages_are_escaped() {
    for (text, plain) in [
        ("f::{closure#0}", "f::{closure#0}"),
        ("{0} {12} {1a} {", "{ 0} { 12} {1a} {"),
        ("[a](b) [c]", "[a] (b) [c]"),
        ("{{3}}", "{{ 3}}"),
        ("", ""),
    ] {
        assert_eq!(message(text)["text"], plain);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Names, messages and paths come from the code under test and its debug info.
    #[test]
    fn any_text_is_valid(text in any::<String>(), file in ".{0,20}", line in any::<Option<u32>>()) {
        let frame = Frame { function: text.clone(), file: Some(file), line };
        let stack = vec![frame; 2];
        let message = text.clone();
        let finding = Finding { message, stack, ..samples::partial_update() };
        let report = Report { name: text, findings: vec![finding], ..samples::example() };
        prop_assert_eq!(errors(&value(&[report])), [""; 0]);
    }
}
