//! The target `report_json`: the readers of the JSON documents of reports, findings and known
//! findings: [`Document`], [`FindingDocument`], [`KnownFindings`], [`merge`].
//!
//! `reader` has the layout and explains why there are no faults. The kinds: 0 a document of
//! reports, 1 a document of a finding, 2 a document of known findings.
//!
//! The claims for each text: it is either read, or refused with one line that names the file. A
//! document that was read is written as a text that reads as the same document. It can be printed,
//! compared and merged, whatever numbers and names it contains. The text does not come from a file,
//! which makes no difference, because files are read as a whole.

#[cfg(test)]
mod seeds;

use super::modelled::{ClaimResult, ensure};
use super::reader::{Claim, Kind, Reader, is_a_line, same};
use super::{AnySteps, Target};
use crate::harness::oracle::Finding;
use crate::harness::report::{
    Comparison, Document, FindingDocument, KnownDocument, KnownFindings, Report, apply_known,
    finding_in, merge, summary,
};
use serde::Serialize;
use std::path::Path;

pub(super) const READER: Reader = Reader {
    name: "report_json",
    kinds: &[
        Kind {
            name: "reports",
            claims: &[
                Claim::new("it is read, or refused in a line", |text| refused(text, reports)),
                Claim::new("the reports are written, and read as the same", written),
                Claim::new("each report is shown", shown),
                Claim::new("the reports are compared", compared),
                Claim::new("what is known is not new", known_again),
                Claim::new("the reports are merged, or refused in a line", merged),
                Claim::new("a finding is picked, or refused in a line", picked),
            ],
        },
        Kind {
            name: "finding",
            claims: &[
                Claim::new("it is read, or refused in a line", |text| refused(text, finding)),
                Claim::new("the finding is written, and read as the same", finding_written),
            ],
        },
        Kind {
            name: "known",
            claims: &[
                Claim::new("it is read, or refused in a line", |text| refused(text, known)),
                Claim::new("the findings are written, and read as the same", known_written),
            ],
        },
    ],
    #[cfg(test)]
    seeds: seeds::seeds,
};

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(READER.name, decode)
    .allow_empty()
    .about("documents of reports and findings, read, written, shown, compared and merged");

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    READER.decode(bytes)
}

/// The file name in error messages.
const FILE: &str = "report.json";

fn reports(text: &str) -> Result<Document, String> {
    Document::from_text(Path::new(FILE), text)
}

fn finding(text: &str) -> Result<(String, Finding), String> {
    finding_in(Path::new(FILE), text, None)
}

fn known(text: &str) -> Result<KnownFindings, String> {
    KnownFindings::from_text(Path::new(FILE), text)
}

fn refused<T>(text: &str, read: fn(&str) -> Result<T, String>) -> ClaimResult {
    let Err(error) = read(text) else { return Ok(()) };
    is_a_refusal(&error, text)
}

/// Checks that an error is one line that names the file, and a position in it or what is wrong with
/// the whole.
fn is_a_refusal(error: &str, text: &str) -> ClaimResult {
    is_a_line(error, text)?;
    let Some(rest) = error.strip_prefix(FILE).and_then(|rest| rest.strip_prefix(':')) else {
        return Err(format!("the refusal does not name the file: {error}").into());
    };
    let mut parts = rest.splitn(3, ':');
    let is_place = parts.by_ref().take(2).all(|part| part.parse::<usize>().is_ok());
    let says = [" it is ", " this is not ", " the file has ", " there is no finding "];
    let is_whole = says.iter().any(|says| rest.starts_with(says));
    match is_place && parts.next().is_some_and(|why| !why.trim().is_empty()) || is_whole {
        true => Ok(()),
        false => Err(format!("the refusal does not say where: {error}").into()),
    }
}

fn json(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string_pretty(value).map_err(|error| format!("it is not written: {error}"))
}

fn written(text: &str) -> ClaimResult {
    let Ok(document) = reports(text) else { return Ok(()) };
    let again = reports(&json(&document)?)?;
    same("the document", &document, &again)
}

fn shown(text: &str) -> ClaimResult {
    let Ok(document) = reports(text) else { return Ok(()) };
    for report in &document.reports {
        is_page(&report.to_string())?;
    }
    let table = summary(&document.reports).to_string();
    is_page(&table)?;
    let lines = document.reports.len() + 2;
    ensure(table.lines().count() == lines, "the table has not a line for each report")
}

/// Checks that all lines are printable.
fn is_page(page: &str) -> ClaimResult {
    match page.chars().find(|c| c.is_control() && *c != '\n') {
        _ if page.is_empty() => Err("nothing is shown".into()),
        Some(c) => Err(format!("{c:?} is shown as it is").into()),
        None => Ok(()),
    }
}

fn compared(text: &str) -> ClaimResult {
    let Ok(document) = reports(text) else { return Ok(()) };
    let reports = &document.reports;
    for (old, new) in [(&**reports, &**reports), (&[], reports), (reports, &[])] {
        let comparison = Comparison::new(old, new);
        is_page(&comparison.to_string())?;
        is_page(&comparison.markdown().to_string())?;
    }
    ensure(!Comparison::new(reports, reports).has_new(), "what was there before is new")
}

fn known_again(text: &str) -> ClaimResult {
    let Ok(document) = reports(text) else { return Ok(()) };
    let known = KnownFindings::of(&document.reports);
    for mut report in document.reports {
        apply_known(&mut report, &known);
        ensure(report.new_findings() == 0, "a finding is new, although all are known")?;
    }
    known_survives(&known)
}

fn known_survives(findings: &KnownFindings) -> ClaimResult {
    same("the list", findings, &known(&json(&KnownDocument::new(findings))?)?)
}

fn merged(text: &str) -> ClaimResult {
    let Ok(document) = reports(text) else { return Ok(()) };
    let all = |document: &Document| (FILE.to_owned(), document.clone());
    if let Err(error) = merge(vec![all(&document), all(&document)]) {
        is_a_line(&error, text)?;
    }
    let merged = match merge(vec![all(&document)]) {
        Err(error) => return is_a_line(&error, text),
        Ok(merged) => merged,
    };
    same("what was merged", &merged, &merge(vec![all(&merged)])?)?;
    same("the other time", &merged, &merge(vec![all(&document)])?)?;
    let text = json(&merged)?;
    // Times were added up, and are limited to what a number can hold.
    let read = reports(&text)?;
    same("what was read of it", &read, &reports(&json(&read)?)?)?;
    shown(&text)
}

fn picked(text: &str) -> ClaimResult {
    for pick in [None, Some(0), Some(1), Some(usize::MAX)] {
        match finding_in(Path::new(FILE), text, pick) {
            Err(error) => is_a_refusal(&error, text)?,
            Ok(_) => ensure(matches!(pick, None | Some(1)), "it is a finding of no number")?,
        }
    }
    Ok(())
}

fn finding_written(text: &str) -> ClaimResult {
    let Ok((sweep, found)) = finding(text) else { return Ok(()) };
    let document = FindingDocument::new(sweep.clone(), found.clone());
    same("the finding", &(sweep, found.clone()), &finding(&json(&document)?)?)?;
    is_page(&Report { findings: vec![found], ..Report::blank("") }.to_string())
}

fn known_written(text: &str) -> ClaimResult {
    let Ok(findings) = known(text) else { return Ok(()) };
    for known in findings.as_slice() {
        let is_known = findings.contains(&known.sweep, known.kind, known.site);
        ensure(is_known, "a finding that is listed is not known")?;
    }
    known_survives(&findings)
}
