//! Makes a passphrase vault that opens at once, for tests that open wallets thousands of times.
//!
//! `cargo run -p farthing-core --example cheap_vault -- WALLET_DIR PASSPHRASE_FILE`, then `farthing init` in that folder takes
//! it up. A vault carries what its passphrase costs; what `farthing` makes itself always costs the recommended.

use farthing_core::keys::SystemEntropy;
use farthing_core::keys::passphrase::{Cost, PassphraseVault};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: cheap_vault WALLET_DIR PASSPHRASE_FILE");
    let (wallet, passphrase) = (next()?, std::fs::read_to_string(next()?)?);
    std::fs::create_dir_all(&wallet)?;
    let (file, passphrase) = (Path::new(&wallet).join("vault"), passphrase.trim_end_matches('\n'));
    PassphraseVault::create(&file, passphrase, Cost::FAST_FOR_TESTS, &mut SystemEntropy::new())?;
    Ok(())
}
