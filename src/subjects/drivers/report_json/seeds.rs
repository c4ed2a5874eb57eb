//! The seeds of the corpus: reports as sweeps make them, and the same reports with one word
//! changed. Each change leads to a different error.
//!
//! `reader` explains how to write them again.

use super::super::modelled::VERSION;
use super::{FILE, finding, known, reports};
use crate::harness::oracle::FindingKind;
use crate::harness::report::{
    Document, FindingDocument, KnownDocument, KnownFindings, Profile, Report, samples,
};
use serde::Serialize;

const REPORTS: u8 = 0;
const FINDING: u8 = 1;
const KNOWN: u8 = 2;

macro_rules! nested {
    () => {
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
    };
}

/// Each entry: the name, the text to replace in the document of a finding or of a report, the
/// replacement, and the expected error.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("schema", "\"schema\":2", "\"schema\":1", ": the file has schema 1, written by oom-sweep "),
    ("no-schema", "\"schema\":2,", "", ": this is not a report of oom-sweep: it has no schema"),
    ("no-reports", "\"reports\":[", "\"others\":[", ": the file has neither `reports` nor"),
    ("a-finding", "\"reports\":[", "\"finding\":0,\"others\":[", ": it is a single finding, not"),
    (
        "a-list",
        "\"reports\":[",
        "\"known\":0,\"others\":[",
        ": it is a list of known findings, not",
    ),
    ("no-array", "\"reports\":[{", "\"reports\":{", "expected `,` or `}`"),
    ("key", "\"runs\":114", "\":\" 114", ".:: expected `:`"),
    ("type", "\"runs\":114", "\"runs\":\"114\"", "reports[0].runs: invalid type: string"),
    ("negative", "\"runs\":114", "\"runs\":-1", "reports[0].runs: invalid value"),
    ("missing", "\"runs\":114,", "", "reports[0]: missing field `runs`"),
    ("twice", "\"runs\":114", "\"runs\":114,\"runs\":1", "reports[0].runs: duplicate field `runs`"),
    ("time", "\"elapsed_ms\":41.25", "\"elapsed_ms\":-41.25", "is not a duration in milliseconds"),
    ("kind", "\"PartialUpdate\"", "\"Partial\\n\"", "unknown variant `Partial\\n`"),
    ("status", "\"new\"", "\"old\"", "findings[0].status: unknown variant `old`"),
    (
        "plan",
        "nth:17/succeed",
        "nth:17/succ",
        "findings[0].plans[1]: plan \"nth:17/succ\": expected",
    ),
    (
        "plans",
        "[\"nth:17/fail-all\",\"nth:17/succeed\",\"nth:21/fail-all\"]",
        "[]",
        "at least one plan",
    ),
    ("site", "\"9f3c21d0\"", "\"9f3c21d\"", "findings[0].site: site \"9f3c21d\": expected"),
    (
        "ranges",
        "\"requests\":\"\"",
        "\"requests\":\"2-1\"",
        "coverage.requests: ranges: \"2-1\" is",
    ),
    ("shard", "\"shard\":null", "\"shard\":\"5/4\"", "reports[0].shard: shard 5/4: there are 4"),
    ("after", "\"after\":[]", "\"after\":[\"fail\"]", "reports[0].after: after-fault \"fail\""),
    ("cold", "\"same_as_warm\"", "\"warm\"", "reports[0].cold: unknown variant `warm`"),
    ("escape", "memory::grow", "memory\\:grow", "reports[0].name: invalid escape"),
    ("surrogate", "memory::grow", "\\ud800", "reports[0].name: "),
    ("cut", "\"notes\":[]", "\"notes\":[", "reports[0].notes["),
    ("deep", "\"notes\":[]", DEEP, "…: expected value"),
];

/// Nested deeper than the reader allows.
const DEEP: &str = concat!("\"notes\":", nested!(), nested!(), nested!());

pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let mut seeds = Vec::new();
    let mut add = |name: &str, kind: u8, text: String| {
        let name = format!("{name}.bin");
        seeds.push((name, [&[VERSION << 4 | kind], text.as_bytes()].concat()));
    };
    let (every, shard) = (samples::varied(), samples::shard());
    for (name, reports) in [
        ("reports-none", vec![]),
        ("reports-example", vec![samples::example()]),
        ("reports-several", vec![samples::several()]),
        ("reports-parts", vec![Report { profile: None, ..samples::sampled() }]),
        ("reports-partial", vec![samples::partial()]),
        ("reports-profile", vec![profiled()]),
        ("reports-error", vec![samples::error()]),
        ("reports-kinds", vec![every_kind(&every)]),
        ("shards-whole", ["1/3", "2/3", "3/3"].map(|one| share(one, &shard)).to_vec()),
        ("shards-missing", vec![shard.clone()]),
        ("shards-many", vec![share("1/18446744073709551615", &shard)]),
        ("shards-twice", vec![shard.clone(), shard]),
        ("numbers", ["1/2", "2/2"].map(most).to_vec()),
        ("names", vec![names()]),
    ] {
        add(name, REPORTS, compact(&Document::new(reports)));
    }
    for (name, from, to, _) in REFUSED {
        add(&format!("refused-{name}"), REPORTS, changed(from, to));
    }
    let found = FindingDocument::new("memory::grow", samples::partial_update());
    add("finding", FINDING, compact(&found));
    let bare = FindingDocument::new("memory::grow", samples::bare(FindingKind::Hung));
    add("finding-bare", FINDING, compact(&bare));
    let list = KnownDocument::new(&KnownFindings::of(&every));
    add("known", KNOWN, compact(&KnownDocument { known: list.known[..3].to_vec(), ..list }));
    seeds
}

fn compact(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn every_kind(varied: &[Report]) -> Report {
    let findings = varied.iter().map(Report::findings).max_by_key(|found| found.len()).unwrap();
    let mut findings = findings.to_vec();
    findings.iter_mut().for_each(|finding| finding.replay.clear());
    findings.truncate(12);
    Report { findings, ..samples::clean() }
}

fn share(text: &str, shard: &Report) -> Report {
    Report { shard: Some(text.parse().unwrap()), ..shard.clone() }
}

/// A report with the greatest numbers, whose sums overflow.
fn most(shard: &str) -> Report {
    let most = u64::MAX;
    let sums = Report { requests: most, sites: most, plans: most, runs: most, ..samples::clean() };
    let elapsed = std::time::Duration::from_nanos(most / 3 * 2);
    Report { tolerated: most, elapsed, ..share(shard, &sums) }
}

/// A report that contains only the profile of requests.
fn profiled() -> Report {
    let frame = samples::partial_update().stack[0].clone();
    let requests = [(0, 64), (1, 8), (0, 128), (2, 0)];
    let profile = Profile::new([vec![frame.clone()], vec![frame.clone(), frame]], requests);
    Report { profile: Some(profile), ..samples::clean() }
}

/// A report with names that contain line breaks or terminal colours.
fn names() -> Report {
    let name = "a\nb\u{1b}[2J\u{85}";
    let mut finding = samples::partial_update();
    finding.stack[0].function = name.to_owned();
    (finding.message, finding.replay) = (name.to_owned(), name.to_owned());
    Report { name: name.to_owned(), findings: vec![finding; 2], ..samples::example() }
}

fn changed(from: &str, to: &str) -> String {
    let text = compact(&Document::new(vec![samples::example()]));
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1)
}

#[test]
fn each_seed_is_read_or_refused_as_it_says() {
    for (name, from, to, said) in REFUSED {
        let error = reports(&changed(from, to)).unwrap_err();
        assert!(error.starts_with(FILE) && error.contains(said), "{name}: {error}");
    }
    for (name, bytes) in seeds().into_iter().filter(|(name, _)| !name.starts_with("refused-")) {
        let text = std::str::from_utf8(&bytes[1..]).unwrap();
        let read = match bytes[0] & 15 {
            REPORTS => reports(text).map(drop),
            FINDING => finding(text).map(drop),
            _ => known(text).map(drop),
        };
        assert_eq!(read, Ok(()), "{name}");
    }
}
