//! The larder survives allocation failure: the sweeps fail each request of every operation in turn.

use larder::{Error, Larder};
use oom_sweep::{FaultAlloc, OomError, Scenario, Steps, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

const LIMIT: usize = 20;

/// Makes a larder that is so full that another text removes old ones.
fn stocked() -> Larder {
    let mut larder = Larder::new(LIMIT);
    larder.import("flour=white\nhoney=of acacia\nsalt=sea").unwrap();
    larder
}

/// The texts, as a user sees them.
type Contents = Vec<(String, String)>;

fn contents(larder: &Larder) -> Contents {
    larder.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

fn check(larder: &Larder) -> Result<(), String> {
    let is_sorted = larder.iter().is_sorted_by(|one, other| one.0 < other.0);
    if !is_sorted {
        return Err("the names are not sorted".to_owned());
    }
    match larder.held() {
        0..=LIMIT => Ok(()),
        held => Err(format!("{held} bytes are held, of {LIMIT}")),
    }
}

fn is_oom(error: &Error) -> bool {
    matches!(error, Error::OutOfMemory(_))
}

/// The larder's error, for sweeps of a state. The library itself does not depend on `oom_sweep`.
#[derive(Debug)]
struct Failed(Error);

impl OomError for Failed {
    fn is_oom(&self) -> bool {
        is_oom(&self.0)
    }
}

#[test]
fn copying_survives() {
    let mut larder = stocked();
    Sweep::new("copy").run_with(is_oom, || larder.copy("honey")).assert_clean();
}

#[test]
fn exporting_survives() {
    let larder = stocked();
    Sweep::new("export").run_with(is_oom, || larder.export()).assert_clean();
}

#[test]
fn importing_survives() {
    let import = || {
        let mut larder = Larder::new(LIMIT);
        larder.import("flour=white\nsalt=sea")?;
        Ok(larder)
    };
    Sweep::new("import").run_with(is_oom, import).assert_clean();
}

/// The strong guarantee: the text is in the larder, or nothing has changed.
struct Put;

impl Scenario for Put {
    type State = Larder;
    type Output = ();
    type Error = Failed;
    type View = Contents;

    fn setup(&self) -> Larder {
        stocked()
    }

    fn exercise(&self, larder: &mut Larder) -> Result<(), Failed> {
        larder.put("sugar", "brown").map_err(Failed)
    }

    fn check(&self, larder: &mut Larder) -> Result<(), String> {
        check(larder)
    }

    fn view(&self, larder: &mut Larder) -> Contents {
        contents(larder)
    }
}

#[test]
fn putting_is_all_or_nothing() {
    Sweep::new("put").run_scenario(&Put).assert_clean();
}

/// A sequence of operations. Each is all or nothing, and the next ones run after a failure too.
struct Morning;

impl Steps for Morning {
    type State = Larder;
    type Error = Failed;
    type View = Contents;

    fn setup(&self) -> Larder {
        Larder::new(LIMIT)
    }

    fn len(&self) -> usize {
        4
    }

    fn step(&self, larder: &mut Larder, index: usize) -> Result<(), Failed> {
        match index {
            0 => larder.put("flour", "white"),
            1 => larder.import("honey=of acacia\nsalt=sea"),
            2 => larder.put("flour", "brown"),
            _ => larder.import("sugar=brown\nsalt=of rock"),
        }
        .map_err(Failed)
    }

    fn describe(&self, index: usize) -> String {
        ["put", "import", "put another", "import others"][index].to_owned()
    }

    fn check(&self, larder: &mut Larder) -> Result<(), String> {
        check(larder)
    }

    fn view(&self, larder: &mut Larder) -> Contents {
        contents(larder)
    }
}

#[test]
fn a_morning_is_survived() {
    Sweep::new("morning").run_steps(&Morning).assert_clean();
}
