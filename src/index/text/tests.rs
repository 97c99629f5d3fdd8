//! What the conformance suite does not ask: languages, phrases over stop words, declarations that are refused.

use proptest::prelude::*;

use super::*;
use crate::{
    expr::{Expr, Matching, Predicate, Test, Words, evaluate},
    index::{Slot, SlotSet, Work, conformance::Conformance},
    object::{Object, Value},
};

fn build(objects: &[Object], options: &Options) -> Box<dyn IndexPart> {
    let fields = [FieldPath::from("body")];
    let slots = objects.len() as u32;
    let part = Conformance::new(&Text, &fields, options).build(objects, BuildEffort::Settled, slots).unwrap();
    part.verify().unwrap();
    part
}

fn texts(texts: impl IntoIterator<Item = impl Into<Value>>) -> Vec<Object> {
    texts.into_iter().map(|text| Object::new().with("body", text)).collect()
}

fn asked(text: &str, how: Matching, options: &Options) -> Predicate {
    let words = Words::new(text, how, None).by(&analysis(options).unwrap()).unwrap();
    Predicate::new("body", Test::Match(words))
}

/// The slots that a part finds, which must be those of the scan.
fn found(part: &dyn IndexPart, objects: &[Object], predicate: &Predicate) -> Vec<u32> {
    let access = part.access(predicate).unwrap_or_else(|| panic!("no offer: {predicate}"));
    let (slots, _) = part.candidates(predicate, &mut Work::default()).unwrap();
    let expr = Expr::from(predicate.clone());
    let scan = (0..).zip(objects).filter(|(_, object)| evaluate(&expr, *object)).map(|(slot, _)| Slot(slot));
    assert_eq!(slots, scan.collect::<SlotSet>(), "{predicate}");
    assert!((access.cardinality.min..=access.cardinality.max).contains(&slots.len()), "{predicate}: {access:?}");
    slots.iter().map(|slot| slot.0).collect()
}

const HOW: [Matching; 3] = [Matching::All, Matching::Any, Matching::Phrase];

#[test]
fn conforms() {
    for (fields, options) in Text.trials() {
        for seed in 0..3 {
            let report = Conformance::new(&Text, &fields, &options).seed(seed).run().unwrap();
            assert!(report.answered > 100 && report.answered == report.exact, "{report:?}");
        }
    }
}

#[test]
fn words_and_phrases_are_found_by_language() {
    let objects = texts(["Das alte Kloster", "alte Klöster", "Klöster, die alt sind", "kein Haus", "", "…"]);
    let german = Options::new().with("language", "german").with("stop_words", "die");
    let part = build(&objects, &german);
    let found = |text: &str, how| found(part.as_ref(), &objects, &asked(text, how, &german));
    assert_eq!(found("kloster alt", Matching::All), [0, 1, 2]);
    assert_eq!(found("altes Kloster", Matching::Phrase), [0, 1]);
    assert_eq!(found("Kloster und alt", Matching::Phrase), [0; 0]);
    assert_eq!(found("Kloster die alt", Matching::Phrase), [2]);
    assert_eq!(found("Haus Das", Matching::Any), [0, 3]);
    assert!(HOW.iter().all(|how| found("die", *how).is_empty() && found("Turm", *how).is_empty()));
    // By another analysis it says nothing.
    let english = asked("Kloster", Matching::All, &Options::new());
    assert!(part.access(&english).is_none() && part.candidates(&english, &mut Work::default()).is_err());
    assert_eq!(part.facts()[0].0, "terms");
}

#[test]
fn many_slots_are_entered_by_blocks() {
    let text = |n: usize| format!("{} monastery {}", ["old", "new", "oldest"][n % 3], ["on a hill", "hill on"][n % 2]);
    let objects = texts((0..5_000).map(text));
    let part = build(&objects, &Options::new());
    for (text, how) in [
        ("old monasteries", Matching::Phrase),
        ("monastery on a hill", Matching::Phrase),
        ("hill on", Matching::Phrase),
        ("new hills", Matching::All),
        ("new oldest", Matching::Any),
    ] {
        assert!(!found(part.as_ref(), &objects, &asked(text, how, &Options::new())).is_empty(), "{text}");
    }
}

#[test]
fn wrong_declarations_are_named() {
    let message = |options: &Options| {
        let checked = Text.check(&["body".into()], options);
        checked.map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    };
    assert_eq!(message(&Options::new().with("language", "English").with("stop_words", "the a")), "fine");
    let wrong = message(&Options::new().with("language", "klingon"));
    assert!(
        wrong.starts_with("index kind 'text': option language = 'klingon': expected one of none, arabic"),
        "{wrong}"
    );
    let wrong = message(&Options::new().with("m", 3));
    assert_eq!(wrong, "index kind 'text': option m = '3': expected the options language and stop_words");
    assert!(Text.check(&["a".into(), "b".into()], &Options::new()).is_err());
}

const TEXT: &str = "([abé]|old|older|the|[.,]){0,3}( ([ab]|old|olds|文|the|é)){0,8}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn answers_are_those_of_the_scan(
        all in prop::collection::vec(TEXT, 0..80),
        wanted in "([ab]|old|文|the|é)( ([ab]|olds|文|the|é)){0,3}",
        english in any::<bool>(),
    ) {
        let language = if english { "english" } else { "none" };
        let options = Options::new().with("language", language).with("stop_words", "the");
        let objects = texts(all);
        let part = build(&objects, &options);
        for how in HOW {
            found(part.as_ref(), &objects, &asked(&wanted, how, &options));
        }
    }

    #[test]
    fn any_text_is_taken(all in prop::collection::vec(any::<String>(), 0..20), at in any::<prop::sample::Index>()) {
        let objects = texts(all.clone());
        let part = build(&objects, &Options::new());
        if !all.is_empty() {
            let text: &String = at.get(&all);
            for how in HOW {
                found(part.as_ref(), &objects, &asked(text, how, &Options::new()));
            }
        }
    }
}
