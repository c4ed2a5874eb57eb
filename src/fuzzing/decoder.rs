//! Functions from bytes to steps or scenarios of any type, stored as one type: [`Decoder`].
//!
//! A table of targets is a `const`. A `const` can hold function pointers, but no box and no
//! reference to a value of a generic type. So a `Decoder` stores the pointer to a target's function
//! under another type, and next to it a pointer to a function that knows the right type. All
//! `unsafe` of this folder is in this file. The engine runs what is decoded.

use std::hint::black_box;
use std::marker::PhantomData;
use std::mem::transmute;

use crate::harness::report::Report;
use crate::harness::sweep::{ManySteps, OneStep, Scenario, Steps, Subject, Sweep};

/// Decoded bytes, whatever their type.
pub(crate) trait DecodedInput {
    fn len(&self) -> usize;
    fn describe(&self, index: usize) -> String;
    fn sweep(&self, sweep: Sweep) -> Report;
    fn run_bare(&self);
}

type BoxedInput = Result<Box<dyn DecodedInput>, String>;

/// A function from bytes to a [`DecodedInput`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decoder {
    /// A `fn(&[u8]) -> A::Raw` under another type.
    function: fn(),
    /// `call::<A>`, for the same `A`.
    call: fn(fn(), &[u8]) -> BoxedInput,
}

impl Decoder {
    pub(crate) const fn new<A: Adapter>(function: fn(&[u8]) -> A::Raw) -> Self {
        // SAFETY: both are function pointers. Nothing calls this one before `call` has converted it
        // back to its type.
        let function = unsafe { transmute::<fn(&[u8]) -> A::Raw, fn()>(function) };
        Self { function, call: call::<A> }
    }

    pub(crate) fn decode(&self, bytes: &[u8]) -> BoxedInput {
        (self.call)(self.function, bytes)
    }
}

fn call<A: Adapter>(function: fn(), bytes: &[u8]) -> BoxedInput {
    // SAFETY: only `Decoder::decode` calls this, with the pointer that `Decoder::new` made of a
    // function of this type.
    let function = unsafe { transmute::<fn(), fn(&[u8]) -> A::Raw>(function) };
    A::adapt(function(bytes))
}

/// A kind of function that a target can have: what it returns, and how to turn that into an input.
pub(crate) trait Adapter {
    type Raw;

    fn adapt(raw: Self::Raw) -> BoxedInput;
}

pub(crate) struct StepSequences<S>(PhantomData<S>);
pub(crate) struct TryStepSequences<S>(PhantomData<S>);
pub(crate) struct Scenarios<S>(PhantomData<S>);
pub(crate) struct TryScenarios<S>(PhantomData<S>);

impl<S: Steps + 'static> Adapter for StepSequences<S> {
    type Raw = S;

    fn adapt(steps: S) -> BoxedInput {
        Ok(Box::new(ManyOperations(steps)))
    }
}

impl<S: Steps + 'static> Adapter for TryStepSequences<S> {
    type Raw = Result<S, String>;

    fn adapt(steps: Result<S, String>) -> BoxedInput {
        StepSequences::adapt(steps?)
    }
}

impl<S: Scenario + 'static> Adapter for Scenarios<S> {
    type Raw = S;

    fn adapt(scenario: S) -> BoxedInput {
        Ok(Box::new(OneOperation(scenario)))
    }
}

impl<S: Scenario + 'static> Adapter for TryScenarios<S> {
    type Raw = Result<S, String>;

    fn adapt(scenario: Result<S, String>) -> BoxedInput {
        Scenarios::adapt(scenario?)
    }
}

struct ManyOperations<S>(S);

impl<S: Steps> DecodedInput for ManyOperations<S> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn describe(&self, index: usize) -> String {
        self.0.describe(index)
    }

    fn sweep(&self, sweep: Sweep) -> Report {
        sweep.run_steps(&self.0)
    }

    fn run_bare(&self) {
        run_bare(&mut ManySteps(&self.0));
    }
}

struct OneOperation<S>(S);

impl<S: Scenario> DecodedInput for OneOperation<S> {
    fn len(&self) -> usize {
        1
    }

    fn describe(&self, _index: usize) -> String {
        "exercise".to_owned()
    }

    fn sweep(&self, sweep: Sweep) -> Report {
        sweep.run_scenario(&self.0)
    }

    fn run_bare(&self) {
        run_bare(&mut OneStep(&self.0));
    }
}

fn run_bare(subject: &mut impl Subject) {
    let mut state = subject.setup();
    for index in 0..subject.len() {
        if black_box(subject.step(&mut state, index)).is_err() {
            subject.recover(&mut state);
        }
    }
}
