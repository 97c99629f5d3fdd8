//! The `protobase` command: see `protobase --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    protobase::cli::main()
}
