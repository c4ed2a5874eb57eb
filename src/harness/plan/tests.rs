//! Tests of the text form of plans: tables of texts and messages, and properties over generated
//! plans and damaged texts.
//!
//! The allocator's tests show what a plan does to requests.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::Strategy as Generated;

use super::{AfterFault, Fault, ParsePlanError, Plan, SiteId};

const SITE: SiteId = SiteId(0x9f3c_21d0);

#[test]
fn canonical_texts() {
    use AfterFault::{FailAll, FailNext, Forbid, Succeed};
    for (text, fault, after) in [
        ("none/succeed", Fault::None, Succeed),
        ("nth:17/succeed", Fault::Nth(17), Succeed),
        ("nth:18446744073709551615/fail-all", Fault::Nth(u64::MAX), FailAll),
        ("set:17,23/fail-next:3", Fault::Set([23, 17].into()), FailNext(3)),
        ("set:/forbid", Fault::Set([].into()), Forbid),
        ("size:4096/forbid", Fault::AtLeast { bytes: 4096 }, Forbid),
        ("budget:65536/fail-next:0", Fault::Budget { bytes: 65536 }, FailNext(0)),
        ("random:50,seed=42/fail-all", Fault::Random { per_mille: 50, seed: 42 }, FailAll),
        ("site:9f3c21d0#0/succeed", Fault::Site { id: SITE, occurrence: 0 }, Succeed),
        ("site:0000000a#7/succeed", Fault::Site { id: SiteId(10), occurrence: 7 }, Succeed),
    ] {
        let plan = Plan::new(fault, after);
        assert_eq!(plan.to_string(), text);
        assert_eq!(text.parse(), Ok(plan));
    }
}

#[test]
fn other_accepted_texts_become_canonical() {
    for (text, canonical) in [
        ("none", "none/succeed"),
        ("set:", "set:/succeed"),
        ("set:23,17,23", "set:17,23/succeed"),
        ("nth:007/fail-next:00", "nth:7/fail-next:0"),
        ("random:1000,seed=0", "random:1000,seed=0/succeed"),
    ] {
        assert_eq!(text.parse::<Plan>().unwrap().to_string(), canonical);
    }
}

#[test]
fn a_probability_above_one_is_written_as_one() {
    let fault = Fault::Random { per_mille: u16::MAX, seed: 1 };
    assert_eq!(fault.to_string(), "random:1000,seed=1");
    assert_eq!(fault.to_string().parse(), Ok(Fault::Random { per_mille: 1000, seed: 1 }));
}

