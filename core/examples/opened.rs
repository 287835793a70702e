//! Opens a wallet folder with its passphrase and lays bare what is in it, for the test that searches for secrets.
//!
//! `cargo run -p farthing-core --example opened -- WALLET_DIR PASSPHRASE_FILE OUT_DIR` writes the decrypted database to
//! `OUT_DIR/plain.db` and prints phrase and keys as JSON. Never run it on a wallet with money in it.
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use farthing_core::keys::derivation::account_key;
use farthing_core::keys::device::DeviceKeys;
use farthing_core::keys::passphrase::PassphraseVault;
use farthing_core::keys::phrase::Phrase;
use farthing_core::keys::vault::{Secret, SecretName, Vault};
use farthing_protocol::key::Signer as _;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: opened WALLET_DIR PASSPHRASE_FILE OUT_DIR");
    let (wallet, passphrase, out) = (next()?, next()?, next()?);
    let (wallet, out) = (Path::new(&wallet), Path::new(&out));
    let passphrase = std::fs::read_to_string(passphrase)?;
    let vault = PassphraseVault::open(&wallet.join("vault"), passphrase.trim_end_matches('\n'))?;
    let secret = |name| -> Result<Secret, Box<dyn Error>> { Ok(vault.get(name)?.ok_or("missing in the vault")?) };

    let key = secret(SecretName::DatabaseKey)?;
    let key = data_encoding::HEXLOWER.encode(key.as_bytes());
    let db = rusqlite::Connection::open(wallet.join("wallet.db"))?;
    db.execute_batch(&format!("PRAGMA key = \"x'{key}'\";"))?;
    let plain = out.join("plain.db");
    db.execute("ATTACH DATABASE ?1 AS plain KEY ''", [plain.to_string_lossy()])?;
    db.query_row("SELECT sqlcipher_export('plain')", [], |_| Ok(()))?;

    let phrase = Phrase::from_secret(&secret(SecretName::Phrase)?)?;
    let device = secret(SecretName::DeviceKeys)?;
    let keys = DeviceKeys::from_secret(&device)?;
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let found = serde_json::json!({
        "phrase": phrase.words().collect::<Vec<_>>().join(" "),
        "database_key": key,
        "act_key": hex(&keys.act().seed()[..]),
        "session_key": hex(&keys.session().seed()[..]),
        // The last of the four seeds in the record, and the one that this device has of it.
        "receive_seed": hex(device.as_bytes().last_chunk::<32>().ok_or("short record")?),
        "device_receive_seed": hex(keys.seed_of(&keys.act().public().device_id()).ok_or("no receive seed")?.as_bytes()),
        "account_key": hex(&account_key(&phrase).seed()[..]),
    });
    println!("{found}");
    Ok(())
}
