//! The page as a text: it is complete, safe and small. `tests/browser` tests what it does in a
//! browser.

use std::collections::HashSet;

use serde_json::Value;

use super::super::{Coverage, Profile, Ranges, samples};
use super::*;
use crate::harness::oracle::{Finding, FindingKind, Frame, Temperature};
use crate::harness::plan::{AfterFault, Plan, SiteId};

/// Returns the data that the page's script reads.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("type=\"application/json\">").expect("the page has data");
    let (data, _) = rest.split_once("</script>").expect("the data end");
    serde_json::from_str(data).expect("the data are JSON")
}

#[test]
fn a_page_has_every_sweep_and_finding() {
    let reports = samples::varied();
    let page = html(&reports, None);
    let data = data(&page);
    let sweeps = data["sweeps"].as_array().unwrap();
    assert_eq!(sweeps.len(), reports.len());
    for (sweep, report) in sweeps.iter().zip(&reports) {
        assert_eq!(sweep["name"], *report.name());
        assert_eq!(sweep["findings"].as_array().unwrap().len(), report.findings().len());
    }
    assert_eq!((&data["outcome"], &data["left_out"]), (&"error".into(), &0.into()));
    assert!(data["change"].is_null());
}

#[test]
fn rows_say_what_came_of_each_request() {
    let data = data(&html(&[samples::several(), samples::shard()], None));
    let rows = |sweep: usize| {
        let rows = data["sweeps"][sweep]["rows"].as_array().unwrap();
        let of_row =
            |row: &Value| format!("{} {}: {}", row["temperature"], row["after"], row["outcomes"]);
        rows.iter().map(of_row).collect::<Vec<_>>().join("\n").replace('"', "")
    };
    assert_eq!(
        rows(0),
        "warm fail-all: 0*17,4,0*3,4,0*35\n\
         warm succeed: 0*5,3,0*11,4,0*39\n\
         cold fail-all: 0*4,2*29,0*28\n\
         cold succeed: 0*61"
    );
    assert_eq!(
        rows(1),
        "warm succeed: 0,1,0*2,1,0*2,1,0*2,1,0\nwarm fail-all: 0,1,0*2,1,0*2,1,0*2,1,0"
    );
}

#[test]
fn sites_have_their_requests_and_stacks() {
    let data = data(&html(&[samples::sampled()], None));
    let sweep = &data["sweeps"][0];
    assert_eq!(sweep["site_list"].as_array().unwrap().len(), 3);
    let site = &sweep["site_list"][1];
    assert_eq!(
        (&site["id"], &site["requests"], &site["failed"]),
        (&"00000002".into(), &25_000.into(), &1.into())
    );
    let frame = &data["frames"]["frames"][site["stack"][0].as_u64().unwrap() as usize];
    assert_eq!(data["frames"]["functions"][frame[0].as_u64().unwrap() as usize], "big::read");
    assert_eq!(
        (&data["frames"]["files"][frame[1].as_u64().unwrap() as usize], &frame[2]),
        (&"src/read.rs".into(), &2.into())
    );
}

/// Two lines of a function have one id, and only the second fails to survive.
#[test]
fn a_site_has_only_the_findings_of_its_own_line() {
    let at = |line| Frame {
        function: "big::read".to_owned(),
        file: Some("src/read.rs".to_owned()),
        line: Some(line),
    };
    let finding = |number, line| Finding {
        plans: vec![Plan::nth(number, AfterFault::Succeed)],
        site: Some(SiteId(7)),
        stack: vec![at(line)],
        ..samples::bare(FindingKind::Panicked)
    };
    let failed_at_both = Finding {
        plans: [0, 3].map(|number| Plan::nth(number, AfterFault::Succeed)).to_vec(),
        ..finding(0, 1)
    };
    let cold = Finding { temperatures: vec![Temperature::Cold], ..finding(0, 2) };
    let report = Report {
        requests: 4,
        site_ids: vec![SiteId(7); 2],
        profile: Some(Profile::new(
            [vec![at(1)], vec![at(2)]],
            (0..4).map(|number| (number % 2, 8)),
        )),
        findings: vec![finding(1, 2), failed_at_both, cold],
        ..samples::example()
    };
    let data = data(&html(&[report], None));
    let found = |site: usize| data["sweeps"][0]["site_list"][site]["found"].to_string();
    assert_eq!((&*found(0), &*found(1)), ("[1]", "[0,1,2]"));
}

