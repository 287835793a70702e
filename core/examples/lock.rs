//! Opens a wallet, works with its keys, and locks it again, for the test that searches the memory of the process.
//!
//! `cargo run -p farthing-core --example lock -- WALLET_DIR PASSPHRASE_FILE CONTACT` prints `open` when it has asked for money,
//! and has paid and written to the contact, and waits for a line on stdin. Then it closes the wallet, drops the vault, prints
//! `locked` and waits again. Whatever any library logs, at any level, goes to stderr.
#![allow(clippy::print_stdout, reason = "that is how it tells where it stands")]

use farthing_core::contacts;
use farthing_core::keys::passphrase::PassphraseVault;
use farthing_core::payment::{Approval, Outcome, RequestTerms, Target};
use farthing_core::wallet::{Place, Wallet};
use farthing_protocol::details::{Memo, Name};
use farthing_protocol::money::Amount;
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a payment may take here.
const WAIT: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: lock WALLET_DIR PASSPHRASE_FILE CONTACT");
    let (folder, passphrase, contact) = (PathBuf::from(next()?), PathBuf::from(next()?), Name::typed(&next()?)?);
    let vault = open_vault(&folder, &passphrase)?;
    let wallet = Wallet::open(&Place::new(&folder, vault)).await?;
    work(&wallet, &contact).await?;
    // Whoever still watches when the wallet is closed keeps none of its keys.
    let _watch = wallet.watch()?;
    until_told("open")?;
    wallet.close().await?;
    until_told("locked")
}

fn open_vault(folder: &Path, passphrase: &Path) -> Result<Arc<PassphraseVault>, Box<dyn Error>> {
    let passphrase = Zeroizing::new(std::fs::read_to_string(passphrase)?);
    Ok(Arc::new(PassphraseVault::open(&folder.join("vault"), passphrase.trim_end_matches('\n'))?))
}

/// What uses every key: reads and acts by the session key, an order by the act key, requests and what comes in by payee keys,
/// messages by Olm's.
async fn work(wallet: &Wallet, contact: &Name) -> Result<(), Box<dyn Error>> {
    wallet.sync(Span::from_ms(0)).await?;
    let amount = Amount::parse("0.05", &wallet.assets())?;
    let terms = RequestTerms { amount: Some(amount), memo: None, items: Vec::new(), life: Span::from_ms(600_000) };
    wallet.request(terms).await?;
    wallet.write_note(contact, Text::typed("the till is open")?).await?;
    let known = wallet.read(|engine| contacts::by_name(engine.store(), contact))?.ok_or("no such contact")?;
    let memo = Memo::typed("for the road")?;
    let draft = wallet.prepare(Target::Alias(known.alias), Some(amount), Some(memo)).await?;
    wallet.confirm(Approval::of(&draft)).await?;
    let Outcome::Settled(_) = wallet.outcome(&draft.id, WAIT).await? else { return Err("not paid".into()) };
    wallet.sync(Span::from_ms(0)).await?;
    let (balances, phrase) = (wallet.balances()?, wallet.phrase()?);
    println!("{} balances, {} words", balances.len(), phrase.words().count());
    Ok(())
}

fn until_told(state: &str) -> Result<(), Box<dyn Error>> {
    println!("{state}");
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}
