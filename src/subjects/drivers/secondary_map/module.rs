//! The functions of a WebAssembly module in two maps: from function to type, which makes few
//! requests, and from function to name, of which every one is on the heap.
//!
//! The steps are what a tool does with such tables: it fills them function by function, looks
//! things up, renames, strips, cuts off. What the maps should hold is what `wasm` read.

use super::super::erased_steps::{ErasedSteps, Run};
use super::super::modelled::{Answer, Disagreement};
use super::maps::{Key, Maps, Value};
use super::wasm::Function;
use crate::collections::{OutOfMemory, TryClone};
use std::fmt::Debug;
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
    functions: Vec<Function>,
    /// Which map each step is for, and what it does.
    steps: Vec<(Table, Call)>,
}

#[derive(Clone, Copy)]
enum Table {
    Types,
    Names,
}

#[derive(Clone, Copy)]
enum Call {
    /// The type, or the name, of the second function for the first.
    Insert(usize, usize),
    /// Looks up this many from the first on.
    GetEach(usize, usize),
    Remove(usize),
    Resize(usize),
    Clone,
    Compare(usize),
    Clear,
}

/// The steps for these functions.
pub(super) fn drive(functions: Vec<Function>) -> Arc<dyn ErasedSteps<String>> {
    let mut module = Module { functions, steps: Vec::new() };
    module.fill();
    module.edit();
    module.cut();
    Arc::new(module)
}

impl Module {
    fn insert(&mut self, key: usize, from: usize) {
        self.steps.push((Table::Types, Call::Insert(key, from)));
        self.insert_name(key, from);
    }

    fn insert_name(&mut self, key: usize, from: usize) {
        if self.functions[from].name.is_some() {
            self.steps.push((Table::Names, Call::Insert(key, from)));
        }
    }

    fn both(&mut self, call: Call) {
        self.steps.extend([(Table::Types, call), (Table::Names, call)]);
    }

    /// One function after the other, and a look at each batch of them and at one beyond.
    fn fill(&mut self) {
        let count = self.functions.len();
        for key in 0..count {
            self.insert(key, key);
            if key % BATCH == BATCH - 1 || key + 1 == count {
                let first = key - key % BATCH;
                self.both(Call::GetEach(first, key - first + 2));
            }
        }
    }

    /// Some functions get the type and the name of the function opposite, some lose theirs.
    fn edit(&mut self) {
        let count = self.functions.len();
        for key in (0..count).step_by(EVERY) {
            self.insert(key, count - 1 - key);
            if key % (2 * EVERY) == 0 {
                self.both(Call::Remove(key + 1));
            }
        }
        if count > 0 {
            self.both(Call::GetEach(0, count));
        }
    }

    /// Half of the names are cut off, and the last comes back over the gap; the types are copied,
    /// compared and cleared.
    fn cut(&mut self) {
        let count = self.functions.len();
        if count == 0 {
            return;
        }
        if let Some(last) = self.functions.iter().rposition(|function| function.name.is_some()) {
            self.steps.push((Table::Names, Call::Resize(count / 2)));
            self.insert_name(last, last);
        }
        let calls = [Call::Clone, Call::Compare(2 * count), Call::Clear];
        self.steps.extend(calls.map(|call| (Table::Types, call)));
        self.both(Call::GetEach(0, count));
    }

    fn ty(&self, index: usize) -> u32 {
        self.functions[index].ty
    }

    fn name(&self, index: usize) -> &String {
        self.functions[index].name.as_ref().expect("only names that exist are inserted")
    }
}

impl Call {
    fn perform<V: Value>(
        self,
        maps: &mut Maps<V>,
        value: impl FnOnce(usize) -> Result<V, OutOfMemory>,
    ) -> Answer {
        match self {
            Self::Insert(key, from) => maps.insert(key, value(from)?),
            Self::GetEach(first, count) => maps.get_each(first, count),
            Self::Remove(key) => maps.remove(key),
            Self::Resize(len) => maps.resize(len),
            Self::Clone => maps.replace_by_copy(),
            Self::Compare(len) => maps.compare(len),
            Self::Clear => maps.clear(),
        }
    }

    fn describe(self, value: impl FnOnce(usize) -> String) -> String {
        match self {
            Self::Insert(key, from) => format!("insert({}, {})", Key(key), value(from)),
            Self::GetEach(first, count) => format!("get_each({}, {count})", Key(first)),
            Self::Remove(key) => format!("remove({})", Key(key)),
            Self::Resize(len) => format!("resize({len})"),
            Self::Clone => "clone".into(),
            Self::Compare(len) => format!("compare({len})"),
            Self::Clear => "clear".into(),
        }
    }
}

/// A value in no more characters than a line can take: names may be long.
fn short(value: &impl Debug) -> String {
    const MOST: usize = 60;
    let text = format!("{value:?}");
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text,
    }
}

impl ErasedSteps<String> for Module {
    fn len(&self) -> usize {
        self.steps.len()
    }

    fn describe(&self, index: usize) -> String {
        match self.steps[index] {
            (Table::Types, call) => format!("types.{}", call.describe(|i| short(&self.ty(i)))),
            (Table::Names, call) => format!("names.{}", call.describe(|i| short(self.name(i)))),
        }
    }

    #[cfg(test)]
    fn is_refused(&self, _: usize) -> bool {
        false
    }

    fn start(self: Arc<Self>) -> Box<dyn Run<String>> {
        Box::new(Tables {
            types: Maps::with_default(NO_TYPE),
            names: Maps::with_default(UNNAMED.to_owned()),
            module: self,
            disagreement: Disagreement::default(),
        })
    }
}

/// The two maps of a module.
struct Tables {
    module: Arc<Module>,
    types: Maps<u32>,
    names: Maps<String>,
    disagreement: Disagreement,
}

impl Run<String> for Tables {
    fn step(&mut self, index: usize) -> Result<(), OutOfMemory> {
        let module = &self.module;
        let verdict = match module.steps[index] {
            (Table::Types, call) => call.perform(&mut self.types, |i| Ok(module.ty(i))),
            (Table::Names, call) => call.perform(&mut self.names, |i| module.name(i).try_clone()),
        }?;
        self.disagreement.note(index, verdict);
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        self.disagreement.check(|index| self.module.describe(index))?;
        self.types.check().map_err(|what| format!("types: {what}"))?;
        self.names.check().map_err(|what| format!("names: {what}"))
    }

    /// A value that a function had from the start is shown as that.
    fn view(&self) -> String {
        let functions = &self.module.functions;
        let as_read = |is_as_read: bool, value: &dyn Debug| match is_as_read {
            true => "as read".to_owned(),
            false => format!("{value:?}"),
        };
        let types = self.types.view(|key, value| {
            as_read(functions.get(key).is_some_and(|function| function.ty == *value), value)
        });
        let names = self.names.view(|key, value| {
            let name = functions.get(key).and_then(|function| function.name.as_ref());
            as_read(name == Some(value), value)
        });
        format!("{{types: {types}, names: {names}}}")
    }
}
