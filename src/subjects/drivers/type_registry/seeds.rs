//! The target's seeds as text; see [`modelled::seeds`](super::super::modelled).

use super::super::modelled::Seed;

pub(super) const SEEDS: &[Seed] = &[
    (
        "shapes",
        "function 5 4, structure 3 16, array 0 17, exception 2 3, empty_group, empty_group, family 1 5, function 6 14 1, structure 18 14 2, query 0..8, get 0..6, types, stats, drop_some 0 170, drop_all",
    ),
    (
        "cycles",
        "cycle 0..6 1, cycle 3 1, again 1, drop 0, drop 0, query 0..9, cycle 2 6, drop_some 1 85, cycle 5 2, drop_all, stats",
    ),
    (
        "subtypes",
        "chain 4 1, subtype 0..4 7 2, subtype 7 3 1, chain 2 78, is_subtype 0..6 1, is_subtype 4..8 0, query 3, mismatch 0, mismatch 5, below_final 0..2, root 6, drop 0, subtype 3 1 9, drop_all, chain 1 1",
    ),
    ("deep", "deep 0 3, is_subtype 63 0, subtype 63 1, deep 2 3, drop 0, stats"),
    (
        "trampolines",
        "family 0 14, function 1 14 0, function 1 6, function 5 14 0, root 2, family 0 14, drop 0, query 0..6, drop 1, drop 0, function 2 5, drop_all",
    ),
    (
        "modules",
        "module 0..4, module 2, again 2 1, root 0..5, drop_collection 1, drop_collection 0, module 0, clone 1, clone 5, drop_collection 3, drop_some 0 51, module 3, drop_all, module 1",
    ),
    (
        "refused",
        "invalid 2, structure 1 2, array 0 14 0, invalid 0..6 3 1, root_of_none, query_none, below_final 1, deep 3, clone_registry, stats, invalid 5, drop_all, invalid 2",
    ),
    (
        "lives",
        "structure 1 3, array 1 14 0, structure 2 14 1, function 1 14 2, again 0..4, root 1..4, clone 3, drop 0, drop 0, drop 0, structure 3 3, drop_some 1 15, structure 1 3, array 1 14 0, drop_all, function 3 12",
    ),
];
