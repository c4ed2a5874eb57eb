//! [`Script`], a sequence of operations; [`Performance`], its execution on a pair; and
//! [`Disagreement`], the first wrong answer.
//!
//! Steps run in order. A step may run several times until it succeeds.

use super::super::erased_steps::{ErasedSteps, Run};
use super::{ClaimResult, Operands, Operation, Pair};
use crate::collections::OutOfMemory;
use arbitrary::{Arbitrary, Unstructured};
use std::borrow::Cow;
use std::sync::Arc;

/// A sequence of operations with their operands.
pub(super) struct Script<P: Pair> {
    steps: Vec<(&'static Operation<P>, Operands)>,
}

/// The bytes of an operation, in order.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Record {
    code: u8,
    a: u8,
    b: u8,
    c: u8,
}

/// The bit of the code that keeps all bits of operand a, and the mask of operand a without it.
pub(in crate::subjects::drivers) const WIDE: u8 = 1 << 5;
pub(in crate::subjects::drivers) const NARROW: u8 = 31;

impl<P: Pair> Script<P> {
    pub(super) fn read(records: &[u8]) -> Self {
        let mut bytes = Unstructured::new(records);
        let mut steps: Vec<(&Operation<P>, Operands)> = Vec::new();
        while bytes.len() >= size_of::<Record>() && steps.len() < P::MOST {
            let Ok(record) = Record::arbitrary(&mut bytes) else { break };
            let operation = P::OPERATIONS.get(usize::from(record.code & 31));
            steps.extend(operation.map(|operation| (operation, record.operands())));
        }
        let names = steps.iter().map(|(operation, operands)| (operation.name(), *operands));
        steps.truncate(P::affordable(names));
        Self { steps }
    }
}

impl Record {
    fn operands(self) -> Operands {
        let Self { code, a, b, c } = self;
        Operands { a: if code & WIDE == 0 { a & NARROW } else { a }, b, c }
    }
}

impl<P: Pair> ErasedSteps<String> for Script<P> {
    fn len(&self) -> usize {
        self.steps.len()
    }

    /// The operation's text with the values of its operands.
    fn describe(&self, index: usize) -> String {
        let (operation, operands) = self.steps[index];
        let mut text = operation.text.to_owned();
        if let Some((name, rest)) = operation.text.split_once('(')
            && let Some((letters, rest)) = rest.split_once(')')
        {
            let shown: String =
                letters.chars().map(|letter| P::operand(letter, operands)).collect();
            text = format!("{name}({shown}){rest}");
        }
        if P::is_refused(operation.name(), operands) { text + " // refused" } else { text }
    }

    #[cfg(test)]
    fn is_refused(&self, index: usize) -> bool {
        let (operation, operands) = self.steps[index];
        operation.name().starts_with("refuse") || P::is_refused(operation.name(), operands)
    }

    fn start(self: Arc<Self>) -> Box<dyn Run<String>> {
        Box::new(Performance {
            script: self,
            pair: P::new(),
            disagreement: Disagreement::default(),
        })
    }
}

/// The first step with a wrong answer, if any.
#[derive(Default)]
pub(in crate::subjects::drivers) struct Disagreement(Option<(usize, Cow<'static, str>)>);

impl Disagreement {
    /// Records the verdict of a step.
    pub(in crate::subjects::drivers) fn note(&mut self, index: usize, verdict: ClaimResult) {
        if let (Err(what), None) = (verdict, &self.0) {
            self.0 = Some((index, what));
        }
    }

    /// # Errors
    /// Returns the step, as described by `describe`, and what was wrong.
    pub(in crate::subjects::drivers) fn check(
        &self,
        describe: impl FnOnce(usize) -> String,
    ) -> Result<(), String> {
        match &self.0 {
            Some((index, what)) => Err(format!("{}: {what}", describe(*index))),
            None => Ok(()),
        }
    }
}

struct Performance<P: Pair> {
    script: Arc<Script<P>>,
    pair: P,
    disagreement: Disagreement,
}

impl<P: Pair> Run<String> for Performance<P> {
    fn step(&mut self, index: usize) -> Result<(), OutOfMemory> {
        let (operation, operands) = self.script.steps[index];
        let verdict = (operation.perform)(&mut self.pair, operands)?;
        let verdict = match P::is_refused(operation.name(), operands) {
            true => Err("it succeeded, where it should be refused: is there a ceiling?".into()),
            false => verdict,
        };
        self.disagreement.note(index, verdict);
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        self.disagreement.check(|index| self.script.describe(index))?;
        self.pair.check().map_err(Cow::into_owned)
    }

    fn view(&self) -> String {
        self.pair.view()
    }
}
