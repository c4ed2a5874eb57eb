//! The functions of a WebAssembly module in two maps: from function to type, which makes few
//! requests, and from function to name, of which every one is on the heap.
//!
//! The steps are what a tool does with such tables: it fills them function by function, looks
//! things up, renames, strips, cuts off. Answers are compared with what `wasm` read.

use super::super::erased_steps::{ErasedSteps, Run};
use super::operation::Operation;
use super::script::{Performance, Script};
use super::value::ValueId;
use super::view::View;
use super::wasm::Function;
use crate::collections::OutOfMemory;
use std::sync::Arc;

/// The functions that are looked up in one step.
const BATCH: usize = 64;

/// Every function whose index is a multiple of this is overwritten, and every second of those,
/// with one index more, removed.
const EVERY: usize = 8;

/// What functions without a name are called. The copies need memory, as do those of real
/// defaults: so growing over a gap and removing can fail.
const UNNAMED: &str = "<unnamed>";

/// The type of functions that have not been inserted.
const NO_TYPE: u32 = u32::MAX;

struct Module {
    types: Arc<Script<u32>>,
    names: Arc<Script<String>>,
    /// Which map each step is for, and which operation of its script.
    turns: Vec<Turn>,
}

#[derive(Clone, Copy)]
enum Turn {
    Types(usize),
    Names(usize),
}

/// The steps for these functions.
pub(super) fn drive(functions: &[Function]) -> Arc<dyn ErasedSteps<View>> {
    let (types, type_homes) = table(NO_TYPE, functions.iter().map(|f| Some(f.ty)));
    let (names, name_homes) = table(UNNAMED.to_owned(), functions.iter().map(|f| f.name.clone()));
    let mut plan = Plan::default();
    plan.fill(&type_homes, &name_homes);
    plan.edit(&type_homes, &name_homes);
    plan.cut(&name_homes);
    Arc::new(Module {
        types: Arc::new(Script::new("types", types, plan.types).with_homes(type_homes)),
        names: Arc::new(Script::new("names", names, plan.names).with_homes(name_homes)),
        turns: plan.turns,
    })
}

/// The default and all values, and which of them belongs to which function.
fn table<V>(default: V, each: impl Iterator<Item = Option<V>>) -> (Vec<V>, Vec<Option<ValueId>>) {
    let mut values = vec![default];
    let mut homes = Vec::new();
    for value in each {
        homes.push(value.is_some().then_some(values.len()));
        values.extend(value);
    }
    (values, homes)
}

/// Steps in the making.
#[derive(Default)]
struct Plan {
    types: Vec<Operation>,
    names: Vec<Operation>,
    turns: Vec<Turn>,
}

impl Plan {
    fn types(&mut self, operation: Operation) {
        self.turns.push(Turn::Types(self.types.len()));
        self.types.push(operation);
    }

    fn names(&mut self, operation: Operation) {
        self.turns.push(Turn::Names(self.names.len()));
        self.names.push(operation);
    }

    fn look_up(&mut self, first: usize, count: usize) {
        self.types(Operation::GetEach { first, count });
        self.names(Operation::GetEach { first, count });
    }

    fn insert(&mut self, key: usize, ty: Option<ValueId>, name: Option<ValueId>) {
        if let Some(value) = ty {
            self.types(Operation::Insert { key, value });
        }
        if let Some(value) = name {
            self.names(Operation::Insert { key, value });
        }
    }

    /// One function after the other, and a look at each batch of them and at one beyond.
    fn fill(&mut self, types: &[Option<ValueId>], names: &[Option<ValueId>]) {
        for (key, (ty, name)) in types.iter().zip(names).enumerate() {
            self.insert(key, *ty, *name);
            if key % BATCH == BATCH - 1 || key + 1 == types.len() {
                let first = key - key % BATCH;
                self.look_up(first, key - first + 2);
            }
        }
    }

    /// Some functions get the type and the name of the function opposite, some lose theirs.
    fn edit(&mut self, types: &[Option<ValueId>], names: &[Option<ValueId>]) {
        let opposite = types.iter().zip(names).rev();
        for (key, (ty, name)) in opposite.enumerate().step_by(EVERY) {
            self.insert(key, *ty, *name);
            if key % (2 * EVERY) == 0 {
                self.types(Operation::Remove(key + 1));
                self.names(Operation::Remove(key + 1));
            }
        }
        if !types.is_empty() {
            self.look_up(0, types.len());
        }
    }

    /// Half of the names are cut off, and the last comes back over the gap; the types are copied,
    /// compared and cleared.
    fn cut(&mut self, names: &[Option<ValueId>]) {
        let count = names.len();
        if count == 0 {
            return;
        }
        if let Some(last) = names.iter().rposition(Option::is_some) {
            self.names(Operation::Resize(count / 2));
            self.insert(last, None, names[last]);
        }
        self.types(Operation::Clone);
        self.types(Operation::Compare(2 * count));
        self.types(Operation::Clear);
        self.look_up(0, count);
    }
}

impl ErasedSteps<View> for Module {
    fn len(&self) -> usize {
        self.turns.len()
    }

    fn describe(&self, index: usize) -> String {
        match self.turns[index] {
            Turn::Types(index) => format!("types.{}", self.types.describe(index)),
            Turn::Names(index) => format!("names.{}", self.names.describe(index)),
        }
    }

    #[cfg(test)]
    fn is_refused(&self, index: usize) -> bool {
        match self.turns[index] {
            Turn::Types(index) => self.types.is_refused(index),
            Turn::Names(index) => self.names.is_refused(index),
        }
    }

    fn start(self: Arc<Self>) -> Box<dyn Run<View>> {
        Box::new(Tables {
            types: Performance::new(Arc::clone(&self.types)),
            names: Performance::new(Arc::clone(&self.names)),
            module: self,
        })
    }
}

/// The two maps of a module.
struct Tables {
    module: Arc<Module>,
    types: Performance<u32>,
    names: Performance<String>,
}

impl Run<View> for Tables {
    fn step(&mut self, index: usize) -> Result<(), OutOfMemory> {
        match self.module.turns[index] {
            Turn::Types(index) => self.types.step(index),
            Turn::Names(index) => self.names.step(index),
        }
    }

    fn check(&self) -> Result<(), String> {
        self.types.check().map_err(|what| format!("types: {what}"))?;
        self.names.check().map_err(|what| format!("names: {what}"))
    }

    fn view(&self) -> View {
        View(vec![self.types.view(), self.names.view()])
    }
}
