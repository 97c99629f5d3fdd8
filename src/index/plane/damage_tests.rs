//! Parts of early versions, of later ones, and such whose bytes are wrong.

use super::{
    blocks::{BOXES, CODES, HEADER, SLOTS},
    part::PlanePart,
    twin_tests::{KIND, fields, file},
};
use crate::{
    codec::{Container, ContainerWriter, Random},
    expr::{Expr, Target, evaluate, in_ball, in_box},
    index::{BuildEffort, IndexError, IndexPart, NearestRequest, SearchEffort, SearchPath, Slot, SlotSet, Work},
    object::Object,
};

const COUNT: usize = 3_000;

fn objects() -> Vec<Object> {
    let mut random = Random::new(3);
    (0..COUNT).map(|_| Object::new().with("x0", random.fraction()).with("x1", random.fraction())).collect()
}

/// The part, sections changed or left out.
fn changed(change: impl Fn(&str, &mut Vec<u8>) -> bool) -> Result<PlanePart, IndexError> {
    let sound = file(&fields(2), &objects(), BuildEffort::Settled);
    let sound = Container::open("part", KIND, sound.into())?;
    let mut bytes = Vec::new();
    let mut out = ContainerWriter::new(&mut bytes, KIND)?;
    for name in sound.names() {
        let mut section = sound.section(name)?.all()?.to_vec();
        if change(name, &mut section) {
            out.put(name, &section)?;
        }
    }
    out.finish()?;
    PlanePart::open(&fields(2), Container::open("part", KIND, bytes.into())?, COUNT as u32)
}

#[test]
fn parts_without_blocks_answer_by_their_planes() {
    let part = changed(|name, _| !name.starts_with("block")).unwrap();
    assert!(part.blocks.is_none());
    part.verify().unwrap();
    let objects = objects();
    for expr in [in_box(fields(2), &[0.2, 0.3], &[0.4, 0.9]), in_ball(fields(2), &[0.5, 0.5], 0.2)] {
        let expected: SlotSet =
            (0..).zip(&objects).filter(|(_, object)| evaluate(&expr, *object)).map(|(slot, _)| Slot(slot)).collect();
        let Expr::Leaf(predicate) = &expr else { panic!("no leaf: {expr}") };
        assert_eq!(part.candidates(predicate, &mut Work::default()).unwrap().0, expected);
        assert!(part.access(predicate).is_some() && expected.len() > 100);
    }
    let target = Target::Coordinates { paths: fields(2), center: [0.5, 0.5].into() };
    let accept = SlotSet::all(COUNT as u32);
    let request =
        NearestRequest { target: &target, k: 5, accept: &accept, effort: SearchEffort::Exact, bound: f64::INFINITY };
    let (found, path) = part.nearest(&request, &mut Work::default()).unwrap().unwrap();
    let mut expected: Vec<f64> = objects.iter().filter_map(|object| target.distance(object)).collect();
    expected.sort_by(f64::total_cmp);
    assert_eq!(found.iter().map(|(_, distance)| *distance).collect::<Vec<f64>>(), expected[..5]);
    assert_eq!(path, SearchPath::Slabs);
}

#[test]
fn blocks_of_another_version_or_size_are_refused() {
    let message = |change: &dyn Fn(&str, &mut Vec<u8>) -> bool| changed(change).unwrap_err().to_string();
    let version = message(&|name, bytes| {
        if name == HEADER {
            bytes[0] = 9;
        }
        true
    });
    assert!(version.contains("version 9") && version.contains("expected version 1"), "{version}");
    for name in [SLOTS, CODES, BOXES] {
        let short = message(&|section, bytes| {
            if section == name {
                bytes.pop();
            }
            true
        });
        assert!(short.contains(name), "{short}");
        assert!(message(&|section, _| section != name).contains(name));
    }
}

#[test]
fn verification_finds_every_sort_of_wrong_block() {
    changed(|_, _| true).unwrap().verify().unwrap();
    for name in [SLOTS, CODES, BOXES] {
        let mut random = Random::new(9);
        for _ in 0..20 {
            let place = random.next() as usize;
            let part = changed(|section, bytes| {
                if section == name {
                    // The boxes of children that are not there are checked, too.
                    let at = place % bytes.len();
                    bytes[at] ^= 0x40;
                }
                true
            });
            assert!(part.unwrap().verify().is_err(), "{name}, byte {place}");
        }
    }
}

#[test]
fn damaged_blocks_name_no_slot_that_is_not_there() {
    let (mut random, mut answers) = (Random::new(10), 0);
    for _ in 0..60 {
        let (place, bit) = (random.next() as usize, 1 << random.index(8));
        let part = changed(|section, bytes| {
            if [SLOTS, CODES, BOXES].contains(&section) {
                let at = place % bytes.len();
                bytes[at] ^= bit;
            }
            true
        });
        let Ok(part) = part else { continue };
        let (low, reach) = ([random.fraction(), random.fraction()], random.between(0.05, 0.9));
        for expr in [in_box(fields(2), &low, &low.map(|at| at + reach)), in_ball(fields(2), &low, reach)] {
            let Expr::Leaf(predicate) = &expr else { panic!("no leaf: {expr}") };
            let offered = part.access(predicate).unwrap().cardinality;
            assert!(offered.min <= offered.expected && offered.expected <= offered.max, "{offered:?}");
            if let Ok((found, _)) = part.candidates(predicate, &mut Work::default()) {
                assert!(found.last().is_none_or(|last| (last.0 as usize) < COUNT), "{expr}");
                answers += 1;
            }
        }
        let target = Target::Coordinates { paths: fields(2), center: low.into() };
        let accept = SlotSet::all(COUNT as u32);
        let (effort, bound) = (SearchEffort::Exact, f64::INFINITY);
        let request = NearestRequest { target: &target, k: 9, accept: &accept, effort, bound };
        if let Ok(Some((hits, _))) = part.nearest(&request, &mut Work::default()) {
            assert!(hits.len() <= 9 && hits.iter().all(|(slot, _)| (slot.0 as usize) < COUNT), "{hits:?}");
        }
    }
    assert!(answers > 30, "{answers}");
}
