//! Where the first inputs come from: the stores of `tests/fixtures`, and parts that are built here.

use std::{
    fs,
    path::{Path, PathBuf},
};

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

use crate::{
    codec::Container,
    index::{BuildEffort, conformance::hostile},
    object::{Object, VectorBuf, encode, samples},
    storage::{self, Checkpoint, Operation},
};

use super::{super::stores, KINDS, Sections, folder};

/// No input is longer.
const LONGEST: usize = 24 << 10;

fn add(target: &str, name: &str, input: &[u8]) {
    let file = folder(target).join(format!("sound-{name}"));
    if input.len() <= LONGEST && !file.exists() {
        fs::create_dir_all(folder(target)).unwrap();
        fs::write(file, input).unwrap();
    }
}

fn stores() -> Vec<(String, PathBuf)> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    ["v1-closed", "v1-lz4"].map(|store| (store.to_owned(), fixtures.join(store).join("store"))).into()
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file());
    files.map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap())).collect()
}

fn sections(number: u32, container: &Container) -> Sections {
    let content = |name: &str| container.section(name).unwrap().all().unwrap().to_vec();
    Sections { number, sections: container.names().map(|name| (name.to_owned(), content(name))).collect() }
}

/// Whole frames of a log file.
fn frames(log: &[u8]) -> Vec<&[u8]> {
    let mut rest = log.get(64..).unwrap_or_default();
    let mut frames = Vec::new();
    while rest.starts_with(b"\xf4PBFRM") {
        let length = u32::from_le_bytes(rest[56..60].try_into().unwrap()) as usize;
        let (frame, after) = rest.split_at(64 + length);
        frames.push(frame);
        rest = &after[4..];
    }
    frames
}

/// Adds what is missing; what is there is left alone. `cargo test --lib add_missing_inputs -- --ignored`
#[test]
#[ignore = "writes into the sources"]
fn add_missing_inputs() {
    let mut runner = TestRunner::deterministic();
    for n in 0..12 {
        let object = samples::object().new_tree(&mut runner).unwrap().current();
        add("object", &format!("random-{n}"), &encode(&object).unwrap());
    }
    let vectors = Object::new()
        .with("half", VectorBuf::f16(&[0.1, -2.0]))
        .with("brain", VectorBuf::bf16(&[0.1, 3e38]))
        .with("whole", VectorBuf::i8(&[-128, 0, 127]))
        .with("bits", VectorBuf::bits(&[true, false, true, true, false, false, true, false, true]));
    add("object", "vectors", &encode(&vectors).unwrap());
    for (store, path) in stores() {
        for (name, bytes) in files(&path) {
            if name.starts_with("log-") {
                for (n, frame) in frames(&bytes).into_iter().enumerate() {
                    add("frame", &format!("{store}-{n}"), frame);
                    add_object(&format!("{store}-{n}"), frame);
                }
            }
            if name.starts_with("checkpoint-") {
                let container = Container::open_any(&name, bytes.into()).unwrap();
                add("checkpoint", &name, container.section("checkpoint").unwrap().all().unwrap());
            }
        }
        for (name, bytes) in files(&path.join("blobs")).into_iter().filter(|(name, _)| name.starts_with("objects")) {
            let container = Container::open_any(&name, bytes.into()).unwrap();
            let slots = container.section("offsets").unwrap().len() / 8;
            add("object_file", &format!("{store}-{name}"), &sections(slots as u32, &container).write());
        }
    }
    let checkpoint = stores::sound_checkpoint().unwrap();
    assert_ne!(checkpoint, Checkpoint::default());
    add("checkpoint", "own", &storage::hostile::content(&checkpoint));
    for frame in stores::sound_frames().unwrap() {
        add("frame", &format!("own-{}", frame.sequence), &storage::hostile::bytes_of(&frame));
    }
    add_parts();
}

/// The first object that a frame puts.
fn add_object(name: &str, frame: &[u8]) {
    let draft = storage::hostile::frame(frame).unwrap();
    let object = draft.transactions.iter().flatten().find_map(|operation| match operation {
        Operation::Put { object, .. } => Some(object),
        _ => None,
    });
    if let Some(object) = object {
        add("object", name, object);
    }
}

fn add_parts() {
    for kind in KINDS {
        for (n, slots) in [0, 1, 20, 60, 300].into_iter().enumerate() {
            for (effort, name) in [(BuildEffort::Fresh, "fresh"), (BuildEffort::Settled, "settled")] {
                let (number, container) = hostile::sound(kind, slots, n as u32, effort);
                add(kind, &format!("{slots}-{name}"), &sections(number, &container).write());
            }
        }
        for n in 5..hostile::trials(kind) {
            let (number, container) = hostile::sound(kind, 40, n as u32, BuildEffort::Settled);
            add(kind, &format!("trial-{n}"), &sections(number, &container).write());
        }
    }
}