#[test]
fn errors_show_where_and_what() {
    let max = "a number up to 18446744073709551615";
    for (text, expected, position, found) in [
        ("", "a fault's name", 0, "the end"),
        ("/succeed", "a fault's name", 0, r#""/""#),
        ("every:3", "a fault's name", 0, r#""every""#),
        ("Nth:3", "a fault's name", 0, r#""Nth""#),
        (" nth:3", "a fault's name", 0, r#"" nth""#),
        ("nonesuch", "a fault's name", 0, r#""nonesuch""#),
        ("nul\0", "a fault's name", 0, r#""nul\0""#),
        ("none:1", r#""/" or the end"#, 4, r#"":""#),
        ("none\n", r#""/" or the end"#, 4, r#""\n""#),
        ("nth", r#"":""#, 3, "the end"),
        ("nth17", r#"":""#, 3, r#""17""#),
        ("nth/fail-all", r#"":""#, 3, r#""/""#),
        ("nth:", "a number", 4, "the end"),
        ("nth:x/fail-all", "a number", 4, r#""x""#),
        ("nth:+1", "a number", 4, r#""+1""#),
        ("nth:-1", "a number", 4, r#""-1""#),
        ("nth: 1", "a number", 4, r#"" 1""#),
        ("nth:é", "a number", 4, r#""é""#),
        ("nth:१", "a number", 4, r#""१""#),
        ("nth:1 ", r#""/" or the end"#, 5, r#"" ""#),
        ("nth:1é/forbid", r#""/" or the end"#, 5, r#""é""#),
        ("nth:1,2", r#""/" or the end"#, 5, r#"",""#),
        ("nth:18446744073709551616", max, 4, r#""18446744073709551616""#),
        ("set:,1", "a number", 4, r#"",""#),
        ("set:1,", "a number", 6, "the end"),
        ("set:1,/forbid", "a number", 6, r#""/""#),
        ("set:1;2", r#""/" or the end"#, 5, r#"";2""#),
        ("random:1001,seed=1", "a number up to 1000", 7, r#""1001""#),
        ("random:70000,seed=1", "a number up to 1000", 7, r#""70000""#),
        ("random:50", r#"",seed=""#, 9, "the end"),
        ("random:50,sed=1", r#"",seed=""#, 9, r#"",""#),
        ("random:50,seed=", "a number", 15, "the end"),
        ("site:9f3c21d#0", "8 lower-case hexadecimal digits", 5, r#""9f3c21d""#),
        ("site:9f3c21d00#0", "8 lower-case hexadecimal digits", 5, r#""9f3c21d00""#),
        ("site:9F3C21D0#0", "8 lower-case hexadecimal digits", 5, r#""9F3C21D0""#),
        ("site:9f3c21d0", r##""#""##, 13, "the end"),
        ("site:9f3c21d0#", "a number", 14, "the end"),
        ("nth:1/", "succeed, fail-all, fail-next or forbid", 6, "the end"),
        ("nth:1/fail", "succeed, fail-all, fail-next or forbid", 6, r#""fail""#),
        ("nth:1//forbid", "succeed, fail-all, fail-next or forbid", 6, r#""/""#),
        ("nth:1/fail-next", r#"":""#, 15, "the end"),
        ("nth:1/fail-next:99999999999999999999", max, 16, r#""99999999999999999999""#),
        ("nth:1/fail-all:2", "the end", 14, r#"":""#),
        ("nth:1/succeed/succeed", "the end", 13, r#""/""#),
    ] {
        let error = text.parse::<Plan>().unwrap_err();
        assert_eq!(error.position(), position, "{text:?}");
        assert_eq!(
            error.to_string(),
            format!(
                "plan {text:?}: expected {expected} at position {position}, found {found}; a plan \
                 is none | nth:N | set:N,N,… | size:BYTES | budget:BYTES \
                 | random:PER_MILLE,seed=N | site:XXXXXXXX#N, \
                 then optionally /succeed | /fail-all | /fail-next:N | /forbid"
            )
        );
    }
}

#[test]
fn sizes_are_bounded_by_the_address_space() {
    for name in ["size", "budget"] {
        assert!(format!("{name}:{}", usize::MAX).parse::<Plan>().is_ok());
        let error = format!("{name}:{}", u128::MAX).parse::<Plan>().unwrap_err();
        assert_eq!(error.position(), name.len() + 1);
        assert!(error.to_string().contains(&format!("expected a number up to {} ", usize::MAX)));
    }
}

#[test]
fn the_parts_have_errors_of_their_own() {
    assert_eq!(
        "none/forbid".parse::<Fault>().unwrap_err().to_string(),
        "fault \"none/forbid\": expected the end at position 4, found \"/\"; \
         a fault is none | nth:N | set:N,N,… | size:BYTES | budget:BYTES \
         | random:PER_MILLE,seed=N | site:XXXXXXXX#N"
    );
    assert_eq!(
        "/forbid".parse::<AfterFault>().unwrap_err().to_string(),
        "after-fault \"/forbid\": expected succeed, fail-all, fail-next or forbid at position 0, \
         found \"/\"; an after-fault is succeed | fail-all | fail-next:N | forbid"
    );
    assert_eq!(
        "9f3c21d0#0".parse::<SiteId>().unwrap_err().to_string(),
        "site \"9f3c21d0#0\": expected the end at position 8, found \"#\"; \
         a site is XXXXXXXX, as in 9f3c21d0"
    );
}

#[test]
fn the_message_about_a_long_text_is_one_short_line() {
    let text = format!("nth:{}", "é\n".repeat(1 << 16));
    let error = text.parse::<Plan>().unwrap_err();
    assert_eq!(error.position(), 4);
    let message = error.to_string();
    assert!(message.len() < 1000 && !message.contains('\n'), "{message}");
}

#[cfg(feature = "serde")]
#[test]
fn json_is_the_text() {
    let plan = Plan::nth(17, AfterFault::FailAll);
    assert_eq!(serde_json::to_string(&plan).unwrap(), r#""nth:17/fail-all""#);
    assert_eq!(serde_json::to_string(&SITE).unwrap(), r#""9f3c21d0""#);
    for refused in [r#""random:1001,seed=1""#, r#""nth:+1""#, "17", "null", "{}"] {
        assert!(serde_json::from_str::<Plan>(refused).is_err(), "{refused}");
    }
    let error = serde_json::from_str::<Plan>(r#""nth:x""#).unwrap_err().to_string();
    assert!(error.starts_with("plan \"nth:x\": expected a number at position 4"), "{error}");
}

/// Any fault that a text can express. Add new variants here.
fn faults() -> impl Generated<Value = Fault> {
    prop_oneof![
        Just(Fault::None),
        any::<u64>().prop_map(Fault::Nth),
        btree_set(any::<u64>(), 0..5).prop_map(Fault::Set),
        any::<usize>().prop_map(|bytes| Fault::AtLeast { bytes }),
        any::<usize>().prop_map(|bytes| Fault::Budget { bytes }),
        (0..=1000_u16, any::<u64>())
            .prop_map(|(per_mille, seed)| Fault::Random { per_mille, seed }),
        (any::<u32>(), any::<u64>())
            .prop_map(|(id, occurrence)| Fault::Site { id: SiteId(id), occurrence }),
    ]
}

fn afters() -> impl Generated<Value = AfterFault> {
    prop_oneof![
        Just(AfterFault::Succeed),
        Just(AfterFault::FailAll),
        any::<u64>().prop_map(AfterFault::FailNext),
        Just(AfterFault::Forbid),
    ]
}

fn plans() -> impl Generated<Value = Plan> {
    (faults(), afters()).prop_map(|(fault, after)| Plan::new(fault, after))
}

/// Where to change a text, how many characters to drop there, and what to insert.
fn edits() -> impl Generated<Value = Vec<(Index, usize, String)>> {
    let bits = select(vec!["", "0", "9", "a", ":", ",", "/", "#", "-", "+", " ", "é", "set:", "/"]);
    let patch = prop_oneof![4 => bits.prop_map(str::to_owned), 1 => any::<String>()];
    vec((any::<Index>(), 0..3_usize, patch), 1..4)
}

fn edited(text: &str, edits: Vec<(Index, usize, String)>) -> String {
    edits.into_iter().fold(text.to_owned(), |text, (at, dropped, patch)| {
        let at = at.index(text.chars().count() + 1);
        let kept = text.chars().take(at);
        kept.chain(patch.chars()).chain(text.chars().skip(at + dropped)).collect()
    })
}

/// A text is either read, and then its canonical text means the same, or it is refused with a
/// position inside the text.
fn read_or_refused<T>(text: &str)
where
    T: FromStr<Err = ParsePlanError> + Display + Debug + PartialEq,
{
    match text.parse::<T>() {
        Ok(value) => assert_eq!(value.to_string().parse(), Ok(value)),
        Err(error) => {
            assert!(text.is_char_boundary(error.position()), "{error:?}");
            assert!(!error.to_string().contains('\n'));
        }
    }
}

proptest! {
    #[test]
    fn plans_round_trip(plan in plans()) {
        prop_assert_eq!(plan.fault.to_string().parse(), Ok(plan.fault.clone()));
        prop_assert_eq!(plan.after.to_string().parse(), Ok(plan.after));
        prop_assert_eq!(plan.to_string().parse(), Ok(plan));
    }

    #[test]
    fn sites_round_trip(id in any::<u32>().prop_map(SiteId)) {
        prop_assert_eq!(id.to_string().len(), 8);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        read_or_refused::<Plan>(&text);
        read_or_refused::<Fault>(&text);
        read_or_refused::<AfterFault>(&text);
        read_or_refused::<SiteId>(&text);
    }

    #[test]
    fn damaged_plans_are_read_or_refused(plan in plans(), edits in edits()) {
        read_or_refused::<Plan>(&edited(&plan.to_string(), edits));
    }
}

#[cfg(feature = "serde")]
proptest! {
    #[test]
    fn plans_round_trip_through_json(plan in plans()) {
        let json = serde_json::to_string(&plan).unwrap();
        prop_assert_eq!(&json, &format!("\"{plan}\""));
        prop_assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan.clone());

        let parts = serde_json::to_string(&(&plan.fault, plan.after)).unwrap();
        let read: (Fault, AfterFault) = serde_json::from_str(&parts).unwrap();
        prop_assert_eq!(read, (plan.fault, plan.after));
    }

    #[test]
    fn sites_round_trip_through_json(id in any::<u32>().prop_map(SiteId)) {
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(json.len(), 10);
        prop_assert_eq!(serde_json::from_str::<SiteId>(&json).unwrap(), id);
    }
}
