//! Opens a wallet folder with its passphrase and lays bare what is in it, for the test that searches for secrets.
//!
//! `cargo run -p farthing-core --example opened -- WALLET_DIR PASSPHRASE_FILE OUT_DIR` writes the decrypted database to
//! `OUT_DIR/plain.db` and prints as JSON the phrase, the keys, and the handle of the alias, from which its keys come. Never run
//! it on a wallet with money in it.
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use farthing_core::keys::derivation::account_key;
use farthing_core::keys::device::{ActKey, DeviceKeys};
use farthing_core::keys::passphrase::PassphraseVault;
use farthing_core::keys::phrase::Phrase;
use farthing_core::keys::vault::{Secret, SecretName, Vault};
use farthing_core::store::{DatabaseKey, SqlCipherStore, Store as _, StoreLocation};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: opened WALLET_DIR PASSPHRASE_FILE OUT_DIR");
    let (wallet, passphrase, out) = (next()?, next()?, next()?);
    let (wallet, out) = (Path::new(&wallet), Path::new(&out));
    let passphrase = std::fs::read_to_string(passphrase)?;
    let (file, passphrase) = (wallet.join("vault"), passphrase.trim_end_matches('\n'));
    let vault = PassphraseVault::open(&file, passphrase)?;
    let secret = |name| -> Result<Secret, Box<dyn Error>> { Ok(vault.get(name)?.ok_or("missing in the vault")?) };

    let key: [u8; 32] = secret(SecretName::DatabaseKey)?.as_bytes().try_into()?;
    let database = wallet.join("wallet.db");
    let location = StoreLocation { path: Some(database.clone()), vfs: None };
    let profile = SqlCipherStore::open(location, DatabaseKey::new(key))?.profile()?.ok_or("no profile")?;
    let key = data_encoding::HEXLOWER.encode(&key);
    let db = rusqlite::Connection::open(database)?;
    db.execute_batch(&format!("PRAGMA key = \"x'{key}'\";"))?;
    let plain = out.join("plain.db");
    db.execute("ATTACH DATABASE ?1 AS plain KEY ''", [plain.to_string_lossy()])?;
    db.query_row("SELECT sqlcipher_export('plain')", [], |_| Ok(()))?;

    let phrase = Phrase::from_secret(&secret(SecretName::Phrase)?)?;
    let device = secret(SecretName::DeviceKeys)?;
    let keys = DeviceKeys::from_secret(&device)?;
    let ActKey::Here(act) = keys.act() else { return Err("the wallet signs elsewhere".into()) };
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let found = serde_json::json!({
        "phrase": phrase.words().collect::<Vec<_>>().join(" "),
        "phrase_entropy": hex(phrase.to_secret().as_bytes()),
        "phrase_seed": hex(&phrase.seed()[..]),
        "vault_key": hex(&vault_key(&std::fs::read(file)?, passphrase)?),
        "database_key": key,
        "act_key": hex(&act.seed()[..]),
        "session_key": hex(&keys.session().seed()[..]),
        // The last of the four seeds in the record, and the one that this device has of it.
        "receive_seed": hex(device.as_bytes().last_chunk::<32>().ok_or("short record")?),
        "device_receive_seed": hex(keys.seed_of(&keys.act().public().device_id()).ok_or("no receive seed")?.as_bytes()),
        "account_key": hex(&account_key(&phrase).seed()[..]),
        "alias_handle": hex(profile.alias.handle().as_bytes()),
    });
    println!("{found}");
    Ok(())
}

/// What Argon2id makes of the passphrase; the vault keeps it to itself. The file's head is at the top of `keys/passphrase.rs`.
fn vault_key(file: &[u8], passphrase: &str) -> Result<[u8; 32], Box<dyn Error>> {
    let body = file.strip_prefix(b"farthing vault").and_then(|rest| rest.split_first()).ok_or("no vault")?.1;
    let mut d = minicbor::Decoder::new(body);
    d.map()?;
    d.u8()?;
    d.map()?;
    let mut number = || d.u8().and_then(|_| d.u32());
    let (memory, passes, lanes) = (number()?, number()?, number()?);
    d.u8()?;
    let mut key = [0; 32];
    let params = argon2::Params::new(memory, passes, lanes, Some(key.len())).map_err(|e| e.to_string())?;
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), d.bytes()?, &mut key)
        .map_err(|e| e.to_string())?;
    Ok(key)
}
