//! Reports as an HTML page: [`html`]. It is one file that needs no other file and no network.
//!
//! The page contains its data as JSON, which `data` makes of plain values. The files in `script/`
//! draw it, `page.css` styles it, and `page.html` is the frame. No text of a report becomes markup:
//! the script sets texts only, and the JSON cannot close its element.
//!
//! The file stays below [`MOST_BYTES`] for any sweep. First, requests share cells of the timeline.
//! Then the page leaves out sites and findings at the end, and says how many.

mod cells;
mod data;
mod finding_data;
mod frames;
mod limits;
mod sites;
mod sweep;

#[cfg(test)]
mod tests;

use super::Report;
use super::text::is_hidden;
use data::Page;
use limits::Limits;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
/// One script in parts. Each part uses those before it.
const SCRIPT: &str = concat!(
    include_str!("script/model.js"),
    include_str!("script/dom.js"),
    include_str!("script/timeline.js"),
    include_str!("script/flame.js"),
    include_str!("script/lists.js"),
    include_str!("script/main.js"),
);

/// A size that a browser opens without a wait and a mail accepts.
const MOST_BYTES: usize = 9_500_000;

/// Writes these reports as the text of an HTML file.
///
/// If `before` has the reports of an earlier run, the page says what is new, known and gone.
///
/// The page shows what each report has. The flame graph and the table of sites need the call stacks
/// of all requests ([`Report::profile`]): reports of the command line have them, and those written
/// to `OOM_SWEEP_REPORT_DIR`.
///
/// ```
/// let page = oom_sweep::report::html(&[], None);
/// assert!(page.starts_with("<!doctype html>"));
/// ```
#[must_use]
pub fn html(reports: &[Report], before: Option<&[Report]>) -> String {
    let room = MOST_BYTES - PAGE.len() - STYLE.len() - SCRIPT.len();
    let mut limits = Limits::default();
    let data = loop {
        let data = json(&Page::new(reports, before, limits));
        match limits.halved() {
            Some(fewer) if data.len() > room => limits = fewer,
            _ => break data,
        }
    };
    // Insert in one pass, so that inserted text is not searched for marks.
    let mut page = String::with_capacity(PAGE.len() + STYLE.len() + SCRIPT.len() + data.len());
    let mut rest = PAGE;
    for (mark, part) in [("/* STYLE */", STYLE), ("/* DATA */", &*data), ("/* SCRIPT */", SCRIPT)] {
        let (head, tail) = rest.split_once(mark).expect("the page has each of its parts once");
        page.push_str(head);
        page.push_str(part);
        rest = tail;
    }
    page.push_str(rest);
    page
}

/// Writes JSON that cannot end its `<script>` element: it contains neither `</script>` nor `<!--`.
fn json(page: &Page) -> String {
    let json = serde_json::to_string(page).expect("plain values are JSON");
    // Only texts contain these characters, and texts may contain them in this form.
    let json = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    // A page would show none of these as it is.
    if !json.chars().any(is_hidden) {
        return json;
    }
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        match is_hidden(c) {
            true => shown.push_str(&format!("\\{}", c.escape_default())),
            false => shown.push(c),
        }
    }
    shown
}
