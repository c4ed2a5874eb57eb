//! [`Script`], operations on one map with their right answers, and [`Performance`], a map that is
//! taken through them.
//!
//! Relies on `model` for the answers, which are computed once, while decoding: a step makes no
//! request of its own. Steps come in their order, any of them more than once until it succeeds.

use super::super::erased_steps::{ErasedSteps, Run};
use super::model::{Answer, Model};
use super::operation::Operation;
use super::perform::perform;
use super::value::{Key, Value, ValueId};
use super::view::{MapView, View};
use crate::collections::{EntityRef, OutOfMemory, SecondaryMap};
use std::sync::Arc;

/// Operations on one map.
pub(super) struct Script<V> {
    /// What the map is called in a view.
    name: &'static str,
    /// The values that operations name. The first is what a map starts with as its default, and
    /// is `V::default()` if an operation makes a map that reads as that.
    values: Vec<V>,
    operations: Vec<Operation>,
    answers: Vec<Answer>,
    /// The value that belongs to a key, if there is a source that says so.
    homes: Vec<Option<ValueId>>,
}

/// A map, and how far it is in its script.
pub(super) struct Performance<V> {
    script: Arc<Script<V>>,
    map: SecondaryMap<Key, V>,
    /// Number of operations that have been done, or have been refused as they should.
    done: usize,
    disagreement: Option<Disagreement>,
}

/// The first operation that was answered wrongly.
#[derive(Clone, Copy)]
struct Disagreement {
    operation: usize,
    what: &'static str,
}

impl<V: Value> Script<V> {
    pub(super) fn new(name: &'static str, values: Vec<V>, operations: Vec<Operation>) -> Self {
        let mut model = Model::new(size_of::<V>(), values.len());
        let answers = operations.iter().map(|operation| model.apply(operation)).collect();
        Self { name, values, operations, answers, homes: Vec::new() }
    }

    /// Values that have a key to which they belong; a view shows as much.
    pub(super) fn with_homes(self, homes: Vec<Option<ValueId>>) -> Self {
        Self { homes, ..self }
    }

    pub(super) fn len(&self) -> usize {
        self.operations.len()
    }

    pub(super) fn describe(&self, index: usize) -> String {
        let text = self.operations[index].describe(&self.values);
        let refused = self.answers[index] == Answer::Refused;
        if refused { format!("{text} // refused") } else { text }
    }

    #[cfg(test)]
    pub(super) fn is_refused(&self, index: usize) -> bool {
        self.answers[index] == Answer::Refused
    }

    /// Whether the key holds the value that belongs there.
    fn is_home(&self, key: usize, value: &V) -> bool {
        matches!(self.homes.get(key), Some(Some(home)) if self.values[*home] == *value)
    }

    /// What should stand in the map after this many operations.
    fn model(&self, done: usize) -> Model {
        let mut model = Model::new(size_of::<V>(), self.values.len());
        for operation in self.operations[..done].iter().filter(|operation| !operation.only_looks())
        {
            model.apply(operation);
        }
        model
    }
}

impl<V: Value> Performance<V> {
    pub(super) fn new(script: Arc<Script<V>>) -> Self {
        let default = script.values[0].try_clone().expect("there is memory to set up a map");
        let map = SecondaryMap::with_default(default);
        Self { script, map, done: 0, disagreement: None }
    }

    /// Takes another script for the one that led here.
    #[cfg(test)]
    pub(super) fn follow(&mut self, script: Arc<Script<V>>) {
        self.script = script;
    }

    /// Does an operation. An error leaves the map as it was.
    pub(super) fn step(&mut self, index: usize) -> Result<(), OutOfMemory> {
        let Script { values, operations, answers, .. } = &*self.script;
        let answer = &answers[index];
        let verdict = match perform(&mut self.map, operations[index], answer, values) {
            // By the model too this changes nothing, so it may count as done.
            Err(oom) if *answer == Answer::Refused => {
                self.done = index + 1;
                return Err(oom);
            }
            Err(oom) => return Err(oom),
            Ok(_) if *answer == Answer::Refused => {
                Err("it succeeded, where it should be refused: is there a ceiling?")
            }
            Ok(verdict) => verdict,
        };
        self.done = index + 1;
        if let (Err(what), None) = (verdict, self.disagreement) {
            self.disagreement = Some(Disagreement { operation: index, what });
        }
        Ok(())
    }

    /// Whether every answer so far was right, and the map is consistent and holds what it should.
    pub(super) fn check(&self) -> Result<(), String> {
        let (map, script) = (&self.map, &self.script);
        if let Some(Disagreement { operation, what }) = self.disagreement {
            return Err(format!("{}: {what}", script.describe(operation)));
        }
        let model = script.model(self.done);
        if map.len() > map.capacity() || map.is_empty() != matches!(map.len(), 0) {
            return Err(format!("length {}, capacity {}", map.len(), map.capacity()));
        }
        if map.len() != model.len {
            return Err(format!("length {}, and not {}", map.len(), model.len));
        }
        if *map.default_value() != script.values[model.default] {
            return Err(format!("the default is {}", map.default_value().show()));
        }
        if map.as_values_slice().len() != map.len() || map.iter().len() != map.len() {
            return Err("the slice, or the iterator, is not as long as the map".into());
        }
        self.check_values(&model)
    }

    fn check_values(&self, model: &Model) -> Result<(), String> {
        let (map, values) = (&self.map, &self.script.values);
        // Of values without bytes one is as good as all; there may be 2^64 of them.
        let some = if size_of::<V>() == 0 { 1 } else { usize::MAX };
        let mut set = model.set.iter().peekable();
        for ((key, value), in_slice) in map.iter().zip(map.as_values_slice()).take(some) {
            let expected = match set.next_if(|(set, _)| **set == key.index()) {
                Some((_, id)) => &values[*id],
                None => &values[model.default],
            };
            if value != expected || in_slice != expected {
                return Err(format!("{key} is {}, and not {}", value.show(), expected.show()));
            }
            if map.get(key) != Some(value) || map[key] != *value {
                return Err(format!("{key} is another by `get` or by index than by `iter`"));
            }
        }
        let beyond = Key::new(map.len());
        if map.get(beyond).is_some() || map[beyond] != *map.default_value() {
            return Err(format!("{beyond}, beyond the end, does not read as the default"));
        }
        Ok(())
    }

    pub(super) fn view(&self) -> (&'static str, MapView) {
        let view = MapView::of(&self.map, |key, value| self.script.is_home(key, value));
        (self.script.name, view)
    }
}

impl<V: Value> ErasedSteps<View> for Script<V> {
    fn len(&self) -> usize {
        self.len()
    }

    fn describe(&self, index: usize) -> String {
        self.describe(index)
    }

    #[cfg(test)]
    fn is_refused(&self, index: usize) -> bool {
        self.is_refused(index)
    }

    fn start(self: Arc<Self>) -> Box<dyn Run<View>> {
        Box::new(Performance::new(self))
    }
}

impl<V: Value> Run<View> for Performance<V> {
    fn step(&mut self, index: usize) -> Result<(), OutOfMemory> {
        self.step(index)
    }

    fn check(&self) -> Result<(), String> {
        self.check()
    }

    fn view(&self) -> View {
        View(vec![self.view()])
    }
}
