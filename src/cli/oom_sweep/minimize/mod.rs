//! `minimize`: makes a crash file small, both its operations and its faults, and keeps it in the
//! corpus.
//!
//! ```text
//!  crash file ─→ judge ─→ shrink (bytes) ⇄ plans (faults) ─→ encode ─→ keep ─→ report or test
//! ```
//!
//! `judge` runs everything that is tried in forked processes, which may abort and hang. `scout`
//! finds out in advance what is worth a judge's run. Meanwhile the plan is kept apart from the
//! bytes. At the end `encode` writes it into the bytes again, so that the file alone is enough.

mod emit;
mod encode;
mod judge;
mod keep;
mod plans;
mod scout;
mod shrink;

use std::time::Duration;

use super::args::MinimizeArgs;
use super::input::{Input, corpus_of};
use super::job::Job;
use super::{Target, choice, console, crash, repro};
use crate::harness::alloc::mix;
use crate::harness::plan::Plan;
use crate::harness::plan::Strategy;
use crate::harness::report::Outcome;
use crate::harness::sweep::quote;
use judge::{Judge, Shown};
use plans::Begin;

/// The time limit of a run, unless the user sets one. What is tried may hang even if the finding
/// did not, and each hang costs the limit, and four times the limit when it runs again alone.
const LIMIT: Duration = Duration::from_secs(1);

/// # Errors
/// In one line: if there is nothing to minimise, or the file cannot be run or kept.
pub(super) fn run(args: &MinimizeArgs, targets: &[Target]) -> Result<Outcome, String> {
    let target = choice::find(targets, &args.target)?;
    crash::check_place(&args.file, target, targets)?;
    args.output.as_deref().map_or(Ok(()), keep::check)?;
    let job = Job { target, input: Input::new(&args.file, target), conditions: &args.conditions };
    let bytes = job.read()?;
    let decoded = job.decode_bytes(&bytes)?;
    let plans = match &args.plan {
        Some(plan) => vec![plan.clone()],
        None => crash::plans(&job, &decoded, &bytes)?,
    };
    let judge = Judge::new(&job, &decoded, &plans)?;
    let conditions = job.conditions.or_limit(LIMIT);
    let job = Job { conditions: &conditions, input: job.input.clone(), target };
    let judge = judge.on(&job);

    let start = judge.show(&bytes, plans.clone()).map_err(|_| {
        format!(
            "{}: reproduces only sometimes: {} under {}",
            args.file.display(),
            judge.kind,
            crash::list(&plans)
        )
    })?;
    let end = minimise(&judge, start.clone());
    let name = name(&judge, &end);
    let (end, plan_in) = encode_plan(&judge, target, end);
    let file = match &args.output {
        Some(file) => keep::write_to(file, &end.bytes).map(|()| file.clone())?,
        None => {
            let folder = corpus_of(target, &args.corpus.folder).join("regressions");
            keep::write_in(&folder, &plan_in.file_name(&name, &end.plan), &end.bytes)?
        }
    };
    if args.emit_test {
        console::result(emit::test(&judge, &end, &name, &file, target, targets));
    } else {
        let kept = Job { target, input: Input::new(&file, target), conditions: &conditions };
        print_result(&judge, (&start, &end), &kept, plan_in)?;
    }
    Ok(Outcome::Pass)
}

/// Shrinks until no operation, byte or fault can be removed.
fn minimise(judge: &Judge<'_>, start: Shown) -> Shown {
    let mut shown = start;
    let simplify = |shown: &mut Shown, begin| {
        if let Some(simpler) = judge.show_simpler(shown, begin) {
            *shown = simpler;
        }
    };
    simplify(&mut shown, Begin::There);
    loop {
        let before = shown.clone();
        progress(&shown);
        for shrink in [shrink::remove, shrink::simplify] {
            shrink(shown.bytes.clone(), &mut |inputs| {
                let (first, smaller) = judge.show_first(inputs, &shown)?;
                shown = smaller;
                Some(first)
            });
            simplify(&mut shown, Begin::NoLater);
        }
        if shown == before {
            return shown;
        }
    }
}

/// Where the plan of the minimised input is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PlanIn {
    Bytes,
    FileName,
}

impl PlanIn {
    /// Returns the file's name. It contains the plan if the bytes do not.
    fn file_name(self, name: &str, plan: &Plan) -> String {
        match self {
            Self::Bytes => name.to_owned(),
            Self::FileName => {
                let plan = plan.to_string();
                format!("{name}-under-{}", plan.replace(|c: char| !c.is_ascii_alphanumeric(), "-"))
            }
        }
    }
}

/// Appends bytes that encode the plan, unless every such end loses the finding.
fn encode_plan(judge: &Judge<'_>, target: &Target, shown: Shown) -> (Shown, PlanIn) {
    for bytes in encode::encoded(target, &shown.bytes, &shown.plan, shown.requests) {
        if let Ok(shown) = judge.show(&bytes, vec![shown.plan.clone()])
            && encode::encodes(&bytes, &shown.plan, shown.requests)
        {
            return (shown, PlanIn::Bytes);
        }
    }
    (shown, PlanIn::FileName)
}

/// Returns the kind, and the site or else a hash of the input: as in `partial-update-9f3c21d0`.
fn name(judge: &Judge<'_>, shown: &Shown) -> String {
    let mut name = String::new();
    for c in judge.kind.to_string().chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    let hash = || shown.bytes.iter().fold(0, |hash, &byte| mix(hash ^ u64::from(byte))) as u32;
    let place = judge.site.map_or_else(|| format!("{:08x}", hash()), |site| site.to_string());
    format!("{name}-{place}")
}

fn progress(shown: &Shown) {
    let Shown { bytes, plan, operations, .. } = shown;
    console::progress(&format!("minimize: {} bytes, {operations} operations, {plan}", bytes.len()));
}

/// Prints what has shrunk, and the rest as `repro` does.
fn print_result(
    judge: &Judge<'_>,
    (start, end): (&Shown, &Shown),
    kept: &Job<'_>,
    plan_in: PlanIn,
) -> Result<(), String> {
    let decoded = kept.decode()?;
    let strategy = Strategy::Plans(vec![end.plan.clone()]);
    let report = kept.sweep(&decoded, strategy, |_| (), crash::shape);
    repro::show(kept, &decoded, std::slice::from_ref(&end.plan), &report);

    let file = kept.input.path.display();
    console::result(format_args!("minimized: {}{}", judge.kind, judge.place()));
    console::result(format_args!("bytes:      {} -> {}", start.bytes.len(), end.bytes.len()));
    console::result(format_args!("operations: {} -> {}", start.operations, end.operations));
    console::result(format_args!("faults:     {} -> {}", start.plan, end.plan));
    console::result(format_args!("kept in:    {file}"));
    if plan_in == PlanIn::FileName {
        console::result(format_args!(
            "the file does not contain the plan: pass it to repro with --plan {}",
            quote(&end.plan.to_string())
        ));
    }
    Ok(())
}
