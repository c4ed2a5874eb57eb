//! Runs the tests of the WebAssembly specification on recursion, equivalence and subtyping with one
//! registry for all modules.
//!
//! Every directive is counted, so that none is skipped silently: for each kind the number of
//! directives, the number to which a registry applies, and the number that pass.

mod instance;

use instance::{Instance, Value};
use oom_sweep::registry::{ModuleTypes, TypeRegistry};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use wasmparser::{Validator, WasmFeatures};
use wast::core::{NanPattern, WastRetCore};
use wast::parser::{self, ParseBuffer};
use wast::{QuoteWat, Wast, WastDirective, WastExecute, WastRet};

const FILES: [(&str, &str); 4] = [
    ("type-canon", include_str!("spec/type-canon.wast")),
    ("type-equivalence", include_str!("spec/type-equivalence.wast")),
    ("type-rec", include_str!("spec/type-rec.wast")),
    ("type-subtyping", include_str!("spec/type-subtyping.wast")),
];

/// For each kind: the number of directives, of those that apply, and of those that pass.
const EXPECTED: [(&str, [usize; 3]); 9] = [
    ("assert_invalid: code", [12, 0, 0]),
    ("assert_invalid: constant expression", [11; 3]),
    ("assert_invalid: type", [24; 3]),
    ("assert_return", [22; 3]),
    ("assert_trap", [14; 3]),
    ("assert_unlinkable", [10; 3]),
    ("module", [66; 3]),
    ("module that must link", [14; 3]),
    ("register", [18, 0, 0]),
];

enum Verdict {
    Passes,
    Fails(String),
    /// It asserts nothing, or something that needs a validator of code.
    DoesNotApply,
}

use Verdict::{DoesNotApply, Fails, Passes};

fn passes_if(holds: bool, what: &str) -> Verdict {
    if holds { Passes } else { Fails(what.to_owned()) }
}

struct Script {
    registry: TypeRegistry,
    last: Option<Rc<Instance>>,
    /// The instances by their names in the script and their import names.
    named: HashMap<String, Rc<Instance>>,
    registered: HashMap<String, Rc<Instance>>,
}

#[test]
fn the_tests_of_the_specification() {
    let registry = <TypeRegistry>::new().unwrap();
    let mut table = BTreeMap::<&str, [usize; 3]>::new();
    let mut failures = Vec::new();
    let mut held = Vec::new();
    for (name, text) in FILES {
        let buffer = ParseBuffer::new(text).unwrap();
        let mut script = Script::new(registry.clone());
        for directive in parser::parse::<Wast<'_>>(&buffer).unwrap().directives {
            let (line, _) = directive.span().linecol_in(text);
            let (kind, verdict) = script.run(directive);
            let [there, apply, pass] = table.entry(kind).or_default();
            *there += 1;
            *apply += usize::from(!matches!(verdict, DoesNotApply));
            *pass += usize::from(matches!(verdict, Passes));
            if let Fails(what) = verdict {
                failures.push(format!("{name}.wast:{}: {kind}: {what}", line + 1));
            }
            registry.check().unwrap();
        }
        // Keep the types of all files registered together.
        held.push(script);
    }
    println!("| directive | there are | apply | pass |\n| --- | --- | --- | --- |");
    for (kind, [there, apply, pass]) in &table {
        println!("| {kind} | {there} | {apply} | {pass} |");
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(table.into_iter().collect::<Vec<_>>(), EXPECTED);
    drop(held);
    registry.check().unwrap();
    assert_eq!(registry.stats().types, 0);
}

impl Script {
    fn new(registry: TypeRegistry) -> Self {
        let (named, registered) = (HashMap::new(), HashMap::new());
        Self { registry, last: None, named, registered }
    }

