//! [`Script`], operations in their order, and [`Performance`], a pair that is taken through them.
//!
//! Steps come in their order, any of them more than once until it succeeds.

use super::super::drive::{Drive, Run};
use super::{MOST, Operands, Operation, Pair};
use crate::collections::OutOfMemory;
use arbitrary::{Arbitrary, Unstructured};
use std::sync::Arc;

/// Operations with their operands.
pub(super) struct Script<P: Pair> {
    steps: Vec<(&'static Operation<P>, Operands)>,
}

/// An operation's bytes, in their order.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Record {
    code: u8,
    a: u8,
    b: u8,
    c: u8,
}

/// The bit of the code that keeps operand a whole, and what it has otherwise.
pub(super) const WIDE: u8 = 1 << 5;
pub(super) const NARROW: u8 = 31;

impl<P: Pair> Script<P> {
    pub(super) fn read(records: &[u8]) -> Self {
        let mut bytes = Unstructured::new(records);
        let mut steps = Vec::new();
        while bytes.len() >= size_of::<Record>() && steps.len() < MOST {
            let Ok(record) = Record::arbitrary(&mut bytes) else { break };
            let operation = P::OPERATIONS.get(usize::from(record.code & 31));
            steps.extend(operation.map(|operation| (operation, record.operands())));
        }
        Self { steps }
    }
}

impl Record {
    fn operands(self) -> Operands {
        let Self { code, a, b, c } = self;
        Operands { a: if code & WIDE == 0 { a & NARROW } else { a }, b, c }
    }
}

impl<P: Pair> Drive<String> for Script<P> {
    fn len(&self) -> usize {
        self.steps.len()
    }

    /// The operation's text, with numbers for the operands.
    fn describe(&self, index: usize) -> String {
        let (operation, Operands { a, b, c }) = &self.steps[index];
        let Some((name, operands)) = operation.text.split_once('(') else {
            return operation.text.to_owned();
        };
        let number = |operand: char| match operand {
            'a' => a.to_string(),
            'b' => b.to_string(),
            'c' => c.to_string(),
            other => other.to_string(),
        };
        format!("{name}({}", operands.chars().map(number).collect::<String>())
    }

    #[cfg(test)]
    fn is_refused(&self, index: usize) -> bool {
        self.steps[index].0.text.starts_with("refuse")
    }

    fn start(self: Arc<Self>) -> Box<dyn Run<String>> {
        Box::new(Performance { script: self, pair: P::new(), disagreement: None })
    }
}

/// A pair, and the first operation that was answered wrongly.
struct Performance<P: Pair> {
    script: Arc<Script<P>>,
    pair: P,
    disagreement: Option<(usize, &'static str)>,
}

impl<P: Pair> Run<String> for Performance<P> {
    fn step(&mut self, index: usize) -> Result<(), OutOfMemory> {
        let (operation, operands) = self.script.steps[index];
        if let (Err(what), None) =
            ((operation.perform)(&mut self.pair, operands)?, self.disagreement)
        {
            self.disagreement = Some((index, what));
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        if let Some((index, what)) = self.disagreement {
            return Err(format!("{}: {what}", self.script.describe(index)));
        }
        self.pair.check().map_err(str::to_owned)
    }

    fn view(&self) -> String {
        self.pair.view()
    }
}
