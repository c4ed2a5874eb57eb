//! `merge`: joins the shards of each sweep into one report.

use super::args::MergeArgs;
use super::{records, results};
use crate::harness::report::{Outcome, Report, merge};

/// # Errors
/// In one line, if the shards cannot be joined, or the result cannot be written.
pub(crate) fn run(args: &MergeArgs) -> Result<Outcome, String> {
    let joined = merge(records::read(&args.reports)?)?;
    if let Some(file) = &args.json {
        joined.write(file)?;
    }
    joined.reports.iter().for_each(results::print);
    results::print_table(&joined.reports);
    let worst = joined.reports.iter().map(Report::outcome).max();
    Ok(match worst.unwrap_or(Outcome::Pass) {
        Outcome::Partial if args.allow_partial => Outcome::Pass,
        outcome => outcome,
    })
}
