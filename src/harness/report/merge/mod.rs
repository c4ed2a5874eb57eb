//! Joins shards: [`merge`], from documents to one document.
//!
//! The joined report equals that of the whole sweep in one piece, except for the time that it took.
//! Therefore each share must be there exactly once, and all must be of the same code. `group`
//! checks this, and `join` relies on it.
//!
//! It works on values, and reads and writes no file.

mod group;
mod join;
mod notes;

#[cfg(test)]
mod tests;

use super::sweep_id::Names;
use super::text::one_line;
use super::{Document, Report};

/// A report, and the name of its document.
struct Source<'a> {
    place: &'a str,
    report: Report,
}

/// Joins the shards of each sweep in these named documents. The result has one report for each
/// sweep, in the order of first occurrence. Reports of a whole sweep stay as they are.
///
/// # Errors
/// In one line, which names the documents: there is no report, a shard is missing, a shard occurs
/// twice, or shards are of different code.
///
/// ```
/// use oom_sweep::report::{Document, merge};
///
/// let error = merge(vec![("a.json".to_owned(), Document::new(vec![]))]).unwrap_err();
/// assert_eq!(error, "a.json: there is no report to merge");
/// ```
pub fn merge(documents: Vec<(String, Document)>) -> Result<Document, String> {
    let mut groups: Vec<Vec<Source<'_>>> = Vec::new();
    for (place, document) in &documents {
        for report in &document.reports {
            let source = Source { place, report: report.clone() };
            match groups.iter_mut().find(|group| group[0].report.id().matches(&report.id())) {
                Some(group) => group.push(source),
                None => groups.push(vec![source]),
            }
        }
    }
    if groups.is_empty() {
        let places: Vec<_> = documents.iter().map(|(place, _)| place.as_str()).collect();
        return Err(match places.is_empty() {
            true => "nothing to merge".to_owned(),
            false => one_line(&format!("{}: there is no report to merge", places.join(", "))),
        });
    }
    let names = Names::new(documents.iter().flat_map(|(_, document)| &document.reports));
    let joined = groups.into_iter().map(|group| {
        let name = names.of(&group[0].report).to_owned();
        group::check_shards(group, &name).map(join::join)
    });
    let joined = joined.collect::<Result<_, _>>().map_err(|why| one_line(&why))?;
    Ok(Document::new(joined))
}
