//! Compares the subtypes that `register` accepts with those of the parser's validator: every pair
//! of value types, as elements, fields, parameters and results.

use super::*;

/// Types that the pairs refer to: `$t` is below `$s`, `$g` below `$f`.
const THERE: &str = "(type $s (sub (struct))) (type $t (sub $s (struct (field i32))))
    (type $a (array i8)) (type $f (sub (func))) (type $g (sub $f (func)))";

const VALUES: &[&str] = &["i32", "i64", "f32", "f64", "v128"];
const HEAPS: &[&str] = &[
    "any", "eq", "i31", "struct", "array", "none", "func", "nofunc", "extern", "noextern", "exn",
    "noexn", "$s", "$t", "$a", "$f", "$g",
];

fn value_types() -> Vec<String> {
    let refs =
        HEAPS.iter().flat_map(|heap| [format!("(ref {heap})"), format!("(ref null {heap})")]);
    VALUES.iter().map(ToString::to_string).chain(refs).collect()
}

/// Whether the second composite type can be declared a subtype of the first. Checks that both
/// validators agree.
fn is_subtype(sup: &str, sub: &str) -> bool {
    let with = |clause: &str| {
        let text =
            format!("(module {THERE} (rec (type $p (sub {sup})) (type (sub {clause} {sub}))))");
        ModuleTypes::parse(&wat::parse_str(text).unwrap())
    };
    let expected = with("$p").is_ok();

    // Give the same group to the registry. The parser accepts it without the `sub` clause.
    let registry = registry::<Dense>();
    let there = registry.register_module(&module(THERE)).unwrap();
    let types = with("").unwrap();
    let mut key = types.key(types.groups().len() - 1, there.types()).unwrap();
    key[1].supertype = Some(GroupRef::Inside(0));
    let outcome = registry.register(&key);
    assert_eq!(outcome.is_ok(), expected, "{sup} {sub}: {outcome:?}");
    drop(outcome);

    // Also with a supertype that is already registered, unless the types refer to each other.
    if !format!("{sup} {sub}").contains("$p") {
        let parent = registry.register(&key[..1]).unwrap();
        key[1].supertype = Some(GroupRef::Outside(parent.types()[0]));
        let outcome = registry.register(&key[1..]);
        assert_eq!(outcome.is_ok(), expected, "{sup} {sub}: {outcome:?}");
    }
    registry.check().unwrap();
    drop(there);
    holds(&registry, 0, 0);
    expected
}

#[test]
fn elements_match_as_the_validator_says() {
    let types = value_types();
    let mut matching = 0;
    for sup in &types {
        for sub in &types {
            matching +=
                usize::from(is_subtype(&format!("(array {sup})"), &format!("(array {sub})")));
        }
    }
    assert_eq!((types.len(), matching), (39, 155));
}

#[test]
fn composites_match_as_the_validator_says() {
    let composites = [
        "(array i8)",
        "(array i16)",
        "(array i32)",
        "(array (mut i8))",
        "(array (mut anyref))",
        "(array (mut eqref))",
        "(array eqref)",
        "(array (mut (ref null $s)))",
        "(array (mut (ref null $t)))",
        "(struct)",
        "(struct (field i32))",
        "(struct (field (mut i32)))",
        "(struct (field i32) (field (ref $t)))",
        "(struct (field i32) (field (ref $s)))",
        "(struct (field i32) (field (ref null $s)) (field i8))",
        "(func)",
        "(func (param i32))",
        "(func (param (ref $s)))",
        "(func (param (ref $t)))",
        "(func (param (ref $t)) (result (ref $s)))",
        "(func (param (ref $s)) (result (ref $t)))",
        "(func (result (ref $t)))",
        "(func (param anyref) (result (ref none)))",
        "(struct (field (ref $p)))",
        "(struct (field (ref null $p)))",
        "(func (param (ref $p)))",
        "(func (result (ref $p)))",
    ];
    let pairs = composites.iter().flat_map(|sup| composites.iter().map(move |sub| (sup, sub)));
    let matching = pairs.filter(|(sup, sub)| is_subtype(sup, sub)).count();
    assert_eq!(matching, 43);
}

/// Groups that no module can contain, because the types of a module are in order.
#[test]
fn invalid_supertypes_are_refused() {
    let registry = registry::<Dense>();
    // The first type refers to the second, which is below itself, or below the third, and so on.
    let group = |supertypes: &[u32]| -> Vec<_> {
        let element = |to| model::FieldType {
            mutable: false,
            storage: model::StorageType::Val(model::ValType::Ref(model::RefType {
                nullable: true,
                heap: model::HeapType::Concrete {
                    kind: model::CompositeKind::Array,
                    index: GroupRef::Inside(to),
                },
            })),
        };
        let array = |supertype: Option<u32>, to| SubType {
            is_final: false,
            supertype: supertype.map(GroupRef::Inside),
            composite: CompositeType::Array(element(to)),
        };
        let rest = supertypes.iter().map(|above| array(Some(*above), 0));
        [array(None, 0), array(Some(0), 2)].into_iter().chain(rest).collect()
    };
    for supertypes in [&[2][..], &[3, 2], &[7], &[0]] {
        let outcome = registry.register(&group(supertypes));
        let is_valid = supertypes == [0];
        assert_eq!(outcome.is_ok(), is_valid, "{supertypes:?} {outcome:?}");
    }
    holds(&registry, 0, 0);
}
