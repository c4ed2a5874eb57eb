//! The tasks of the threads in a race.

use std::panic::{AssertUnwindSafe, catch_unwind};

use oom_sweep::pause;

use crate::world::{Layout, Moody, Outcome, World};

/// Drops the handle of its place.
pub(crate) fn drops<T: Layout>(world: &World<T>, place: usize) -> Outcome {
    drop(world.take(place));
    Ok(())
}

/// Clones the handle and drops both.
pub(crate) fn clones<T: Layout>(world: &World<T>, place: usize) -> Outcome {
    let handle = world.take(place).expect("it is there at first");
    let other = handle.clone();
    drop(handle);
    let is_there = world.registry.read().get(other.index()).is_some();
    world.ensure(is_there, "a clone keeps nothing registered");
    drop(other);
    Ok(())
}

/// Registers the first module and drops it.
pub(crate) fn registers<T: Layout>(world: &World<T>, _: usize) -> Outcome {
    registers_nth(world, 0)
}

/// Registers the module of its place and drops it.
pub(crate) fn registers_nth<T: Layout>(world: &World<T>, place: usize) -> Outcome {
    let types = world.registry.register_module(&world.modules[place])?;
    world.ensure_there(&types);
    drop(types);
    Ok(())
}

/// Roots the first type of the first place, if it is registered.
pub(crate) fn roots<T: Layout>(world: &World<T>, _: usize) -> Outcome {
    let index = world.index(0, 0);
    if let Some(root) = world.registry.root(index) {
        let is_whole = root.group().types().contains(&index);
        world.ensure(is_whole, "a root is of another group");
        let other = root.clone();
        drop(root);
        world.ensure(world.registry.read().get(index).is_some(), "a root keeps nothing registered");
        drop(other);
    }
    Ok(())
}

/// Registers the first module and keeps it until all tasks are done, because a module is released
/// group by group.
pub(crate) fn registers_and_keeps<T: Layout>(world: &World<T>, _: usize) -> Outcome {
    world.keep(world.registry.register_module(&world.modules[0])?);
    Ok(())
}

/// Checks that the first module is never partly registered.
pub(crate) fn watches<T: Layout>(world: &World<T>, _: usize) -> Outcome {
    for _ in 0..6 {
        let types = world.registry.read().types().count();
        let all = world.modules[0].types().len();
        world.ensure(types == 0 || types == all, "a module is half registered");
    }
    Ok(())
}

/// Registers the module of its place with a hasher that panics, later at each attempt, until it
/// succeeds.
pub(crate) fn panics<T: Layout>(world: &World<T>, place: usize) -> Outcome {
    for calm in 1.. {
        let registers = || world.registry.register_module(&world.modules[place]);
        let outcome = Moody::within(calm, || catch_unwind(AssertUnwindSafe(registers)));
        match outcome {
            Ok(types) => return types.map(|types| world.ensure_there(&types)),
            // The requests of the panic's message are not under test.
            Err(panic) => pause(|| drop(panic)),
        }
    }
    Ok(())
}