    /// Runs a directive. Returns its kind and the verdict.
    fn run(&mut self, directive: WastDirective<'_>) -> (&'static str, Verdict) {
        match directive {
            WastDirective::Module(module) => self.module(module),
            WastDirective::Register { name, module, .. } => {
                let instance = match module {
                    Some(id) => self.named[id.name()].clone(),
                    None => self.last.clone().unwrap(),
                };
                self.registered.insert(name.to_owned(), instance);
                ("register", DoesNotApply)
            }
            WastDirective::AssertUnlinkable { module, .. } => {
                let instance = self.instance(QuoteWat::Wat(module));
                ("assert_unlinkable", passes_if(!self.links(&instance), "it links"))
            }
            WastDirective::AssertInvalid { mut module, message, .. } => {
                self.invalid(&module.encode().unwrap(), message)
            }
            WastDirective::AssertReturn { exec, results, .. } => {
                let expected: Vec<Value> = results.iter().map(value).collect();
                let returned = self.execute(&exec);
                let what = format!("{returned:?}");
                ("assert_return", passes_if(returned == Ok(expected), &what))
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                let returned = self.execute(&exec);
                let what = format!("{returned:?}");
                ("assert_trap", passes_if(returned == Err(message), &what))
            }
            other => panic!("no such directive is expected: {other:?}"),
        }
    }

    fn instance(&self, mut module: QuoteWat<'_>) -> Instance {
        let bytes = module.encode().unwrap();
        ModuleTypes::parse(&bytes).unwrap();
        Instance::new(&self.registry, &bytes).unwrap()
    }

    /// A valid module: its types are valid, its imports have the declared types, and registering it
    /// again gives the same types.
    fn module(&mut self, module: QuoteWat<'_>) -> (&'static str, Verdict) {
        let name = module.name().map(|id| id.name().to_owned());
        let instance = Rc::new(self.instance(module));
        let again = self.registry.register_module(instance.module()).unwrap();
        let verdict = if again.types() != instance.types() {
            Fails("its types are others when it is registered again".to_owned())
        } else if !instance.constants_hold(&self.registry) {
            Fails("a global is initialised with what it cannot have".to_owned())
        } else {
            passes_if(self.links(&instance), "it does not link")
        };
        let kind = if instance.imports.is_empty() { "module" } else { "module that must link" };
        self.named.extend(name.map(|name| (name, instance.clone())));
        self.last = Some(instance);
        (kind, verdict)
    }

    /// Whether each import has the type of the export, or a supertype of it.
    fn links(&self, instance: &Instance) -> bool {
        instance.imports.iter().all(|import| {
            let export = self.registered[&import.module].export(&import.name);
            self.registry.read().is_subtype(export, import.ty)
        })
    }

    /// An invalid module: its types are refused, or a constant expression has the wrong type. Other
    /// errors are in code and do not apply.
    fn invalid(&self, bytes: &[u8], message: &str) -> (&'static str, Verdict) {
        let parsed = ModuleTypes::parse(bytes);
        let is_refused = parsed.as_ref().is_err_and(|why| why.to_string().contains(message));
        let refused = passes_if(is_refused, &format!("{parsed:?}"));
        match Instance::new(&self.registry, bytes) {
            Err(_) => ("assert_invalid: type", refused),
            Ok(instance) if !instance.constants_hold(&self.registry) => {
                ("assert_invalid: constant expression", refused)
            }
            Ok(_) => {
                // The types must be valid, because the error is in a part that the reader of types
                // ignores.
                parsed.unwrap();
                let mut validator = Validator::new_with_features(WasmFeatures::WASM3);
                validator.validate_all(bytes).err().unwrap();
                ("assert_invalid: code", DoesNotApply)
            }
        }
    }

    fn execute(&self, what: &WastExecute<'_>) -> Result<Vec<Value>, instance::Trap> {
        match what {
            WastExecute::Invoke(invoke) if invoke.module.is_none() && invoke.args.is_empty() => {
                self.last.as_ref().unwrap().invoke(&self.registry, invoke.name)
            }
            other => panic!("no such call is expected: {other:?}"),
        }
    }
}

fn value(expected: &WastRet<'_>) -> Value {
    match expected {
        WastRet::Core(WastRetCore::I32(value)) => Value::I32(*value),
        WastRet::Core(WastRetCore::F32(NanPattern::Value(value))) => Value::F32(value.bits),
        other => panic!("no such result is expected: {other:?}"),
    }
}
