//! Snapshots of what every format writes for every sample report.
//!
//! `INSTA_UPDATE=always cargo test --lib report::snapshots` writes them again; read the diff before
//! you commit it. The tests beside each format check what the format promises.

use std::path::Path;

use insta::assert_snapshot;

use super::samples;
use super::text::render;
use super::{Comparison, Report, markdown, summary};

fn root() -> &'static Path {
    Path::new("/code/store")
}

/// Some findings, and the findings of a later run.
fn before_and_after() -> [Vec<Report>; 2] {
    let after = samples::varied();
    let mut before = after.clone();
    before[1].findings.clear();
    before[2].findings.truncate(1);
    before[6].site_ids.truncate(2);
    [before, after]
}

#[test]
fn text() {
    let texts =
        samples::varied().iter().map(|report| render(report, Some(root()))).collect::<Vec<_>>();
    assert_snapshot!(texts.join("\n\n----\n\n"));
}

#[test]
fn text_of_a_summary() {
    let reports = samples::varied();
    assert_snapshot!(summary(&reports).to_string());
}

#[test]
fn text_of_a_comparison() {
    let [before, after] = before_and_after();
    assert_snapshot!(Comparison::new(&before, &after).to_string());
}

#[test]
fn markdown_of_a_comparison() {
    let [before, after] = before_and_after();
    assert_snapshot!(Comparison::new(&before, &after).markdown().to_string());
}

#[test]
fn markdown_of_reports() {
    assert_snapshot!(markdown(&samples::varied(), root()));
    assert_snapshot!(markdown(&[samples::clean()], root()));
}

#[cfg(feature = "formats")]
mod formats {
    use super::super::{github_annotations, github_summary, junit, sarif};
    use super::*;

    #[test]
    fn annotations() {
        assert_snapshot!(github_annotations(&samples::varied(), root()));
    }

    #[test]
    fn job_summary() {
        assert_snapshot!(github_summary(&samples::varied(), root()));
    }

    #[test]
    fn junit_of_reports() {
        assert_snapshot!(junit(&samples::varied(), root()));
    }

    /// Without the guide's pages, which are long.
    #[test]
    fn sarif_of_findings() {
        let reports = [samples::several(), samples::sampled(), samples::error()];
        let text = sarif(&reports, root());
        let shown = text.lines().map(|line| match line.split_once("\\n\\n") {
            Some((title, _)) if title.contains("\"markdown\": \"# ") => format!("{title}…\""),
            _ => line.to_owned(),
        });
        assert_snapshot!(shown.collect::<Vec<_>>().join("\n"));
    }
}
