//! Small pieces of code with one planted mistake each, and a repaired twin of each. A fuzzer has to
//! find the mistakes. [`TABLE`] lists them.
//!
//! Each mistake needs a certain sequence of operations and a fault at a certain request, and leads
//! to one kind of finding. The broken and the repaired twin are the same code, which checks
//! [`Condition`] where they differ. `tests/planted` and `fuzz/planted` share this folder.

mod clean_up;
mod growth;
mod rollback;
mod surfacing;

use std::collections::TryReserveError;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};

use oom_sweep::targets::plans_of;
use oom_sweep::{FindingKind, OomError, Operation, Plan, Request, Steps, Target};

/// Which of the twins runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Broken,
    Repaired,
}

/// The error of operations.
#[derive(Debug)]
pub(crate) enum Failure {
    OutOfMemory,
    Refused,
}

impl From<TryReserveError> for Failure {
    fn from(_: TryReserveError) -> Self {
        Self::OutOfMemory
    }
}

impl OomError for Failure {
    fn is_oom(&self) -> bool {
        matches!(self, Self::OutOfMemory)
    }
}

/// A state with operations.
trait Subject: Default + 'static {
    /// The operations. The code of an operation is its index in this list.
    const OPERATIONS: &'static [&'static str];

    fn perform(&mut self, code: usize, operand: u8, condition: Condition) -> Result<(), Failure>;

    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn view(&self) -> Vec<u8>;
}

/// A planted mistake, and how to show it.
pub(crate) struct Planted {
    pub(crate) broken: Target,
    pub(crate) repaired: Target,
    pub(crate) kind: FindingKind,
    operations: &'static [&'static str],
    /// The names of operations and how often each runs. Operands count up from 0.
    script: &'static [(&'static str, u8)],
    plan: [u8; 4],
}

impl Planted {
    const fn new<S: Subject>(
        name: &'static str,
        kind: FindingKind,
        script: &'static [(&'static str, u8)],
        plan: [u8; 4],
    ) -> Self {
        Self {
            broken: Target::steps(name, |bytes| Script::<S>::read(bytes, Condition::Broken)),
            repaired: Target::steps(name, |bytes| Script::<S>::read(bytes, Condition::Repaired)),
            kind,
            operations: S::OPERATIONS,
            script,
            plan,
        }
    }

    /// The last four bytes of the input.
    pub(crate) const fn end(&self) -> [u8; 4] {
        self.plan
    }

    /// An input that shows the mistake.
    pub(crate) fn input(&self) -> Vec<u8> {
        let code = |name| self.operations.iter().position(|operation| *operation == name);
        let steps = self.script.iter().flat_map(|&(name, times)| {
            let code = code(name).expect("an operation of the subject") as u8;
            (0..times).map(move |operand| operand << 3 | code)
        });
        steps.chain(self.plan).collect()
    }
}

/// The plan that the last four bytes of an input encode, for code with this many requests.
pub(crate) fn spelled(end: [u8; 4], requests: u64) -> Plan {
    let any = Request { number: 0, size: 1, old_size: 0, align: 1, operation: Operation::Alloc };
    let plans = plans_of(&end, &vec![any; requests as usize]);
    plans.into_iter().next().expect("requests")
}

/// Every planted mistake.
pub(crate) const TABLE: &[Planted] = &[
    growth::EARLY_COUNT,
    growth::PAST_THE_END,
    growth::FREED_TWICE,
    rollback::USES_KEPT,
    rollback::FREE_TWICE_OVER,
    rollback::LEFT_BUSY,
    clean_up::SECOND_FAULT,
    clean_up::LOST_SCRATCH,
    surfacing::INDEX_GIVEN_UP,
    surfacing::OTHER_NAME,
    surfacing::SAID_TWICE,
    surfacing::STALE_CACHE,
];

/// The number of routine requests that each operation makes first.
pub(crate) static ROUTINE: AtomicUsize = AtomicUsize::new(0);

/// Makes requests as real operations do besides their main work (names, nodes, messages), and
/// handles their failure.
fn routine() -> Result<(), Failure> {
    for request in 0..ROUTINE.load(Ordering::Relaxed) {
        Vec::<u8>::new().try_reserve_exact(8 << (request % 3))?;
    }
    Ok(())
}

/// A sequence of operations, one byte each: bits 0–2 are the code, bits 3–7 the operand. Codes
/// beyond the list are skipped. The last four bytes are the plan.
struct Script<S> {
    steps: Vec<(usize, u8)>,
    condition: Condition,
    subject: PhantomData<S>,
}

impl<S: Subject> Script<S> {
    fn read(bytes: &[u8], condition: Condition) -> Self {
        let bytes = bytes.split_last_chunk::<4>().map_or(&[][..], |(bytes, _)| bytes);
        let steps = bytes.iter().map(|byte| (usize::from(byte & 7), byte >> 3));
        let steps = steps.filter(|&(code, _)| code < S::OPERATIONS.len()).collect();
        Self { steps, condition, subject: PhantomData }
    }
}

impl<S: Subject> Steps for Script<S> {
    type State = S;
    type Error = Failure;
    type View = Vec<u8>;

    fn setup(&self) -> S {
        S::default()
    }

    fn len(&self) -> usize {
        self.steps.len()
    }

    fn step(&self, state: &mut S, index: usize) -> Result<(), Failure> {
        let (code, operand) = self.steps[index];
        routine()?;
        state.perform(code, operand, self.condition)
    }

    fn describe(&self, index: usize) -> String {
        let (code, operand) = self.steps[index];
        format!("{} {operand}", S::OPERATIONS[code])
    }

    fn check(&self, state: &mut S) -> Result<(), String> {
        state.check()
    }

    fn view(&self, state: &mut S) -> Vec<u8> {
        state.view()
    }
}
