//! Reports as a page to look at: [`html`], one file that needs nothing else, and no network.
//!
//! Everything that the page shows is in it as JSON, made by `data` of plain values; the files in
//! `script/` draw it, `page.css` dresses it, and `page.html` is the frame around them. No text of a report
//! ever becomes markup: the script sets texts only, and the JSON cannot end its element.
//!
//! However much was swept, the file stays below [`MOST_BYTES`]: first requests share cells of the
//! timeline, then sites and findings at the end are left out, and the page says so.

mod cells;
mod data;
mod finding_data;
mod frames;
mod limits;
mod sweep;

#[cfg(test)]
mod tests;

use super::Report;
use data::Page;
use limits::Limits;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
/// One script in parts; each uses those before it.
const SCRIPT: &str = concat!(
    include_str!("script/model.js"),
    include_str!("script/dom.js"),
    include_str!("script/timeline.js"),
    include_str!("script/flame.js"),
    include_str!("script/lists.js"),
    include_str!("script/main.js"),
);

/// What a browser opens without a wait, and a mail takes.
const MOST_BYTES: usize = 9_500_000;

/// A page of these reports, as the text of an HTML file.
///
/// With reports of another time in `before` it says what is new, known and gone since.
///
/// It shows what each report has. Reports of the command line, and those written to
/// `OOM_SWEEP_REPORT_DIR`, have the call stack of every request ([`Report::profile`]); without
/// these there is neither a flame graph nor a table of sites.
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
    // In one pass: what is put in is not looked at again.
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

/// JSON that no text in it can lead out of its `<script>`: neither `</script>` nor `<!--`.
fn json(page: &Page) -> String {
    let json = serde_json::to_string(page).expect("plain values are JSON");
    // Only texts have these, and in texts they may be written so.
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
