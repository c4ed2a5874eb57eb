//! Code that leaves a file open or a thread running after a failure: `Leaked`. Files and threads
//! that code keeps for the next time are silent.

use std::collections::TryReserveError;
use std::fs::File;
use std::mem;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use oom_sweep::FindingKind::Leaked;
use oom_sweep::pause;

use crate::case::{Fallible, room};
use crate::specimen::{Home, Specimen};

specimens!(
    leaves_a_file_open = Specimen {
        kinds: &[Leaked],
        broken: |sweep| sweep.run(|| {
            let file = mem::ManuallyDrop::new(open());
            let room = room(64)?;
            drop(mem::ManuallyDrop::into_inner(file));
            Ok::<_, TryReserveError>(room)
        }),
        repaired: |sweep| sweep.run(|| {
            let _file = open();
            room(64)
        }),
        look: |report| {
            let finding = &report.findings()[0];
            assert!(finding.message().contains("a file descriptor"), "{finding:?}");
        },
        home: Home::Worker,
        ..Specimen::BASE
    },
    opens_its_log_again_and_again = Specimen {
        kinds: &[Leaked],
        broken: |sweep| sweep.run(|| twice().inspect_err(|_| mem::forget(open()))),
        repaired: |sweep| sweep.run(|| twice().inspect_err(|_| {
            static LOG: OnceLock<File> = OnceLock::new();
            LOG.get_or_init(open);
        })),
        home: Home::Worker,
        ..Specimen::BASE
    },
    leaves_a_thread = Specimen {
        kinds: &[Leaked],
        broken: |sweep| sweep.run(|| room(64).inspect_err(|_| start(|| loop {
            thread::park()
        }))),
        // It ends by itself, after the run.
        repaired: |sweep| sweep.run(|| room(64).inspect_err(|_| {
            start(|| thread::sleep(Duration::from_millis(2)));
        })),
        look: |report| assert!(report.findings()[0].message().contains("a thread"), "{report}"),
        home: Home::Worker,
        ..Specimen::BASE
    },
);

fn open() -> File {
    pause(|| File::open("/dev/null")).expect("it is there")
}

/// Makes two requests at one site.
fn twice() -> Fallible<()> {
    (0..2).try_for_each(|_| room(64).map(drop))
}

fn start(f: fn()) {
    pause(|| drop(thread::spawn(f)));
}
