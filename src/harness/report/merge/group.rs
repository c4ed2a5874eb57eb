//! Checks that reports are the shards of one sweep: [`check_shards`].

use super::Source;
use crate::harness::report::{Origin, Report, Shard};

/// The greatest number of missing shards that an error names.
const NAMED: usize = 12;

/// Returns the reports in the order of their shards: each shard once, all of the same code. `name`
/// is the sweep's.
///
/// # Errors
/// In one line, which names the sweep and the documents.
pub(super) fn check_shards(mut group: Vec<Source<'_>>, name: &str) -> Result<Vec<Report>, String> {
    let with_name = |why: String| format!("{name}: {why}");
    // A sweep that could not begin failed in the same way on every machine: one report is enough.
    let could_not_begin =
        |source: &Source<'_>| source.report.error.is_some() && source.shard().is_none();
    if let Some(index) = group.iter().position(could_not_begin) {
        return Ok(vec![group.swap_remove(index).report]);
    }
    let Some(first) = group[0].shard() else {
        return whole(group).map_err(with_name);
    };
    group.sort_by_key(Source::shard);
    complete(&group, first.count()).map_err(with_name)?;
    for source in &group[1..] {
        same_code(&group[0], source).map_err(with_name)?;
    }
    Ok(group.into_iter().map(|source| source.report).collect())
}

/// Accepts a single report of a whole sweep.
fn whole(mut group: Vec<Source<'_>>) -> Result<Vec<Report>, String> {
    match group.iter().position(|source| source.shard().is_some()) {
        _ if group.len() == 1 => Ok(vec![group.remove(0).report]),
        Some(index) => Err(format!(
            "{} has the whole sweep, and {} has shard {}: pass only one of them",
            group[0].place,
            group[index].place,
            group[index].shard().map_or_else(String::new, |shard| shard.to_string())
        )),
        None => Err(format!(
            "{} and {} both have the whole sweep: pass only one of them",
            group[0].place, group[1].place
        )),
    }
}

/// Checks that each shard is there once. The group is sorted by shards.
fn complete(group: &[Source<'_>], count: usize) -> Result<(), String> {
    for source in group {
        match source.shard() {
            None => {
                let one = group.iter().find(|other| other.shard().is_some()).unwrap_or(source);
                return Err(format!(
                    "{} has the whole sweep, and {} has a shard of it: pass only one of them",
                    source.place, one.place
                ));
            }
            Some(shard) if shard.count() != count => {
                let other = group.iter().find(|other| {
                    other.shard().is_some_and(|other| other.count() != shard.count())
                });
                let (other, others) =
                    other.and_then(|other| Some((other.place, other.shard()?))).unzip();
                return Err(format!(
                    "{} has shard {shard}, and {} has shard {}: the numbers of shards differ",
                    source.place,
                    other.unwrap_or_default(),
                    others.map_or_else(String::new, |shard| shard.to_string()),
                ));
            }
            Some(_) => {}
        }
    }
    if let Some(pair) = group.windows(2).find(|pair| pair[0].shard() == pair[1].shard()) {
        let shard = pair[0].shard().map_or_else(String::new, |shard| shard.to_string());
        return Err(format!(
            "{} and {} both have shard {shard}: pass only one of them",
            pair[0].place, pair[1].place
        ));
    }
    missing(group, count)
}

/// Checks that no shard is missing, in a group without duplicates. `count` comes from a document
/// and may be any number, so nothing loops over all of it.
fn missing(group: &[Source<'_>], count: usize) -> Result<(), String> {
    let is_there = |index: usize| {
        group.iter().any(|source| source.shard().is_some_and(|shard| shard.index() == index))
    };
    let named = (1..=count).filter(|&index| !is_there(index)).take(NAMED);
    let named: Vec<_> = named.map(|index| format!("{index}/{count}")).collect();
    match (named.as_slice(), count - group.len()) {
        ([], _) => Ok(()),
        ([shard], _) => Err(format!("shard {shard} is missing")),
        (shards, missing) if missing > NAMED => {
            let more = missing - NAMED;
            Err(format!("shards {} and {more} more are missing", shards.join(", ")))
        }
        (shards, _) => Err(format!("shards {} are missing", shards.join(", "))),
    }
}

/// Checks that both are of one commit, and have the same requests and plans.
fn same_code(one: &Source<'_>, other: &Source<'_>) -> Result<(), String> {
    let differ = |what: &str, one_is: &str, other_is: &str| {
        let (one, other) = (one.describe(), other.describe());
        Err(format!("{one} and {other} are of different {what}: {one_is} and {other_is}"))
    };
    let (a, b) = (&one.report, &other.report);
    // A report with an error may have stopped before the fault-free run.
    if a.error.is_some() || b.error.is_some() {
        return Ok(());
    }
    let none = Origin::default();
    let (from, from_other) =
        (a.origin.as_ref().unwrap_or(&none), b.origin.as_ref().unwrap_or(&none));
    match (&from.commit, &from_other.commit) {
        (Some(one), Some(other)) if one != other => return differ("commits", one, other),
        (Some(_), Some(_)) => {}
        // Without a commit, the builds must be the same.
        _ => match (&from.build, &from_other.build) {
            (Some(one), Some(other)) if one != other => {
                return differ("builds, and their commits are not known", one, other);
            }
            _ => {}
        },
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    if from.baseline != from_other.baseline {
        let (one, other) = (text(&from.baseline), text(&from_other.baseline));
        return differ("fault-free runs (baselines)", &one, &other);
    }
    if (&a.strategy, &a.after) != (&b.strategy, &b.after) {
        return differ("strategies", &describe_plans(a), &describe_plans(b));
    }
    Ok(())
}

fn describe_plans(report: &Report) -> String {
    let after: Vec<_> = report.after.iter().map(ToString::to_string).collect();
    format!("{} after {}", report.strategy, after.join(","))
}

impl Source<'_> {
    fn shard(&self) -> Option<Shard> {
        self.report.shard
    }

    fn describe(&self) -> String {
        match self.shard() {
            Some(shard) => format!("shard {shard} ({})", self.place),
            None => self.place.to_owned(),
        }
    }
}
