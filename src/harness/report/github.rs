//! Reports for GitHub Actions: annotations on the lines of a pull request, and a job's summary.
//!
//! It writes the commands that a runner reads from a step's output, and Markdown. The caller prints
//! the commands, and appends the Markdown to the file that `GITHUB_STEP_SUMMARY` names. Whatever
//! else it prints goes between two commands of [`Fence`], because a runner takes any line that
//! begins with `::` for a command.

use std::collections::HashMap;
use std::fmt::Write;
#[cfg(feature = "cli")]
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use super::brief::brief;
use super::location::Location;
use super::sweep_id::Names;
use super::text::{count, printable};
use super::{Outcome, Report, markdown};
use crate::harness::oracle::{Finding, Status};

/// The greatest size of a summary: GitHub drops a step's summary above 1 MiB.
const SUMMARY_LIMIT: usize = 1 << 20;

/// The greatest number of sweeps that an annotation names.
const NAMED: usize = 4;

/// Writes these reports as a job's summary: [`markdown`](super::markdown()) within GitHub's size
/// limit. The end counts what did not fit.
#[must_use]
pub fn github_summary(reports: &[Report], root: &Path) -> String {
    markdown::within(SUMMARY_LIMIT, reports, root)
}

/// Writes these reports as workflow commands, one a line.
///
/// There is an error for each new finding and for each error of the harness, and a warning for each
/// sweep that is not complete. Known and allowed findings get no annotation. The text has no
/// newline at the end, and is empty if there is nothing to report.
///
/// GitHub shows the first ten errors of a step, so the most severe findings come first, and
/// findings of several sweeps of a binary at one site become one. `root` is the checkout, to which
/// paths are relative.
///
/// ```
/// # use std::path::Path;
/// assert_eq!(oom_sweep::report::github_annotations(&[], Path::new("/code")), "");
/// ```
#[must_use]
pub fn github_annotations(reports: &[Report], root: &Path) -> String {
    let mut commands = Vec::new();
    let names = Names::new(reports);
    for report in reports {
        if let Some(error) = report.error() {
            let error = error.split_whitespace().collect::<Vec<_>>().join(" ");
            let message = printable(&format!("{}: {error}", names.of(report)));
            commands.push(command("error", None, "harness error", &message));
        }
    }
    for Found { finding, location, sweeps } in found(reports, &names, root) {
        let message = describe(finding, &sweeps);
        commands.push(command("error", location.as_ref(), &finding.kind.to_string(), &message));
    }
    for report in reports.iter().filter(|report| report.outcome() == Outcome::Empty) {
        let reason = report.empty().unwrap_or_default();
        let message = printable(&format!("{}: nothing was tested: {reason}", report.name));
        commands.push(command("error", None, "EMPTY", &message));
    }
    for report in reports.iter().filter(|report| report.outcome() == Outcome::Partial) {
        let Report { runs, plans, .. } = report;
        let name = printable(names.of(report));
        let message = format!("{name}: {runs} of {} ran", count(*plans, "plan"));
        commands.push(command("warning", None, "PARTIAL", &message));
    }
    commands.join("\n")
}

/// A new finding, its place, and the sweeps that have it.
struct Found<'a> {
    finding: &'a Finding,
    location: Option<Location<'a>>,
    sweeps: Vec<&'a str>,
}

/// Returns every new finding once, the most severe first.
fn found<'a>(reports: &'a [Report], names: &'a Names<'_>, root: &Path) -> Vec<Found<'a>> {
    let mut found: Vec<Found<'a>> = Vec::new();
    let mut at_sites = HashMap::new();
    for report in reports {
        let new = report.findings.iter().filter(|finding| finding.status == Status::New);
        for finding in new {
            let next = found.len();
            let index = match finding.site {
                // In another binary, other code may have a function of this name.
                Some(site) => {
                    *at_sites.entry((finding.kind, site, report.id().place())).or_insert(next)
                }
                // Without a site, it is not known whether two findings are the same.
                None => next,
            };
            if index == next {
                let location = Location::of(finding, root);
                found.push(Found { finding, location, sweeps: Vec::new() });
            }
            found[index].sweeps.push(names.of(report));
        }
    }
    found.sort_by_key(|found| found.finding.kind);
    found
}

fn describe(finding: &Finding, sweeps: &[&str]) -> String {
    let mut text = brief(sweeps[0], finding);
    let others = &sweeps[1..];
    if !others.is_empty() {
        let named: Vec<_> = others.iter().take(NAMED).map(|name| printable(name)).collect();
        let more = if others.len() > NAMED { ", …" } else { "" };
        let number = count(others.len() as u64, "other sweep");
        let _ = write!(text, "\nalso in {number}: {}{more}", named.join(", ")); // memory takes it
    }
    text
}

/// Writes the annotation of an error that belongs to no line of code.
#[cfg(feature = "cli")]
pub(crate) fn github_error(error: &str) -> String {
    command("error", None, "error", &printable(error))
}

/// Two commands between which a runner takes no line for a command. What code under test prints
/// cannot know the second one.
#[cfg(feature = "cli")]
pub(crate) struct Fence(String);

