#![no_main]

use std::sync::LazyLock;

/// The target that the environment names: one program for all of them, so that only one is linked.
static TARGET: LazyLock<String> = LazyLock::new(|| std::env::var("PROTOBASE_FUZZ").unwrap_or_default());

libfuzzer_sys::fuzz_target!(|data: &[u8]| protobase::fuzzing::run(&TARGET, data));
