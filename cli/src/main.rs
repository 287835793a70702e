//! `farthing`: a wallet in the terminal. Everything is in the library beside it, so that it can be tested.

fn main() -> std::process::ExitCode {
    farthing_cli::main()
}