#[cfg(feature = "cli")]
impl Fence {
    pub(crate) fn new() -> Self {
        // The standard library seeds it from the system's random numbers.
        let number = RandomState::new().hash_one(std::process::id());
        Self(format!("oom-sweep-{number:016x}"))
    }

    pub(crate) fn begin(&self) -> String {
        format!("::stop-commands::{}", self.0)
    }

    pub(crate) fn end(&self) -> String {
        format!("::{}::", self.0)
    }
}

/// Writes `::error file=src/lib.rs,line=7,title=…::message`.
fn command(level: &str, location: Option<&Location<'_>>, title: &str, message: &str) -> String {
    let mut command = format!("::{level} ");
    if let Some(Location { path, line, .. }) = location {
        let line = line.map_or_else(String::new, |line| format!(",line={line}"));
        command += &format!("file={}{line},", property(path));
    }
    command + &format!("title={}::{}", property(&format!("oom-sweep: {title}")), data(message))
}

/// Escapes a message into one line, as the runner reads it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a value that ends at a comma or a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::harness::oracle::FindingKind;
    use crate::harness::plan::SiteId;
    use crate::harness::report::samples;

    const ROOT: &str = "/code/store";

    fn annotations(reports: &[Report]) -> Vec<String> {
        let text = github_annotations(reports, Path::new(ROOT));
        text.lines().map(str::to_owned).collect()
    }

    /// Parses a line as the runner does: level, properties, message.
    fn read(line: &str) -> (String, Vec<(String, String)>, String) {
        let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (level, properties) = head.split_once(' ').unwrap();
        let meant = |text: &str| {
            let text = text.replace("%0A", "\n").replace("%0D", "\r");
            text.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
        };
        let pairs = properties.split(',').map(|pair| pair.split_once('=').unwrap());
        let pairs = pairs.map(|(name, value)| (name.to_owned(), meant(value))).collect();
        (level.to_owned(), pairs, meant(message))
    }

    #[test]
    fn a_finding_is_an_error_on_its_line() {
        let lines = annotations(&[samples::example()]);
        assert_eq!(
            lines,
            ["::error file=store.rs,line=912,title=oom-sweep%3A PartialUpdate::\
              returned OutOfMemory, but the view changed%0A\
              sweep memory::grow, request 17: realloc 96 → 192 bytes, align 8%0A\
              replay: OOM_SWEEP_REPLAY='memory::grow=nth:17/fail-all' target/debug/deps/oom-a6a2 \
              --exact memory::grow --nocapture"]
        );
    }

    #[test]
    fn the_worst_come_first_and_known_findings_are_left_out() {
        let reports =
            [samples::clean(), samples::sampled(), samples::partial(), samples::several()];
        let reports = [&reports[..], &[samples::error(), samples::example()]].concat();
        let lines = annotations(&reports);
        let titles: Vec<_> = lines.iter().map(|line| read(line).1.pop().unwrap().1).collect();
        let kinds = ["harness error", "Panicked", "PartialUpdate", "Leaked", "PARTIAL"];
        assert_eq!(titles, kinds.map(|kind| format!("oom-sweep: {kind}")));
        assert!(lines[4].starts_with("::warning title="), "{}", lines[4]);
    }

    #[test]
    fn one_site_is_one_annotation() {
        let named = |name: &str| Report { name: name.to_owned(), ..samples::example() };
        let other = Finding { site: Some(SiteId(1)), ..samples::partial_update() };
        let other = Report { findings: vec![other], ..named("elsewhere") };
        let lines = annotations(&[named("a"), named("b"), other, named("c")]);
        assert_eq!(lines.len(), 2);
        assert!(read(&lines[0]).2.ends_with("\nalso in 2 other sweeps: b, c"), "{}", lines[0]);
        let bare = Report { findings: vec![samples::bare(FindingKind::Hung)], ..named("a") };
        assert_eq!(annotations(&[bare.clone(), bare]).len(), 2);
    }

    #[test]
    fn a_summary_is_within_what_is_taken() {
        let report = Report { name: "n".repeat(1 << 12), ..samples::example() };
        let reports = vec![report; 300];
        let summary = github_summary(&reports, Path::new(ROOT));
        assert!((SUMMARY_LIMIT / 2..=SUMMARY_LIMIT).contains(&summary.len()));
        assert!(summary.ends_with(" more, which did not fit"));
    }

    proptest! {
        /// Messages and names come from the code under test; paths may have commas.
        #[test]
        fn any_text_stays_in_its_place(
            message in any::<String>(),
            name in any::<String>(),
            file in "[a-z,:% ]{1,12}",
        ) {
            let finding = Finding { message, ..samples::partial_update() };
            let mut finding = Finding { site: None, ..finding };
            finding.stack[0].file = Some(file.clone());
            let report = Report { name: name.clone(), findings: vec![finding], ..samples::example() };
            let lines = annotations(&[report]);
            prop_assert_eq!(lines.len(), 1);
            let (level, properties, message) = read(&lines[0]);
            prop_assert_eq!(level, "error");
            prop_assert_eq!(&properties[0], &("file".to_owned(), file));
            let sweep = format!("sweep {}, request 17", printable(&name));
            prop_assert!(message.lines().any(|line| line.starts_with(&sweep)), "{}", message);
        }
    }
}