#[test]
fn no_text_becomes_markup() {
    let evil =
        "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)> & \u{2028} /* DATA */";
    let mut report = samples::sampled();
    report.name = evil.to_owned();
    report.notes = vec![evil.to_owned()];
    report.error = Some(evil.to_owned());
    report.findings[0].message = evil.to_owned();
    report.findings[0].stack[0].function = evil.to_owned();
    let page = html(&[report], None);
    let harmless = html(&[samples::sampled()], None);
    for mark in ["<script", "</script", "<!--", "<img", "alert(1)>"] {
        assert_eq!(page.matches(mark).count(), harmless.matches(mark).count(), "{mark}");
    }
    assert_eq!(data(&page)["sweeps"][0]["name"], evil.replace('\u{2028}', "\\u{2028}"));
}

#[test]
fn a_comparison_is_shown() {
    let (old, new) = ([samples::several()], [Report { runs: 114, ..samples::example() }]);
    let change = data(&html(&new, Some(&old)))["change"].clone();
    assert_eq!(change["totals"], "0 new findings, 1 known, 2 gone; 0 new sites");
    assert_eq!((change["new"].as_array().unwrap().len(), &change["known"]), (0, &1.into()));
    assert_eq!(change["gone"][0][1]["kind"], "Panicked");
}

/// A report of the greatest size, in which no two things are equal.
fn greatest() -> Report {
    let frame = |n: usize| Frame {
        function: format!("krate::{}::f{n}", "module".repeat(30)),
        file: Some(format!("src/some/path/of/module_{n}.rs")),
        line: Some(n as u32),
    };
    let sites = 1 << 13;
    let stack =
        |site: usize| (0..12).map(|depth| frame(site * 12 / (depth + 1))).collect::<Vec<_>>();
    let requests = 300_000_u64;
    let described = (0..requests).map(|n| (n * 7919 % sites, (n * 104_729 % 1_000_003) as usize));
    let finding = |n: u64| Finding {
        message: format!("{} {n}", "a long message".repeat(100)),
        plans: vec![Plan::nth(n * 3, AfterFault::FailAll)],
        site: Some(SiteId(n as u32)),
        stack: stack(n as usize),
        ..samples::bare(FindingKind::Panicked)
    };
    Report {
        requests,
        sites,
        site_ids: (0..sites as u32).map(SiteId).collect(),
        profile: Some(Profile::new((0..sites as usize).map(stack), described)),
        coverage: Coverage {
            requests: (0..requests).step_by(2).collect(),
            sites: Ranges::below(sites),
        },
        findings: (0..2_000).map(finding).collect(),
        after: vec![AfterFault::Succeed, AfterFault::FailAll],
        ..samples::example()
    }
}

#[test]
fn the_largest_report_is_a_small_file() {
    let report = greatest();
    let page = html(std::slice::from_ref(&report), None);
    assert!(page.len() <= MOST_BYTES, "{} bytes", page.len());
    let data = data(&page);
    let sweep = &data["sweeps"][0];
    let shown = sweep["findings"].as_array().unwrap().len();
    assert!(shown >= 64 && shown + data["left_out"].as_u64().unwrap() as usize == 2_000, "{shown}");
    assert_eq!(sweep["new"], 2_000);
    assert!(sweep["per"].as_u64().unwrap() > 1);
}

#[test]
fn documents_with_wrong_numbers_are_shown() {
    let most = u64::MAX;
    let profile = serde_json::json!({
        "frames": [], "stacks": [format!("7*{most}")],
        "sites": format!("{most}*{most}"), "sizes": format!("{most}*{most}"),
    });
    let mut report = samples::sampled();
    report.requests = most;
    report.coverage.requests = format!("0-{most}").parse().unwrap();
    report.cold = crate::harness::report::Cold::Swept { requests: most };
    report.profile = Some(serde_json::from_value(profile).unwrap());
    let data = data(&html(&[report], None));
    assert_eq!(data["sweeps"][0]["site_list"][0]["requests"], 0);
}

#[test]
fn the_script_names_only_elements_that_the_page_has() {
    let ids: HashSet<_> =
        PAGE.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let named = SCRIPT.split("$(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let unknown: Vec<_> = named.filter(|name| !ids.contains(name)).collect();
    assert_eq!(unknown, [""; 0]);
}

#[test]
fn the_page_loads_nothing() {
    for part in [PAGE, STYLE, SCRIPT] {
        for mark in ["http:", "https:", "//cdn", "@import", "url(", "fetch(", "innerHTML"] {
            assert!(!part.contains(mark), "{mark}");
        }
    }
    assert!(PAGE.contains("default-src 'none'"));
}
