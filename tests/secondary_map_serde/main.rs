//! Tests `SecondaryMap` with serde: `formats` compares the output with that of the reference,
//! `cranelift_entity::SecondaryMap`; `nulls` looks for silent changes; `input` has invalid
//! documents; `sweep` fails every request.

#![cfg(all(feature = "collections", feature = "serde"))]

mod formats;
mod input;
mod nulls;
mod sweep;
mod values;

use std::fmt::Debug;

use oom_sweep::FaultAlloc;
use oom_sweep::collections::{SecondaryMap, TryClone};
use serde::{Serialize, de::DeserializeOwned};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

#[derive(Clone, Copy, PartialEq, Eq)]
struct K(u32);
oom_sweep::entity_impl!(K, "k");

trait Value: Clone + TryClone + PartialEq + Debug + Serialize + DeserializeOwned {}
impl<V: Clone + TryClone + PartialEq + Debug + Serialize + DeserializeOwned> Value for V {}

fn map<V: TryClone + Clone>(default: &V, values: &[V]) -> SecondaryMap<K, V> {
    let mut map = SecondaryMap::with_default(default.clone());
    map.try_extend((0..).map(K).zip(values.iter().cloned())).unwrap();
    map
}
