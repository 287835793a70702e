//! `farthing-verifier`: the operator's program.

mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
